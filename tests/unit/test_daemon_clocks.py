"""Clock changes and suspends while the daemon waits for a slot, with half an hour of grace."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.daemon.loop import TURN_INTERVAL
from tests.fakes.house import KEY, PROGRAMME, SLOT, House, houses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
WHOLE = ["un", "deux", "trois"]


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    with houses(tmp_path) as make:
        yield make


@pytest.fixture
def messages(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return a function that returns the log messages so far."""
    caplog.set_level(logging.INFO, "flashtweet")
    return lambda: [record.getMessage() for record in caplog.records]


def state(house: House) -> str | None:
    known = house.ledger.get(KEY)
    return known.state if known else None


def test_a_clock_that_is_set_forward_beyond_the_slot_publishes_at_once(
    make_house: Callable[[datetime], House], messages: Callable[[], list[str]]
) -> None:
    """The clock was an hour slow: the slot was 20 minutes ago."""
    house = make_house(SLOT + 20 * MINUTE)
    house.clocks.step = -HOUR
    with house.running():
        house.until(lambda: "flashtweet started" in messages(), "it looked once")
        assert state(house) is None
        house.clocks.step = timedelta(0)
        house.until(lambda: state(house) == "PUBLISHED", "the edition is posted")
    assert house.texts() == WHOLE
    assert (
        house.created()[0] == SLOT + 20 * MINUTE + TURN_INTERVAL
    )  # sooner than by the next look at the folder
    assert "the wall clock was set" in messages()


def test_posts_of_a_fast_clock_are_not_repeated_when_it_steps_back(
    make_house: Callable[[datetime], House], messages: Callable[[], list[str]]
) -> None:
    house = make_house(SLOT - HOUR + MINUTE)
    house.clocks.step = HOUR
    with house.running():
        house.until(
            lambda: state(house) == "PUBLISHED", "the edition is posted, an hour early by the true time"
        )
        house.clocks.step = timedelta(0)
        house.until(lambda: "the wall clock was set" in messages(), "the step back is noticed")
        house.clocks.step = HOUR - MINUTE  # the true slot comes
        house.clocks.pass_by(2 * MINUTE)  # and passes
    assert house.texts() == WHOLE


def test_a_clock_that_is_set_back_before_the_slot_sends_nothing_before_it(
    make_house: Callable[[datetime], House], messages: Callable[[], list[str]]
) -> None:
    house = make_house(SLOT - timedelta(seconds=2))
    with house.running():
        house.until(lambda: "edition frozen" in messages(), "the worker waits for the slot")
        house.clocks.step = -HOUR
        house.until(lambda: "the wall clock was set" in messages(), "the step is noticed")
        house.clocks.pass_by(MINUTE)  # the slot passes unseen
        assert house.clocks.true() > SLOT
        assert house.texts() == []
        house.clocks.step = timedelta(0)
        house.until(lambda: state(house) == "PUBLISHED", "the edition is posted")
    assert house.texts() == WHOLE


def test_a_wrong_clock_is_alerted_after_the_first_post(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """It is 40 s slow: the edition is posted late by as much, and the daemon is not ready for the next.

    The latest result counts: of the preflight, then of the posts, then, with the right clock, of X.
    """
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(SLOT + timedelta(seconds=37))
    house.clocks.step = -timedelta(seconds=40)
    with house.running(reread=lambda: house.newsroom) as daemon:
        clock = daemon.readiness()["clock"]
        house.until(clock, "the preflight has found it")
        house.until(lambda: state(house) == "PUBLISHED", "the edition is posted")
        assert clock() == (
            "the clock is more than 30 s off X's: check that NTP runs on this machine: timedatectl"
        )
        house.clocks.step = timedelta(0)
        daemon.reload()
        house.until(lambda: clock() is None, "X was asked again")
    [logged] = [vars(one) for one in caplog.records if one.message == "the clock differs from X's"]
    assert (logged["levelname"], logged["alert"]) == ("ERROR", "clock")
    assert logged["seconds"] == 40


@pytest.mark.parametrize(("ahead", "expected"), [(110, "PUBLISHED"), (10, "MISSED")])
def test_a_machine_that_sleeps_over_a_slot(
    make_house: Callable[[datetime], House], messages: Callable[[], list[str]], ahead: int, expected: str
) -> None:
    """The machine sleeps for two hours, beginning `ahead` minutes before the slot."""
    house = make_house(SLOT - ahead * MINUTE)
    with house.running():
        house.until(lambda: "flashtweet started" in messages(), "it looked once")
        house.clocks.sleep = 2 * HOUR
        house.until(lambda: state(house) == expected, f"the edition is {expected}")
    assert house.texts() == (WHOLE if expected == "PUBLISHED" else [])
    assert "the machine was suspended" in messages()


def test_a_machine_that_sleeps_between_the_freeze_and_the_slot_misses_nothing_within_grace(
    make_house: Callable[[datetime], House], messages: Callable[[], list[str]]
) -> None:
    house = make_house(SLOT - timedelta(seconds=10))
    with house.running():
        house.until(lambda: "edition frozen" in messages(), "the worker waits for the slot")
        house.clocks.sleep = 20 * MINUTE
        house.until(lambda: state(house) == "PUBLISHED", "the edition is posted")
    assert house.texts() == WHOLE


@pytest.mark.parametrize("frozen", [False, True])
def test_an_edition_missed_on_a_fast_clock_is_posted_when_it_is_set_back(
    make_house: Callable[[datetime], House], messages: Callable[[], list[str]], frozen: bool
) -> None:
    """The clock is briefly an hour fast, beyond the grace; frozen or not, the edition is posted in time."""
    house = make_house(SLOT - (6 * SECOND if frozen else 10 * MINUTE))
    with house.running():
        begun = "edition frozen" if frozen else "flashtweet started"
        house.until(lambda: begun in messages(), begun)
        house.clocks.step = HOUR
        house.until(lambda: state(house) == "MISSED", "by this clock its grace is over")
        house.clocks.step = timedelta(0)
        if not frozen:
            house.until(
                lambda: state(house) == "PLANNED",
                "it can be held, and no preflight reports it as missed",
            )
            assert house.texts() == []
            house.clocks.sleep = 10 * MINUTE - 6 * SECOND  # the true slot is near
        house.until(lambda: state(house) == "PUBLISHED", "the edition is posted")
    assert house.texts() == WHOLE
    assert "edition planned" in messages()
    assert all(at >= SLOT for at in house.created())


def test_a_truly_missed_edition_stays_missed(make_house: Callable[[datetime], House]) -> None:
    """A clock set back a little, as by NTP, does not make it due again."""
    house = make_house(SLOT + HOUR)
    with house.running():
        house.until(lambda: state(house) == "MISSED", "its grace is over")
        house.clocks.step = -20 * MINUTE
        house.looks_again()
    assert state(house) == "MISSED"
    assert house.texts() == []


def test_a_longer_grace_does_not_bring_back_a_missed_edition(
    make_house: Callable[[datetime], House],
) -> None:
    """The operator was alerted, and may have posted it by hand."""
    house = make_house(SLOT + 40 * MINUTE)
    with house.running():
        house.until(lambda: state(house) == "MISSED", "its grace is over")
    series = replace(PROGRAMME.series[0], format=replace(PROGRAMME.series[0].format, grace=2 * HOUR))
    config = replace(house.newsroom.config, programme=replace(PROGRAMME, series=(series,)))
    house.clock = house.clocks.make()
    house.newsroom = replace(house.newsroom, config=config, clock=house.clock)
    with house.running():
        house.looks_again()
    assert state(house) == "MISSED"
    assert house.texts() == []
