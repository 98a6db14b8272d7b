"""Processes as coroutines on one simulated clock.

The services block; each task of a process runs in a greenlet, and at every port call the hub may switch
tasks, let time pass, or kill. All times are microseconds of true time since `BASE`; a host's wall time is
true time plus its offset. Nothing here sleeps, and nothing is random but the seeded dice: the same seed
produces the same world.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped,unused-ignore]

from bot.errors import BotError
from bot.ports import Interrupted

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

BASE = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
NEVER = 1 << 60

CALL = 300
"""Cost of a port call in microseconds."""
QUANTA = (1, 1, 2, 3, 4, 6, 9, 15, 40)
"""Numbers of port calls a task makes before control returns to the hub."""


class Killed(BaseException):
    """SIGKILL: nothing the process still does has an effect."""


class Broken(BaseException):
    """An invariant does not hold. No service catches it."""


class Host:
    """A machine with its own wall clock."""

    __slots__ = ("name", "offset")

    def __init__(self, name: str) -> None:
        self.name, self.offset = name, 0


class Process:
    """A process, which is killed as a whole."""

    __slots__ = ("frozen_until", "host", "is_dead", "is_stopping", "kind", "name", "tasks")

    def __init__(self, name: str, kind: str, host: Host) -> None:
        self.name, self.kind, self.host = name, kind, host
        self.is_dead = False
        self.is_stopping = False
        self.frozen_until = 0
        self.tasks: list[Task] = []


class Task:
    """One thread of a process."""

    __slots__ = (
        "at",
        "body",
        "elapsed_read",
        "end",
        "fence",
        "is_over",
        "label",
        "now_read",
        "polls",
        "process",
        "until",
        "valid_until",
        "wake_at",
    )

    def __init__(self, process: Process, label: str) -> None:
        self.process, self.label = process, label
        self.body: greenlet | None = None
        self.wake_at = 0
        self.until: int | None = None
        """The wall time that the task waits for."""
        self.end: int | None = None
        """The time at which the wait ends, whatever the wall clock shows."""
        self.at = "start"
        """The last port called."""
        self.is_over = False
        self.polls = 0
        self.now_read = BASE
        self.elapsed_read = 0.0
        self.fence = 0
        self.valid_until = 0.0

    def __str__(self) -> str:
        return f"{self.process.name}/{self.label}"


class Hub:
    """The scheduler and the clock of the simulation."""

    def __init__(self, dice: random.Random, trace: list[str] | None = None) -> None:
        self.dice, self.trace = dice, trace
        self.t = 0
        self.steps = 0
        self.tasks: list[Task] = []
        self.running: Task | None = None
        self.counts: Counter[str] = Counter()
        self.on_preempted: Callable[[Task], None] | None = None
        """Called when a task was stopped between two calls; the dice decide what happens to it."""
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._quantum = 1
        self._main = getcurrent()
        self._broken: Broken | None = None
        self._dying: list[Process] = []

    # -- trace, counts and tasks -----------------------------------------------------------------------

    def note(self, who: object, what: str) -> None:
        """Add a line to the trace."""
        if self.trace is not None:
            self.trace.append(f"{_clock(self.t)} {who}: {what}")

    def count(self, what: str) -> None:
        """Count an event, as the world's own coverage."""
        self.counts[what] += 1

    def after(self, delay: int, act: Callable[[], None]) -> None:
        """Call `act` in `delay` microseconds."""
        heapq.heappush(self._events, (self.t + delay, next(self._numbers), act))

    def spawn(self, process: Process, label: str, act: Callable[[Task], None]) -> Task:
        """Start a task of `process` that runs `act`."""
        task = Task(process, label)
        task.body = greenlet(lambda: self._live(task, act), parent=self._main)
        process.tasks.append(task)
        self.tasks.append(task)
        return task

    def _live(self, task: Task, act: Callable[[Task], None]) -> None:
        try:
            act(task)
        except (Killed, Interrupted):
            pass
        except Broken as broken:
            self._broken = self._broken or broken
        except BotError as error:
            self.note(task, f"ends with {type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001  (any error is a bug)
            if not task.process.is_dead:
                self._broken = self._broken or Broken(f"a bug: {error!r}")
                self._broken.__cause__ = error
        finally:
            task.is_over = True

    # -- called by tasks -------------------------------------------------------------------------------

    def point(self, task: Task, at: str) -> None:
        """Let the hub act."""
        if task.process.is_dead:
            raise Killed
        task.at = at
        self.steps += 1
        self.t += CALL
        self._quantum -= 1
        if self._quantum <= 0:
            task.wake_at = self.t
            if self.on_preempted is not None:
                self.on_preempted(task)
            self._leave(task)

    def block(self, task: Task, until: int) -> None:
        """Resume at `until`."""
        task.wake_at = until
        self._leave(task)

    def wait(self, task: Task, until: int, end: int | None = None) -> None:
        """Wait like `bot.ports.Clock.wait`: to the wall time `until`, or to the time `end` if sooner."""
        process = task.process
        self.point(task, "wait")
        while True:
            if process.is_stopping:
                raise Interrupted
            left = _sooner(until - process.host.offset, end) - self.t
            if left <= 0:
                return
            # A process that only waits may sleep longer than planned: always possible, and cheap to simulate.
            task.polls += 1
            late = min(max(task.polls - 3, 0) * SECOND, 15 * SECOND)
            task.until, task.end = until, end
            self.block(task, self.t + left + late)
            task.until = None

    def _leave(self, task: Task) -> None:
        self._main.switch()
        if task.process.is_dead:
            raise Killed

    # -- interventions in processes ----------------------------------------------------------------------

    def kill(self, process: Process) -> None:
        """Send SIGKILL."""
        if not process.is_dead:
            process.is_dead = True
            self._dying.append(process)
            self.note(process.name, "killed")

    def stop(self, process: Process) -> None:
        """Send SIGTERM."""
        process.is_stopping = True
        self.note(process.name, "asked to stop")
        for task in process.tasks:
            if task.until is not None:
                task.wake_at = self.t

    def freeze(self, process: Process, duration: int) -> None:
        """Send SIGSTOP for `duration`."""
        process.frozen_until = self.t + duration
        self.note(process.name, f"frozen for {duration / SECOND:.0f} s")

    def set_clock(self, host: Host, offset: int) -> None:
        """Set the wall clock of `host` to `offset` ahead of true time."""
        host.offset = offset
        self.note(host.name, f"wall clock is {offset / SECOND:+.0f} s from the truth")
        for task in self.tasks:
            if task.until is not None and task.process.host is host and not task.process.is_stopping:
                task.wake_at = max(self.t, _sooner(task.until - offset, task.end))

    # -- the loop --------------------------------------------------------------------------------------

    def run(self, is_done: Callable[[], bool], limit: int = 1_000_000) -> bool:
        """Run until `is_done`; return False if the events run out first.

        Raises:
            Broken: an invariant does not hold.

        """
        limit += self.steps
        while True:
            self._settle()
            if is_done():
                return True
            self.steps += 1
            if self.steps > limit:
                raise Broken("the world does not end")
            ready, soonest = self._next()
            if ready:
                one = 0 if len(ready) == 1 else int(self.dice.random() * len(ready))
                self._resume(ready[one])
            elif soonest >= NEVER:
                return False
            else:
                self.t = soonest

    def _settle(self) -> None:
        """Remove dead processes and run the events that are due."""
        if self._dying:
            self._bury()
        while self._events and self._events[0][0] <= self.t:
            heapq.heappop(self._events)[2]()
            if self._dying:
                self._bury()
        if self._broken is not None:
            raise self._broken

    def _next(self) -> tuple[list[Task], int]:
        """Return the tasks that are ready, and the time of the next other event."""
        now, soonest = self.t, self._events[0][0] if self._events else NEVER
        ready = []
        for task in self.tasks:
            frozen = task.process.frozen_until
            at = frozen if frozen > task.wake_at else task.wake_at  # noqa: FURB136  (hot path)
            if at <= now:
                ready.append(task)
            elif at < soonest:
                soonest = at
        return ready, soonest

    def _resume(self, task: Task) -> None:
        self._quantum = QUANTA[int(self.dice.random() * len(QUANTA))]
        self.running = task
        assert task.body is not None
        task.body.switch()
        self.running = None
        if task.is_over:
            self.tasks.remove(task)

    def _bury(self) -> None:
        """Unwind dead processes; their ports have no effect from then on."""
        while self._dying:
            process = self._dying.pop()
            for task in process.tasks:
                if task.body and not task.is_over:
                    task.body.throw(Killed)
                    task.is_over = True
                if task in self.tasks:
                    self.tasks.remove(task)


def _clock(t: int) -> str:
    return f"{(BASE + t * MICROSECOND):%H:%M:%S.%f}"


def _sooner(at: int, end: int | None) -> int:
    return at if end is None else min(at, end)
