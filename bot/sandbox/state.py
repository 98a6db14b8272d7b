"""Everything that one sandbox knows, in one place; no behaviour of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.active_faults import ClientAddress, Switchboard
from bot.sandbox.bill import Meter
from bot.sandbox.limits import RateLimits
from bot.sandbox.media import MediaStore
from bot.sandbox.posts import Posts
from bot.sandbox.request_log import Journal
from bot.sandbox.rules import Duplicates

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from datetime import datetime

    from bot.sandbox.credentials import Credentials
    from bot.sandbox.settings import SandboxSettings


@dataclass
class World:
    """The state of one sandbox. The event loop alone changes it; the parts that other threads read say so."""

    now: Callable[[], datetime]
    """X's clock."""
    real_now: Callable[[], datetime]
    """The clock that signatures are checked against."""
    settings: SandboxSettings
    credentials: Credentials
    born: datetime
    faults: Switchboard = field(default_factory=Switchboard)
    posts: Posts = field(default_factory=Posts)
    meter: Meter = field(default_factory=Meter)
    limits: RateLimits = field(default_factory=RateLimits)
    duplicates: Duplicates = field(default_factory=Duplicates)
    media: MediaStore = field(default_factory=MediaStore)
    journal: Journal = field(default_factory=Journal)
    connections: dict[ClientAddress, asyncio.Transport] = field(default_factory=dict)
    """Open connections by the client's address: some faults are played on the wire."""
