"""Who watches the watcher: the loop itself cannot tell that it stands still."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Self

from bot.core.alerts import AlertKind

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("flashtweet.daemon")

STALL_TIMEOUT = 60.0
"""Seconds without a turn of the loop. Each use of the ledger waits up to 10 s for a lock, and in vain once a
turn, or twice with a reload; a first look composes every file; systemd's watchdog ends the process after two
minutes."""


class Pulse:
    """Tells that the loop stands still, from a thread of its own, and that it turns again.

    A disk that does not answer stops it, since the ledger is on it, and no call comes back with an error. The
    folder of threads does not: it is read apart (`bot.daemon.folder_reader`).
    """

    def __init__(self, age: Callable[[], float], patience: float = STALL_TIMEOUT) -> None:
        """`age` gives the seconds since the loop last turned."""
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
        stands = False
        while not self._end.wait(self._patience / 10):
            age = self._age()
            if age >= self._patience and not stands:
                stands = True
                reason = f"no turn for {age:.0f} s; the disk of the ledger may not answer"
                about = {
                    "reason": reason,
                    "next": "df: does the disk of the ledger answer? Then restart flashtweet",
                }
                log.error("the daemon's loop stands still", extra=about | {"alert": AlertKind.LEDGER})
            elif age < self._patience and stands:
                stands = False
                log.info("the daemon's loop turns again", extra={"alert_over": AlertKind.LEDGER})
