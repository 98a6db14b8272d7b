"""One sandbox: an in-memory X for one account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware

from bot.sandbox import api, control, page, views
from bot.sandbox.client_limits import Bounded
from bot.sandbox.credentials import Credentials
from bot.sandbox.same_origin import LoopbackOnly
from bot.sandbox.settings import SandboxSettings
from bot.sandbox.state import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.sandbox.active_faults import Switchboard
    from bot.sandbox.bill import Bill
    from bot.sandbox.posts import SandboxPost
    from bot.sandbox.request_log import LoggedRequest


class Sandbox:
    """The state and the web application of one sandbox.

    `now` is X's clock, used for ids, ``created_at``, rate windows, the duplicate window and the bill's days.
    It may be shifted repeatedly while the sandbox runs; ids increase nevertheless. `real_now` (default:
    `now`) is only used to check the timestamps of signatures. Both return aware instants.

    Keys and user id are fresh for each sandbox unless given, so a ledger of an earlier sandbox does not
    match. All methods are thread-safe.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        real_now: Callable[[], datetime] | None = None,
        settings: SandboxSettings | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self._world = World(
            now=now,
            real_now=real_now or now,
            settings=settings or SandboxSettings(),
            credentials=credentials or Credentials.fresh(),
            born=now(),
        )
        routes = [
            *api.api_routes(self._world),
            *control.control_routes(self._world),
            *page.page_routes(self._world),
        ]
        self.app = Starlette(
            routes=routes,
            middleware=[Middleware(LoopbackOnly), Middleware(Bounded)],
            exception_handlers=page.HANDLERS,
        )

    @property
    def credentials(self) -> Credentials:
        return self._world.credentials

    @property
    def user_id(self) -> str:
        return self._world.credentials.user_id

    @property
    def handle(self) -> str:
        """The account's name, without @."""
        return views.HANDLE

    @property
    def settings(self) -> SandboxSettings:
        """The current rules; the control endpoint can change them."""
        return self._world.settings

    @property
    def faults(self) -> Switchboard:
        """The active faults."""
        return self._world.faults

    @property
    def world(self) -> World:
        """The sandbox's state, to which the server adds its connections."""
        return self._world

    def posts(self) -> tuple[SandboxPost, ...]:
        """Return all posts, visible or not, oldest first."""
        return self._world.posts.all()

    def bill(self) -> Bill:
        """Return what X would have charged so far."""
        return self._world.meter.bill()

    def requests(self) -> tuple[LoggedRequest, ...]:
        """Return the API requests received, oldest first."""
        return self._world.request_log.all()
