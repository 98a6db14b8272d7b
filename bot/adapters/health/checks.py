"""Named checks with a timeout; a hanging check blocks nothing else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from typing import TYPE_CHECKING

from bot.adapters.health.background import background
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
        self._checks, self._timeout = dict(checks), timeout
        self._lock = threading.Lock()
        self._answers: dict[str, Future[str | None]] = {}
        """The latest run of each check, which is not started again until it has finished."""

    def problems(self) -> dict[str, str | None]:
        """Return the problem of each check by name, or None."""
        with self._lock:
            for name, check in self._checks.items():
                if name not in self._answers or self._answers[name].done():
                    self._answers[name] = background(partial(_problem, name, check))
            answers = dict(self._answers)
        wait(answers.values(), self._timeout)
        none = f"no answer within {self._timeout:g} s."
        return {name: answer.result() if answer.done() else none for name, answer in answers.items()}

    def passed(self) -> dict[str, bool]:
        """Return the success of each check by name."""
        return {name: problem is None for name, problem in self.problems().items()}


def _problem(name: str, check: HealthCheck) -> str | None:
    try:
        return check()
    except BotError as error:
        return str(error) or type(error).__name__
    except Exception as error:
        # Only the type: readers of this page may not be allowed to read the log.
        log.exception("check of /readyz failed", extra={"check": name})
        return f"{type(error).__name__}; see the log for details."
