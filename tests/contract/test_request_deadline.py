"""The deadline of a whole request, regardless of the other side's behaviour."""

from __future__ import annotations

import contextlib
import select
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self, TypeAlias

import pytest

from bot import errors
from bot.adapters.x_publisher import OAuthCredentials, XPublisher, deadline
from bot.adapters.x_publisher.publisher import STALE
from bot.core.network import REQUEST_DEADLINE
from bot.core.publishing.policy import LEAST_LEASE
from tests.processes import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

DEADLINE = 1.0
BEAT = 0.02
"""Seconds between two drops: no single read waits for long."""
SOON = 60.0
"""Far more than the deadline and far less than `LONG`: only a hanging request takes this long."""
LONG = 180.0
"""Minimum seconds for which an answer drips, unless its reader leaves."""


def whole(body: bytes, *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 201 Created", b"Content-Type: application/json", *headers)
    return b"\r\n".join((*lines, b"Content-Length: %d" % len(body), b"", body))


POST = whole(b'{"data": {"id": "20", "text": "Bonjour"}}')
NO_POSTS = whole(b'{"meta": {"result_count": 0}}')

Behaviour: TypeAlias = "Callable[[socket.socket, threading.Event], None]"
Behaviours: TypeAlias = "Behaviour | Mapping[str, Behaviour]"
"""One value for every request, or one per method: ``POST``, ``GET``."""


def answering(answer: bytes) -> Behaviour:
    return lambda connection, _: connection.sendall(answer)


def drip(connection: socket.socket, drops: Iterator[bytes], gone: threading.Event) -> None:
    for drop in drops:
        connection.sendall(drop)
        if gone.wait(BEAT):
            return


def drops_of(data: bytes) -> Iterator[bytes]:
    return (bytes([byte]) for byte in data)


MANY = round(LONG / BEAT)


def drips_headers(connection: socket.socket, gone: threading.Event) -> None:
    drip(connection, drops_of(whole(b'{"data": {"id": "19"}}', b"X-Slow: " + b"s" * MANY)), gone)


def drips_its_body(connection: socket.socket, gone: threading.Event) -> None:
    head, _, body = whole(b'{"data": {"id": "19"}' + b" " * MANY + b"}").partition(b"\r\n\r\n")
    connection.sendall(head + b"\r\n\r\n")
    drip(connection, drops_of(body), gone)


def drips_chunks(connection: socket.socket, gone: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunks = [b'16\r\n{"data": {"id": "19"}}\r\n', *[b"1\r\n \r\n"] * MANY, b"0\r\n\r\n"]
    drip(connection, iter(chunks), gone)


def drips_until_it_closes(connection: socket.socket, gone: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n")
    drip(connection, iter([b'{"data": {"id": "19"}}', *[b" "] * MANY]), gone)


def keeps_promising(connection: socket.socket, gone: threading.Event) -> None:
    """Return complete lines, each a separate answer that X is not done yet."""
    drip(connection, iter([*[b"HTTP/1.1 100 Continue\r\n\r\n"] * MANY, POST]), gone)


def says_nothing(_: socket.socket, gone: threading.Event) -> None:
    gone.wait(LONG)


@dataclass
class Wire:
    """A server that treats each connection's requests as configured, and afterwards answers them."""

    then: bytes
    first: list[Behaviours] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    requests: int = 0
    connections: list[socket.socket] = field(default_factory=list)
    unused: int = 0
    """Number of connections that were closed without a byte."""
    _gone: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):  # already closed
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(SOON)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def _start(self, what: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=what, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            self.connections.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        before = self.requests
        try:
            while method := self._hears(connection):
                self.requests += 1
                behave = self.first.pop(0) if self.first else answering(self.then)
                if not callable(behave):
                    behave = behave[method]
                behave(connection, self._gone)
        except OSError:
            pass  # the client left
        else:
            self.unused += before == self.requests
        finally:
            connection.close()

    def _hears(self, connection: socket.socket) -> str | None:
        """Read a request and return its method; None at the end of the connection."""
        request = b""
        while b"\r\n\r\n" not in request or (request.startswith(b"POST") and not request.endswith(b"}")):
            more = connection.recv(4096)
            if not more:
                return None
            request += more
        return request.partition(b" ")[0].decode()


def now() -> datetime:
    return datetime.now(UTC)


def publisher(address: str, scheme: str = "http") -> XPublisher:
    keys = OAuthCredentials("key", "secret", "token", "token-secret")
    return XPublisher(
        f"{scheme}://{address}",
        "7",
        keys,
        lambda: datetime.now(UTC),
        timeouts=(SOON, SOON),
        deadline=DEADLINE,
    )


def leave_time(x: XPublisher) -> None:
    """Answer the next requests, however slow the machine is."""
    x._session.deadline.seconds = SOON


HOLDS = [
    drips_headers,
    drips_its_body,
    drips_chunks,
    drips_until_it_closes,
    keeps_promising,
    says_nothing,
]


@pytest.mark.parametrize("hold", HOLDS)
def test_a_post_whose_answer_is_held_back_is_in_doubt_at_the_deadline(hold: Behaviour) -> None:
    with Wire(POST, [hold]) as wire:
        x = publisher(wire.address)
        asked = time.monotonic()
        with pytest.raises(errors.InDoubt, match=rf"X's answer was not complete within {DEADLINE:g} s"):
            x.create("Bonjour", None)
        assert DEADLINE <= time.monotonic() - asked < SOON
        leave_time(x)
        assert x.create("Encore", None) == "20"
        assert wire.requests == 2, "each was sent once"


@pytest.mark.parametrize("hold", HOLDS)
def test_a_reading_that_is_held_back_fails_at_the_deadline(hold: Behaviour) -> None:
    with Wire(NO_POSTS, [hold]) as wire:
        x = publisher(wire.address)
        asked = time.monotonic()
        with pytest.raises(errors.PublishError):
            list(x.timeline(now()))
        assert DEADLINE <= time.monotonic() - asked < SOON
        leave_time(x)
        assert list(x.timeline(now())) == []


def test_a_kept_connection_outlives_the_deadline_of_its_last_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(POST) as wire:
        x = publisher(wire.address)
        leave_time(x)
        x.create("Bonjour", None)
        real = deadline.elapsed
        monkeypatch.setattr(deadline, "elapsed", lambda: real() + 1.5 * SOON)  # that deadline has passed
        assert x.create("Encore", None) == "20"
        assert len(wire.connections) == 1


def test_the_shortest_claim_outlasts_a_request() -> None:
    """Half of the deadline may have passed when the request begins."""
    assert LEAST_LEASE / 2 > REQUEST_DEADLINE


def test_nothing_is_sent_after_the_deadline() -> None:
    """As after a suspension between the check of the claim and the request."""
    with Wire(POST) as wire:
        x = publisher(wire.address)
        leave_time(x)
        x.create("Bonjour", None)
        x._session.deadline.seconds = 0
        with pytest.raises(errors.PublishError):
            x.create("Too late", None)
        leave_time(x)
        x.create("Encore", None)
        assert wire.requests == 2


@pytest.mark.parametrize(("pages", "is_read"), [(1, True), (2, False)])
def test_all_pages_of_a_reading_have_one_deadline(
    pages: int, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, passed = deadline.elapsed, [0.0]
    monkeypatch.setattr(deadline, "elapsed", lambda: real() + passed[0])
    more = whole(b'{"data": [], "meta": {"next_token": "more"}}')

    def takes_its_time(connection: socket.socket, _: threading.Event) -> None:
        passed[0] += 0.6 * SOON
        connection.sendall(more)

    with Wire(NO_POSTS, [takes_its_time] * pages) as wire:
        x = publisher(wire.address)
        leave_time(x)
        if is_read:
            assert list(x.timeline(now())) == []
        else:
            with pytest.raises(errors.InDoubt, match=rf"timeline was not complete within {SOON:g} s"):
                list(x.timeline(now()))
        assert wire.requests == 2


def test_a_timeline_without_an_end_is_left_at_the_deadline() -> None:
    with Wire(whole(b'{"data": [], "meta": {"next_token": "more"}}')) as wire:
        asked = time.monotonic()
        with pytest.raises(errors.InDoubt, match=rf"within {DEADLINE:g} s"):
            list(publisher(wire.address).timeline(now()))
        assert DEADLINE <= time.monotonic() - asked < SOON


def test_a_page_has_what_those_before_it_left(monkeypatch: pytest.MonkeyPatch) -> None:
    real, passed = deadline.elapsed, [0.0]
    monkeypatch.setattr(deadline, "elapsed", lambda: real() + passed[0])
    more = whole(b'{"data": [], "meta": {"next_token": "more"}}')

    def takes_nearly_all(connection: socket.socket, _: threading.Event) -> None:
        passed[0] += SOON - DEADLINE
        connection.sendall(more)

    with Wire(NO_POSTS, [takes_nearly_all, says_nothing]) as wire:
        x = publisher(wire.address)
        leave_time(x)
        with pytest.raises(errors.InDoubt, match=rf"within {SOON:g} s"):
            list(x.timeline(now()))
        assert x._session.deadline.given <= DEADLINE


def test_a_lookup_may_have_less_time_than_others() -> None:
    with Wire(POST, [says_nothing]) as wire:
        x = publisher(wire.address)
        leave_time(x)
        with pytest.raises(errors.InDoubt, match=r"not complete within 0\.5 s"):
            x.find("20", timedelta(seconds=0.5))
        assert x.create("Encore", None) == "20", "the next request has all of it again"
        assert x._session.deadline.given == SOON


def test_a_name_that_is_not_resolved_in_time_is_proven_not_created(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is made too late is closed, and nothing is sent on it."""
    resolved, real = threading.Event(), socket.getaddrinfo

    def late(*arguments: object, **options: object) -> object:
        resolved.wait(LONG)
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", late)
    with Wire(POST) as wire:
        x = publisher(wire.address)
        with pytest.raises(errors.Unavailable, match=r"cannot be reached at .*: no connection in time"):
            x.create("Bonjour", None)
        assert len(wire.connections) == 0
        resolved.set()
        until(lambda: wire.unused == 1, "the late connection is closed without a byte")
        until(lambda: "connect" not in {t.name for t in threading.enumerate()}, "no thread is left")
        leave_time(x)
        assert x.create("Encore", None) == "20"


def test_a_handshake_that_does_not_come_is_proven_not_created() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = time.monotonic()
        with pytest.raises(errors.Unavailable, match="no connection in time"):
            publisher(f"127.0.0.1:{silent.getsockname()[1]}", "https").create("Bonjour", None)
        assert DEADLINE <= time.monotonic() - asked < SOON


def resets(connection: socket.socket, _: threading.Event | None = None) -> None:
    """Close the connection with a TCP reset, as an overloaded load balancer does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def speaks_no_tls(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    connection.close()


@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (resets, "Connection reset by peer"),
        (socket.socket.close, "EOF occurred in violation of protocol"),
        (speaks_no_tls, ""),
    ],
)
def test_a_handshake_that_breaks_off_is_proven_not_created(
    behave: Callable[[socket.socket], None], said: str
) -> None:
    """The first post is then retried at once, not after 90 s of reading the timeline."""
    heard = []

    def serve(listener: socket.socket) -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            heard.append(connection.recv(4096)[:1])
            behave(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,), daemon=True)
        server.start()
        x = publisher(f"127.0.0.1:{listener.getsockname()[1]}", "https")
        with pytest.raises(errors.Unavailable, match=rf"cannot be reached at .*: {said}"):
            x.create("Bonjour", None)
        with pytest.raises(errors.Unavailable):
            x.create("Encore", None)
        server.join(SOON)
    assert heard == [b"\x16"] * 2, "each request opened one connection, and began a handshake on it"


def certificate(folder: Path) -> Path:
    """Create a key and certificate for 127.0.0.1 in one file."""
    pem, own = folder / "both.pem", folder / "certificate.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(pem), "-out", str(own)]
    subprocess.run(["openssl", *asked.split(), *named], check=True, capture_output=True)
    pem.write_bytes(pem.read_bytes() + own.read_bytes())
    return pem


@pytest.mark.skipif(not shutil.which("openssl"), reason="it takes openssl to make a certificate")
@pytest.mark.parametrize("hold", [drips_headers, drips_its_body, says_nothing])
def test_the_deadline_holds_under_tls(hold: Behaviour, tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Wire(POST, [answering(POST), hold], tls=context) as wire:
        x = publisher(wire.address, "https")
        x._session.verify = str(pem)
        leave_time(x)
        assert x.create("Bonjour", None) == "20"
        x._session.deadline.seconds = DEADLINE
        asked = time.monotonic()
        with pytest.raises(errors.InDoubt, match="not complete within"):
            x.create("Suite", None)
        assert DEADLINE <= time.monotonic() - asked < SOON
        leave_time(x)
        assert x.create("Encore", None) == "20"
        assert len(wire.connections) == 2, "only what was held back cost its connection"


@pytest.mark.skipif(not shutil.which("openssl"), reason="it takes openssl to make a certificate")
def test_a_connection_that_breaks_off_after_the_handshake_leaves_the_post_in_doubt(tmp_path: Path) -> None:
    """The server has the request, and its outcome is unknown. It is not sent again."""
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Wire(POST, [resets], tls=context) as wire:
        x = publisher(wire.address, "https")
        x._session.verify = str(pem)
        leave_time(x)
        with pytest.raises(errors.InDoubt, match="the connection broke before X's answer came"):
            x.create("Bonjour", None)
        assert wire.requests == 1
        assert x.create("Encore", None) == "20"
        assert wire.requests == 2


@pytest.mark.skipif(not shutil.which("openssl"), reason="it takes openssl to make a certificate")
def test_a_certificate_of_nobody_is_proven_not_created(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    with Wire(POST, tls=context) as wire:
        with pytest.raises(errors.Unavailable, match="self-signed certificate"):
            publisher(wire.address, "https").create("Bonjour", None)
        assert wire.requests == 0


@pytest.mark.skipif(not shutil.which("openssl"), reason="it takes openssl to make a certificate")
def test_a_request_travels_on_the_connection_that_was_opened_for_it(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Wire(POST, tls=context) as wire:
        x = publisher(wire.address, "https")
        x._session.verify = str(pem)
        leave_time(x)
        x.warm_up(timedelta(seconds=SOON))
        pools = x._session._adapter.poolmanager.pools
        pool = pools[next(iter(pools.keys()))]
        sock = pool.pool.queue[-1].sock
        until(lambda: select.select([sock], [], [], 0)[0], "the server's session tickets are there")
        assert wire.requests == 0
        assert x.create("Bonjour", None) == "20"
        x.warm_up(timedelta(seconds=SOON))  # it was used just now: nothing to do
        assert x.create("Encore", None) == "20"
        assert len(wire.connections) == 1


def test_a_connection_that_cannot_be_opened_takes_no_longer_than_it_may() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = time.monotonic()
        publisher(f"127.0.0.1:{silent.getsockname()[1]}", "https").warm_up(timedelta(seconds=0.2))
        assert 0.2 <= time.monotonic() - asked < SOON
    publisher("127.0.0.1:9").warm_up(timedelta(seconds=SOON))  # no server there: the request reports it


@pytest.mark.parametrize("warm", [True, False])
def test_a_connection_that_was_not_used_for_long_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    """The server may have closed it meanwhile; a request on it would be in doubt."""
    with Wire(POST) as wire:
        x = publisher(wire.address)
        leave_time(x)
        x.create("Bonjour", None)
        real = deadline.elapsed
        monkeypatch.setattr("bot.adapters.x_publisher.publisher.elapsed", lambda: real() + STALE)
        if warm:
            x.warm_up(timedelta(seconds=SOON))
        assert x.create("Encore", None) == "20"
        assert len(wire.connections) == 2
