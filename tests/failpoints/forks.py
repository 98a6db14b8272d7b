"""Processes without the cost of imports.

A single-threaded process that has imported everything forks the others: a start costs some milliseconds
instead of more than half a second. The forks are real processes: they have their own process id, locks and
connections, and SIGKILL ends them at once.
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
"""Time limit for any process; machines are slow and noisy."""

for _module in (*COMMANDS, "bot.config", "bot.daemon", "bot.sandbox"):
    import_module(_module)  # here once, not in every process

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
"""Source: prctl(2), https://man7.org/linux/man-pages/man2/prctl.2.html, 2026-11-23."""

Job = TypeVar("Job")


@dataclass
class Child:
    """A forked process."""

    pid: int
    log: Path
    """Its stdout and stderr."""
    code: int | None = None
    """The exit code, or the negative signal number; None while it runs."""
    pidfd: int = field(init=False)

    def __post_init__(self) -> None:
        self.pidfd = os.pidfd_open(self.pid)

    def wait(self, seconds: float = SECONDS) -> int | None:
        """Wait for the process and return its exit code, or None if it still runs after `seconds`."""
        if self.code is None and select.select([self.pidfd], [], [], seconds)[0]:
            _, status = os.waitpid(self.pid, 0)
            self.code = os.waitstatus_to_exitcode(status)
            os.close(self.pidfd)
        return self.code

    def end(self) -> int:
        """Return the exit code once the process has ended by itself.

        Raises:
            AssertionError: it did not end within the time limit.

        """
        code = self.wait()
        assert code is not None, f"process {self.pid} did not end within {SECONDS:g} s:\n{self.said()}"
        return code

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the process was reaped: its id may then belong to another."""
        if self.code is None:
            os.kill(self.pid, number)

    def kill(self) -> int:
        """Send SIGKILL and return the exit code; the process may have ended by itself before."""
        self.send(signal.SIGKILL)
        return self.end()

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def said(self) -> str:
        """Return the end of its output."""
        return self._printed()[-4000:]

    def has_said(self, words: str) -> bool:
        return words in self._printed()

    def _printed(self) -> str:
        """Return all output, or "" if the log is not open yet."""
        return self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""


def fork(
    work: Callable[[], object], folder: Path, log: Path, env: Mapping[str, str], limit: float = 2 * SECONDS
) -> Child:
    """Fork a process that runs `work` in `folder`, with `env` as its whole environment.

    After `limit` seconds the kernel ends it with SIGALRM, and everything it has forked.
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
    except BaseException:  # noqa: BLE001  (nothing may continue in the copy of the caller)
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _die_with(parent: int) -> None:
    """Let the kernel end this process when its parent is gone, so that no process is left over."""
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
    random.seed()  # else siblings would draw the same numbers


def flashtweet(*arguments: str) -> None:
    """Run the command line in this process; ends with SystemExit."""
    cli(list(arguments), prog_name="flashtweet")


def side_by_side(
    jobs: Iterable[Job], begin: Callable[[Job], Child], lanes: int
) -> Iterator[tuple[Job, Child]]:
    """Start the process of each job, `lanes` at a time; yield each job and its process when it ends.

    The next job is only taken when a lane is free.
    """
    gc.freeze()  # objects so far stay shared with all children until modified
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
