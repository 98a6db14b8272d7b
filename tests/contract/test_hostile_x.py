"""Hostile answers from X or an intermediary: little memory, no bug, and no false conclusion about a post."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import errors
from bot.adapters.x_publisher import OAuthCredentials, XAccount
from bot.adapters.x_publisher.body import MAX_ANSWER_BYTES
from bot.adapters.x_publisher.foreign_body import describe_body
from bot.adapters.x_publisher.refusals import Response, refusal
from bot.core.network import Network
from bot.core.schedule.account_checks import Account
from tests.contract.test_request_deadline import Wire, answering

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from bot.core.schedule.account_checks import Greeting
    from tests.contract.test_request_deadline import Behaviour

NOW = datetime(2026, 11, 29, 6, 30, tzinfo=UTC)
MIB = 1 << 20
PATIENCE = 60.0
"""Timeout in seconds of a child on a busy machine."""


def account(address: str, network: Network | None = None) -> XAccount:
    keys = OAuthCredentials("key", "secret", "token", "token-secret")
    return XAccount(f"http://{address}", "7", keys, lambda: NOW, network=network or Network())


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


# ---- memory ------------------------------------------------------------------------------------------

GIGABYTE = 1 << 30


def zeros(compressor: Any) -> bytes:
    """Return a gzipped gigabyte, but for a valid checksum: after a full flush each MiB is the same bytes."""
    first, second, third = (
        compressor.compress(bytes(MIB)) + compressor.flush(zlib.Z_FULL_FLUSH) for _ in range(3)
    )
    assert second == third
    return bytes(first + second * (GIGABYTE // MIB - 1) + compressor.flush())


def endless(head: bytes, piece: bytes) -> Callable[[socket.socket, threading.Event], None]:
    def behave(connection: socket.socket, gone: threading.Event) -> None:
        connection.sendall(head)
        while not gone.is_set():
            connection.sendall(piece)

    return behave


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n"
CHUNK = b"100000\r\n" + b" " * MIB + b"\r\n"
HOSTILE: dict[str, Callable[[], Behaviour]] = {
    "gzip bomb": lambda: answering(answer(zeros(zlib.compressobj(9, wbits=31)), "Content-Encoding: gzip")),
    "deflate bomb": lambda: answering(answer(zeros(zlib.compressobj(9)), "Content-Encoding: deflate")),
    "bomb in a bomb": lambda: answering(
        answer(gzip.compress(zeros(zlib.compressobj(9, wbits=31))), "Content-Encoding: gzip, gzip")
    ),
    "bomb with a refusal": lambda: answering(
        answer(zeros(zlib.compressobj(9, wbits=31)), "Content-Encoding: gzip", status="403 Forbidden")
    ),
    "bomb with a redirect": lambda: answering(
        answer(
            zeros(zlib.compressobj(9, wbits=31)), "Content-Encoding: gzip", "Location: /", status="302 Found"
        )
    ),
    "brotli": lambda: answering(answer(b"?" * 1000, "Content-Encoding: br")),
    "200 MB": lambda: endless(OK + b"Content-Length: 200000000\r\n\r\n", b" " * MIB),
    "a body without an end": lambda: endless(OK + b"Connection: close\r\n\r\n", b" " * MIB),
    "chunks without an end": lambda: endless(CHUNKED + b"\r\n", CHUNK),
    "compressed chunks without an end": lambda: endless(
        CHUNKED + b"Content-Encoding: gzip\r\n\r\n" + b"100000\r\n" + gzip.compress(b"")[:10], CHUNK
    ),
    "a chunk's length without an end": lambda: endless(CHUNKED + b"\r\n", b"0" * MIB),
    "trailers without an end": lambda: endless(CHUNKED + b"\r\n0\r\n", b"X-More: and more\r\n" * 1000),
    "headers without an end": lambda: endless(OK, b"X-More: and more\r\n" * 1000),
    "a header without an end": lambda: endless(OK + b"X-More: ", b"m" * MIB),
    "promises without an end": lambda: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
}

CHILD = """
import sys
from datetime import UTC, datetime
from bot import errors
from bot.adapters.x_publisher import OAuthCredentials, XAccount
x = XAccount(f"http://{sys.argv[1]}", "7", OAuthCredentials("k", "s", "t", "ts"), lambda: datetime.now(UTC))
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = peak()
for act in (lambda: x.create("Bonjour", None), lambda: list(x.timeline(datetime.now(UTC)))):
    try:
        act()
    except errors.InDoubt as error:
        print(error)
