"""Named checks with a timeout; a hanging check blocks nothing else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

from bot.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger("flashtweet.health")

CHECKS_TIMEOUT = 2.0
"""Seconds for all checks together: less than a supervisor or Prometheus waits for a page."""

HealthCheck = Callable[[], str | None]
"""Returns the problem and its remedy, or None; an exception means a problem, too. Called every few seconds by
any client of the port: it reports known state and sends no network requests."""


class Checks:
    """The preconditions of publishing."""

    def __init__(self, checks: Mapping[str, HealthCheck], timeout: float = CHECKS_TIMEOUT) -> None:
        """`timeout` is in seconds."""
        self._timeout = timeout
        self._checks = {name: _RunningCheck(name, check) for name, check in checks.items()}

    def problems(self) -> dict[str, str | None]:
        """Return the problem of each check by name, or None. Never raises."""
        answers = {name: check.start() for name, check in self._checks.items()}
        wait(answers.values(), self._timeout)
        none = f"no answer within {self._timeout:g} s."
        return {name: answer.result() if answer.done() else none for name, answer in answers.items()}

    def passed(self) -> dict[str, bool]:
        """Return the success of each check by name."""
        return {name: problem is None for name, problem in self.problems().items()}


class _RunningCheck:
    """A check that runs on its own thread, and is not started again until it has finished."""

    def __init__(self, name: str, check: HealthCheck) -> None:
        self._name, self._check = name, check
        self._lock = threading.Lock()
        self._answer: Future[str | None] | None = None

    def start(self) -> Future[str | None]:
        with self._lock:
            if self._answer is None or self._answer.done():
                self._answer = Future()
                threading.Thread(target=self._work, args=(self._answer,), daemon=True).start()
            return self._answer

    def _work(self, answer: Future[str | None]) -> None:
        try:
            answer.set_result(self._check())
        except BotError as error:
            answer.set_result(str(error) or type(error).__name__)
        except Exception as error:
            # Only the type: readers of this page may not be allowed to read the log.
            log.exception("check of /readyz failed", extra={"check": self._name})
            answer.set_result(f"{type(error).__name__}; see the log for details.")
