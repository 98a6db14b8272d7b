"""A machine whose time stands still during work, and only passes as far as the test lets it."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from bot.daemon.wakeups import Alarm, SchedulerAlarm
from bot.wiring import SystemClock, real_now
from tests.processes import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

SECONDS = 120.0
"""Real-time limit for work. No test depends on it: it ends those that would hang."""

LONGEST = timedelta(minutes=15)
"""Limit for a condition, in the machine's time."""

_GLANCE = 0.002
"""Seconds between two checks for work in progress."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A thread that waits for an event, or for its time."""

    event: threading.Event
    until: timedelta | None
    """On the monotonic clock; None: no limit."""

    def is_over(self, passed: timedelta) -> bool:
        return self.event.is_set() or (self.until is not None and passed >= self.until)


class Event(threading.Event):
    """An event whose waits take the machine's time."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self._machine = machine

    def set(self) -> None:
        super().set()
        self._machine.look_up()

    def wait(self, timeout: float | None = None) -> bool:
        return self._machine.wait(self, timeout)


class Machine:
    """The clocks of one machine, moved by the test's thread, which created it.

    Time passes in jumps, each to the next instant that a thread waits for, and only when no thread works: all
    work due at an instant is done at that instant, however long it really takes.
    """

    def __init__(self, now: datetime) -> None:
        self._start = real_now()
        self._shift = now - self._start
        self._passed = timedelta(0)
        self._waits: dict[int, Wait] = {}
        self._alarms: list[tuple[timedelta, Callable[[], object]]] = []
        self._changed = threading.Condition()
        self._driver = threading.get_ident()
        self.work: Callable[[], str | None] = lambda: None
        """Return the work in progress, for which time stands still, or None."""
        self.step = timedelta(0)
        """Offset of the wall clock."""
        self.sleep = timedelta(0)
        """Total time that the machine was suspended."""

    # -- its clocks ------------------------------------------------------------------------------------

    def true(self) -> datetime:
        """Return the true time, as a clock that is never set."""
        return self._start + self._passed + self.sleep + self._shift

    def monotonic(self) -> float:
        """Return seconds, suspended time excluded."""
        return self._passed.total_seconds()

    def make(self) -> SystemClock:
        """Return the clock of one process."""
        return SystemClock(
            self._shift,
            wall=self._wall,
            boot=lambda: 1000.0 + (self._passed + self.sleep).total_seconds(),
            monotonic=self.monotonic,
            stop=self.event(),
        )

    def event(self) -> threading.Event:
        """Return an event whose waits take this machine's time."""
        return Event(self)

    def alarm(self) -> Alarm:
        """Return an alarm clock that runs on this machine's time."""
        return MachineAlarm(self)

    def _wall(self) -> datetime:
        return self._start + self._passed + self.sleep + self.step

    # -- passing time ----------------------------------------------------------------------------------

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Let time pass until `condition` holds, and return its value; evaluated when no thread works."""
        end = self._passed + LONGEST
        while True:
            self.settle()
            if value := condition():
                return value
            assert self._passed < end, f"not within {LONGEST}: {what}"
            self._jump()

    def drive(self, is_over: Callable[[], bool]) -> None:
        """Let time pass until `is_over`."""
        end = self._passed + LONGEST
        while True:
            self.settle(is_over)
            if is_over():
                return
            assert self._passed < end, f"not over within {LONGEST}"
            self._jump()

    def pass_by(self, duration: timedelta) -> None:
        """Let `duration` pass, and do all work due in it."""
        self.event().wait(duration.total_seconds())
        self.settle()

    def take(self, seconds: float) -> None:
        """Let work take `seconds`: the working thread calls this, and no other thread waits for it to end."""
        with self._changed:
            self._passed += _at_least(seconds)
            self._changed.notify_all()

    def settle(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Return when no thread works, or `is_over`; no time passes."""
        end = time.monotonic() + SECONDS
        with self._changed:
            while not is_over() and (work := self.work()) is not None:
                assert time.monotonic() < end, f"works for {SECONDS} s in truth: {work}"
                self._changed.wait(_GLANCE)

    def look_up(self) -> None:
        """Let waiting threads check whether to keep waiting."""
        with self._changed:
            self._changed.notify_all()

    def is_waiting(self, event: threading.Event) -> bool:
        """Return True if a thread waits for `event`, with time left."""
        return any(one.event is event for one in self._waiting().values())

    def waiting(self) -> frozenset[int]:
        """Return the threads that wait, with time left."""
        return frozenset(self._waiting())

    def _waiting(self) -> dict[int, Wait]:
        with self._changed:
            return {ident: one for ident, one in self._waits.items() if not one.is_over(self._passed)}

    def _jump(self) -> None:
        """Jump to the next instant that a thread waits for."""
        with self._changed:
            waited_for = [one.until for one in self._waiting().values() if one.until is not None]
            ahead = waited_for + [at for at, _ in self._alarms]
            assert ahead, "nobody waits for any time: it would stand still for ever"
            self._passed = max(self._passed, min(ahead))
            due = [ring for at, ring in self._alarms if at <= self._passed]
            self._alarms = [one for one in self._alarms if one[0] > self._passed]
            for ring in due:
                ring()
            self._changed.notify_all()

    def wait(self, event: threading.Event, seconds: float | None) -> bool:
        """Wait like `threading.Event.wait`, in this machine's time; the test's own waits let it pass."""
        with self._changed:
            until = None if seconds is None else self._passed + _at_least(seconds)
            one, ident = Wait(event, until), threading.get_ident()
            self._waits[ident] = one
        try:
            if ident == self._driver:
                self.drive(lambda: one.is_over(self._passed))
            else:
                with self._changed:
                    self._changed.wait_for(lambda: one.is_over(self._passed))
        finally:
            with self._changed:
                del self._waits[ident]
        return event.is_set()

    def set_alarm(self, at: datetime, ring: Callable[[], object]) -> None:
        """Call `ring` when the wall clock reaches `at`, unless the clock is set or the machine sleeps."""
        with self._changed:
            self._alarms.append((self._passed + max(at - self._wall(), timedelta(0)), ring))

    def forget_alarms(self) -> None:
        with self._changed:
            self._alarms.clear()


class MachineAlarm:
    """`bot.daemon.wakeups.Alarm` on this machine: waits on the monotonic clock, like APScheduler."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._at: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._machine.forget_alarms()

    def set(self, at: datetime, ring: Callable[[], object]) -> None:
        if at != self._at:
            self._machine.set_alarm(at, ring)
        self._at = at


class RealMachine(Machine):
    """The shifted clocks of the machine that runs the tests: for the few tests of real waits.

    No test may depend on how long anything takes here.
    """

    def true(self) -> datetime:
        return real_now() + self._shift

    def monotonic(self) -> float:
        return time.monotonic()

    def make(self) -> SystemClock:
        return SystemClock(self._shift)

    def event(self) -> threading.Event:
        return threading.Event()

    def alarm(self) -> Alarm:
        return SchedulerAlarm()

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        return until(condition, what)

    def drive(self, is_over: Callable[[], bool]) -> None:
        until(is_over, "it is over")


def _at_least(seconds: float) -> timedelta:
    """Return whole microseconds, rounded up, so that the time has passed after the wait."""
    return timedelta(microseconds=math.ceil(seconds * 1e6))
