"""X through a proxy in config.yaml: the same deadlines, and nothing sent without a tunnel."""

from __future__ import annotations

import shutil
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.adapters.x_publisher import OAuthCredentials, XPublisher
from bot.core.network import Network
from tests.contract.test_request_deadline import (
    BEAT,
    DEADLINE,
    LONG,
    MANY,
    POST,
    SOON,
    Wire,
    answering,
    certificate,
    drip,
    drops_of,
    says_nothing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="it takes openssl to make a certificate")


def tunnels_to(address: str) -> Callable[[socket.socket, threading.Event], None]:
    host, _, port = address.partition(":")

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one side has left

    def behave(connection: socket.socket, _: threading.Event) -> None:
        with socket.create_connection((host, int(port))) as beyond:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(beyond, connection))
            back.start()
            pump(connection, beyond)
            back.join(SOON)

    return behave


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
def x_itself(pem: Path) -> Iterator[Wire]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Wire(POST, tls=context) as wire:
        yield wire


def by_proxy(proxy: Wire, x: Wire, pem: Path, deadline: float = SOON, user: str = "") -> XPublisher:
    keys = OAuthCredentials("key", "secret", "token", "token-secret")
    scheme = "https" if proxy.tls else "http"
    network = Network(str(pem), f"{scheme}://{user}{proxy.address}", unused=("HTTPS_PROXY", "SSL_CERT_FILE"))
    return XPublisher(
        f"https://{x.address}",
        "7",
        keys,
        lambda: datetime.now(UTC),
        timeouts=(SOON, SOON),
        deadline=deadline,
        network=network,
    )


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_post_by_a_proxy_and_an_authority_of_ones_own(x_itself: Wire, pem: Path, encrypted: bool) -> None:
    with Wire(b"", [tunnels_to(x_itself.address)], tls=x_itself.tls if encrypted else None) as proxy:
        x = by_proxy(proxy, x_itself, pem)
        x.warm_up(timedelta(seconds=SOON))
        assert (proxy.requests, x_itself.requests) == (1, 0)
        assert x.create("Bonjour", None) == "20"
        assert (proxy.requests, x_itself.requests) == (1, 1), "on the tunnel that was opened for it"


@pytest.mark.parametrize(
    "answer", [b"407 Proxy Authentication Required", b"502 Bad Gateway", b"999 \x1b[31m"]
)
def test_a_tunnel_that_is_refused_is_proven_not_created(x_itself: Wire, pem: Path, answer: bytes) -> None:
    refuses = answering(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n")
    with Wire(b"", [refuses]) as proxy:
        with pytest.raises(
            errors.Unavailable, match=r"cannot be reached at .* by the proxy of config"
        ) as caught:
            by_proxy(proxy, x_itself, pem, user="me:s3cr3t@").create("Bonjour", None)
        assert x_itself.requests == 0
    assert "s3cr3t" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert "are not used" not in str(caught.value), "they are not needed"


def test_a_proxy_that_is_not_there_is_proven_not_created(x_itself: Wire, pem: Path) -> None:
    with Wire(b"") as proxy:
        x = by_proxy(proxy, x_itself, pem)
    with pytest.raises(errors.Unavailable, match="Connection refused"):
        x.create("Bonjour", None)


def drips_the_way(connection: socket.socket, gone: threading.Event) -> None:
    drip(connection, drops_of(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"s" * MANY), gone)


def drips_a_handshake(connection: socket.socket, gone: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    drip(connection, drops_of(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb\x03\x03" + b"s" * MANY), gone)


def makes_no_end(connection: socket.socket, gone: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not gone.is_set():
        connection.sendall(b"X-More: and more\r\n" * 1000)


def establishes_and_is_silent(connection: socket.socket, gone: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    gone.wait(LONG)


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(
    "hold", [drips_the_way, drips_a_handshake, says_nothing, establishes_and_is_silent, makes_no_end]
)
def test_the_deadline_holds_on_the_way(
    x_itself: Wire, pem: Path, hold: Callable[[socket.socket, threading.Event], None], encrypted: bool
) -> None:
    assert MANY * BEAT > SOON
    with Wire(b"", [hold], tls=x_itself.tls if encrypted else None) as proxy:
        asked = time.monotonic()
        with pytest.raises(errors.Unavailable):
            by_proxy(proxy, x_itself, pem, DEADLINE).create("Bonjour", None)
        assert time.monotonic() - asked < SOON
        assert x_itself.requests == 0
