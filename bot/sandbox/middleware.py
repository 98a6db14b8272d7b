"""The stages of an API request: log, fault, signature, rate limit, effect, answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from bot.sandbox.answers import LAST_ANSWER, HungUp, Truncated, answer, refusal_answer
from bot.sandbox.fault_effects import after_effect, before_effect, strikes
from bot.sandbox.faults import Fault, FaultKind, When
from bot.sandbox.refusals import Refusal, read_only_app
from bot.sandbox.settings import READ_ONLY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from bot.sandbox.faults import RequestKind
    from bot.sandbox.oauth import Verifier
    from bot.sandbox.state import World


@dataclass(frozen=True)
class Call:
    """One authenticated request within its rate limit."""

    request: Request
    body: bytes
    now: datetime
    """X's clock when the request takes effect."""
    lag: timedelta
    """Time during which reads do not show what the request creates."""


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of the API as an ASGI application.

    Its handler sees genuine requests only, returns a status and JSON, and raises `Refusal` to refuse.
    """

    world: World
    verifier: Verifier
    kind: RequestKind
    handler: Callable[[World, Call], Awaitable[tuple[int, Any]]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._serve(request)
        if self.world.faults.refuse_if_due(request.client):  # the last answer on its connection
            response.headers.update(LAST_ANSWER)
        await response(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        """Return the answer to `request`, faults applied. The request is logged before its answer leaves."""
        world, url = self.world, request.url
        number = world.request_log.arrived(request.method, url.path, url.query, self.kind, world.now())
        body = await request.body()
        fault = world.faults.strike(self.kind)
        response = await self._answer(request, body, fault)
        response.headers["date"] = format_datetime(world.now().astimezone(UTC), usegmt=True)  # whole seconds
        whole = not isinstance(response, HungUp | Truncated)
        world.request_log.answered(
            number, response.status_code if whole else None, fault.fault if fault else None
        )
        return response

    async def _answer(self, request: Request, body: bytes, fault: Fault | None) -> Response:
        half = self.world.settings.latency / 2
        await _pause(half + _delay(fault, When.BEFORE))
        played = before_effect(fault, self.world) if fault else None
        if played is None:
            served = await self._effect(request, body, fault)
            played = after_effect(fault, self.world, served) if fault else served
        await _pause(half + _delay(fault, When.AFTER))
        return played

    async def _effect(self, request: Request, body: bytes, fault: Fault | None) -> Response:
        world, headers = self.world, dict[str, str]()
        lag = world.settings.timeline_lag
        if fault and fault.fault is FaultKind.TIMELINE_LAG:
            lag = timedelta(seconds=fault.seconds)
        try:
            self._verify(request, body)
            now = world.now()
            headers["x-access-level"] = world.settings.access_level
            headers |= world.limits.admit(self.kind, world.settings, now)
            if request.method != "GET" and world.settings.access_level == READ_ONLY:
                raise read_only_app()
            status, content = await self.handler(world, Call(request, body, now, lag))
        except Refusal as refusal:
            return refusal_answer(refusal, headers)
        return answer(status, content, headers)

    def _verify(self, request: Request, body: bytes) -> None:
        scope = request.scope
        host = request.headers.get("host", "").lower().removesuffix(":80")  # RFC 5849, section 3.4.1.2
        url = f"{scope['scheme']}://{host}{scope['raw_path'].decode('latin-1')}"
        query = scope["query_string"].decode("latin-1")
        self.verifier.verify(request.method, url, query, request.headers, body, self.world.real_now())


def _delay(fault: Fault | None, when: When) -> timedelta:
    if fault is None or fault.fault is not FaultKind.DELAY or strikes(fault) is not when:
        return timedelta(0)
    return timedelta(seconds=fault.seconds)


async def _pause(duration: timedelta) -> None:
    """Sleep in real time, not on X's clock: a client's timeouts are real."""
    if duration:
        await asyncio.sleep(duration.total_seconds())
