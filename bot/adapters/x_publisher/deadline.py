"""Deadline and size limit for a whole HTTP request.

The timeouts of requests apply to a single address and a single read: a name with many addresses, or an
answer that drips a byte every few seconds, can delay a request indefinitely
(https://requests.readthedocs.io/en/latest/user/advanced/#timeouts, 2026-11-23). Here no step gets more than
the time left for the whole request. The requesting thread checks the time itself: a watchdog could fire just
after the answer and hit the next request on the same connection.
"""

from __future__ import annotations

import http.client
import io
import ssl
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, cast

from requests import PreparedRequest, Request, Response
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from bot.adapters.x_publisher.body import MAX_ANSWER_BYTES, UnreadableBody, read_within_limits

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from _typeshed import WriteableBuffer

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that counts suspended time: after a wake-up, a half-built request is no longer sent."""

MOST_ON_THE_WIRE = 2 * MAX_ANSWER_BYTES
"""Maximum bytes of an answer including headers and framing, which have no other limit."""


def elapsed() -> float:
    """Return the seconds on `_CLOCK`."""
    return time.clock_gettime(_CLOCK)


class Deadline:
    """The deadline of the current request; one request at a time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = self.given = seconds
        """`given` is the limit of the current request."""
        self._at = 0.0

    def start(self, seconds: float | None = None) -> None:
        """Start the deadline now, for this request with `seconds` if that is less than its own limit."""
        self.given = self.seconds if seconds is None else min(seconds, self.seconds)
        self._at = elapsed() + self.given

    @property
    def left(self) -> float:
        return self._at - elapsed()

    def shorten(self, timeout: float | None) -> float:
        """Return `timeout`, or the time left if that is less.

        Raises:
            TimeoutError: no time is left.
        """
        left = self.left
        if left <= 0:
            raise TimeoutError(f"not within {self.given:.3g} s")
        return left if timeout is None else min(timeout, left)


