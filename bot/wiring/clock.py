"""The machine's clocks."""

from __future__ import annotations

import math
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.core.schedule.clock_skew import ClockReading
from bot.ports import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable


REREAD_INTERVAL = 1.0
"""Seconds between clock readings during a wait: an event waits on the monotonic clock, which neither follows
changes of the wall clock nor counts suspended time."""


def real_now() -> datetime:
    """Return the machine's wall clock."""
    return datetime.now(UTC)


def boot_time() -> float:
    """Return seconds since boot, including suspended time where the system counts it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SystemClock:
    """Implementation of `bot.ports.Clock`; `offset` shifts the wall clock in rehearsals."""

    def __init__(
        self,
        offset: timedelta = timedelta(0),
        *,
        wall: Callable[[], datetime] = real_now,
        boot: Callable[[], float] = boot_time,
        monotonic: Callable[[], float] = time.monotonic,
        stop: threading.Event | None = None,
    ) -> None:
        """Use the machine's clocks and a new event, unless a test passes its own."""
        self.offset = offset
        self._wall, self._boot, self._monotonic = wall, boot, monotonic
        self._stop = stop or threading.Event()

    def now(self) -> datetime:
        return self._wall() + self.offset

    def elapsed(self) -> float:
        return self._boot()

    def reading(self) -> ClockReading:
        """Return all clocks at once."""
        return ClockReading(self.now(), self._monotonic(), self.elapsed())

    def wait(self, until: datetime, at_most: timedelta | None = None) -> None:
        end = self.elapsed() + at_most.total_seconds() if at_most is not None else math.inf
        while True:
            left = min((until - self.now()).total_seconds(), end - self.elapsed())
            if self._stop.wait(min(max(left, 0), REREAD_INTERVAL)):
                raise Interrupted
            if left <= 0:
                return

    def stop(self) -> None:
        """Make every current and later wait raise `Interrupted`. Safe in a signal handler."""
        self._stop.set()
