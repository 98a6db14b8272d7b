"""Tests that a lasting problem is logged at its beginning and from time to time."""

from __future__ import annotations

from bot.core.outage import Outage


def test_the_first_of_each_kind_is_logged_and_then_one_in_five_minutes() -> None:
    outage = Outage(since=100.0)
    assert outage.fails("refused", 100.0)
    assert not outage.fails("refused", 160.0)
    assert outage.fails("lost", 170.0), "another kind is news"
    assert not outage.fails("lost", 469.9)
    assert outage.fails("refused", 470.0)
    assert not outage.fails("refused", 480.0)
    assert outage.failed == 6
    assert outage.lasted(480.0).total_seconds() == 380


def test_one_failure_is_no_long_outage() -> None:
    outage = Outage(since=0.0)
    outage.fails("refused", 0.0)
    assert not outage.is_long
    outage.fails("refused", 1.0)
    assert outage.is_long
