"""A clock that only moves when a caller waits or the test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.ports import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
"""07:30 in Paris on 6 November 2020."""


MOST_WAITS = 10_000
"""More than any test needs; code that waits for an event that never comes fails here instead of hanging."""


class FakeClock:
    """`bot.ports.Clock` for tests. `wait` moves the time to `until` at once, without sleeping."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._elapsed = 1000.0
        self.interrupt_at: datetime | None = None
        """`wait` raises `Interrupted` instead of passing this instant."""

        self.is_stopped = False
        """True if every wait raises `Interrupted`."""

        self._waits = 0
        self._events: list[tuple[datetime, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return self._elapsed

    def wait(self, until: datetime, at_most: timedelta | None = None) -> None:
        if self.is_stopped:
            raise Interrupted
        self._waits += 1
        assert self._waits <= MOST_WAITS, f"waited for {MOST_WAITS} times, until {self._now} at last"
        end = None if at_most is None else self._elapsed + at_most.total_seconds()
        until = self._sooner(until, end)
        if self.interrupt_at is not None and until > self.interrupt_at:
            raise Interrupted
        while self._events and self._events[0][0] <= until:
            at, happen = self._events.pop(0)
            self._pass_until(at)
            happen()
            until = self._sooner(until, end)
        self._pass_until(until)

    def _sooner(self, until: datetime, end: float | None) -> datetime:
        """Return `until`, or the true time at `end` if that is sooner."""
        return until if end is None else min(until, self._now + timedelta(seconds=end - self._elapsed))

    def at(self, instant: datetime, happen: Callable[[], None]) -> None:
        """Call `happen` at `instant`, during a wait; to be called in order."""
        self._events.append((instant, happen))

    def advance(self, duration: timedelta) -> None:
        """Move both clocks forward."""
        self._now += duration
        self._elapsed += duration.total_seconds()

    def _pass_until(self, until: datetime) -> None:
        if until > self._now:
            self.advance(until - self._now)

    def jump(self, duration: timedelta) -> None:
        """Set the wall clock forward or back; no time passes."""
        self._now += duration