print((peak() - before) // 1024, peak() // 1024)
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_no_answer_costs_more_than_some_mebibytes(name: str) -> None:
    """Return a child's peak memory; the deadline of 18 s is not the cause of its end."""
    behave = HOSTILE[name]()
    with Wire(b"", [behave, behave]) as wire:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, wire.address],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    *said, memory = done.stdout.splitlines()
    grown, peak = map(int, memory.split())
    assert len(said) == 2, done.stdout
    assert not any("not complete within" in one for one in said), "it was refused by its size"
    assert grown < 30, "MiB above what the libraries take"
    assert peak < 150


def test_what_is_left_of_a_long_answer_is_not_read() -> None:
    """The next request gets its own connection."""
    with Wire(answer(b'{"data": {"id": "20"}}'), [HOSTILE["200 MB"]()]) as wire:
        x = account(wire.address)
        with pytest.raises(errors.InDoubt, match=rf"X's answer cannot be read: it is longer than {1024} KiB"):
            x.create("Bonjour", None)
        assert x.create("Encore", None) == "20"
        assert len(wire.connections) == 2


def test_an_answer_as_long_as_may_be_is_read() -> None:
    body = b'{"data": {"id": "20"}'.ljust(MAX_ANSWER_BYTES - 1) + b"}"
    packed = answer(gzip.compress(body), "Content-Encoding: gzip")
    with Wire(
        answer(body), [answering(answer(body)), answering(packed), answering(answer(body + b" "))]
    ) as wire:
        x = account(wire.address)
        assert x.create("Bonjour", None) == "20"
        assert x.create("Suite", None) == "20"
        with pytest.raises(errors.InDoubt):
            x.create("Fin", None)


# ---- JSON --------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {
    "create": {"data": {"id": "1990", "text": "Bonjour"}},
    "timeline": {
        "data": [
            {
                "id": "1991",
                "text": "Suite https://t.co/a",
                "referenced_tweets": [{"type": "replied_to", "id": "1990"}],
                "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://example.com/a"}]},
            }
        ],
        "meta": {"result_count": 1},
    },
    "find": {"data": {"id": "1990", "text": "Bonjour", "author_id": "7"}},
    "greet": {"data": {"id": "7", "username": "flashtweet"}},
    "delete": {"data": {"deleted": True}},
}


def ask(x: XAccount, what: str) -> Any:
    acts: dict[str, Callable[[], Any]] = {
        "create": lambda: x.create("Bonjour", None),
        "timeline": lambda: list(x.timeline(NOW)),
        "find": lambda: x.find("1990"),
        "greet": lambda: said(x.greet()),
        "delete": lambda: x.delete("1990"),
    }
    return acts[what]()


def said(greeting: Greeting) -> Account:
    if isinstance(greeting.answer, Account):
        return greeting.answer
    raise greeting.answer


def ask_with(what: str, body: bytes, status: str = "200 OK", *headers: str) -> Any:
    with Wire(answer(body, *headers, status=status)) as wire:
        return ask(account(wire.address), what)


@pytest.mark.parametrize("what", GOOD)
def test_what_x_documents_is_understood(what: str) -> None:
    ask_with(what, json.dumps(GOOD[what]).encode())


DEEP = b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
ODD = {
    "deep": DEEP,
    "deep objects": b'{"data": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    "out of bounds": b'{"data": {"id": 1e999}}',
    "many digits": b'{"data": {"id": ' + b"9" * 10_000 + b"}}",
    "no number": b'{"data": {"id": NaN}}',
    "infinite": b'{"data": {"id": "20", "deleted": true, "more": -Infinity}}',
    "half a character": b'{"data": {"id": "20", "text": "\\ud800", "deleted": true}}',
    "twice": b'{"data": {"id": "20", "id": "21", "deleted": true}}',
    "UTF-16": '{"data": {"id": "20", "deleted": true}}'.encode("utf-16"),
    "Latin-1": '{"data": {"id": "20", "text": "é", "deleted": true}}'.encode("latin-1"),
    "list": b"[]",
    "text": b'"data"',
    "nothing": b"",
    "nothing in it": b"{}",
    "null": b'{"data": null}',
    "errors": b'{"errors": [{"title": "Over capacity"}]}',
    "HTML": b"<!doctype html><title>Log in</title>",
}


