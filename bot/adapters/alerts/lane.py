"""Send queue of one address with its own thread, so that a hanging service delays only its own alerts."""

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
"""Seconds before each retry: a service may be down for an hour and a half."""
MAX_QUEUED = 100
"""Maximum queue length of one address; the gate admits 72 per hour, not counting events of editions."""


@dataclass(slots=True)
class _Job:
    about: str
    send: Callable[[], str | None]
    due: float
    tries: int = 0


class Lane:
    """Sends queued jobs in order, with a limited number of retries."""

    def __init__(self, name: str, retry_delays: tuple[float, ...] = RETRY_DELAYS) -> None:
        """`name` is the name of the address in the log."""
        self._name, self._retry_delays = name, retry_delays
        self._jobs: list[_Job] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def put(self, about: str, send: Callable[[], str | None]) -> bool:
        """Queue a job; return False if the queue is full. `send` returns the reason of a failure, or None."""
        with self._changed:
            if self._closing or len(self._jobs) >= MAX_QUEUED:
                return False
            self._jobs.append(_Job(about, send, due=time.monotonic()))
            if self._thread is None:
                self._start()
            self._changed.notify()
            return True

    def _start(self) -> None:
        """Start the thread; if the machine has none left, the next job tries again."""
        # A daemon thread: a hanging service must not keep the process alive.
        thread = threading.Thread(target=self._work, name="alerts", daemon=True)
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def close(self) -> None:
        """Retry queued jobs once, immediately, and accept no new ones."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def join(self, seconds: float) -> bool:
        """Wait at most `seconds` for the end after `close`; return True if all jobs were tried."""
        if self._thread is not None:
            self._thread.join(max(seconds, 0))
        return self._thread is None or not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            trouble = self._attempt(job)
            if trouble is not None:
                self._retry(job, trouble)

    def _next(self) -> _Job | None:
        """Wait for the next due job and return it; None after `close`."""
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
        except Exception as error:  # noqa: BLE001  (any error of a plugin; its text may contain the URL)
            return f"a {type(error).__name__}"

    def _retry(self, job: _Job, trouble: str) -> None:
        about = {"to": self._name, "about": job.about, "reason": trouble}
        with self._changed:
            given_up = self._closing or job.tries > len(self._retry_delays)
            if not given_up:
                job.due = time.monotonic() + self._retry_delays[job.tries - 1]
                self._jobs.append(job)
        if given_up:
            log.error("alert not sent; no further retries", extra=about | {"tries": job.tries})
        elif job.tries == 1:
            log.warning("sending failed; will retry", extra=about)
