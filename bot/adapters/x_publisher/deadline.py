"""One deadline over a whole request, and one limit on all that its answer may send.

The timeouts of requests are for one address and for one read: a name with many addresses, or an answer that
drips a byte every few seconds, holds a request for as long as it likes
(https://requests.readthedocs.io/en/latest/user/advanced/#timeouts, 2026-11-23). Here no step gets more than
what is left of the whole. The thread that asks counts for itself: no watchdog strikes just after the answer
came, and hit the next request on the same connection.
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
"""It counts suspended time: a machine that wakes up with a request half built does not send it any more."""

MOST_ON_THE_WIRE = 2 * MAX_ANSWER_BYTES
"""Bytes of an answer with its headers and whatever frames its body, some of which has no end of its own."""


def elapsed() -> float:
    """Seconds on that clock."""
    return time.clock_gettime(_CLOCK)


class Deadline:
    """When the request under way has to be over. For one request at a time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = self.given = seconds
        """`given` are those of the request under way."""
        self._at = 0.0

    def start(self, seconds: float | None = None) -> None:
        """Count from now; once with `seconds` instead of its own, if they are fewer."""
        self.given = self.seconds if seconds is None else min(seconds, self.seconds)
        self._at = elapsed() + self.given

    @property
    def left(self) -> float:
        return self._at - elapsed()

    def shorten(self, timeout: float | None) -> float:
        """`timeout`, or what is left if that is less.

        Raises:
            TimeoutError: nothing is left.
        """
        left = self.left
        if left <= 0:
            raise TimeoutError(f"not within {self.given:.3g} s")
        return left if timeout is None else min(timeout, left)


class DeadlineAdapter(HTTPAdapter):
    """Connections that keep `deadline`, whoever starts it before each request."""

    def __init__(self, deadline: Deadline, ca_file: str | None = None) -> None:
        """`ca_file` is for what encrypts the way to a proxy; the session names it for X's own servers."""
        self._deadline, self._pools, self._ca_file = deadline, _pools(deadline), ca_file
        super().__init__()

    def open(self, url: str, *, verify: bool | str | None, proxies: Mapping[str, str]) -> None:
        """Open the connection that the next request to the server at `url` takes; nothing is sent on it.

        `verify` and `proxies` as the session has them.

        Raises:
            Exception: it cannot be made; of what kind, requests and urllib3 say.
        """
        request = Request("GET", url).prepare()
        pool = self.get_connection_with_tls_context(request, verify, proxies=proxies)
        self.cert_verify(pool, url, verify, cert=None)  # type: ignore[no-untyped-call]  # as `send` does
        cast("_Opening", pool).open()

    def send(self, request: PreparedRequest, *_: Any, **options: Any) -> Response:
        """Send `request`, and read the whole answer within the limits of body.py."""
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
    """Return how to encrypt the way to a proxy: TLS inside it is read by many a `recv`."""

    class Outer(ssl.SSLSocket):
        def recv(self, *args: Any) -> bytes:
            self.settimeout(deadline.shorten(self.gettimeout()))
            return super().recv(*args)

    context = create_urllib3_context()
    context.sslsocket_class = Outer
    context.load_verify_locations(ca_file)
    return context


def _pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3 makes pools and connections by their classes, so the deadline comes with the classes."""

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
    """A pool whose connection can be opened before there is a request for it."""

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
        # Undocumented in http.client, and as old as it; were it ignored, the tests that drip would fail.
        self.response_class = cast("Any", _answer_within(self.within))

    @property
    def is_connected(self) -> bool:
        """Whether it can be used, also where nothing was sent on it yet.

        urllib3 takes a connection with anything to read for closed. A TLS 1.3 server sends session tickets
        after the handshake (RFC 8446, 4.6.1): a connection that was opened ahead would never be used.
        """
        if self.sock is None:
            return False
        patience = self.sock.gettimeout()
        try:
            self.sock.settimeout(0)
            self.sock.recv(1)  # reads the tickets; what else comes unasked is an end, or nothing to rely on
        except (BlockingIOError, ssl.SSLWantReadError):
            self.sock.settimeout(patience)
            return True
        except OSError:
            return False
        return False

    def connect(self) -> None:
        """Until this returns, TLS included, nothing of a request was sent; its error says so.

        It is called once a request, before its first byte: urllib3 opens an encrypted connection before it
        writes (`_validate_conn`), http.client a plain one in the first `send`. Nobody closes a connection
        between that byte and the end of the answer, so that no later `send` finds none, and whatever fails
        then is not tried again: requests' adapter allows no retries. What a server breaks off after it has
        agreed on the keys (TLS 1.3 lets it look at us last) does not fail here, and stays in doubt.
        """
        try:
            super().connect()
            self.within.shorten(None)
        except (ConnectTimeoutError, ssl.SSLCertVerificationError):
            raise  # these say so already
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
        """Ask a proxy for the way to X; TLS follows, within what is left."""
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
    """The connection that `make` gives; one that comes too late is closed, unused.

    On a thread, since the resolver of names cannot be left otherwise: one a connection, not one a request.
    """
    made: Future[socket.socket] = Future()

    def work() -> None:
        try:
            sock = make()
        except BaseException as error:  # noqa: BLE001  (it is raised where the connection was asked for)
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
    """The bytes of one answer, `MOST_ON_THE_WIRE` at most.

    Each read waits as long as the socket would, and not beyond the deadline.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw, self._sock, self._deadline = raw, sock, deadline
        self._patience = sock.gettimeout()
        self._left = MOST_ON_THE_WIRE

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        if self._left <= 0:
            raise UnreadableBody(f"with its headers it is longer than {MOST_ON_THE_WIRE // 1024} KiB")
        self._sock.settimeout(self._deadline.shorten(self._patience))
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