STATUSES = ["200 OK", "201 Created", "403 Forbidden", "429 Too Many Requests", "503 No"]
UNREADABLE = [(odd, status) for odd in ODD for status in STATUSES if odd != "errors" or status[0] != "4"]
"""Refusals by X: errors with a 4xx."""


@pytest.mark.parametrize("what", GOOD)
@pytest.mark.parametrize(("odd", "status"), UNREADABLE)
def test_what_cannot_be_read_is_in_doubt(what: str, odd: str, status: str) -> None:
    with pytest.raises(errors.InDoubt):
        ask_with(what, ODD[odd], status)


IDS = [
    True,
    1.5,
    1990,
    "١٢٣",
    "1_990",
    " 1990",
    "1990\n",
    "-5",
    "+5",
    "",
    "1" * 20,
    "0x7",
    "½",
    None,
    ["1990"],
]


@pytest.mark.parametrize("wrong", IDS, ids=repr)
def test_an_id_is_a_text_of_digits(wrong: object) -> None:
    post = GOOD["timeline"]["data"][0]
    parent = [{"type": "replied_to", "id": wrong}]
    answers: list[tuple[str, Any]] = [
        ("create", {"data": {"id": wrong}}),
        ("timeline", {"data": [post | {"id": wrong}], "meta": {"result_count": 1}}),
        ("timeline", {"data": [post | {"referenced_tweets": parent}], "meta": {"result_count": 1}}),
        ("find", {"data": GOOD["find"]["data"] | {"id": wrong}}),
        ("find", {"data": GOOD["find"]["data"] | {"author_id": wrong}}),
        ("greet", {"data": GOOD["greet"]["data"] | {"id": wrong}}),
    ]
    for what, body in answers:
        with pytest.raises(errors.InDoubt):
            ask_with(what, json.dumps(body).encode())


def test_a_post_is_gone_only_where_x_says_so() -> None:
    gone = {
        "errors": [{"title": "Not Found Error", "type": "https://api.x.com/2/problems/resource-not-found"}]
    }
    assert ask_with("find", json.dumps(gone).encode()) is None
    other = {"data": GOOD["find"]["data"] | {"author_id": "8"}}
    assert ask_with("find", json.dumps(other).encode()) is None


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just("9" * 19),
    st.just([None]),
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield from places(value[key], (*at, key))


def put(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = put(value[at[0]], at[1:], new)
    return copy


REFUSED: dict[str, Any] = {
    "title": "Forbidden",
    "type": "https://api.x.com/2/problems/user-suspended",
    "detail": "No.",
    "status": 403,
    "errors": [{"code": 187, "message": "No.", "type": "about:blank"}],
}


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, int, bytes]:
    what = draw(st.sampled_from(sorted(GOOD)))
    status = draw(st.sampled_from([200, 201, 302, 400, 401, 402, 403, 404, 409, 429, 451, 500, 503]))
    body = GOOD[what] if status < 300 or draw(st.booleans()) else REFUSED
    for _ in range(draw(st.integers(1, 3))):
        body = put(body, draw(st.sampled_from(list(places(body)))), draw(VALUES))
    data = bytearray(json.dumps(body).encode())
    if data and draw(st.booleans()):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return what, status, bytes(data)


@pytest.fixture(scope="module")
def server() -> Iterator[Wire]:
    with Wire(b"") as wire:
        yield wire


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_no_answer_is_a_bug(server: Wire, case: tuple[str, int, bytes]) -> None:
    """The answer is accepted, or one of our errors is raised; nothing else leaves the adapter."""
    what, status, body = case
    server.then = answer(body, "Date: Sun, 29 Nov 2026 06:30:00 GMT", status=f"{status} Odd")
    try:
        found = ask(account(server.address), what)
    except errors.PublishError:
        return
    if what == "create":
        assert found.isascii()
        assert found.isdecimal()


