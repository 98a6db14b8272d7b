"""The state of one sandbox, without behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.active_faults import ClientAddress, Switchboard
from bot.sandbox.bill import Meter
from bot.sandbox.limits import RateLimits
from bot.sandbox.media import MediaStore
from bot.sandbox.posts import Posts
from bot.sandbox.request_log import RequestLog
from bot.sandbox.rules import Duplicates

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from datetime import datetime

    from bot.sandbox.credentials import Credentials
    from bot.sandbox.settings import SandboxSettings


@dataclass
class World:
    """The state of one sandbox. Changed on the event loop only; thread-safe parts are documented as such."""

    now: Callable[[], datetime]
    """X's clock."""
    real_now: Callable[[], datetime]
    """The clock for checking signatures."""
    settings: SandboxSettings
    credentials: Credentials
    born: datetime
    faults: Switchboard = field(default_factory=Switchboard)
    posts: Posts = field(default_factory=Posts)
    meter: Meter = field(default_factory=Meter)
    limits: RateLimits = field(default_factory=RateLimits)
    duplicates: Duplicates = field(default_factory=Duplicates)
    media: MediaStore = field(default_factory=MediaStore)
    request_log: RequestLog = field(default_factory=RequestLog)
    connections: dict[ClientAddress, asyncio.Transport] = field(default_factory=dict)
    """Open connections by the client's address; some faults act on the connection."""
