"""Throttled logging of an outage: at its start, at intervals, and at its end, not at each attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

LOG_INTERVAL = timedelta(minutes=5)
"""Interval between log lines while an outage lasts."""


@dataclass(slots=True)
class Outage:
    """A run of failed attempts. `now` is in seconds on a monotonic clock."""

    since: float
    failed: int = 0
    _logged_at: float | None = None
    _kinds: set[str] = field(default_factory=set)

    def fails(self, kind: str, now: float) -> bool:
        """Count a failed attempt; return True if it should be logged: a new `kind`, or the time came."""
        self.failed += 1
        due = self._logged_at is None or now - self._logged_at >= LOG_INTERVAL.total_seconds()
        if not due and kind in self._kinds:
            return False
        self._kinds.add(kind)
        self._logged_at = now
        return True

    @property
    def is_long(self) -> bool:
        """True if its end should be logged: a single failed attempt needs no line."""
        return self.failed > 1

    def lasted(self, now: float) -> timedelta:
        """Return its duration at `now`."""
        return timedelta(seconds=now - self.since)
