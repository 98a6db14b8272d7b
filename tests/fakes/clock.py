"""A clock that moves only when someone waits, or when the test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.ports import Interrupted

START = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
"""07:30 in Paris on 6 November 2020."""


class FakeClock:
    """Fulfils `bot.ports.Clock`. `wait` moves the time to `until` at once; nobody sleeps."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._elapsed = 1000.0
        self.interrupt_at: datetime | None = None
        """`wait` raises `Interrupted` instead of passing this instant."""

        self.is_stopped = False
        """Every wait raises `Interrupted`."""

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return self._elapsed

    def wait(self, until: datetime) -> None:
        if self.is_stopped:
            raise Interrupted
        if self.interrupt_at is not None and until > self.interrupt_at:
            raise Interrupted
        if until > self._now:
            self.advance(until - self._now)

    def advance(self, duration: timedelta) -> None:
        """Move both clocks on."""
        self._now += duration
        self._elapsed += duration.total_seconds()

    def jump(self, duration: timedelta) -> None:
        """Someone sets the wall clock, forward or back; no time passes."""
        self._now += duration
