"""WSGI application of the health, readiness and metrics pages."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

from bot.core.address import hostname, is_loopback
from bot.core.text.control_characters import plain_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from bot.adapters.health.checks import Checks

log = logging.getLogger("flashtweet.health")

MetricsPage = Callable[[Mapping[str, bool]], WSGIApplication]
"""Returns the metrics page for the results of the checks."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The application."""

    age: Callable[[], float]
    """Returns the seconds since the daemon's loop last turned."""
    checks: Checks
    metrics: MetricsPage
    alive_within: float
    """Seconds allowed for a turn of the loop."""
    only_loopback: bool
    """True to answer only to the names of loopback."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._page(environ, start_response)
        except Exception:
            log.exception("bug in a health page", extra={"path": environ["PATH_INFO"]})
            text = "This is a bug in flashtweet; see its log for details."
            return _text(start_response, HTTPStatus.INTERNAL_SERVER_ERROR, text)

    def _page(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if self.only_loopback and not is_loopback(hostname(host)):
            return _text(
                start,
                HTTPStatus.FORBIDDEN,
                f"Host is {host!r}; health is for this machine only. Use http://127.0.0.1 and the port.",
            )
        match environ["PATH_INFO"]:
            case "/healthz":
                return self._health(start)
            case "/readyz":
                return self._readiness(start)
            case "/metrics":
                return self.metrics(self.checks.passed())(environ, start)
            case _:
                return _text(start, HTTPStatus.NOT_FOUND, "Available: /healthz, /readyz and /metrics.")

    def _health(self, start: StartResponse) -> Iterable[bytes]:
        age = self.age()
        alive = age <= self.alive_within
        times = {"heartbeat_age_seconds": round(age, 3), "allowed_seconds": self.alive_within}
        return _json(start, alive, {"alive": alive, **times})

    def _readiness(self, start: StartResponse) -> Iterable[bytes]:
        problems = self.checks.problems()
        ready = all(problem is None for problem in problems.values())
        checks = {name: {"ok": problem is None, "problem": problem} for name, problem in problems.items()}
        return _json(start, ready, {"ready": ready, "checks": checks})


def _json(start: StartResponse, passed: bool, value: object) -> Iterable[bytes]:
    status = HTTPStatus.OK if passed else HTTPStatus.SERVICE_UNAVAILABLE
    return _page(start, status, "application/json", plain_json(json.dumps(value, ensure_ascii=False)))


def _text(start: StartResponse, status: HTTPStatus, text: str) -> Iterable[bytes]:
    return _page(start, status, "text/plain; charset=utf-8", text)


def _page(start: StartResponse, status: HTTPStatus, content_type: str, text: str) -> Iterable[bytes]:
    start(f"{status.value} {status.phrase}", [("Content-Type", content_type)])
    return [f"{text}\n".encode()]
