"""Tests of reports about clocks that were set, a suspended machine, and a clock that differs from X's."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.schedule.clock_skew import ClockReading
from bot.services.clock_skew import ClockWatch
from tests.fakes.clock import START

if TYPE_CHECKING:
    from collections.abc import Callable

Told = tuple[str, str, float | None, str | None, str | None]
"""Level, sentence, seconds, and the kinds of the alert raised and of the alert cleared."""

SECOND = timedelta(seconds=1)
BEFORE = ClockReading(START, 100.0, 5000.0)
NTP = "check that NTP runs on this machine: timedatectl"
AGAIN: Told = ("INFO", "the clock agrees with X's again", None, None, "clock")
SLEPT: Told = ("WARNING", "the machine was suspended", 3600, None, None)


def was_set(level: str, seconds: float, alert: str | None) -> Told:
    return level, "the wall clock was set", seconds, alert, None


def off(seconds: float) -> Told:
    return "WARNING", "the clock differs from X's", seconds, None, None


def far_off(seconds: float) -> Told:
    return "ERROR", "the clock differs from X's", seconds, "clock", None


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[Told]]:
    """Return the reports so far; each alert must contain a command."""
    caplog.set_level(logging.INFO, "flashtweet.clock")

    def so_far() -> list[Told]:
        found = []
        for record in caplog.records:
            fields = vars(record)
            seconds, alert, over = (fields.get(name) for name in ("seconds", "alert", "alert_over"))
            assert alert is None or fields["next"] == NTP
            found.append((record.levelname, record.message, seconds, alert, over))
        return found

    return so_far


class TestWhatXsAnswersTell:
    @pytest.mark.parametrize(
        ("heard", "expected"),
        [
            pytest.param([(0.9, 0)], [], id="it agrees"),
            pytest.param([(1, 0), (-1, 0)], [], id="a second is none too many"),
            pytest.param([(1.2, 0.3)], [], id="it may be less than a second"),
            pytest.param([(1.2, 0.1)], [off(1.2)], id="it is more than a second for certain"),
            pytest.param([(-2, 0)], [off(-2)], id="X is behind"),
            pytest.param([(30, 0)], [off(30)], id="half a minute is not yet alerted"),
            pytest.param([(30.5, 0.6)], [off(30.5)], id="it may be less than half a minute"),
            pytest.param([(30.5, 0.4)], [far_off(30.5)], id="it is more than half a minute for certain"),
            pytest.param([(-3600, 1)], [far_off(-3600)], id="X is an hour behind"),
            pytest.param([(40, 0), (41, 0), (40, 0)], [far_off(40)], id="once"),
            pytest.param([(2, 0), (40, 0)], [off(2), far_off(40)], id="it gets worse"),
            pytest.param([(40, 0), (2, 0)], [far_off(40), off(2)], id="it gets better"),
            pytest.param([(40, 0), (0, 0), (0, 0)], [far_off(40), AGAIN], id="it is well again"),
            pytest.param([(2, 0), (0, 0)], [off(2), AGAIN], id="what was a warning is well again"),
            pytest.param([(40, 0), (0, 0), (40, 0)], [far_off(40), AGAIN, far_off(40)], id="and again"),
        ],
    )
    def test_it_is_told_when_that_matters_more_or_less_than_before(
        self, told: Callable[[], list[Told]], heard: list[tuple[float, float]], expected: list[Told]
    ) -> None:
        watch = ClockWatch(lambda: BEFORE)
        for offset, give_or_take in heard:
            watch.hear(offset * SECOND, give_or_take * SECOND)
        assert told() == expected

    def test_above_half_a_minute_it_is_trouble_until_an_answer_tells_otherwise(self) -> None:
        watch = ClockWatch(lambda: BEFORE)
        found = []
        for offset in (0, 2, -31, 40, 2, 0):
            watch.hear(offset * SECOND, timedelta(0))
            found.append(watch.trouble())
        trouble = f"the clock is more than 30 s off X's: {NTP}"
        assert found == [None, None, trouble, trouble, None, None]

    def test_before_any_answer_there_is_no_trouble(self) -> None:
        assert ClockWatch(lambda: BEFORE).trouble() is None


class TestWhatTheClocksTell:
    @pytest.mark.parametrize(
        ("wall", "monotonic", "boot", "expected"),
        [
            pytest.param(1, 1, 1, [], id="a second went by"),
            pytest.param(3, 1, 1, [was_set("WARNING", 2, None)], id="set forward"),
            pytest.param(-29, 1, 1, [was_set("WARNING", -30, None)], id="set back by half a minute"),
            pytest.param(-3599, 1, 1, [was_set("ERROR", -3600, "clock")], id="set back by an hour"),
            pytest.param(3601, 1, 3601, [SLEPT], id="an hour of sleep"),
            pytest.param(7201, 1, 3601, [SLEPT, was_set("ERROR", 3600, "clock")], id="both"),
        ],
    )
    def test_a_look_tells_what_happened_since_the_one_before(
        self,
        told: Callable[[], list[Told]],
        wall: float,
        monotonic: float,
        boot: float,
        expected: list[Told],
    ) -> None:
        """Reported once: the next look does not see it."""
        after = ClockReading(START + wall * SECOND, 100.0 + monotonic, 5000.0 + boot)
        watch = ClockWatch(iter((BEFORE, after, after)).__next__)
        assert watch.look() == bool(expected)
        assert not watch.look()
        assert told() == expected
