"""Calendar of expected editions, with or without files, and of the checks before their slots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.model import EditionKey
from bot.core.schedule.slots import slot_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.core.model import Edition, Programme

PREFLIGHT_LEAD = timedelta(minutes=15)
"""Time of a preflight before its slot: enough for an operator to fix what it finds."""

LOOKAHEAD = timedelta(days=8)
"""Range of the search for the next edition of each series: one autumn week is an hour longer."""

_DAY = timedelta(days=1)


Slot = tuple[EditionKey, datetime]


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    """An edition that is due at `slot_at` (UTC)."""

    slot_at: datetime
    key: EditionKey
    comes_with: EditionKey | None = None
    """The edition whose file produces it, if it is a replay."""
    is_made: bool = False
    """True if a file produces it now."""

    @property
    def slot(self) -> Slot:
        """The key and the slot."""
        return self.key, self.slot_at


def expected(
    programme: Programme, editions: Iterable[Edition], since: datetime, until: datetime
) -> tuple[Expected, ...]:
    """Return the editions due after `since` and not after `until`, soonest first.

    A series is expected on its days without a pause; `editions`, produced by files, whenever they are due.
    """
    zone = ZoneInfo(programme.zone)
    first, last = since.astimezone(zone).date() - _DAY, until.astimezone(zone).date() + _DAY
    made = {edition.key: edition for edition in editions if first <= edition.key.date <= last}
    found = {one.key: one for one in _by_programme(programme, first, last)}
    found |= {edition.key: _made(edition) for edition in made.values()}
    return tuple(sorted(one for one in found.values() if since < one.slot_at <= until))


def _by_programme(programme: Programme, first: date, last: date) -> Iterator[Expected]:
    for series in programme.series:
        for day in (first + n * _DAY for n in range((last - first).days + 1)):
            if programme.is_due_on(series, day):
                original = EditionKey(series.replays, day) if series.replays else None
                at = slot_at(day, series.at, programme.zone)
                yield Expected(at, EditionKey(series.name, day), original)


def _made(edition: Edition) -> Expected:
    comes_with = edition.replayed.key if edition.replayed else None
    return Expected(edition.slot_at, edition.key, comes_with, is_made=True)


def expected_one(programme: Programme, editions: Iterable[Edition], key: EditionKey) -> Expected | None:
    """Return edition `key` if a file produces it or its series is due on that day."""
    made = (_made(edition) for edition in editions)
    due = _by_programme(programme, key.date, key.date)
    return next((one for one in chain(made, due) if one.key == key), None)


def next_of_each(programme: Programme, editions: Iterable[Edition], now: datetime) -> tuple[Expected, ...]:
    """Return the next edition of each series and of each file with its own time, soonest first."""
    first: dict[str, Expected] = {}
    for one in expected(programme, editions, now - timedelta(microseconds=1), now + LOOKAHEAD):
        first.setdefault(one.key.series, one)
    return tuple(first.values())


class Round(StrEnum):
    """Scope of a round of checks."""

    REMINDER = "reminder"
    """The evening before: tomorrow's files exist and have no errors."""
    PREFLIGHT = "preflight"
    """Shortly before the slot: everything."""


@dataclass(frozen=True, slots=True, order=True)
class DueChecks:
    """One round of checks of these editions."""

    at: datetime
    """The scheduled time; the checks themselves look at the present."""
    round: Round
    editions: tuple[Expected, ...]


def due_checks(
    programme: Programme,
    editions: Iterable[Edition],
    now: datetime,
    since: datetime | None,
    looked_at: Mapping[Slot, bool] | None = None,
) -> tuple[DueChecks, ...]:
    """Return the rounds of checks that are due at `now`, soonest first.

    `since` is the time of the last look, None at the first.

    A preflight covers every edition that is due within `PREFLIGHT_LEAD` and is not in `looked_at`, which maps
    an edition to whether a file produced it at that look: one whose file came or went since is checked
    again. Editions of one instant share a round. Slots that have passed get none, after a suspended night
    for instance.
    `editions` are those of the catalog.
    """
    editions, looked_at = tuple(editions), looked_at or {}
    by_slot: dict[datetime, list[Expected]] = {}
    for one in expected(programme, editions, now, now + PREFLIGHT_LEAD):
        if looked_at.get(one.slot) != one.is_made:
            by_slot.setdefault(one.slot_at, []).append(one)
    found = [DueChecks(at - PREFLIGHT_LEAD, Round.PREFLIGHT, tuple(ones)) for at, ones in by_slot.items()]
    return tuple(sorted([*found, *_reminder(programme, editions, now, since)]))


def _reminder(
    programme: Programme, editions: tuple[Edition, ...], now: datetime, since: datetime | None
) -> Iterator[DueChecks]:
    """Yield today's reminder if it fell due since the last look, or before the first one.

    Before the first look no other process may have sent it. Older reminders are void: their "tomorrow" is
    today.
    """
    zone = ZoneInfo(programme.zone)
    today = now.astimezone(zone).date()
    if programme.reminder is None:
        return
    at = slot_at(today, programme.reminder, programme.zone)
    if at <= now and (since is None or since < at):
        ahead = expected(programme, editions, now, now + 3 * _DAY)
        tomorrow = tuple(one for one in ahead if one.slot_at.astimezone(zone).date() == today + _DAY)
        if tomorrow:
            yield DueChecks(at, Round.REMINDER, tomorrow)
