"""Editions of today that are not out although their slot has passed, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.problems import ProblemKind, by_identity
from bot.core.schedule.calendar import expected
from bot.core.schedule.local_times import clock_time
from bot.core.schedule.preflight import ABOUT_THE_FOLDER, Check, failure, names_day_or_series
from bot.core.schedule.slots import LONGEST_GRACE, lateness_of
from bot.core.turn import decide
from bot.errors import Severity

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.edition_source import EditionSource
    from bot.core.model import Edition, EditionKey
    from bot.core.problems import Problems
    from bot.core.schedule.calendar import Expected
    from bot.core.turn import Facts
    from bot.errors import Finding


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


def not_out(facts: Facts, source: EditionSource, now: datetime, daemon: str | None) -> tuple[NotOut, ...]:
    """Return the expected editions of today, or within their grace, that are not out after their slot.

    They are sorted by slot. Editions in the ledger are excluded, as their records have the reasons, and so
    are those without a file whose slot was before the ledger was created. `daemon` is the id of the daemon's
    process; None if none runs.
    """
    zone = ZoneInfo(facts.programme.zone)
    today = now.astimezone(zone).date()
    problems = by_identity(decide(facts, now).problems)
    found = []
    for one in expected(facts.programme, source.editions, now - LONGEST_GRACE, now):
        edition = source.find(one.key)
        form = edition.format if edition else facts.programme.format_of(one.key.series)
        is_over = now > one.slot_at + form.grace
        if one.key in facts.publications or (is_over and one.slot_at.astimezone(zone).date() != today):
            continue
        if edition is None and not facts.born_at <= one.slot_at:
            continue
        errors = _errors(source, edition)
        if edition is None:
            why = _without_file(source, one)
        elif errors:
            why = _error(errors[0])
        else:
            why = _with_file(facts, source, edition, problems, now, daemon, is_over=is_over)
        found.append(NotOut(one.slot_at, one.key, *why, is_content=edition is None or bool(errors)))
    return tuple(found)


def _errors(source: EditionSource, edition: Edition | None) -> list[Finding]:
    """Return what prevents the edition from being published."""
    thread, findings = source.composed(edition) if edition is not None else (None, ())
    return [one for one in findings if one.severity is Severity.ERROR] if thread is None else []


def _without_file(source: EditionSource, one: Expected) -> tuple[str, str]:
    strays = [stray for stray in source.findings if stray.severity is Severity.ERROR]
    unread = next((stray for stray in strays if stray.code in ABOUT_THE_FOLDER), None)
    if unread is not None:
        return f"the folder cannot be read: {unread.path}: {unread.message}", unread.remedy
    own = [stray for stray in strays if names_day_or_series(stray.path, one)]
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


def _with_file(
    facts: Facts,
    source: EditionSource,
    edition: Edition,
    problems: Problems,
    now: datetime,
    daemon: str | None,
    *,
    is_over: bool,
) -> tuple[str, str]:
    key, by_hand = str(edition.key), f"flashtweet publish {edition.key}"
    copy = problems.get((ProblemKind.SAME_TEXT, key))
    if copy is not None:
        return f"{dict(copy.about)['same']} has the same text.", f"To post it all the same, type: {by_hand}"
    if facts.pause is not None:
        todo = "To resume, type: flashtweet resume"
        todo += f"; then, as its grace is over: {by_hand}" if is_over else ""
        return f"publishing is paused: {facts.pause.rstrip('.')}.", todo
    if is_over:
        why = "its slot and its grace are over." if daemon else "no daemon runs, and its grace is over."
        return why, f"To post it late, type: {by_hand}"
    if (ProblemKind.BEFORE_LEDGER, key) in problems:
        return "its slot was before this ledger was created.", f"To post it, type: {by_hand}"
    if daemon is None:
        return "no daemon runs.", f"Start one (flashtweet run), or type: {by_hand}"
    late = lateness_of(edition, source.changed_at(edition.path), now)
    if late is not None and now < late.rested_at:
        until = clock_time(late.rested_at, facts.programme.zone, now)
        return (
            f"its file was added or changed after its slot; it is posted after {until}.",
            f"Nothing to do; to post it at once, type: {by_hand}",
        )
    return "the daemon has not started it.", f"To see why, type: flashtweet doctor {edition.key}"


def check_of(one: NotOut) -> Check:
    """Return `one` as a check that fails."""
    return failure("out", f"it is not out: {one.reason}", one.remedy, one.key)
