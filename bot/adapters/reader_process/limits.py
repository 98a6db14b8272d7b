"""Limits of computing time and memory for one file, in the process that reads it."""

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
"""Computing time that one file may take to be parsed, and each of its editions to be composed. The heaviest
that editors write take some milliseconds."""

MEMORY = 512 * 1024 * 1024
"""Bytes of address space for the whole process: a folder of ten years takes a fifth."""


class OverLimit(Exception):
    """A file took more than it may."""


class _TooLong(BaseException):
    """The time is over. No `except Exception` of the code that is stopped catches it."""


class Limits:
    """Runs one piece of work after the other, each within `seconds` of this process's computing time.

    A regular expression that runs wild is stopped as well: Python's looks for signals. What is not, the
    parent process ends (`ReaderProcess`).
    """

    def __init__(self, progress: Progress, seconds: float, banned: Mapping[Job, str]) -> None:
        """`banned` are versions of files that ended this process before, and why."""
        self._progress, self._seconds, self._banned = progress, seconds, banned
        self._is_armed = False
        signal.signal(signal.SIGPROF, self._ring)

    def run(self, job: Job, act: Callable[[], T]) -> T:
        """Return what `act` returns.

        Raises:
            OverLimit: it took too long or too much memory, now or before.
        """
        if job in self._banned:
            raise OverLimit(self._banned[job])
        self._progress.begin(job)
        try:
            try:
                self._is_armed = True
                # Again and again: a first one may fall where it cannot be raised.
                signal.setitimer(signal.ITIMER_PROF, self._seconds, 0.1)
                return act()
            finally:
                self._is_armed = False
                signal.setitimer(signal.ITIMER_PROF, 0)
                self._progress.end()
        except _TooLong:
            raise OverLimit(f"it takes more than {self._seconds:g} s of computing time") from None
        except (MemoryError, RecursionError):
            raise OverLimit("it takes more memory than a file may") from None

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_armed:
            raise _TooLong


def limit_memory(most: int) -> None:
    """Let allocations of this process fail beyond `most` bytes, and let it leave no core behind."""
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
