"""One address, what is to be sent to it, and the thread that sends.

A lane of its own for each address: a service that hangs keeps only its own alerts back.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("flashtweet.alerts")

RETRY_DELAYS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
"""Seconds before each further try: a service may be away for an hour and a half."""
MAX_QUEUED = 100
"""What may wait for one address; the gate lets 72 an hour through, events of editions aside."""


@dataclass(slots=True)
class _Job:
    about: str
    send: Callable[[], str | None]
    due: float
    tries: int = 0


class Lane:
    """Sends what it is given, in order, each as often as it takes and within bounds."""

    def __init__(self, name: str, pauses: tuple[float, ...] = RETRY_DELAYS) -> None:
        """`name` is how the log speaks of the address."""
        self._name, self._pauses = name, pauses
        self._jobs: list[_Job] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def put(self, about: str, send: Callable[[], str | None]) -> bool:
        """Take a thing to send; False if there is no room. `send` gives why it failed, None if it did not."""
        with self._changed:
            if self._closing or len(self._jobs) >= MAX_QUEUED:
                return False
            self._jobs.append(_Job(about, send, due=time.monotonic()))
            if self._thread is None:
                self._start()
            self._changed.notify()
            return True

    def _start(self) -> None:
        """Start the thread; where the machine has none left, the next thing to send tries again."""
        # A daemon thread: a service that hangs must not keep the process alive.
        thread = threading.Thread(target=self._work, name="alerts", daemon=True)
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def close(self) -> None:
        """Try what waits once more, at once, and take nothing new."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def join(self, seconds: float) -> bool:
        """Wait for the end after `close`, no longer than `seconds`; whether everything was tried."""
        if self._thread is not None:
            self._thread.join(max(seconds, 0))
        return self._thread is None or not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            trouble = self._attempt(job)
            if trouble is not None:
                self._again(job, trouble)

    def _next(self) -> _Job | None:
        """The next job when it is due; None at the end."""
        with self._changed:
            while True:
                job = min(self._jobs, key=lambda one: one.due, default=None)
                left = job.due - time.monotonic() if job else None
                if job and left is not None and (left <= 0 or self._closing):
                    self._jobs.remove(job)
                    return job
                if self._closing:
                    return None
                self._changed.wait(left)

    def _attempt(self, job: _Job) -> str | None:
        job.tries += 1
        try:
            return job.send()
        except Exception as error:  # noqa: BLE001  (whatever a plugin raises; its words may hold the URL)
            return f"a {type(error).__name__}"

    def _again(self, job: _Job, trouble: str) -> None:
        about = {"to": self._name, "about": job.about, "reason": trouble}
        with self._changed:
            given_up = self._closing or job.tries > len(self._pauses)
            if not given_up:
                job.due = time.monotonic() + self._pauses[job.tries - 1]
                self._jobs.append(job)
        if given_up:
            log.error("gave up to send", extra=about | {"tries": job.tries})
        elif job.tries == 1:
            log.warning("could not send; it is tried again", extra=about)
