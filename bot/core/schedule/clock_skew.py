"""Steps of the wall clock and suspensions of the machine, from its three clocks read together.

The wall clock can be set. The monotonic clock never jumps, and stops while the machine is suspended; the boot
clock keeps running. So wall against boot shows a step, boot against monotonic a suspension.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TOLERANCE = timedelta(milliseconds=500)
"""Differences below this are ignored: the clocks are read in sequence, and NTP slews by half a millisecond a
second (https://man7.org/linux/man-pages/man2/adjtimex.2.html, 2026-11-24)."""

WARN_ABOVE = timedelta(seconds=1)
ALERT_ABOVE = timedelta(seconds=30)
"""A thread is on time to the second, and readers expect an edition at its minute."""


class OffsetSeverity(StrEnum):
    """Severity of a clock offset."""

    NONE = "none"
    WARNING = "warning"
    ALERT = "alert"


def severity_of(offset: timedelta) -> OffsetSeverity:
    """Return the severity of a clock that is off, or was set, by `offset` in either direction."""
    if abs(offset) > ALERT_ABOVE:
        return OffsetSeverity.ALERT
    return OffsetSeverity.WARNING if abs(offset) > WARN_ABOVE else OffsetSeverity.NONE


@dataclass(frozen=True, slots=True)
class ClockState:
    """The kernel's estimate of the wall clock."""

    is_disciplined: bool
    """True if NTP or a similar service keeps it right."""
    max_error: timedelta
    """Largest possible offset; it grows while nothing disciplines the clock."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """All clocks of the machine, read at one moment."""

    wall: datetime
    monotonic: float
    """Seconds, without suspended time."""
    boot: float
    """Seconds, including suspended time."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Step and suspension between two readings; false if there was neither."""

    stepped: timedelta = timedelta(0)
    """Step of the wall clock, positive if it was set forward; zero if it was not set."""
    slept: timedelta = timedelta(0)
    """Suspended time; zero if the machine was not suspended."""

    def __bool__(self) -> bool:
        return bool(self.stepped or self.slept)


def disturbance(before: ClockReading, after: ClockReading) -> Disturbance:
    """Return the disturbance between two readings."""
    boot = timedelta(seconds=after.boot - before.boot)
    stepped = (after.wall - before.wall) - boot
    slept = boot - timedelta(seconds=after.monotonic - before.monotonic)
    return Disturbance(
        stepped if abs(stepped) > TOLERANCE else timedelta(0), slept if slept > TOLERANCE else timedelta(0)
    )
