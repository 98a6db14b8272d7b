"""Slots of editions: their instants, the freeze before them, and which are due, missed or ahead.

Wall times follow the zone's rules: a time that the spring change skips means the first instant after the
gap; a time that the autumn change repeats means the first of the two.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.publishing.progress import has_begun
from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import OPEN
from bot.core.publishing.steps import may_begin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.core.model import Edition, EditionKey
    from bot.core.publishing.publication import Publication

FREEZE_LEAD = timedelta(seconds=30)
"""Time before its slot at which an edition is frozen into the ledger; later edits have no effect."""

MISSED_HORIZON = timedelta(days=7)
"""A slot longer ago than this is history, even if a file for it appears: archives raise no alarm."""

LONGEST_GRACE = timedelta(days=1)
"""Limit of `grace` in the configuration."""

REST = timedelta(seconds=60)
"""Time without changes after which a file that appeared or changed after its slot is frozen. Its editor is in
a hurry, and one save is often followed by another."""


def slot_at(day: date, wall: time, zone: str) -> datetime:
    """Return the instant (UTC) of the wall time `wall` on `day` in the IANA zone `zone`."""
    local = datetime.combine(day, wall, tzinfo=ZoneInfo(zone))  # fold=0: the first of two
    instant = local.astimezone(UTC)
    if instant.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # In a gap fold=0 uses the offset before it, fold=1 the offset after it: the change lies between.
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), instant, zone)


def _end_of_gap(before: datetime, after: datetime, zone: str) -> datetime:
    """Return the first instant after `before` at which the zone's offset has changed."""
    tz = ZoneInfo(zone)
    offset = before.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(tz).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Late:
    """An edition to freeze whose file appeared or changed after its slot."""

    key: EditionKey
    slot_at: datetime
    changed_at: datetime

    @property
    def rested_at(self) -> datetime:
        """The earliest time to freeze it."""
        return self.changed_at + REST


@dataclass(frozen=True, slots=True)
class Agenda:
    """Work for the daemon now, and the time of its next look."""

    publish: tuple[EditionKey, ...]
    """Editions to freeze and publish, publications to resume, and MISSED ones whose time is ahead again; in
    order of their slots."""
    missed: tuple[EditionKey, ...]
    """Editions whose slot and grace passed without a publication."""
    wake_at: datetime | None
    """Time of the next freeze; None if nothing is ahead."""
    past: tuple[EditionKey, ...] = ()
    """Editions within their grace whose slot precedes the ledger: an operator may want to post them."""
    late: tuple[Late, ...] = ()
    """Editions to freeze whose files appeared or changed after their slots, now or after a rest."""


def _unknown(_: str) -> None:
    """Return no time of change: the default of `agenda`."""


def agenda(
    editions: Sequence[Edition],
    publications: Mapping[EditionKey, Publication],
    born_at: datetime,
    now: datetime,
    *,
    has_predecessor: bool = False,
    changed_at: Callable[[str], datetime | None] = _unknown,
    lead: timedelta = FREEZE_LEAD,
) -> Agenda:
    """Sort every edition into due, missed, ahead or history. `editions` are in order of their slots.

    `born_at` is the creation time of the ledger: earlier slots are past, whatever the files contain. With
    `has_predecessor`, an earlier ledger may have begun editions that are within their grace; these are due.
    `changed_at` returns the time of the last change of the file at a path. Editions are frozen `lead` before
    their slots.
    """
    found: dict[_When, list[tuple[datetime, EditionKey]]] = {when: [] for when in _When}
    late: dict[EditionKey, Late] = {}
    for publication in publications.values():
        if publication.state in OPEN:
            when = _when_open(publication, now, lead)
            found[when].append((publication.slot_at, publication.key))
    for edition in _near(editions, now):
        known = publications.get(edition.key)
        if known is not None:
            if _is_missed_no_more(known, edition, now):
                found[_When.NOW].append((known.slot_at, known.key))
            continue
        when = _when(edition, born_at, now, lead, has_predecessor=has_predecessor)
        if when is _When.NOW and (lateness := lateness_of(edition, changed_at(edition.path), now)):
            late[edition.key] = lateness
            when = _When.RESTING if now < lateness.rested_at else when
        found[when].append((edition.slot_at, edition.key))
        if when is _When.AHEAD:
            break  # and so are all that follow
    wakes = [slot - lead for slot, _ in found[_When.AHEAD]]
    wakes += [late[key].rested_at for _, key in found[_When.RESTING]]
    return Agenda(
        publish=_in_order(found[_When.NOW]),
        missed=_in_order(found[_When.MISSED]),
        wake_at=min(wakes, default=None),
        past=_in_order(found[_When.BEFORE_BIRTH]),
        late=tuple(late.values()),
    )


def _near(editions: Sequence[Edition], now: datetime) -> Iterator[Edition]:
    """Return the editions from the missed horizon on; ten years of older files are skipped at once."""
    first = bisect_left(editions, now - MISSED_HORIZON - LONGEST_GRACE, key=_slot)
    return (editions[n] for n in range(first, len(editions)))


def _slot(edition: Edition) -> datetime:
    return edition.slot_at


def lateness_of(edition: Edition, changed_at: datetime | None, now: datetime) -> Late | None:
    """Return the lateness of `edition`, whose file last changed at `changed_at`; None if it is not late.

    A change ahead of `now` was seen on a clock that was set back since, and proves nothing.
    """
    if changed_at is None or not edition.slot_at < changed_at <= now:
        return None
    return Late(edition.key, edition.slot_at, changed_at)


class _When(Enum):
    """Position of an edition relative to now."""

    AHEAD = auto()
    NOW = auto()
    RESTING = auto()
    MISSED = auto()
    BEFORE_BIRTH = auto()
    HISTORY = auto()


def _when_open(publication: Publication, now: datetime, lead: timedelta) -> _When:
    """Return NOW or AHEAD: an open publication waits for its slot unless it has begun.

    Its slot may be ahead if it was held and released, or planned on a clock that ran ahead.
    """
    is_due = now >= publication.slot_at - lead or has_begun(publication)
    return _When.NOW if is_due else _When.AHEAD


def _when(
    edition: Edition, born_at: datetime, now: datetime, lead: timedelta, *, has_predecessor: bool
) -> _When:
    end = edition.slot_at + edition.format.grace
    if edition.slot_at < min(born_at, now):  # `born_at` is ahead of `now` if the clock ran ahead then
        if now > end:
            return _When.HISTORY
        return _When.NOW if has_predecessor else _When.BEFORE_BIRTH
    if now > end:
        return _When.MISSED if now <= end + MISSED_HORIZON else _When.HISTORY
    return _When.NOW if now >= edition.slot_at - lead else _When.AHEAD


def _in_order(found: list[tuple[datetime, EditionKey]]) -> tuple[EditionKey, ...]:
    return tuple(key for _, key in sorted(found))


def _is_missed_no_more(publication: Publication, edition: Edition, now: datetime) -> bool:
    """Return True if it was missed on a clock that ran ahead and was set back: its slot is still to come."""
    is_missed = publication.state is PublicationState.MISSED
    return is_missed and may_begin(publication, edition.format.grace, now)


def due_times(start: datetime, gap: timedelta, count: int) -> tuple[datetime, ...]:
    """Return the due times of `count` posts, the first at `start`."""
    return tuple(start + index * gap for index in range(count))
