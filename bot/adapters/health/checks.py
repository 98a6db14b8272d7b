"""Named checks, of which one that hangs keeps neither the others nor the daemon."""

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
"""Seconds that all checks together have: less than a supervisor or Prometheus waits for a page."""

HealthCheck = Callable[[], str | None]
"""What is wrong and what to do, or None; an exception says that something is. Asked every few seconds by
whoever reaches the port: it tells what is known, and asks nobody over the network."""


class Checks:
    """What the daemon needs to publish."""

    def __init__(self, checks: Mapping[str, HealthCheck], patience: float = CHECKS_TIMEOUT) -> None:
        """`patience` is in seconds."""
        self._patience = patience
        self._checks = {name: _Asked(name, check) for name, check in checks.items()}

    def problems(self) -> dict[str, str | None]:
        """What is wrong, by the names of all checks; None where nothing is. Never raises."""
        answers = {name: check.ask() for name, check in self._checks.items()}
        wait(answers.values(), self._patience)
        none = f"no answer within {self._patience:g} s."
        return {name: answer.result() if answer.done() else none for name, answer in answers.items()}

    def passed(self) -> dict[str, bool]:
        """Whether nothing is wrong, by the names of all checks."""
        return {name: problem is None for name, problem in self.problems().items()}


class _Asked:
    """One check, on a thread of its own; as long as it has not answered it is not asked again."""

    def __init__(self, name: str, check: HealthCheck) -> None:
        self._name, self._check = name, check
        self._lock = threading.Lock()
        self._answer: Future[str | None] | None = None

    def ask(self) -> Future[str | None]:
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
            # Only its kind: who reads this page may not be who may read the log.
            log.exception("a check of /readyz failed", extra={"check": self._name})
            answer.set_result(f"{type(error).__name__}; the log has the rest.")
