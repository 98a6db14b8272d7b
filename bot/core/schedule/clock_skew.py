"""What the machine's clocks tell when they are read together: was one set, did the machine sleep?

The wall clock says what time it is, and anyone may set it. The monotonic clock never jumps, and stands still
while the machine is suspended; the boot clock goes on. So wall against boot shows a step, boot against
monotonic a sleep.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TOLERANCE = timedelta(milliseconds=500)
"""Less than this is no event: clocks are read one after the other, and NTP slews by half a millisecond a
second (https://man7.org/linux/man-pages/man2/adjtimex.2.html, 2026-11-24)."""

WARN_ABOVE = timedelta(seconds=1)
ALERT_ABOVE = timedelta(seconds=30)
"""A thread is on time to the second, and an edition is looked for at its minute."""


class Gravity(StrEnum):
    """How much a clock that is wrong, or was, matters."""

    NONE = "none"
    WARNING = "warning"
    ALERT = "alert"


def gravity(offset: timedelta) -> Gravity:
    """How bad it is that a clock is off by `offset`, or was set by so much; the sign does not matter."""
    if abs(offset) > ALERT_ABOVE:
        return Gravity.ALERT
    return Gravity.WARNING if abs(offset) > WARN_ABOVE else Gravity.NONE


@dataclass(frozen=True, slots=True)
class ClockState:
    """The kernel's judgement of the wall clock."""

    is_disciplined: bool
    """Whether NTP or the like keeps it right."""
    max_error: timedelta
    """How far it may be off; it grows while nothing disciplines it."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """All clocks of the machine, read at one moment."""

    wall: datetime
    monotonic: float
    """Seconds; they stand still while the machine is suspended."""
    boot: float
    """Seconds; suspended time counts."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What happened to the clocks between two readings."""

    stepped: timedelta = timedelta(0)
    """By how much the wall clock was set forward; negative: back. Zero: it was not set."""
    slept: timedelta = timedelta(0)
    """How long the machine was suspended. Zero: it was not."""

    def __bool__(self) -> bool:
        return bool(self.stepped or self.slept)


def disturbance(before: ClockReading, after: ClockReading) -> Disturbance:
    """What happened between two readings; it is false where nothing did."""
    boot = timedelta(seconds=after.boot - before.boot)
    stepped = (after.wall - before.wall) - boot
    slept = boot - timedelta(seconds=after.monotonic - before.monotonic)
    return Disturbance(
        stepped if abs(stepped) > TOLERANCE else timedelta(0), slept if slept > TOLERANCE else timedelta(0)
    )
