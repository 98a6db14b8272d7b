"""CPU time and memory limits for a file, in the process that reads it."""

from __future__ import annotations

import resource
import signal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from bot.adapters.reader_process.progress import Job, Progress

T = TypeVar("T")

SECONDS = 5.0
"""CPU seconds allowed for parsing a file, and for composing each of its editions. The heaviest files that
editors write take a few milliseconds."""

MEMORY = 512 * 1024 * 1024
"""Bytes of address space of the whole process: a folder of ten years uses a fifth."""


class OverLimit(Exception):
    """A file exceeded a limit."""


class _TooLong(BaseException):
    """The CPU time is used up. Not an `Exception`, so that the interrupted code does not catch it."""


class Limits:
    """Runs jobs one after another, each within `seconds` of this process's CPU time.

    Even a runaway regular expression is interrupted: Python's engine checks for signals. Anything else is
    killed by the parent process (`ReaderProcess`).
    """

    def __init__(self, progress: Progress, seconds: float, banned: Mapping[Job, str]) -> None:
        """`banned` are the versions of files that ended this process before, with the reasons."""
        self._progress, self._seconds, self._banned = progress, seconds, banned
        self._is_armed = False
        signal.signal(signal.SIGPROF, self._ring)

    def run(self, job: Job, act: Callable[[], T]) -> T:
        """Return the result of `act`.

        Raises:
            OverLimit: the job exceeded a limit, now or before.
        """
        if job in self._banned:
            raise OverLimit(self._banned[job])
        self._progress.begin(job)
        try:
            try:
                self._is_armed = True
                # Repeatedly: the first signal may arrive where the exception cannot be raised.
                signal.setitimer(signal.ITIMER_PROF, self._seconds, 0.1)
                return act()
            finally:
                self._is_armed = False
                signal.setitimer(signal.ITIMER_PROF, 0)
                self._progress.end()
        except _TooLong:
            raise OverLimit(f"it takes more than {self._seconds:g} s of computing time") from None
        except (MemoryError, RecursionError):
            raise OverLimit("it takes more memory than allowed") from None

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_armed:
            raise _TooLong


def limit_memory(most: int) -> None:
    """Limit the memory of this process to `most` bytes, and disable core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
