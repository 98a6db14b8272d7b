"""publish: post one thread now."""

from __future__ import annotations

import contextlib
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot import wiring
from bot.cli import dry_run as dry
from bot.cli import json_output, render, render_publications
from bot.cli.common import Options, common, err, notice, out, print_json, warn
from bot.cli.operator import confirm
from bot.cli.parameters import EditionParameter
from bot.core.publishing.progress import is_untouched
from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.errors import ContentError, PublishError
from bot.services.composing import thread_for
from bot.services.publish_now import publish_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.config import Config
    from bot.core.model import EditionKey, Thread
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.services.composing import Desk
    from bot.services.publish import Narrator

WELL_BEFORE = timedelta(hours=1)
"""Time before the slot above which `publish` asks for confirmation."""


@click.command()
@click.argument("edition", type=EditionParameter())
@click.option("--dry-run", is_flag=True, help="Show what would be sent; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask: an hour before the slot, beside a rehearsal.")
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@common
@click.pass_obj
def publish(options: Options, edition: EditionKey, dry_run: bool, yes: bool, machine: bool) -> None:
    """Publish EDITION now, whatever its slot.

    If it is interrupted or stops halfway, run it again: it resumes where it stopped, and never posts twice.
    It asks for confirmation more than an hour before the slot, and before a real post beside a rehearsal.

    \b
    flashtweet publish flashtweet@2020-11-06
    """
    config = options.load()
    zone, clock = config.programme.zone, options.clock()
    desk, silent = wiring.desk_awaited(config, notice)
    known = _recorded(config, edition, clock)
    if silent is not None and (known is None or is_untouched(known)):
        raise ContentError([silent])
    if silent is not None:  # the rest of it is frozen
        warn([silent])
    if known is None:
        thread_for(desk, edition)  # wrong files are reported before missing credentials
    _warn_of_surprises(desk, edition, known, zone, clock.now())
    if dry_run:
        takes_file = known is None or is_untouched(known)
        made = desk.find(edition)
        thread, found = desk.thread(made) if made else (None, ())
        if takes_file and (known is None or known.state is not PublicationState.CANCELLED):
            thread = thread_for(desk, edition)
        dry.show(thread, known, found, zone, machine=machine)
        return
    access = wiring.need_access(config)
    _ask_beside_a_rehearsal(config, edition, yes=yes)
    _ask_if_early(desk, edition, known, zone, clock.now(), yes=yes)
    with (
        wiring.newsroom(config, access, clock, wiring.ledger_path(config, access)) as newsroom,
        wiring.on_signals(lambda: _stop(clock)),
        _progress(edition, zone) as narrate,
    ):
        publication = publish_now(edition, desk, newsroom.publish_run(narrate))
    if machine:
        print_json(json_output.publication_json(publication))
    else:
        render_publications.posts(out(), publication)
        render_publications.print_publication(out(), publication, zone)
    if publication.state is not PublicationState.PUBLISHED:
        click.get_current_context().exit(PublishError.exit_code)


def _ask_beside_a_rehearsal(config: Config, key: EditionKey, *, yes: bool) -> None:
    """Ask before posting for real where a rehearsal runs: commands for that need ``--rehearsal``.

    Raises:
        UsageError: there is no terminal to ask on; nothing was sent.
    """
    if config.access is None or config.access.is_rehearsal:
        return
    process = wiring.daemon_lock(wiring.rehearsal_ledger(config)).holder()
    if process is not None:
        confirm(
            f"A rehearsal runs here (process {process}); this command is not part of it. "
            f"Publish {key} for real, to account {config.access.user_id}?",
            yes=yes,
        )


def _ask_if_early(
    desk: Desk, key: EditionKey, known: Publication | None, zone: str, now: datetime, *, yes: bool
) -> None:
    """Ask before publishing an edition that is due much later and has not begun.

    Raises:
        UsageError: there is no terminal to ask on; nothing was sent.
    """
    if known is not None and not is_untouched(known):
        return
    edition = desk.find(key)
    slot_at = edition.slot_at if edition is not None else known.slot_at if known is not None else None
    if slot_at is not None and slot_at - now > WELL_BEFORE:
        confirm(f"Publish {key} now, though its slot is {render.local_time(slot_at, zone)}?", yes=yes)


def _stop(clock: wiring.SystemClock) -> None:
    clock.stop()
    os.write(2, b"flashtweet: stopping after the post in flight\n")


def _recorded(config: Config, edition: EditionKey, clock: wiring.SystemClock) -> Publication | None:
    """Return the publication of `edition`; None if there is no ledger, or it does not have it."""
    path = wiring.ledger_path(config, config.access)
    if not path.exists():
        return None
    with wiring.open_ledger(path, clock) as ledger:
        return ledger.get(edition)


def _warn_of_surprises(
    desk: Desk, key: EditionKey, known: Publication | None, zone: str, now: datetime
) -> None:
    """Print what may surprise: nothing left to send, edits without effect, or a slot still ahead."""
    edition = desk.find(key)
    thread = desk.thread(edition)[0] if edition else None
    if known and known.state is PublicationState.PUBLISHED:
        changed = thread is not None and thread.texts != tuple(one.text for one in known.deliveries)
        err().print(
            render.remark(
                f"{key} is already published: there is nothing to send."
                + (" Its file has changed since; X keeps what was sent." if changed else "")
            ),
            soft_wrap=True,
        )
    elif known and not is_untouched(known) and thread is not None:
        for at in _ignored_edits(known, thread):
            err().print(
                render.remark(
                    f"{key}: post {at} was edited after the freeze; the frozen text will be posted. "
                    "Once a thread has begun, only a post that X refused can be corrected."
                ),
                soft_wrap=True,
            )
    elif known is None and edition and edition.slot_at > now:
        slot = render.local_time(edition.slot_at, zone)
        err().print(
            render.remark(f"The slot of {key} is {slot}. Published now, it will not be posted again then."),
            soft_wrap=True,
        )


def _ignored_edits(known: Publication, thread: Thread) -> list[int]:
    """Return the positions of unsent posts whose text in the file differs from the frozen one."""
    waiting = [one for one in known.deliveries if one.state is DeliveryState.PENDING]
    texts = thread.texts
    return [one.position for one in waiting if texts[one.position - 1 : one.position] != (one.text,)]


@contextlib.contextmanager
def _progress(edition: EditionKey, zone: str) -> Iterator[Narrator]:
    """Show progress on stderr: a bar on a terminal, elsewhere one line per post."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = err()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(str(edition), total=None)

        def narrate(publication: Publication, change: Change) -> None:
            count = len(publication.deliveries)
            sent = sum(one.state is DeliveryState.SENT for one in publication.deliveries)
            bar.update(task, total=count, completed=sent)
            line = render_publications.change_line(publication, change, zone)
            if line and (not console.is_terminal or change.reason):
                console.print(line, soft_wrap=True)

        yield narrate
