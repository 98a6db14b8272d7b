"""status and log: past and next editions, and what to type."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot import wiring
from bot.cli import history, json_output, render_publications
from bot.cli.common import Options, common, out, print_json, warn
from bot.cli.parameters import EditionParameter
from bot.core.publishing.next_actions import remedies
from bot.core.publishing.states import OPEN
from bot.core.schedule.calendar import expected, next_of_each
from bot.core.schedule.not_out import not_out
from bot.core.schedule.preflight import ABOUT_THE_FOLDER
from bot.errors import PublishError, Severity, UsageError
from bot.services.facts import facts_beside

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from bot.adapters.sql_ledger import SqlLedger
    from bot.config import Config
    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.ports import Ledger, Pause
    from bot.services.composing import Desk

_SOON = timedelta(days=2)
SHOWN = 20
"""Number of latest publications that `status` shows; unfinished ones are shown in addition."""


@click.command()
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@click.option(
    "--check", "checks", is_flag=True, help="Exit with 4 if something needs you, or an edition is not out."
)
@common
@click.pass_obj
def status(options: Options, machine: bool, checks: bool) -> None:
    """Show what needs you and what to type, the next slots, and the latest publications.

    The exit code is 0 whatever is shown, unless --check is given.
    """
    config = options.load_for_ledger()
    clock = options.clock()
    desk, silent = wiring.desk_beside(config)
    path = wiring.ledger_path(config, config.access)
    publications: tuple[Publication, ...] = ()
    pause: Pause | None = None
    daemon = wiring.daemon_lock(path).holder()
    by_hand: dict[EditionKey, str] = {}
    facts = facts_beside(desk, None, clock.now())
    if path.exists():
        with wiring.open_ledger(path, clock) as ledger:
            publications, pause = _shown(ledger), ledger.paused()
            facts = facts_beside(desk, ledger, clock.now())
            by_hand = published_by_hand(ledger, publications, daemon)
    upcoming = _upcoming(desk, clock.now()) if silent is None else ()
    others = tuple(wiring.shown(one) for one in wiring.ledgers_beside(path))
    is_needed = daemon is None and pause is None
    needs = remedies(publications, clock.now(), daemon_is_needed=is_needed, by_hand=by_hand)
    made = {edition.key for edition in desk.editions}
    out_of_time = not_out(facts, desk, clock.now(), daemon) if not config.problems else ()
    errors = (one for one in desk.findings if one.severity is Severity.ERROR)
    of_folder = [one for one in errors if one.code in ABOUT_THE_FOLDER]
    is_needed_by = bool(needs or pause is not None or out_of_time or of_folder or config.problems)
    if machine:
        document = json_output.status_json(
            upcoming, made, publications, pause, daemon, others, by_hand.items(), out_of_time
        )
        print_json(document | {"folder_problem": of_folder[0].message if of_folder else None})
    else:
        console, zone = out(), config.programme.zone
        render_publications.not_out(console, out_of_time, zone)
        render_publications.attention(console, publications, pause, needs, zone, clock.now())
        if not is_needed_by:
            console.print("Nothing needs you.", style="green")
        states = {publication.key: publication.state for publication in publications}
        console.print(_about_ledger(config, path, daemon), soft_wrap=True)
        render_publications.by_hand(console, by_hand)
        render_publications.ledgers(console, others)
        warn(of_folder)
        if silent is None and not config.problems:  # otherwise the next slots are unknown
            render_publications.slots(console, upcoming, made, states, zone)
        render_publications.publications(console, publications, zone, clock.now())
    if checks and is_needed_by:
        click.get_current_context().exit(PublishError.exit_code)


def published_by_hand(
    ledger: Ledger, values: Iterable[Publication], daemon: str | None
) -> dict[EditionKey, str]:
    """Return the processes, other than `daemon`, that are publishing one of `values`."""
    under_way = {one.key for one in values if one.state in OPEN}
    found = {key: wiring.process_of(owner) for key, owner in ledger.holders().items() if key in under_way}
    return {key: process for key, process in sorted(found.items()) if daemon not in (process, "unknown")}


def _shown(ledger: SqlLedger) -> tuple[Publication, ...]:
    """Return the latest publications, and all unfinished ones however old, in order of their slots."""
    chosen = {one.key: one for one in (*ledger.unfinished(), *ledger.recent(SHOWN))}
    return tuple(sorted(chosen.values(), key=lambda one: (one.slot_at, one.key)))


def _about_ledger(config: Config, path: Path, daemon: str | None) -> str:
    text = f"Ledger: {wiring.shown(path)}" + ("" if path.exists() else " (does not exist yet)")
    if config.access is None:
        what = "no valid credentials" if config.malformed else "no credentials"
        text += f"; {what} here, so a sandbox's ledger is not considered"
    if not path.exists() and wiring.was_used(path):
        text += "; A LEDGER WAS USED HERE AND IS GONE: restore it, or look at the timeline before you publish"
    if daemon is None:
        return f"{text}; no daemon runs on it{_elsewhere(config, path)}"
    is_rehearsal = config.access is not None and config.access.is_rehearsal  # on any port
    health = f", health at http://{config.health}/readyz" if config.health and not is_rehearsal else ""
    return text + f"; the daemon runs (process {daemon}{health})"


def _elsewhere(config: Config, path: Path) -> str:
    """Return the other ledgers of this folder that have a daemon: the operator may mean one of them."""
    text = ""
    for other in wiring.ledgers_beside(path):
        process = wiring.daemon_lock(other).holder()
        if process is not None:
            text += f", but one runs on {wiring.shown(other)} (process {process}"
            is_rehearsal = other == wiring.rehearsal_ledger(config)
            text += "; type: flashtweet --rehearsal status)" if is_rehearsal else ")"
    return text


def _upcoming(desk: Desk, now: datetime) -> tuple[tuple[EditionKey, datetime], ...]:
    """Return the next slot of each series, those of the next two days, and those of files within seven."""
    programme, editions, week = desk.programme, desk.editions, now + timedelta(days=7)
    slots = {one.slot for one in next_of_each(programme, editions, now)}
    slots |= {one.slot for one in expected(programme, editions, now, now + _SOON)}
    slots |= {(one.key, one.slot_at) for one in editions if now <= one.slot_at <= week}
    return tuple(sorted(slots, key=lambda pair: (pair[1], pair[0])))


@click.command()
@click.argument("edition", type=EditionParameter())
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@common
@click.pass_obj
def log(options: Options, edition: EditionKey, machine: bool) -> None:
    """Show the history of EDITION from the ledger's journal."""
    config = options.load_for_ledger()
    path = wiring.ledger_path(config, config.access)
    known = None
    if path.exists():
        with wiring.open_ledger(path, options.clock()) as ledger:
            known = ledger.get(edition)
            entries, pauses = ledger.journal(edition), ledger.pauses()
    if known is None:
        raise UsageError(
            f"{edition}: not in the ledger {wiring.shown(path)}. "
            f"To see whether it is ready, and why it is not out, type: flashtweet doctor {edition}"
        )
    zone = config.programme.zone
    pauses = history.pauses_of(known, entries, pauses)
    if machine:
        print_json(json_output.journal_json(known, entries, pauses, zone))
    else:
        history.print_history(out(), known, entries, pauses, zone)
