"""Access limited to programs on this machine, so that web pages cannot switch faults.

The socket listens on loopback, but a browser lets any web page reach loopback. Requests with a Host that is
not loopback (DNS rebinding) or with a foreign Origin are therefore rejected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from bot.core.address import hostname, is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class LoopbackOnly:
    """Middleware that answers 403 to requests that name another host or come from another site's page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (problem := _problem(Headers(scope=scope))) is None:
            await self._app(scope, receive, send)
            return
        await JSONResponse({"error": problem}, 403)(scope, receive, send)


def _problem(headers: Headers) -> str | None:
    host = headers.get("host", "")
    if not is_loopback(hostname(host)):
        return f"Host is {host!r}; the sandbox answers on loopback only. Use http://127.0.0.1 and its port."
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return f"Origin is {origin!r}; the sandbox accepts requests from its own page and from programs only."
    return None