# ---- pages that are not X's --------------------------------------------------------------------------

CLOUDFLARE = b"<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head></html>"


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403, 404, 409, 429, 451])
def test_a_page_on_the_way_is_no_refusal(status: int) -> None:
    for what in GOOD:
        with pytest.raises(errors.InDoubt, match=r'HTML page titled "Attention Required! \| Cloudflare"'):
            ask_with(what, CLOUDFLARE, f"{status} Something", "Location: http://[odd")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "an empty body"),
        (b"<html><body>Hello", "an HTML page"),
        (b"<TITLE lang=fr>Portail\n captif &amp; \x1b[31m\xe2\x80\xaelogin</TITLE>", None),
        (b'{"message": "Forbidden"}', "JSON that is not X's"),
        (b"upstream connect error", 'the text "upstream connect error"'),
        (b"<title>" + b"a" * 500 + b"</title>", f'an HTML page titled "{"a" * 79}…"'),
        (b"<title" * 100_000, 'the text "' + ("<title" * 14)[:79] + '…"'),
    ],
)
def test_what_answered_is_named(body: bytes, what: str | None) -> None:
    assert describe_body(body) == (what or 'an HTML page titled "Portail captif & [31m login"')


# ---- meaning of X's refusals -------------------------------------------------------------------------


def refused(
    status: int, body: dict[str, Any], *, is_rehearsal: bool = False, date: datetime | None = None
) -> str:
    headers = {"date": f"{date or NOW:%a, %d %b %Y %H:%M:%S GMT}"}
    error = refusal(Response.of(status, json.dumps(body).encode(), headers), NOW, is_rehearsal=is_rehearsal)
    assert type(error) is errors.AccountRefused
    return str(error)


UNAUTHORIZED = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(minutes=-10, seconds=-3), "clock is 10 min 2 s ahead of X's"),
        (timedelta(minutes=10), "clock is 10 min behind X's"),
        (timedelta(hours=-2), "clock is 2 h ahead of X's"),
    ],
)
def test_a_wrong_clock_is_not_taken_for_wrong_keys(ahead: timedelta, words: str) -> None:
    told = refused(401, UNAUTHORIZED, date=NOW + ahead)
    assert words in told
    assert "timedatectl" in told
    assert "keys:" in told
    assert "does not accept the keys" not in told


def test_wrong_keys_are_named_where_the_clock_is_right() -> None:
    keys = "X answered 401 Unauthorized. X does not accept the keys: check the four X_… variables"
    assert refused(401, UNAUTHORIZED) == f"{keys}."
    assert refused(401, UNAUTHORIZED, is_rehearsal=True).startswith(
        f"{keys}; each start of 'flashtweet sandbox'"
    )


def test_a_locked_account_and_one_that_looks_automated_have_remedies_of_their_own() -> None:
    locked = refused(403, {"errors": [{"code": 326, "message": "this account is temporarily locked."}]})
    assert "temporarily locked. X has locked the account for now: log in to X" in locked
    automated = refused(403, {"errors": [{"code": 226, "message": "This request looks automated."}]})
    assert "the account is not locked. Wait" in automated
    assert "permissions and its plan" not in locked + automated


# ---- the environment ---------------------------------------------------------------------------------


def test_variables_that_would_have_helped_are_named_where_x_cannot_be_reached() -> None:
    keys = OAuthCredentials("key", "secret", "token", "token-secret")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        way = Network(unused=("https_proxy", "SSL_CERT_FILE"))
        # Another name for an address of loopback: not a rehearsal.
        x = XAccount(f"http://0.0.0.0:{closed.getsockname()[1]}", "7", keys, lambda: NOW, network=way)
        with pytest.raises(errors.Unavailable) as caught:
            x.create("Bonjour", None)
    assert "https_proxy, SSL_CERT_FILE in the environment are ignored, by design" in str(caught.value)
    assert "network: proxy and ca_file" in str(caught.value)
