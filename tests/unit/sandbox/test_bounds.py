"""A client can neither exhaust the sandbox nor cause a traceback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import resource
import socket
from typing import TYPE_CHECKING, Any

import pytest
import requests
from starlette.requests import Request

from bot.errors import MAX_FINDINGS
from bot.sandbox.client_limits import MAX_BODY_BYTES, MOST_CONNECTIONS, MOST_UPLOAD_BYTES, Bounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox import SandboxServer
    from tests.unit.sandbox.support import Client

HUGE = "9" * 5000
HOSTILE = [
    "[" * 30_000,
    '{"a":' * 10_000,
    HUGE,
    json.dumps({"text": "a"})[:-1] + f', "reply": {HUGE}}}',
    '{"text": 1e999}',
    '{"text": NaN}',
    '{"text": "\\ud800"}',
    '{"text": "a", "media": {"media_ids": [1e400]}}',
    "\x00\xff",
    "[]",
    "null",
]


@pytest.fixture(autouse=True)
def no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("path", ["/2/tweets", "/2/users/{id}/retweets", "/2/media/metadata"])
def test_hostile_json_is_a_bad_request(client: Client, path: str, body: str) -> None:
    path = path.format(id=client.keys.user_id)
    headers = {"Content-Type": "application/json"}
    answer = client.request("POST", path, data=body.encode("utf-8", "replace"), headers=headers)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert answer.json()["title"]


@pytest.mark.parametrize("body", [*HOSTILE, '{"latency_seconds": 1e300}', f'{{"text_limit": {HUGE}}}'])
@pytest.mark.parametrize(("method", "path"), [("PUT", "/_sandbox/settings"), ("POST", "/_sandbox/faults")])
def test_hostile_control_is_a_bad_request(client: Client, method: str, path: str, body: str) -> None:
    answer = client.request(method, path, data=body.encode("utf-8", "replace"))
    assert answer.status_code in (400, 201), answer.text
    assert answer.status_code == 400 or body in ("[]", "\x00\xff")
    answer.json()


@pytest.mark.parametrize(
    "query", [f"max_results={HUGE}", "max_results=\u0661\u0660", f"ids={HUGE}", "pagination_token=%00"]
)
def test_hostile_queries_are_bad_requests(client: Client, query: str) -> None:
    for path in (f"/2/users/{client.keys.user_id}/tweets", "/2/tweets"):
        assert client.request("GET", f"{path}?{query}").status_code in (400, 200)


def test_many_problems_make_a_short_answer(client: Client) -> None:
    body = {"text": "a", "reply": {"in_reply_to_tweet_id": "1", "exclude_reply_user_ids": [1] * 20_000}}
    answer = client.request("POST", "/2/tweets", json=body)
    assert (answer.status_code, len(answer.json()["errors"])) == (400, MAX_FINDINGS)


def test_a_malformed_multipart(client: Client) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.request("POST", "/2/media/upload", data=b"--y\r\nnothing", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["title"]


@pytest.mark.parametrize(
    ("path", "most"), [("/2/tweets", MAX_BODY_BYTES), ("/2/media/upload", MOST_UPLOAD_BYTES)]
)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_large_body_is_not_kept(client: Client, path: str, most: int, *, is_chunked: bool) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    block = b"x" * 65_536

    def body() -> Any:
        for _ in range(1600):  # 100 MiB
            yield block

    data = body() if is_chunked else b"x" * (most + 1)
    with contextlib.suppress(requests.ConnectionError):  # the server stopped reading
        answer = client.request("POST", path, data=data, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert answer.json()["detail"] == f"The request body is longer than {most} bytes"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000  # KiB
    assert client.request("GET", "/2/users/me").status_code == 200


def test_a_client_that_disconnects(server: SandboxServer, client: Client) -> None:
    address = server.base_url.removeprefix("http://").split(":")
    for end in (b"", b"x"):
        with socket.create_connection((address[0], int(address[1])), timeout=10) as rude:
            rude.sendall(b"POST /2/tweets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n" + end)
    assert client.request("GET", "/2/users/me").status_code == 200


def test_many_connections(server: SandboxServer, client: Client) -> None:
    """The oldest idle connection is dropped."""
    host, port = server.base_url.removeprefix("http://").split(":")
    with contextlib.ExitStack() as crowd:
        idle = [
            crowd.enter_context(socket.create_connection((host, int(port)), timeout=10))
            for _ in range(MOST_CONNECTIONS + 20)
        ]
        for _ in range(5):
            assert client.request("GET", "/2/users/me").status_code == 200
        with contextlib.suppress(ConnectionError):
            assert idle[0].recv(1) == b""
        assert len(server.sandbox.world.connections) <= MOST_CONNECTIONS


def test_a_body_that_never_ends() -> None:
    async def app(scope: Any, receive: Any, _: Any) -> None:
        await Request(scope, receive).body()

    async def never() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    sent: list[Any] = []
    scope = {"type": "http", "method": "POST", "path": "/2/tweets", "headers": []}
    asyncio.run(Bounded(app, seconds=0.01)(scope, never, send))
    assert sent[0]["status"] == 408
