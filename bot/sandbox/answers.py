"""HTTP answers, whole and broken. The broken ones act on the connection itself."""

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
"""Headers of an answer that closes its connection, so that clients do not reuse it."""


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Return `body` as a JSON response; refusals have the media type of a problem, as on X."""
    media_type = "application/json" if status < HTTPStatus.BAD_REQUEST else "application/problem+json"
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, headers, f"{media_type}; charset=utf-8")


def refusal_answer(refusal: Refusal, headers: dict[str, str]) -> Response:
    return answer(refusal.status, refusal.body, {**headers, **refusal.headers})


class HungUp(Response):
    """A connection closed without a byte of an answer."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del send
        transport = _transport(self._world, scope)
        transport.close()
        await _gone(receive)


class Truncated(Response):
    """A connection closed after half the body of `whole`."""

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
        raise RuntimeError("this fault acts on the connection: serve the app with SandboxServer")
    return transport


async def _gone(receive: Receive) -> None:
    """Return once the server has seen the client disconnect; it then expects no answer."""
    while (await receive())["type"] != "http.disconnect":
        pass
