"""Answers of a WSGI application to single HTTP requests, as bytes."""

from __future__ import annotations

import io
import logging
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from bot import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

log = logging.getLogger("flashtweet.health")


def answer(request: bytes, app: WSGIApplication) -> bytes:
    """Return the answer of `app` to a complete request; an empty one after a bug, which is logged."""
    try:
        return _Exchange(request, app).wfile.getvalue()
    except Exception:
        log.exception("bug in a health request")
        return b""


class _Exchange(BaseHTTPRequestHandler):
    """A request and its answer, in memory."""

    wfile: io.BytesIO

    def __init__(self, request: bytes, app: WSGIApplication) -> None:
        self.rfile, self.wfile, self._app = io.BytesIO(request), io.BytesIO(), app
        self.handle_one_request()

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, **headers}
        body: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            self.send_response(int(status[:3]))
            for name, value in headers:
                self.send_header(name, value)
            return body.append

        body.extend(self._app(environ, start))
        self.send_header("Content-Length", str(sum(map(len, body))))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command == "GET":
            self.wfile.writelines(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def version_string(self) -> str:
        """Return the Server header, which distinguishes this port from another program's."""
        return f"flashtweet/{__version__}"

    def log_message(self, *_: object) -> None:
        """Log nothing: requests arrive every few seconds."""
