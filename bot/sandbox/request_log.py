"""A log of the API requests received, in order, with their outcome."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from bot.sandbox.views import x_timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.faults import FaultKind, RequestKind

MAX_ENTRIES = 10_000
"""Maximum entries kept, to bound memory in soak tests."""


@dataclass(frozen=True)
class LoggedRequest:
    """One request to the API, without its headers, which hold signatures."""

    number: int
    """From 1, in the order of arrival."""
    method: str
    path: str
    query: str
    kind: RequestKind
    arrived_at: datetime
    """X's clock."""
    status: int | None = None
    """None while being served, and if no whole answer was sent."""
    fault: FaultKind | None = None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "arrived_at": x_timestamp(self.arrived_at)}


class RequestLog:
    """The log of requests. Written on the event loop, read from any thread."""

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=MAX_ENTRIES)
        self._count = 0
        self._lock = Lock()

    def arrived(self, method: str, path: str, query: str, kind: RequestKind, now: datetime) -> int:
        """Add an entry and return its number."""
        with self._lock:
            self._count += 1
            self._entries.append(LoggedRequest(self._count, method, path, query, kind, now))
            return self._count

    def answered(self, number: int, status: int | None, fault: FaultKind | None) -> None:
        """Complete entry `number`, unless it has been dropped."""
        with self._lock:
            place = number - self._count - 1
            if -place <= len(self._entries):
                self._entries[place] = replace(self._entries[place], status=status, fault=fault)

    @property
    def count(self) -> int:
        """The number of requests received, dropped entries included."""
        return self._count

    def all(self) -> tuple[LoggedRequest, ...]:
        """Return the kept entries, oldest first."""
        with self._lock:
            return tuple(self._entries)
