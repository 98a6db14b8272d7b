"""Processes without the time that imports take.

One process, which has a single thread and has imported everything, forks the others: a start costs some
milliseconds instead of more than half a second. They are as real as any: they have a process id, locks and
connections of their own, and SIGKILL ends them at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import random
import select
import signal
import sys
import traceback
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from bot.cli.main import COMMANDS, cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

SECONDS = 60.0
"""How long any one process may take; machines are slow and noisy."""

for _module in (*COMMANDS, "bot.config", "bot.daemon", "bot.sandbox"):
    import_module(_module)  # here, and not in every process again

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
"""Source: prctl(2), https://man7.org/linux/man-pages/man2/prctl.2.html, 2026-11-23."""

Job = TypeVar("Job")


@dataclass
class Child:
    """A process that was forked here."""

    pid: int
    log: Path
    """Its stdout and stderr."""
    code: int | None = None
    """Its exit code, or the negative number of the signal that ended it; None while it runs."""
    pidfd: int = field(init=False)

    def __post_init__(self) -> None:
        self.pidfd = os.pidfd_open(self.pid)

    def wait(self, seconds: float = SECONDS) -> int | None:
        """Its exit code, as soon as it has ended; None where it runs on after `seconds`."""
        if self.code is None and select.select([self.pidfd], [], [], seconds)[0]:
            _, status = os.waitpid(self.pid, 0)
            self.code = os.waitstatus_to_exitcode(status)
            os.close(self.pidfd)
        return self.code

    def end(self) -> int:
        """Its exit code, once it has ended by itself.

        Raises:
            AssertionError: it did not in the time that anything may take.
        """
        code = self.wait()
        assert code is not None, f"process {self.pid} did not end within {SECONDS:g} s:\n{self.said()}"
        return code

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, unless it was waited for already: its id may be another one's then."""
        if self.code is None:
            os.kill(self.pid, number)

    def kill(self) -> int:
        """SIGKILL, and its exit code: it may have ended by itself before."""
        self.send(signal.SIGKILL)
        return self.end()

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def said(self) -> str:
        """The end of what it printed."""
        return self._printed()[-4000:]

    def has_said(self, words: str) -> bool:
        return words in self._printed()

    def _printed(self) -> str:
        """All of it; nothing where it has not yet come to opening its log."""
        return self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""


def fork(
    work: Callable[[], object], folder: Path, log: Path, env: Mapping[str, str], limit: float = 2 * SECONDS
) -> Child:
    """A process that does `work` in `folder`, with `env` as its whole environment.

    After `limit` seconds the kernel ends it with SIGALRM, and with it what it has forked.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return Child(pid, log)
    code = 1
    try:
        _die_with(parent)
        signal.setitimer(signal.ITIMER_REAL, limit)
        _settle_in(folder, log, env)
        work()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  (nothing may run on in the copy of the caller)
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _die_with(parent: int) -> None:
    """No stray process: the kernel ends this one when its parent is gone."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _settle_in(folder: Path, log: Path, env: Mapping[str, str]) -> None:
    output = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    random.seed()  # else brothers would roll the same dice


def flashtweet(*arguments: str) -> None:
    """The command line in this process; ends with SystemExit."""
    cli(list(arguments), prog_name="flashtweet")


def side_by_side(
    jobs: Iterable[Job], begin: Callable[[Job], Child], lanes: int
) -> Iterator[tuple[Job, Child]]:
    """Begin the process of each job, `lanes` of them at a time; gives each with its process when it ends.

    The next job is asked for when a lane is free.
    """
    gc.freeze()  # what is there now is shared with every child as long as nobody touches it
    waiting, running = iter(jobs), list[tuple[Job, Child]]()
    try:
        while True:
            while len(running) < lanes and (job := next(waiting, None)) is not None:
                running.append((job, begin(job)))
            if not running:
                return
            select.select([child.pidfd for _, child in running if child.code is None], [], [])
            ended = [(job, child) for job, child in running if child.wait(0) is not None]
            running = [pair for pair in running if pair not in ended]
            yield from ended
    finally:
        for _, child in running:
            child.kill()
