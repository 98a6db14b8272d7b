"""Tests of clock readings, and of the events derived from them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.schedule.clock_skew import ClockReading, Disturbance, OffsetSeverity, disturbance, severity_of
from tests.fakes.clock import START

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
BEFORE = ClockReading(START, 100.0, 5000.0)


def after(wall: timedelta, monotonic: float, boot: float) -> ClockReading:
    """Return the reading that much later on each clock."""
    return ClockReading(START + wall, 100.0 + monotonic, 5000.0 + boot)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param(after(SECOND, 1, 1), Disturbance(), id="a second"),
        pytest.param(after(60 * SECOND, 60, 60), Disturbance(), id="nobody looked for a minute"),
        pytest.param(after(SECOND * 1.4, 1, 1), Disturbance(), id="read one after the other"),
        pytest.param(after(HOUR, 1, 1), Disturbance(stepped=HOUR - SECOND), id="set forward"),
        pytest.param(after(SECOND - HOUR, 1, 1), Disturbance(stepped=-HOUR), id="set back"),
        pytest.param(after(2 * HOUR, 1, 7200), Disturbance(slept=2 * HOUR - SECOND), id="suspended"),
        pytest.param(after(3 * HOUR, 1, 7200), Disturbance(HOUR, 2 * HOUR - SECOND), id="both"),
    ],
)
def test_what_happened_between_two_readings(reading: ClockReading, expected: Disturbance) -> None:
    found = disturbance(BEFORE, reading)
    assert found == expected
    assert bool(found) == (expected != Disturbance())


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "none"), (1, "none"), (1.001, "warning"), (-30, "warning"), (-31, "alert")],
)
def test_how_much_an_offset_matters(seconds: float, expected: str) -> None:
    assert severity_of(timedelta(seconds=seconds)) is OffsetSeverity(expected)