class DeadlineAdapter(HTTPAdapter):
    """Transport adapter that enforces `deadline`, which the caller starts before each request."""

    def __init__(self, deadline: Deadline, ca_file: str | None = None) -> None:
        """`ca_file` is for TLS to a proxy; the session sets it for X's own servers."""
        self._deadline, self._pools, self._ca_file = deadline, _pools(deadline), ca_file
        super().__init__()

    def open(self, url: str, *, verify: bool | str | None, proxies: Mapping[str, str]) -> None:
        """Open the connection for the next request to the server at `url` without sending anything.

        `verify` and `proxies` are those of the session.

        Raises:
            Exception: the connection failed; see requests and urllib3 for the types.
        """
        request = Request("GET", url).prepare()
        pool = self.get_connection_with_tls_context(request, verify, proxies=proxies)
        self.cert_verify(pool, url, verify, cert=None)  # type: ignore[no-untyped-call]  # as `send` does
        cast("_Opening", pool).open()

    def send(self, request: PreparedRequest, *_: Any, **options: Any) -> Response:
        """Send `request` and read the whole answer within the limits of body.py."""
        return read_within_limits(super().send(request, **{**options, "stream": True}))

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        if proxy in self.proxy_manager:
            return self.proxy_manager[proxy]
        context = _context(self._deadline, self._ca_file or DEFAULT_CA_BUNDLE_PATH)
        manager = super().proxy_manager_for(proxy, proxy_ssl_context=context, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _context(deadline: Deadline, ca_file: str) -> ssl.SSLContext:
    """Return the TLS context for a proxy that enforces the deadline on each `recv` of the TLS inside it."""

    class Outer(ssl.SSLSocket):
        def recv(self, *args: Any) -> bytes:
            self.settimeout(deadline.shorten(self.gettimeout()))
            return super().recv(*args)

    context = create_urllib3_context()
    context.sslsocket_class = Outer
    context.load_verify_locations(ca_file)
    return context


def _pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """Return pool classes bound to `deadline`: urllib3 creates pools and connections from classes."""

    class Plain(_Connection):
        within = deadline

    class Encrypted(_Connection, HTTPSConnection):
        within = deadline

    class PlainPool(_Opening):
        ConnectionCls = Plain

    class EncryptedPool(_Opening, HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


class _Opening(HTTPConnectionPool):
    """A pool whose connection can be opened ahead of a request."""

    def open(self) -> None:
        connection = self._get_conn(timeout=0)
        try:
            if self.proxy is not None:
                self._prepare_proxy(connection)  # which connects
            else:
                connection.connect()
        except BaseException:
            connection.close()
            raise
        finally:
            self._put_conn(connection)


class _Connection(HTTPConnection):
    within: Deadline
    sock: socket.socket | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Undocumented, but as old as http.client; if it stops working, the tests with dripping answers fail.
        self.response_class = cast("Any", _answer_within(self.within))

    @property
    def is_connected(self) -> bool:
        """True if the connection is usable, even if nothing was sent on it yet.

        urllib3 considers a connection with anything to read as closed. A TLS 1.3 server sends session tickets
        after the handshake (RFC 8446, 4.6.1), so a connection opened ahead would never be used.
        """
        if self.sock is None:
            return False
        timeout = self.sock.gettimeout()
        try:
            self.sock.settimeout(0)
            self.sock.recv(1)  # reads the tickets; any other data means it is closed or unreliable
        except (BlockingIOError, ssl.SSLWantReadError):
            self.sock.settimeout(timeout)
            return True
        except OSError:
            return False
        return False

    def connect(self) -> None:
        """Connect, including TLS; the exceptions prove that no part of a request was sent.

        Called once per request, before its first byte: urllib3 opens an encrypted connection before it
        writes (`_validate_conn`), http.client a plain one in the first `send`. No connection is closed
        between that byte and the end of the answer, so no later `send` reconnects, and later failures are
        not retried: requests' adapter allows no retries. If a server aborts after the key agreement (TLS 1.3
        lets it verify us last), this does not fail, and the post stays in doubt.
        """
        try:
            super().connect()
            self.within.shorten(None)
        except (ConnectTimeoutError, ssl.SSLCertVerificationError):
            raise  # these already prove it
        except TimeoutError as error:
            self.close()
            raise ConnectTimeoutError("no connection in time") from error
        except Exception as error:
            self.close()
            raise NewConnectionError(self, str(error) or type(error).__name__) from error

    def _new_conn(self) -> socket.socket:
        sock = _made_within(self.within.shorten(None), super()._new_conn)
        try:
            sock.settimeout(self.within.shorten(sock.gettimeout()))  # for TLS, which follows
        except TimeoutError:
            sock.close()
            raise
        return sock

    def _tunnel(self) -> None:
        """Open the tunnel through a proxy, leaving the remaining time as the timeout of TLS."""
        super()._tunnel()  # of http.client
        if self.sock is not None:
            self.sock.settimeout(self.within.shorten(self.sock.gettimeout()))

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if self.sock is not None:
            self.sock.settimeout(self.within.shorten(self.sock.gettimeout()))
        super().send(data)


def _made_within(seconds: float, make: Callable[[], socket.socket]) -> socket.socket:
    """Return the connection that `make` returns; a late one is closed unused.

    Runs in a thread, since name resolution cannot be interrupted otherwise: one per connection, not per
    request.
    """
    made: Future[socket.socket] = Future()

    def work() -> None:
        try:
            sock = make()
        except BaseException as error:  # noqa: BLE001  (raised in the calling thread)
            if made.set_running_or_notify_cancel():
                made.set_exception(error)
        else:
            if made.set_running_or_notify_cancel():
                made.set_result(sock)
            else:
                sock.close()

    threading.Thread(target=work, name="connect", daemon=True).start()
    try:
        return made.result(seconds)
    except TimeoutError:
        if made.cancel():
            raise
        return made.result()


def _answer_within(deadline: Deadline) -> Callable[..., http.client.HTTPResponse]:
    def answer(sock: socket.socket, *args: Any, **options: Any) -> http.client.HTTPResponse:
        made = http.client.HTTPResponse(sock, *args, **options)
        made.fp = io.BufferedReader(_Reader(made.fp.detach(), sock, deadline))
        return made

    return answer


class _Reader(io.RawIOBase):
    """The bytes of one answer, at most `MOST_ON_THE_WIRE`.

    Each read waits no longer than the socket's timeout and the deadline.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw, self._sock, self._deadline = raw, sock, deadline
        self._timeout = sock.gettimeout()
        self._left = MOST_ON_THE_WIRE

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        if self._left <= 0:
            raise UnreadableBody(f"with its headers it is longer than {MOST_ON_THE_WIRE // 1024} KiB")
        self._sock.settimeout(self._deadline.shorten(self._timeout))
        count = cast("int | None", self._raw.readinto(buffer))
        self._left -= count or 0
        return count

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        self._raw.close()
        super().close()
