"""Watchdog of the run loop, which cannot notice that it is stalled itself."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Self

from bot.core.alerts import AlertKind

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("flashtweet.daemon")

STALL_TIMEOUT = 60.0
"""Seconds without a turn before an alert. Each use of the ledger waits up to 10 s for a lock, and fails once
a turn, or twice with a reload; the first look composes every file; systemd's watchdog ends the process after
two minutes."""


class Watchdog:
    """A thread that alerts when the loop stalls, and logs when it resumes.

    A disk that does not answer stalls the loop, since the ledger is on it and no call returns an error. The
    threads folder does not: it is read separately (`bot.daemon.folder_reader`).
    """

    def __init__(self, age: Callable[[], float], patience: float = STALL_TIMEOUT) -> None:
        """Watch `age`, which returns the seconds since the loop's last turn."""
        self._age, self._patience = age, patience
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        is_stalled = False
        while not self._end.wait(self._patience / 10):
            age = self._age()
            if age >= self._patience and not is_stalled:
                is_stalled = True
                about = {
                    "reason": f"no turn for {age:.0f} s; the disk of the ledger may not be responding",
                    "next": "Run df on the ledger's disk; if it responds, restart flashtweet",
                }
                log.error("daemon loop stalled", extra=about | {"alert": AlertKind.LEDGER})
            elif age < self._patience and is_stalled:
                is_stalled = False
                log.info("daemon loop running again", extra={"alert_over": AlertKind.LEDGER})
