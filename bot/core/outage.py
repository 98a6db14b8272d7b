"""A trouble that lasts, told at its beginning, from time to time, and at its end; never at each attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

TELL_AGAIN = timedelta(minutes=5)
"""How often it is logged that a trouble lasts."""


@dataclass(slots=True)
class Outage:
    """Attempts that failed one after another. `now` is in seconds, on a clock that never jumps."""

    since: float
    failed: int = 0
    _logged_at: float | None = None
    _kinds: set[str] = field(default_factory=set)

    def fails(self, kind: str, now: float) -> bool:
        """Count an attempt that failed as `kind`; return whether to log it: the first of its kind, or due."""
        self.failed += 1
        due = self._logged_at is None or now - self._logged_at >= TELL_AGAIN.total_seconds()
        if not due and kind in self._kinds:
            return False
        self._kinds.add(kind)
        self._logged_at = now
        return True

    @property
    def is_long(self) -> bool:
        """Whether its end is worth a line: an attempt failed once and went well then needs none."""
        return self.failed > 1

    def lasted(self, now: float) -> timedelta:
        """Return for how long it has lasted."""
        return timedelta(seconds=now - self.since)
