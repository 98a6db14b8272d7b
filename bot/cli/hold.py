"""hold, release and cancel: decisions on a whole edition."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.cli import render
from bot.cli.common import Options, common, err
from bot.cli.operator import (
    about_next_post,
    ahead,
    confirm,
    daemon_of,
    decisions_on,
    edition_argument,
    json_option,
    print_result,
    why_option,
    yes_option,
)
from bot.core.publishing.progress import is_untouched
from bot.core.publishing.publication import PublicationState
from bot.core.schedule.slots import FREEZE_LEAD
from bot.errors import StateRefused

if TYPE_CHECKING:
    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication


@click.command()
@edition_argument
@why_option
@yes_option
@json_option
@common
@click.pass_obj
def hold(options: Options, edition: EditionKey, why: str, yes: bool, machine: bool) -> None:
    """Stop EDITION before its next post, or before its first.

    A daemon that is publishing it stops within a second; a post in flight is completed first.
    """
    with decisions_on(options, reads=lambda ledger: ledger.get(edition) is None) as (decisions, zone):
        confirm(f"Hold {edition} (next: {ahead(decisions, edition, 'held')})?", yes=yes)
        held = decisions.hold(edition, why)
        if held.state is PublicationState.PUBLISHED:
            raise StateRefused(f"{edition}: every post is sent; there is nothing to hold.")
        if held.state is not PublicationState.HELD:
            raise StateRefused(f"{edition} was {held.state} before the hold took effect.")
        print_result(held, zone, machine=machine, about=about_next_post("Next: {}.", held))


@click.command()
@edition_argument
@yes_option
@json_option
@common
@click.pass_obj
def release(options: Options, edition: EditionKey, yes: bool, machine: bool) -> None:
    """Release EDITION from its hold.

    The daemon resumes it. To resume it at once, without a daemon: flashtweet publish EDITION.
    """
    with decisions_on(options, needs_config=True, reads=lambda _: True) as (decisions, zone):
        confirm(f"Release {edition} (next: {ahead(decisions, edition, 'released')})?", yes=yes)
        before = decisions.ledger.get(edition)
        released = decisions.release(edition)
        print_result(released, zone, machine=machine, about=about_next_post("Next: {}.", released))
        if before is not None and not machine and is_untouched(released):
            _print_new_text(before, released)
        left = released.slot_at - decisions.clock.now() if is_untouched(released) else timedelta(0)
    if not machine:
        daemon = daemon_of(options)
        when = (
            f"at its slot, {render.local_time(released.slot_at, zone)}"
            if left > timedelta(0)
            else "within seconds"
        )
        text = f"The daemon (process {daemon}) resumes it {when}."
        if left > FREEZE_LEAD:
            text += f" Its file can be edited until {FREEZE_LEAD.seconds} s before."
        text = text if daemon else f"No daemon runs: start one, or type: flashtweet publish {edition}"
        err().print(text, soft_wrap=True)


def _print_new_text(before: Publication, released: Publication) -> None:
    """Print that the text was read from its file again, if that changed it."""
    old, new = ([one.text for one in value.deliveries] for value in (before, released))
    if old != new:
        text = f"Its text was read from its file again and differs from the held one ({len(new)} posts)."
        text += f" To see it, type: flashtweet preview {released.key}"
        err().print(render.remark(text), soft_wrap=True)


@click.command()
@edition_argument
@why_option
@yes_option
@json_option
@common
@click.pass_obj
def cancel(options: Options, edition: EditionKey, why: str, yes: bool, machine: bool) -> None:
    """Cancel EDITION for good. Posts already on X stay there; the rest is never sent."""
    with decisions_on(options, reads=lambda _: True) as (decisions, zone):
        confirm(f"Cancel {edition} for good (next: {ahead(decisions, edition, 'cancelled')})?", yes=yes)
        cancelled = decisions.cancel(edition, why)
        about = about_next_post("Not sent: {} and all after it.", cancelled)
        print_result(cancelled, zone, machine=machine, about=about)
        for other in decisions.desk.editions:
            if other.replayed is not None and other.replayed.key == edition:
                text = f"{other.key} repeats it and will still be posted. To prevent that, type: "
                err().print(render.remark(f"{text}flashtweet cancel {other.key}"), soft_wrap=True)
