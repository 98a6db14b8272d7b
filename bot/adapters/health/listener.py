"""The listener: a thread for each request, few of them, and none for long.

Who connects and sends nothing is no request yet: see idle.py.
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
"""How long a request may take, from the connection to the last byte of the answer."""
JUST_COME = 0.05
"""Seconds for which a connection whose request is not read yet makes room for no other."""
MOST_REQUESTS = 8
"""Requests that are answered at one time, so that they cannot use up the process. Where one more comes, the
oldest that is not read to its end makes room; where all are being answered, it is turned away."""


@dataclass(slots=True)
class _Open:
    """A connection that has a thread."""

    since: float
    """On the monotonic clock."""
    was_read: bool = False
    """True once its request was read completely."""


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A thread for each request, `MOST_REQUESTS` of them at most.

    Not an `HTTPServer`: that one asks the DNS for this machine's name before it listens.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, address: ListenAddress, pages: Pages, request_seconds: float = REQUEST_SECONDS
    ) -> None:
        """Listens at once.

        Raises:
            OSError: the address or its port cannot be had.
        """
        self.address_family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self.pages, self.request_seconds = pages, request_seconds
        self.only_loopback = address.is_loopback
        self._lock = threading.Condition()
        self._open: dict[socket.socket, _Open] = {}
        """Connections that have a thread, oldest first."""
        super().__init__((address.host, address.port), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def serve(self, request: socket.socket, client_address: Any) -> None:
        """Read and answer `request` on a thread of its own; never raises."""
        if not self._take_in(request):
            self.shutdown_request(request)
            return
        try:
            self.process_request(request, client_address)
        except RuntimeError:  # no thread can be had
            self.handle_error(request, client_address)
            self._leave(request)
            self.shutdown_request(request)

    def was_read(self, request: socket.socket) -> None:
        """Note that `request` was read to its end: it makes room for no other."""
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
                # Most are answered within milliseconds: one that has just come is not slow.
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
        """A reader that hung up is nothing to tell of; a bug is."""
        if not isinstance(sys.exception(), OSError):
            log.exception("a bug kept a request for health from being answered")  # noqa: LOG004  (it is one)


def hang_up(connection: socket.socket) -> None:
    """End `connection`, whoever reads it."""
    with contextlib.suppress(OSError):  # it has just been closed
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One request, one answer."""

    server: Listener
    HEADERS: ClassVar[dict[str, str]] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

    def setup(self) -> None:
        # Not the socket's timeout: that one counts anew with every byte that trickles in.
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
                f"Host is {host!r}; health is for this machine only. Use http://127.0.0.1 and its port.",
            )
        try:
            return self.server.pages.find(urlsplit(self.path).path, self.headers.get("Accept", ""))
        except Exception:
            log.exception("a bug kept a page of health from being made", extra={"path": self.path})
            return text_page(
                HTTPStatus.INTERNAL_SERVER_ERROR, "That is a bug of flashtweet; its log has the rest."
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
        """What the Server header says: by it a reader knows that it is not another program's port."""
        return f"flashtweet/{__version__}"

    def log_message(self, *_: object) -> None:
        """Nothing: it is asked every few seconds."""
