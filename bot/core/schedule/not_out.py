"""Editions of today that are not out although their slot has passed, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.schedule.calendar import expected
from bot.core.schedule.local_times import clock_time
from bot.core.schedule.preflight import ABOUT_THE_FOLDER, Check, failure, names_day_or_series
from bot.core.schedule.slots import LONGEST_GRACE, REST
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.core.model import Edition, EditionKey, Programme
    from bot.core.schedule.calendar import Expected
    from bot.errors import Finding


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts of the editors' folder about one edition."""

    edition: Edition
    errors: tuple[Finding, ...] = ()
    """Errors that prevent it from being published."""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """The facts from which `not_out` finds editions that are not out."""

    programme: Programme
    files: Mapping[EditionKey, FileFacts]
    """Facts of each edition that a file makes."""
    recorded: Collection[EditionKey]
    """Editions in the ledger, which also has their reasons."""
    strays: Sequence[Finding] = ()
    """Errors of files and of the folder; each may be the reason why an edition has no file."""
    daemon: str | None = None
    """Id of the daemon's process; None if no daemon runs."""
    pause: str | None = None
    """Reason of the pause of all publishing; None if it is not paused."""
    born_at: datetime | None = None
    """Instant at which the ledger was created; None if there is none."""


@dataclass(frozen=True, slots=True)
class NotOut:
    """An edition that is not out."""

    slot_at: datetime
    key: EditionKey
    reason: str
    remedy: str
    """Advice that ends in a command to type."""
    is_content: bool = False
    """True if an editor can fix it in the threads folder."""


def not_out(facts: DeskFacts, now: datetime) -> tuple[NotOut, ...]:
    """Return the expected editions of today, or within their grace, that are not out after their slot.

    They are sorted by slot. Editions in the ledger are excluded, and those without a file whose slot was
    before the ledger was created.
    """
    zone = ZoneInfo(facts.programme.zone)
    today = now.astimezone(zone).date()
    editions = [one.edition for one in facts.files.values()]
    found = []
    for one in expected(facts.programme, editions, now - LONGEST_GRACE, now):
        file = facts.files.get(one.key)
        form = file.edition.format if file else facts.programme.format_of(one.key.series)
        is_over = now > one.slot_at + form.grace
        if one.key in facts.recorded or (is_over and one.slot_at.astimezone(zone).date() != today):
            continue
        if file is None and (facts.born_at is None or one.slot_at < facts.born_at):
            continue
        why = _without_file(facts, one) if file is None else _with_file(facts, file, now, is_over=is_over)
        found.append(NotOut(one.slot_at, one.key, *why, is_content=file is None or bool(file.errors)))
    return tuple(found)


def _without_file(facts: DeskFacts, one: Expected) -> tuple[str, str]:
    unread = next((stray for stray in facts.strays if stray.code in ABOUT_THE_FOLDER), None)
    if unread is not None:
        return f"the folder cannot be read: {unread.path}: {unread.message}", unread.remedy
    own = [stray for stray in facts.strays if names_day_or_series(stray.path, one)]
    if own:
        return _error(own[0])
    todo = f"Write the file of {one.comes_with or one.key}, or name the day under 'pauses' in config.yaml."
    return "no file for this edition.", f"{todo} To see all findings, type: flashtweet check"


def _error(error: Finding) -> tuple[str, str]:
    where = f"line {error.line}: " if error.line else ""
    return (
        f"its file has an error: {where}{error.message}",
        f"Correct {error.path}, then type: flashtweet check {error.path}",
    )


def _with_file(facts: DeskFacts, file: FileFacts, now: datetime, *, is_over: bool) -> tuple[str, str]:
    edition = file.edition
    by_hand = f"flashtweet publish {edition.key}"
    errors = [one for one in file.errors if one.severity is Severity.ERROR]
    if errors:
        return _error(errors[0])
    if facts.pause is not None:
        todo = "To resume, type: flashtweet resume"
        todo += f"; then, as its grace is over: {by_hand}" if is_over else ""
        return f"publishing is paused: {facts.pause.rstrip('.')}.", todo
    if is_over:
        why = "its slot and its grace are over." if facts.daemon else "no daemon runs, and its grace is over."
        return why, f"To post it late, type: {by_hand}"
    if facts.born_at is not None and edition.slot_at < facts.born_at:
        return "its slot was before this ledger was created.", f"To post it, type: {by_hand}"
    if facts.daemon is None:
        return "no daemon runs.", f"Start one (flashtweet run), or type: {by_hand}"
    if file.changed_at is not None and edition.slot_at < file.changed_at <= now < file.changed_at + REST:
        until = clock_time(file.changed_at + REST, facts.programme.zone, now)
        return (
            f"its file was added or changed after its slot; it is posted after {until}.",
            f"Nothing to do; to post it at once, type: {by_hand}",
        )
    return "the daemon has not started it.", f"To see why, type: flashtweet doctor {edition.key}"


def check_of(one: NotOut) -> Check:
    """Return `one` as a check that fails."""
    return failure("out", f"it is not out: {one.reason}", one.remedy, one.key)
