"""Pace of a thread in flight, on the boot clock.

Due times are instants of the wall clock, so that any process can take a thread over. The publishing process
moves them when the wall clock is set: the gaps between posts stay as planned, whatever the clock shows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.progress import first_unsettled, last_out
from bot.core.schedule.clock_skew import ClockReading, disturbance

if TYPE_CHECKING:
    from bot.core.publishing.publication import Delivery, Publication
    from bot.ports import Clock

_NOTHING = timedelta(0)


class Pace:
    """One run's view of the clocks. Not thread-safe."""

    def __init__(self, clock: Clock, gap: timedelta) -> None:
        """Start at the present; `gap` is the planned time between two posts."""
        self._clock, self._gap = clock, gap
        self._begin = self._last = self._read()
        self._sent: dict[int, float] = {}
        self._has_looked = False

    def sent(self, position: int) -> None:
        """Record that the request for the post at `position` is sent now."""
        self._sent[position] = self._clock.elapsed()

    def age(self, delivery: Delivery) -> timedelta:
        """Return the time since `delivery` was sent; for a post of an earlier run, a lower bound.

        If the wall clock puts the sending in the future, the bound is the age of this run.
        """
        elapsed, sent_at = self._clock.elapsed(), self._sent.get(delivery.position)
        if sent_at is not None:
            return timedelta(seconds=elapsed - sent_at)
        before = self._begin.wall - delivery.intent_at if delivery.intent_at is not None else _NOTHING
        return max(before, _NOTHING) + timedelta(seconds=elapsed - self._begin.boot)

    def since_last(self, publication: Publication, position: int) -> timedelta | None:
        """Return the time since the post before `position` was sent; None if there is none."""
        before = last_out(publication, position)
        return None if before is None else self.age(before)

    def step(self, publication: Publication) -> timedelta:
        """Return the step of the wall clock since the last call; zero if no post was sent yet.

        Until then only the slot counts, which is an instant of the wall clock.
        """
        before, self._last = self._last, self._read()
        coming = first_unsettled(publication)
        previous = last_out(publication, coming.position) if coming is not None else None
        if coming is None or previous is None:
            return _NOTHING
        is_first, self._has_looked = not self._has_looked, True
        if is_first and previous.position not in self._sent:
            return self._set_back_before(coming)
        return disturbance(before, self._last).stepped

    def _set_back_before(self, coming: Delivery) -> timedelta:
        """Return how far the clock was visibly set back since an earlier run; never positive.

        No post of a thread in flight is due later than a gap from now. The time since the last post is
        unknown, so the next one waits for a whole gap again.
        """
        return min(self._last.wall + self._gap - coming.due_at, _NOTHING)

    def _read(self) -> ClockReading:
        boot = self._clock.elapsed()
        return ClockReading(self._clock.now(), boot, boot)
