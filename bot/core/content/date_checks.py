"""Dates that are probably wrong: a day that was over when its file was written, or one far ahead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator
    from datetime import datetime

    from bot.core.model import Edition, EditionKey

FAR = timedelta(days=60)
"""Newsrooms plan less far ahead; beyond this, a wrong year is more likely."""

_FRESH = timedelta(days=1)
"""Only files written within this period are doubted: the folder is an archive as well."""
_PAST = timedelta(days=400)
"""Mistyped dates, the year included, are not older; samples and freshly copied archives are."""


def odd_dates(
    editions: Iterable[Edition],
    changed_at: Callable[[str], datetime | None],
    recorded: Container[EditionKey],
    now: datetime,
) -> tuple[Finding, ...]:
    """Return a warning for each file of `editions` whose date is probably wrong.

    `changed_at` returns the time of a file's last change. Editions `recorded` in the ledger are not doubted
    for being past.
    """
    by_path: dict[str, list[Edition]] = {}
    for edition in editions:
        if edition.replayed is None:
            by_path.setdefault(edition.path, []).append(edition)
    return tuple(
        finding
        for path, made in by_path.items()
        for finding in _of_file(made, changed_at(path), recorded, now)
    )


def _of_file(
    made: list[Edition], changed_at: datetime | None, recorded: Container[EditionKey], now: datetime
) -> Iterator[Finding]:
    for edition in made:
        if edition.slot_at > now + FAR:
            days = (edition.slot_at - now).days
            message = f"{edition.key} goes out in {days} days."
            yield _finding(edition, "far-date", message, "Check the date and its year.")
            return
    latest = max(made, key=lambda edition: edition.slot_at)
    over_at = latest.slot_at + latest.format.grace
    if (
        changed_at is not None
        and over_at < changed_at
        and now - changed_at < _FRESH
        and now - over_at < _PAST
        and latest.key not in recorded
    ):
        message = f"{latest.key} was over when this file was written; it is not sent."
        yield _finding(latest, "past-date", message, "Correct the date, if another day is meant.")


def _finding(edition: Edition, code: str, message: str, remedy: str) -> Finding:
    chapter = edition.chapter
    mark = chapter.date_mark if chapter.date_mark.line else chapter.mark
    return Finding(edition.path, mark.line, mark.column, Severity.WARNING, code, message, remedy)
