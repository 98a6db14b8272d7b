"""The machine's clock, with a machine whose wall clock somebody sets."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from bot.ports import Interrupted
from bot.wiring import REREAD_INTERVAL, SystemClock
from tests.fakes.clock import START

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class Machine(threading.Event):
    """Time passes only while somebody waits for the event; a wait may end with the wall clock set anew."""

    def __init__(self) -> None:
        super().__init__()
        self.wall, self.boot = START, 1000.0
        self.looks: list[float] = []
        self.step: tuple[int, timedelta] | None = None
        """At the end of which look the wall clock is set, and by how much."""

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.looks.append(timeout)
        self.wall += timedelta(seconds=timeout)
        self.boot += timeout
        if self.step is not None and self.step[0] == len(self.looks):
            self.wall += self.step[1]
        return self.is_set()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> SystemClock:
    return SystemClock(wall=lambda: machine.wall, boot=lambda: machine.boot, stop=machine)


def test_it_waits_until_the_instant_in_looks_of_a_second_at_most(
    machine: Machine, clock: SystemClock
) -> None:
    clock.wait(START + 2.5 * SECOND)
    assert machine.wall == START + 2.5 * SECOND
    assert machine.looks == [1.0, 1.0, 0.5, 0.0]


def test_a_wall_clock_that_is_set_forward_is_noticed_within_a_look(
    machine: Machine, clock: SystemClock
) -> None:
    machine.step = (3, HOUR)
    clock.wait(START + HOUR)
    assert clock.now() >= START + HOUR
    assert sum(machine.looks) == 3 * REREAD_INTERVAL


def test_one_that_is_set_back_never_brings_the_instant_nearer(machine: Machine, clock: SystemClock) -> None:
    machine.step = (1, -HOUR)
    clock.wait(START + 2 * SECOND)
    assert clock.now() >= START + 2 * SECOND
    assert machine.boot >= 1000 + HOUR.total_seconds()


@pytest.mark.parametrize("step", [-HOUR, timedelta(0)], ids=["set-back", "steady"])
def test_who_waits_a_bounded_time_is_back_in_time_however_the_wall_clock_is_set(
    machine: Machine, clock: SystemClock, step: timedelta
) -> None:
    machine.step = (1, step)
    clock.wait(START + HOUR, at_most=2.5 * SECOND)
    assert machine.boot == 1002.5


def test_a_bound_that_is_further_than_the_instant_changes_nothing(
    machine: Machine, clock: SystemClock
) -> None:
    clock.wait(START + SECOND, at_most=HOUR)
    assert machine.boot == 1001


@pytest.mark.parametrize("until", [START - HOUR, START, START + HOUR])
def test_a_stop_is_heard_before_and_while_waiting(clock: SystemClock, until: object) -> None:
    clock.stop()
    with pytest.raises(Interrupted):
        clock.wait(until)  # type: ignore[arg-type]
