"""Connections that have sent nothing yet: they use no thread, and a new one may displace the oldest."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.adapters.health.listener import Listener

MOST_IDLE = 128
"""Maximum number of idle connections; each is a file descriptor."""


class IdleConnections:
    """Accepts connections for `listener`, and serves each once it has sent data. For one thread."""

    def __init__(self, listener: Listener, seconds: float) -> None:
        """`seconds` is the time after which a silent connection is closed."""
        self._listener, self._seconds = listener, seconds
        self._waiting: dict[socket.socket, tuple[Any, float]] = {}
        """Client address and closing time by connection, oldest first."""

    def turn(self, ready: selectors.BaseSelector) -> None:
        """Wait for events of the connections in `ready`, and handle them."""
        end = next(iter(self._waiting.values()), (None, None))[1]
        happened = ready.select(None if end is None else max(end - time.monotonic(), 0))
        for key, _ in happened:
            # Connections with data first: a burst of new ones must not displace them.
            if isinstance(key.fileobj, socket.socket) and key.fileobj in self._waiting:
                address, _ = self._forget(key.fileobj, ready)
                self._listener.serve(key.fileobj, address)
        if any(key.fileobj is self._listener for key, _ in happened):
            self._accept(ready)
        while self._waiting and next(iter(self._waiting.values()))[1] <= time.monotonic():
            self._close_oldest(ready)

    def close(self, ready: selectors.BaseSelector) -> None:
        """Close all idle connections."""
        while self._waiting:
            self._close_oldest(ready)

    def _accept(self, ready: selectors.BaseSelector) -> None:
        try:
            connection, address = self._listener.get_request()
        except OSError:  # the client has hung up, or no descriptor is left
            if self._waiting:
                self._close_oldest(ready)
            return
        if len(self._waiting) >= MOST_IDLE:
            self._close_oldest(ready)
        self._waiting[connection] = address, time.monotonic() + self._seconds
        ready.register(connection, selectors.EVENT_READ)

    def _close_oldest(self, ready: selectors.BaseSelector) -> None:
        oldest = next(iter(self._waiting))
        self._forget(oldest, ready)
        with contextlib.suppress(OSError):
            self._listener.shutdown_request(oldest)

    def _forget(self, connection: socket.socket, ready: selectors.BaseSelector) -> tuple[Any, float]:
        ready.unregister(connection)
        return self._waiting.pop(connection)
