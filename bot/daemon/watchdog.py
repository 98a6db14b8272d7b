"""Watchdog of the run loop, which cannot notice that it is stalled itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from bot.core.problems import ProblemKind, problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.daemon.problem_board import ProblemBoard

STALL_TIMEOUT = 60.0
"""Seconds without a turn before an alert. Each use of the ledger waits up to 10 s for a lock, and fails once
a turn, or twice with a reload; the first look composes every file; systemd's watchdog ends the process after
two minutes."""


class Watchdog:
    """A thread that reports when the loop stalls, and when it runs again.

    A disk that does not answer stalls the loop, since the ledger is on it and no call returns an error. The
    threads folder does not: it is read separately (`bot.daemon.folder_reader`).
    """

    def __init__(
        self, age: Callable[[], float], board: ProblemBoard, patience: float = STALL_TIMEOUT
    ) -> None:
        """Watch `age`, which returns the seconds since the loop's last turn."""
        self._age, self._board, self._patience = age, board, patience
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(self._patience / 10):
            age = self._age()
            if age < self._patience:
                self._board.clear(ProblemKind.STALLED)
                continue
            reason = f"no turn for {age:.0f} s; the disk of the ledger may not be responding"
            action = "Run df on the ledger's disk; if it responds, restart flashtweet"
            self._board.hold(problem(ProblemKind.STALLED, about=[("reason", reason)], action=action))
