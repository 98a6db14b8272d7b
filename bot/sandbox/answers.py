"""Answers, whole and broken. The broken ones act on the connection itself."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Receive, Scope, Send

    from bot.sandbox.refusals import Refusal
    from bot.sandbox.state import World


LAST_ANSWER = {"Connection": "close"}
"""Headers of an answer after which the connection closes: clients then do not try it again."""


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """`body` as JSON; what is refused comes as a problem, as X labels it."""
    media_type = "application/json" if status < HTTPStatus.BAD_REQUEST else "application/problem+json"
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, headers, f"{media_type}; charset=utf-8")


def refusal_answer(refusal: Refusal, headers: dict[str, str]) -> Response:
    return answer(refusal.status, refusal.body, {**headers, **refusal.headers})


class HungUp(Response):
    """No byte of an answer: the connection closes."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del send
        transport = _transport(self._world, scope)
        transport.close()
        await _gone(receive)


class Truncated(Response):
    """`whole`, but the connection closes when half of its body is out."""

    def __init__(self, world: World, whole: Response) -> None:
        super().__init__()
        self._world = world
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del send
        status = HTTPStatus(self._whole.status_code)
        head = [f"HTTP/1.1 {status.value} {status.phrase}".encode("latin-1")]
        head += [name + b": " + value for name, value in self._whole.raw_headers]
        body = bytes(self._whole.body)
        transport = _transport(self._world, scope)
        transport.write(b"\r\n".join(head) + b"\r\n\r\n" + body[: len(body) // 2])
        transport.close()
        await _gone(receive)


def _transport(world: World, scope: Scope) -> asyncio.Transport:
    transport = world.connections.get(tuple(scope["client"] or ()))
    if transport is None:
        raise RuntimeError("this fault is played on the connection: serve the app with SandboxServer")
    return transport


async def _gone(receive: Receive) -> None:
    """Returns when the server knows that the client is gone; then it expects no answer any more."""
    while (await receive())["type"] != "http.disconnect":
        pass
