"""Editions of today that are not out though their slot has passed, and why."""

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
    """What the editors' folder has of one edition."""

    edition: Edition
    errors: tuple[Finding, ...] = ()
    """Those that keep it from being published."""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """Everything by which it is decided what is not out, and why."""

    programme: Programme
    files: Mapping[EditionKey, FileFacts]
    """Of each edition that a file makes."""
    recorded: Collection[EditionKey]
    """Editions that the ledger has: it has their reasons, too."""
    strays: Sequence[Finding] = ()
    """Errors of files and of the folder; each may be why no file makes an edition."""
    daemon: str | None = None
    """The process that publishes; None: no daemon runs."""
    pause: str | None = None
    """Why all publishing is paused; None: it is not."""
    born_at: datetime | None = None
    """When the ledger was made; None: there is none."""


@dataclass(frozen=True, slots=True)
class NotOut:
    """An edition that is not out."""

    slot_at: datetime
    key: EditionKey
    reason: str
    remedy: str
    """What to do, ending in what to type."""
    is_content: bool = False
    """Whether an editor mends it, in the threads folder."""


def not_out(facts: DeskFacts, now: datetime) -> tuple[NotOut, ...]:
    """Return each expected edition of today, or within its grace, whose slot passed without it, by slot.

    What the ledger has is not among them, nor what no file makes and no ledger was there for.
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
    return "no file makes it.", f"{todo} To see all, type: flashtweet check"


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
        todo = "To let publishing go on, type: flashtweet resume"
        todo += f"; then, since its grace is over: {by_hand}" if is_over else ""
        return f"publishing is paused: {facts.pause.rstrip('.')}.", todo
    if is_over:
        why = "its slot and its grace are over." if facts.daemon else "no daemon runs, and its grace is over."
        return why, f"If it should still go out, type: {by_hand}"
    if facts.born_at is not None and edition.slot_at < facts.born_at:
        return "its slot was before this ledger's birth.", f"If it should go out, type: {by_hand}"
    if facts.daemon is None:
        return "no daemon runs.", f"Start one (flashtweet run), or type: {by_hand}"
    if file.changed_at is not None and edition.slot_at < file.changed_at <= now < file.changed_at + REST:
        until = clock_time(file.changed_at + REST, facts.programme.zone, now)
        return (
            f"its file came or changed after its slot: it rests until {until}.",
            f"Nothing: it goes out then. At once, type: {by_hand}",
        )
    return "the daemon has not begun it.", f"To see why, type: flashtweet doctor {edition.key}"


def check_of(one: NotOut) -> Check:
    """Return `one` as a check that fails."""
    return failure("out", f"it is not out: {one.reason}", one.remedy, one.key)
