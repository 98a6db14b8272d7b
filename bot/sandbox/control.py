"""The control endpoint ``/_sandbox/…``: faults, posts, bill, settings and the request log, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import BotError
from bot.sandbox.answers import LAST_ANSWER
from bot.sandbox.faultfile import load_faults
from bot.sandbox.views import x_timestamp

if TYPE_CHECKING:
    from starlette.requests import Request

    from bot.sandbox.posts import SandboxPost
    from bot.sandbox.state import World


def control_routes(world: World) -> list[Route]:
    """Return the routes of the control endpoint."""
    control = _Control(world)
    return [
        Route("/_sandbox/faults", control.faults, methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/settings", control.settings, methods=["GET", "PUT"]),
        Route("/_sandbox/posts", control.posts),
        Route("/_sandbox/posts/{id}", control.delete, methods=["DELETE"]),
        Route("/_sandbox/bill", control.bill),
        Route("/_sandbox/requests", control.requests),
    ]


class _Control:
    def __init__(self, world: World) -> None:
        self._world = world

    async def faults(self, request: Request) -> Response:
        """List the active faults (GET), add one or a list, all or none (POST), or clear them (DELETE)."""
        faults = self._world.faults
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "POST":
            text = (await request.body()).decode("utf-8", "replace").strip()
            try:
                wanted = load_faults(text if text.startswith("[") else f"[{text}]", "request")
            except BotError as error:
                return _problem(error)
            faults.prepare(*wanted)
            active = [fault.to_json() for fault in faults.active()]
            last = faults.refuse_if_due(request.client)
            return JSONResponse(active, 201, LAST_ANSWER if last else None)
        return JSONResponse([fault.to_json() for fault in faults.active()])

    async def settings(self, request: Request) -> Response:
        """Return the settings; a PUT first changes those in its JSON object, all or none."""
        if request.method == "PUT":
            try:
                self._world.settings = self._world.settings.changed(await request.body())
            except BotError as error:
                return _problem(error)
        return JSONResponse(self._world.settings.to_json())

    async def posts(self, _: Request) -> Response:
        """List all posts, visible or not, oldest first."""
        return JSONResponse([_post(post) for post in self._world.posts.all()])

    async def delete(self, request: Request) -> Response:
        """Delete a post as an editor does on X's pages: without a signature, a limit or a price."""
        if not self._world.posts.delete(request.path_params["id"]):
            return JSONResponse({"error": "no such post"}, 404)
        return Response(status_code=204)

    async def bill(self, _: Request) -> Response:
        return JSONResponse(self._world.meter.bill().to_json())

    async def requests(self, _: Request) -> Response:
        """List the API requests received, oldest first."""
        return JSONResponse([entry.to_json() for entry in self._world.request_log.all()])


def _problem(error: BotError) -> Response:
    findings = getattr(error, "findings", ())
    return JSONResponse({"error": str(error), "findings": [str(finding) for finding in findings]}, 400)


def _post(post: SandboxPost) -> dict[str, Any]:
    instants = {name: x_timestamp(getattr(post, name)) for name in ("created_at", "visible_from")}
    return {**asdict(post), **instants}
