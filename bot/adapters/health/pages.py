"""Contents of the health, readiness and metrics pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.core.text.control_characters import plain_json

if TYPE_CHECKING:
    from bot.adapters.health.checks import Checks

HealthPage = tuple[HTTPStatus, str, bytes]
"""Status, content type and body."""
MetricsPage = Callable[[str, Mapping[str, bool]], tuple[str, bytes]]
"""Returns content type and text for an Accept header and the results of the checks."""


class Pages:
    """The health, readiness and metrics pages."""

    def __init__(
        self, age: Callable[[], float], checks: Checks, metrics: MetricsPage, alive_within: float
    ) -> None:
        self._age, self._checks, self._metrics, self._alive_within = age, checks, metrics, alive_within

    def find(self, path: str, accept: str) -> HealthPage:
        match path:
            case "/healthz":
                return self._health()
            case "/readyz":
                return self._readiness()
            case "/metrics":
                return (HTTPStatus.OK, *self._metrics(accept, self._checks.passed()))
            case _:
                return text_page(HTTPStatus.NOT_FOUND, "Available: /healthz, /readyz and /metrics.")

    def _health(self) -> HealthPage:
        age = self._age()
        alive = age <= self._alive_within
        status = HTTPStatus.OK if alive else HTTPStatus.SERVICE_UNAVAILABLE
        return _json(
            status,
            {
                "alive": alive,
                "heartbeat_age_seconds": round(age, 3),
                "allowed_seconds": self._alive_within,
            },
        )

    def _readiness(self) -> HealthPage:
        problems = self._checks.problems()
        ready = all(problem is None for problem in problems.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        checks = {name: {"ok": problem is None, "problem": problem} for name, problem in problems.items()}
        return _json(status, {"ready": ready, "checks": checks})


def text_page(status: HTTPStatus, text: str) -> HealthPage:
    return status, "text/plain; charset=utf-8", f"{text}\n".encode()


def _json(status: HTTPStatus, value: object) -> HealthPage:
    return status, "application/json", f"{plain_json(json.dumps(value, ensure_ascii=False))}\n".encode()
