"""HTTP listener with one thread per request, limited in number and time.

A connection that has sent nothing is not a request yet: see idle.py.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import sys
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from bot import __version__
from bot.adapters.health.pages import text_page
from bot.core.address import hostname, is_loopback

if TYPE_CHECKING:
    from bot.adapters.health.pages import HealthPage, Pages
    from bot.core.address import ListenAddress

log = logging.getLogger("flashtweet.health")

REQUEST_SECONDS = 5.0
"""Seconds allowed for a request, from the connection to the last byte of the answer."""
JUST_COME = 0.05
"""Seconds during which a new connection with an unread request is not displaced."""
MOST_REQUESTS = 8
"""Maximum concurrent requests, so that they cannot exhaust the process. A further request displaces the
oldest one that is not completely read; if all are being answered, it is rejected."""


@dataclass(slots=True)
class _Open:
    """A connection with a thread."""

    since: float
    """Start on the monotonic clock."""
    was_read: bool = False
    """True once its request was read completely."""


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Server with a thread per request, at most `MOST_REQUESTS`.

    Not an `HTTPServer`, which looks up this machine's name in the DNS before it listens.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, address: ListenAddress, pages: Pages, request_seconds: float = REQUEST_SECONDS
    ) -> None:
        """Start listening.

        Raises:
            OSError: the address or port is not available.
        """
        self.address_family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self.pages, self.request_seconds = pages, request_seconds
        self.only_loopback = address.is_loopback
        self._lock = threading.Condition()
        self._open: dict[socket.socket, _Open] = {}
        """Connections with a thread, oldest first."""
        super().__init__((address.host, address.port), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def serve(self, request: socket.socket, client_address: Any) -> None:
        """Read and answer `request` on its own thread; never raises."""
        if not self._take_in(request):
            self.shutdown_request(request)
            return
        try:
            self.process_request(request, client_address)
        except RuntimeError:  # no thread available
            self.handle_error(request, client_address)
            self._leave(request)
            self.shutdown_request(request)

    def was_read(self, request: socket.socket) -> None:
        """Record that `request` was read completely, so that it is not displaced."""
        with self._lock:
            if request in self._open:
                self._open[request].was_read = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._leave(request)

    def _take_in(self, request: socket.socket) -> bool:
        with self._lock:
            if len(self._open) >= MOST_REQUESTS:
                oldest = next(iter(self._open.values()))
                # Most are answered within milliseconds: a new one is not slow yet.
                self._lock.wait_for(
                    self._has_room, timeout=max(0.0, oldest.since + JUST_COME - time.monotonic())
                )
            if not self._has_room():
                slow = next((one for one, how in self._open.items() if not how.was_read), None)
                if slow is None:
                    return False
                del self._open[slow]
                hang_up(slow)  # its thread ends
            self._open[request] = _Open(time.monotonic())
            return True

    def _has_room(self) -> bool:
        return len(self._open) < MOST_REQUESTS

    def _leave(self, request: socket.socket) -> None:
        with self._lock:
            self._open.pop(request, None)
            self._lock.notify()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Log bugs, but not clients that hang up."""
        if not isinstance(sys.exception(), OSError):
            log.exception("bug in a health request")  # noqa: LOG004  (it is one)


def hang_up(connection: socket.socket) -> None:
    """Shut down `connection`, even if another thread reads from it."""
    with contextlib.suppress(OSError):  # it was just closed
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One request, one answer."""

    server: Listener
    HEADERS: ClassVar[dict[str, str]] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

    def setup(self) -> None:
        # Not the socket's timeout, which restarts with every byte that trickles in.
        self._end = threading.Timer(self.server.request_seconds, hang_up, [self.request])
        self._end.daemon = True
        self._end.start()
        super().setup()

    def finish(self) -> None:
        self._end.cancel()
        super().finish()

    def do_GET(self) -> None:
        self._answer(*self._page())

    def do_HEAD(self) -> None:
        self._answer(*self._page())

    def _page(self) -> HealthPage:
        self.server.was_read(self.request)
        host = self.headers.get("Host", "")
        if self.server.only_loopback and not is_loopback(hostname(host)):
            return text_page(
                HTTPStatus.FORBIDDEN,
                f"Host is {host!r}; health is for this machine only. Use http://127.0.0.1 and the port.",
            )
        try:
            return self.server.pages.find(urlsplit(self.path).path, self.headers.get("Accept", ""))
        except Exception:
            log.exception("bug in a health page", extra={"path": self.path})
            return text_page(
                HTTPStatus.INTERNAL_SERVER_ERROR, "This is a bug in flashtweet; see its log for details."
            )

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        sizes = {"Content-Type": content_type, "Content-Length": str(len(body))}
        for name, value in (self.HEADERS | sizes).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        """Return the Server header, which distinguishes this port from another program's."""
        return f"flashtweet/{__version__}"

    def log_message(self, *_: object) -> None:
        """Log nothing: requests arrive every few seconds."""
