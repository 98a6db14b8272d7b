"""Precedence of series: specials wait while the first post of a series' edition is about to be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.progress import has_begun

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.ports import Clock

REST_BEFORE = timedelta(seconds=1)
"""Time before a series' slot at which specials begin to wait: longer than a step that they have begun."""

MAX_REST = timedelta(seconds=10)
"""Longest wait after that slot, if X or the ledger does not answer."""

GLANCE = timedelta(milliseconds=50)
"""Interval at which they check for the answer to the first request."""


class Precedence:
    """The series' first posts that are to be sent, each until its first request is answered."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever the precedence of an edition ends."""
        self._changed = changed
        self._heads: dict[EditionKey, datetime] = {}

    def expect(self, publication: Publication) -> None:
        """Give precedence to the first post of `publication` around its slot, unless it has begun."""
        if not has_begun(publication):
            self._heads[publication.key] = publication.slot_at

    def settle(self, key: EditionKey) -> None:
        """End the precedence of edition `key`: its first request was answered, or its worker has ended."""
        if self._heads.pop(key, None) is not None:
            self._changed()

    def is_active(self, now: datetime) -> bool:
        """Return True if a first post of a series is about to be sent at `now`."""
        return any(at - REST_BEFORE <= now <= at + MAX_REST for at in tuple(self._heads.values()))


class DeferringClock:
    """Implementation of `bot.ports.Clock` for a special: a wait lasts while a series' post has precedence.

    A run waits for each slot and each gap. A wait that only checks for a stop is not prolonged: an id may
    still have to be recorded.
    """

    def __init__(self, clock: Clock, precedence: Precedence) -> None:
        self._clock, self._precedence = clock, precedence

    def now(self) -> datetime:
        return self._clock.now()

    def elapsed(self) -> float:
        return self._clock.elapsed()

    def wait(self, until: datetime, at_most: timedelta | None = None) -> None:
        is_ahead = until > self._clock.now()
        self._clock.wait(until, at_most)
        while is_ahead and self._precedence.is_active(now := self._clock.now()):
            self._clock.wait(now + GLANCE)
