"""The machine that the daemon's tests run on: its clocks agree, and it waits for whoever works."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.core.schedule.clock_skew import Disturbance, disturbance
from tests.fakes.clock import START
from tests.fakes.machine import Machine

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def machine() -> Machine:
    return Machine(START)


def test_nothing_passes_by_itself(machine: Machine) -> None:
    clock = machine.make()
    assert clock.reading() == clock.reading()
    assert clock.now() == machine.true() == START


def test_all_clocks_pass_alike(machine: Machine) -> None:
    clock = machine.make()
    before = clock.reading()
    clock.wait(START + 90 * SECOND)
    after = clock.reading()
    assert after.wall == machine.true() == START + 90 * SECOND
    assert (after.boot - before.boot, after.monotonic - before.monotonic) == (90, 90)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"step": -HOUR}, Disturbance(stepped=-HOUR)),
        ({"sleep": HOUR}, Disturbance(slept=HOUR)),
        ({"step": HOUR, "sleep": 2 * HOUR}, Disturbance(stepped=HOUR, slept=2 * HOUR)),
    ],
    ids=["set", "suspended", "both"],
)
def test_a_step_moves_the_wall_clock_alone_and_a_suspend_the_boot_clock_too(
    machine: Machine, change: dict[str, timedelta], expected: Disturbance
) -> None:
    clock = machine.make()
    before = clock.reading()
    for name, duration in change.items():
        setattr(machine, name, duration)
    assert disturbance(before, clock.reading()) == expected
    assert machine.true() == START + machine.sleep


def test_the_time_stands_still_while_somebody_works(machine: Machine) -> None:
    """Each is woken at its instant, and sees no other time before it waits again."""
    clock = machine.make()
    expected = [n * every for every in (2 * SECOND, 3 * SECOND) for n in (1, 2, 3)]
    seen: list[timedelta] = []

    def work(*instants: timedelta) -> None:
        for instant in instants:
            clock.wait(START + instant)
            seen.append(clock.now() - START)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(work, *expected[:3]), pool.submit(work, *expected[3:])]
        machine.work = lambda: (
            None if len(machine.waiting()) == sum(not one.done() for one in both) else "a worker"
        )
        machine.drive(lambda: all(one.done() for one in both))
    assert sorted(seen) == sorted(expected)


def test_an_alarm_rings_at_its_instant(machine: Machine) -> None:
    rung = machine.event()
    machine.alarm().set(machine.make().now() - machine.make().offset + 5 * SECOND, rung.set)
    assert rung.wait(60)
    assert machine.true() == START + 5 * SECOND
