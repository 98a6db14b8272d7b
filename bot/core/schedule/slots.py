"""When editions are due: wall times to instants, and what to do about each edition now.

Wall times follow the zone's rules: one that the spring change skips means the first instant after the
gap; one that the autumn change repeats means the first of the two.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.model import PublicationState
from bot.core.publishing.progress import has_begun
from bot.core.publishing.states import OPEN
from bot.core.publishing.steps import may_begin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.core.model import Edition, EditionKey, Publication

FREEZE_LEAD = timedelta(seconds=30)
"""How long before its slot an edition's text goes into the ledger; later edits change nothing."""

MISSED_HORIZON = timedelta(days=7)
"""A slot longer past than this is history, even where a file for it turns up: archives are not alarms."""

LONGEST_GRACE = timedelta(days=1)
"""No config gives a series more."""

REST = timedelta(seconds=60)
"""How long a file that came or changed after its slot is left alone before it goes out. Somebody writes
in a hurry then, and one save is often followed by another."""


def slot_at(day: date, wall: time, zone: str) -> datetime:
    """The instant (UTC) at which `wall` strikes on `day` in the IANA zone `zone`."""
    local = datetime.combine(day, wall, tzinfo=ZoneInfo(zone))  # fold=0: the first of two
    instant = local.astimezone(UTC)
    if instant.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # In a gap fold=0 counts with the offset before it, fold=1 with the one after: the change lies between.
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), instant, zone)


def _end_of_gap(before: datetime, after: datetime, zone: str) -> datetime:
    """The first instant at which the zone's offset is no longer what it is at `before`."""
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
    """An edition to be frozen whose file came or changed after its slot."""

    key: EditionKey
    slot_at: datetime
    changed_at: datetime

    @property
    def rested_at(self) -> datetime:
        """When it may be frozen at the earliest."""
        return self.changed_at + REST


@dataclass(frozen=True, slots=True)
class Agenda:
    """What the daemon does now, and when it must look again."""

    publish: tuple[EditionKey, ...]
    """Editions to freeze and publish, publications to carry on with, and what is MISSED and may not be;
    in order of their slots."""
    missed: tuple[EditionKey, ...]
    """Editions whose slot and grace went by without a publication."""
    wake_at: datetime | None
    """When the next edition is to be frozen; None when nothing is ahead."""
    past: tuple[EditionKey, ...] = ()
    """Editions within their grace whose slot was before the ledger's birth: a person may want them out."""
    late: tuple[Late, ...] = ()
    """Those to be frozen whose files came or changed after their slots: at once, or when they have rested."""


def _unknown(_: str) -> None:
    """Since when a file is as it is, where nobody looks twice."""


def agenda(
    editions: Sequence[Edition],
    publications: Mapping[EditionKey, Publication],
    born_at: datetime,
    now: datetime,
    *,
    succeeds: bool = False,
    changed_at: Callable[[str], datetime | None] = _unknown,
    lead: timedelta = FREEZE_LEAD,
) -> Agenda:
    """Sort every edition into due, missed, ahead or history. `editions` are in order of their slots.

    `born_at` is when the ledger was made: slots before it are past, whatever the files say. Where it
    `succeeds` another one, that one may have begun what is within its grace: this is carried on with.
    `changed_at` gives for a path since when its file is as it is. Frozen is `lead` before the slot.
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
        when = _when(edition, born_at, now, lead, succeeds=succeeds)
        if when is _When.NOW and (lateness := lateness_of(edition, changed_at(edition.path), now)):
            late[edition.key] = lateness
            when = _When.RESTING if now < lateness.rested_at else when
        found[when].append((edition.slot_at, edition.key))
        if when is _When.AHEAD:
            break  # so are all that follow
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
    """Those that may be missed, and all that follow: ten years of files are passed over at once."""
    first = bisect_left(editions, now - MISSED_HORIZON - LONGEST_GRACE, key=_slot)
    return (editions[n] for n in range(first, len(editions)))


def _slot(edition: Edition) -> datetime:
    return edition.slot_at


def lateness_of(edition: Edition, changed_at: datetime | None, now: datetime) -> Late | None:
    """How `edition`, whose file is as it is since `changed_at`, is late by its file; None if it is not.

    A change ahead of `now` was seen on a clock that has been set back since, and tells nothing.
    """
    if changed_at is None or not edition.slot_at < changed_at <= now:
        return None
    return Late(edition.key, edition.slot_at, changed_at)


class _When(Enum):
    """Where an edition stands in time."""

    AHEAD = auto()
    NOW = auto()
    RESTING = auto()
    MISSED = auto()
    BEFORE_BIRTH = auto()
    HISTORY = auto()


def _when_open(publication: Publication, now: datetime, lead: timedelta) -> _When:
    """What was held and released, or planned by a clock that ran ahead, waits for its slot as well."""
    is_due = now >= publication.slot_at - lead or has_begun(publication)
    return _When.NOW if is_due else _When.AHEAD


def _when(edition: Edition, born_at: datetime, now: datetime, lead: timedelta, *, succeeds: bool) -> _When:
    end = edition.slot_at + edition.format.grace
    if edition.slot_at < min(born_at, now):  # a ledger that was born on a clock that ran ahead is not young
        if now > end:
            return _When.HISTORY
        return _When.NOW if succeeds else _When.BEFORE_BIRTH
    if now > end:
        return _When.MISSED if now <= end + MISSED_HORIZON else _When.HISTORY
    return _When.NOW if now >= edition.slot_at - lead else _When.AHEAD


def _in_order(found: list[tuple[datetime, EditionKey]]) -> tuple[EditionKey, ...]:
    return tuple(key for _, key in sorted(found))


def _is_missed_no_more(publication: Publication, edition: Edition, now: datetime) -> bool:
    """Whether it was missed on a clock that ran ahead and has been set back: its time is still to come."""
    is_missed = publication.state is PublicationState.MISSED
    return is_missed and may_begin(publication, edition.format.grace, now)


def due_times(start: datetime, gap: timedelta, count: int) -> tuple[datetime, ...]:
    """When each of `count` posts is due, the first at `start`."""
    return tuple(start + index * gap for index in range(count))
