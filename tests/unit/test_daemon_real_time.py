"""The daemon on this machine's clocks: its actions, not their timing."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.daemon.wakeups import SchedulerAlarm
from bot.wiring import real_now
from tests.fakes.house import KEY, SLOT, House, houses
from tests.fakes.machine import SECONDS, RealMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

pytestmark = pytest.mark.real_time

SOON = timedelta(seconds=0.2)


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    with houses(tmp_path, RealMachine) as make:
        yield make


def test_an_edition_is_posted_completely_and_not_before_its_slot(
    make_house: Callable[[datetime], House],
) -> None:
    house = make_house(SLOT - timedelta(seconds=2))
    house.run()
    assert house.texts() == ["un", "deux", "trois"]
    assert all(at >= SLOT for at in house.created())


def test_a_stop_wakes_the_loop_and_a_worker_that_waits_for_its_slot(
    make_house: Callable[[datetime], House],
) -> None:
    """The slot is farther away than a test may last."""
    house = make_house(SLOT - timedelta(hours=1))
    with house.running(lead=timedelta(hours=2)) as daemon:
        house.until(lambda: house.ledger.get(KEY), "the edition is frozen")
        daemon.stop()
    assert house.texts() == []


def test_an_alarm_rings_at_each_instant_that_was_set_and_not_before() -> None:
    begun, rung = real_now(), threading.Semaphore(0)
    with SchedulerAlarm() as alarm:
        for n in (1, 2, 2):
            alarm.set(begun + n * SOON, rung.release)
        for n in (1, 2):
            assert rung.acquire(timeout=SECONDS)
            assert real_now() >= begun + n * SOON
