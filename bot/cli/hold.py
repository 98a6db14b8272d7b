"""hold, release, cancel: decisions about a whole edition."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.cli import render
from bot.cli.common import Options, common, err
from bot.cli.operator import (
    ahead,
    confirm,
    daemon_of,
    decisions_on,
    edition_argument,
    json_option,
    print_result,
    standing,
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

    A daemon that publishes it hears of this within a second; a post in flight is finished.
    """
    with decisions_on(options, reads=lambda ledger: ledger.get(edition) is None) as (decisions, zone):
        confirm(f"Hold {edition}, which stands at {ahead(decisions, edition, 'held')}?", yes=yes)
        held = decisions.hold(edition, why)
        if held.state is PublicationState.PUBLISHED:
            raise StateRefused(f"{edition} was already finished, nothing to hold: every post is out.")
        if held.state is not PublicationState.HELD:
            raise StateRefused(f"{edition} was {held.state} before it heard of the hold.")
        print_result(held, zone, machine=machine, about=standing("It stands at {}.", held))


@click.command()
@edition_argument
@yes_option
@json_option
@common
@click.pass_obj
def release(options: Options, edition: EditionKey, yes: bool, machine: bool) -> None:
    """Let the daemon go on with EDITION, which is held.

    To go on at once, without a daemon: flashtweet publish EDITION.
    """
    with decisions_on(options, needs_config=True, reads=lambda _: True) as (decisions, zone):
        confirm(f"Let {edition} go on with {ahead(decisions, edition, 'released')}?", yes=yes)
        before = decisions.ledger.get(edition)
        released = decisions.release(edition)
        print_result(released, zone, machine=machine, about=standing("It goes on with {}.", released))
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
        told = f"The daemon (process {daemon}) goes on with it {when}."
        if left > FREEZE_LEAD:
            told += f" Until {FREEZE_LEAD.seconds} s before, its file may still be changed."
        told = told if daemon else f"No daemon runs: start one, or type: flashtweet publish {edition}"
        err().print(told, soft_wrap=True)


def _print_new_text(before: Publication, released: Publication) -> None:
    """Print that a text of which nothing is out was taken from its file anew, where that changed it."""
    old, new = ([one.text for one in value.deliveries] for value in (before, released))
    if old != new:
        told = f"Its text was taken from its file anew, and is not the one that was held ({len(new)} posts)."
        told += f" To read it, type: flashtweet preview {released.key}"
        err().print(render.remark(told), soft_wrap=True)


@click.command()
@edition_argument
@why_option
@yes_option
@json_option
@common
@click.pass_obj
def cancel(options: Options, edition: EditionKey, why: str, yes: bool, machine: bool) -> None:
    """Give EDITION up for good. What is out on X stays there; nothing more of it is sent."""
    with decisions_on(options, reads=lambda _: True) as (decisions, zone):
        confirm(f"Cancel {edition} for good, from {ahead(decisions, edition, 'cancelled')} on?", yes=yes)
        cancelled = decisions.cancel(edition, why)
        about = standing("Not sent any more: {} and what follows it.", cancelled)
        print_result(cancelled, zone, machine=machine, about=about)
        for other in decisions.desk.editions:
            if other.replayed is not None and other.replayed.key == edition:
                told = f"{other.key} gives it again and still goes out. If it should not, type: "
                err().print(render.remark(f"{told}flashtweet cancel {other.key}"), soft_wrap=True)
