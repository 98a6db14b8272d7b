"""The home page: a follower's view of the timeline, beside the bill, the faults and the counts.

The page is self-contained: no outside link, font, picture or script, and a policy that forbids them.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import refusals, views
from bot.sandbox.answers import refusal_answer
from bot.sandbox.bill import BILLED_FROM
from bot.sandbox.timeline import timeline

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from starlette.requests import Request

    from bot.sandbox.state import World

_LOCALE = "fr_FR"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_VERSION = "X-Page-Version"
_STATIC = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_LABELS = {
    "POST": "Posts",
    "POST_WITH_URL": "Posts avec lien",
    "DELETE": "Suppressions",
    "ALT_TEXT": "Textes alternatifs",
    "READ": "Posts lus",
    "READ_OWN": "Posts lus (propre app)",
    "READ_USER": "Profils lus",
    "REPOST": "Reposts",
}
"""The price list in the page's language."""


def page_routes(world: World) -> list[Route]:
    """Return the routes of the page, the fragment that updates it, its pictures and its static files."""
    page = _Page(world)
    return [
        Route("/", page.whole),
        Route("/_sandbox/page", page.fragment),
        Route("/_sandbox/media/{id}", page.picture),
        Route("/_sandbox/static/{name}", page.static),
    ]


class _Page:
    def __init__(self, world: World) -> None:
        self._world = world
        folder = Path(__file__).parent / "static"
        self._static = {name: (folder / name).read_bytes() for name in _STATIC}
        self._drawn: tuple[str, str] = ("", "")
        self._drawn_state: object = None
        self._templates = Environment(
            loader=PackageLoader("bot.sandbox"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "day": self._day,
            "clock": self._clock,
            "instant": views.x_timestamp,
            "dollars": _dollars,
        }

    async def whole(self, _: Request) -> Response:
        """Serve the current page. Without its script it works too, but does not update."""
        content, version = self._render()
        page = self._templates.get_template("page.html").render(
            content=content, version=version, name=views.DISPLAY_NAME
        )
        return HTMLResponse(page, headers=_HEADERS)

    async def fragment(self, request: Request) -> Response:
        """Serve the content if it changed since version ``seen``, else 204."""
        content, version = self._render()
        headers = {**_HEADERS, _VERSION: version}
        if request.query_params.get("seen") == version:
            return Response(status_code=204, headers=headers)
        return HTMLResponse(content, headers=headers)

    async def static(self, request: Request) -> Response:
        """Serve a static file from memory, so that no file is open during `stop`."""
        name = request.path_params["name"]
        if name not in self._static:
            return JSONResponse({"error": "no such file"}, 404)
        return Response(self._static[name], headers=_HEADERS, media_type=_STATIC[name])

    async def picture(self, request: Request) -> Response:
        """Serve an uploaded image. Its type was detected from its bytes, not taken from the client."""
        medium = self._world.media.get(request.path_params["id"])
        if medium is None:
            return JSONResponse({"error": "no such upload"}, 404)
        return Response(medium.content, headers=_HEADERS, media_type=medium.content_type)

    def _render(self) -> tuple[str, str]:
        """Return the page's content and its version, rendering only after a change."""
        world = self._world
        state = (
            world.posts.last_id,
            world.posts.deleted,
            world.posts.unseen(world.now()),
            world.meter.bill(),
            world.faults.active(),
            world.request_log.count,
            world.settings,
        )
        if state != self._drawn_state:
            content = self._draw()
            self._drawn = (content, hashlib.sha256(content.encode()).hexdigest()[:16])
            self._drawn_state = state
        return self._drawn

    def _draw(self) -> str:
        world = self._world
        return self._templates.get_template("content.html").render(
            timeline=timeline(world, world.now()),
            name=views.DISPLAY_NAME,
            handle=views.HANDLE,
            limit=world.settings.text_limit,
            bill=world.meter.bill(),
            labels=_LABELS,
            prices_from=format_date(date.fromisoformat(BILLED_FROM), "long", locale=_LOCALE),
            faults=[_described(fault.to_json()) for fault in world.faults.active()],
            deleted=world.posts.deleted,
            requests=world.request_log.count,
        )

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self._world.settings.timezone))

    def _day(self, moment: datetime) -> str:
        return _french(self._local(moment).date())

    def _clock(self, moment: datetime) -> str:
        return self._local(moment).strftime("%H:%M:%S")


@lru_cache
def _french(day: date) -> str:
    return format_date(day, "EEEE d MMMM y", locale=_LOCALE)


def _dollars(amount: Decimal) -> str:
    return format_decimal(amount, "0.000", locale=_LOCALE) + "\N{NO-BREAK SPACE}$"


def _described(fault: dict[str, Any]) -> dict[str, str]:
    details = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in fault.items()
        if name not in {"fault", "request"}
    )
    return {"fault": fault["fault"], "request": fault["request"], "details": details}


async def _not_found(request: Request, _: Exception) -> Response:
    if request.url.path.startswith("/2/"):
        return refusal_answer(refusals.not_found(), {})
    return JSONResponse({"error": f"nothing at {request.url.path}; docs/sandbox.md lists the addresses"}, 404)


async def _bad_request(request: Request, error: Exception) -> Response:
    detail = str(getattr(error, "detail", "the request cannot be parsed"))
    if request.url.path.startswith("/2/"):
        return refusal_answer(refusals.invalid_request(detail), {})
    return JSONResponse({"error": detail}, 400)


HANDLERS: dict[Any, Any] = {400: _bad_request, 404: _not_found}
"""Handlers of the application for unknown addresses and unreadable requests."""
