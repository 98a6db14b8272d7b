"""An alert service on loopback that keeps requests, and answers as configured or hangs."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

SECONDS = 30.0
"""Time limit of any step; these machines are slow and noisy."""


@dataclass
class Service:
    """A service for apprise's ``json://`` and for pings."""

    statuses: list[int] = field(default_factory=list)
    """Statuses of the next answers; 200 after them."""
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Path and body of each request, in order; a ping has an empty body."""
    answered: int = 0
    """Number of requests answered."""

    def __post_init__(self) -> None:
        self._arrived = threading.Condition()
        self._goes_on = threading.Event()
        self._goes_on.set()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                service._answer(self, json.loads(self.rfile.read(size)))

            def do_GET(self) -> None:
                service._answer(self, {})

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def patient(self) -> str:
        """`host`, for a client of ``json://`` with a timeout longer than any test's."""
        return f"{self.host}/?rto={10 * SECONDS:g}"

    @property
    def titles(self) -> list[str]:
        return [body["title"] for _, body in self.got]

    def hang(self) -> None:
        """Accept requests without answering."""
        self._goes_on.clear()

    def go_on(self) -> None:
        """Answer all pending requests."""
        self._goes_on.set()

    def wait_for(self, count: int) -> None:
        """Return when `count` requests have arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.got) >= count, SECONDS), self.got

    def _answer(self, request: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        with self._arrived:
            self.got.append((request.path, body))
            status = self.statuses.pop(0) if self.statuses else 200
            self._arrived.notify_all()
        self._goes_on.wait()
        with self._arrived:
            self.answered += 1
        request.send_response(status)
        if status in (301, 302):
            request.send_header("Location", f"http://{self.host}/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on()
        self._server.shutdown()
        self._server.server_close()
