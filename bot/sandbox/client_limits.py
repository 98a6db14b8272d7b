"""Per-client limits: body size, time to send a request, open connections.

The sandbox stands in for X in rehearsals and demos; a misbehaving program must not end them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from bot.sandbox import refusals
from bot.sandbox.answers import LAST_ANSWER, refusal_answer
from bot.sandbox.media import MAX_IMAGE_BYTES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_CONNECTIONS = 256
"""Maximum open connections; a new one beyond this replaces the oldest idle one."""
READ_SECONDS = 10.0
"""Seconds a request may take to arrive."""
MAX_BODY_BYTES = 64 * 1024
"""Maximum size of a JSON body, about a hundred times a post with its settings. Ours; X's limit is unknown."""
MOST_UPLOAD_BYTES = MAX_IMAGE_BYTES + MAX_BODY_BYTES
"""Maximum size of an upload: X's largest image plus the multipart envelope."""

_UPLOAD = "/2/media/upload"


class Bounded:
    """Middleware that answers 413 or 408 to requests too large or too slow, and 400 to unparsable ones."""

    def __init__(self, app: ASGIApp, seconds: float = READ_SECONDS) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, _Body(scope["path"], receive, self._seconds), send_and_note)
        except ClientDisconnect:
            return
        except refusals.Refusal as refusal:
            refused = refusal
        except (RecursionError, OverflowError):
            refused = refusals.invalid_request("The request contains a value that cannot be parsed")
        else:
            return
        if not has_begun:
            await refusal_answer(refused, LAST_ANSWER)(scope, receive, send)


class _Body:
    """A request body, received within its limits."""

    def __init__(self, path: str, receive: Receive, seconds: float) -> None:
        self._receive, self._seconds = receive, seconds
        self._most = MOST_UPLOAD_BYTES if path == _UPLOAD else MAX_BODY_BYTES
        self._end = asyncio.get_running_loop().time() + seconds
        self._size, self._has_ended = 0, False

    async def __call__(self) -> Message:
        """Return the next message.

        Raises:
            Refusal: the body is too large or too slow.

        """
        if self._has_ended:  # the next message is the disconnect
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._end):
                message = await self._receive()
        except TimeoutError:
            raise refusals.too_slow(self._seconds) from None
        self._size += len(message.get("body", b""))
        self._has_ended = not message.get("more_body", False)
        if self._size > self._most:
            raise refusals.too_large(self._most)
        return message
