"""The timeline page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.routing import Route

    from bot.sandbox.world import World

HANDLERS: dict[Any, Any] = {}


def routes(world: World) -> list[Route]:
    del world
    return []
