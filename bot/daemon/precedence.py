"""Precedence of series: specials rest while the first post of a series' edition is about to be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.progress import has_begun

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.core.model import EditionKey, Publication
    from bot.ports import Clock

REST_BEFORE = timedelta(seconds=1)
"""How long before the slot of a series specials begin to rest: longer than what they do then may take."""

MAX_REST = timedelta(seconds=10)
"""How long after that slot they rest at most, where X or the ledger does not answer."""

GLANCE = timedelta(milliseconds=50)
"""How often they look whether the first request was answered."""


class Precedence:
    """First posts of series that are to be sent, each until its first request was answered."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is called when one needs no precedence from now on."""
        self._changed = changed
        self._heads: dict[EditionKey, datetime] = {}

    def expect(self, publication: Publication) -> None:
        """Give precedence to the first post of `publication` around its slot, unless it has begun."""
        if not has_begun(publication):
            self._heads[publication.key] = publication.slot_at

    def settle(self, key: EditionKey) -> None:
        """End the precedence of edition `key`: its first request was answered, or nobody publishes it now."""
        if self._heads.pop(key, None) is not None:
            self._changed()

    def is_claimed(self, now: datetime) -> bool:
        """Return whether a first post of a series is about to be sent at `now`."""
        return any(at - REST_BEFORE <= now <= at + MAX_REST for at in tuple(self._heads.values()))


class DeferringClock:
    """Fulfils `bot.ports.Clock` for a special: a wait lasts while a first post of a series has precedence.

    A run waits for each slot and each gap. Where it only asks for a stop there is nothing to wait for: an id
    may be still to be recorded then.
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
        while is_ahead and self._precedence.is_claimed(now := self._clock.now()):
            self._clock.wait(now + GLANCE)
