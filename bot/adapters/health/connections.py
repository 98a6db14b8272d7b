"""Connections of clients, limited in number and time.

One event loop reads requests and sends answers; only a complete request gets a thread. So a silent or slow
client costs a file descriptor and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from bot.adapters.health.background import background
from bot.adapters.health.gateway import answer

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator
    from wsgiref.types import WSGIApplication

log = logging.getLogger("flashtweet.health")

REQUEST_SECONDS = 5.0
"""Seconds allowed for a request to arrive, and again for its answer to be received."""
MOST_IDLE = 128
"""Maximum number of connections that wait for their clients. A further one displaces the oldest."""
MOST_BYTES = 16_384
"""Maximum size of a request; a browser's cookies for this machine fit."""
MOST_REQUESTS = 8
"""Maximum number of requests being answered, so that they cannot exhaust the process."""
QUEUE_SECONDS = 0.5
"""Seconds that a further request waits before it is rejected. Most are answered within milliseconds."""
ACCEPT_PAUSE = 0.05
"""Seconds before the next attempt to accept a connection, if no old one can be closed for it."""


class Connections:
    """The connections to `app`; `seconds` is the time allowed for a request, and again for its answer."""

    def __init__(self, app: WSGIApplication, seconds: float) -> None:
        self._app, self._seconds = app, seconds
        self._threads = asyncio.Semaphore(MOST_REQUESTS)
        self._idle: dict[asyncio.Timeout, None] = {}
        """Deadlines of the connections that wait for their clients, oldest first."""

    async def accept(self, port: socket.socket) -> None:
        """Serve the clients that connect to `port`, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    connection, _ = await asyncio.get_running_loop().sock_accept(port)
                except OSError:  # the client has hung up, or no descriptor is left
                    await asyncio.sleep(0 if self._idle else ACCEPT_PAUSE)
                    self._close_oldest()
                else:
                    group.create_task(self._serve(connection))
                    # Read what has arrived: a burst of new connections must not displace it.
                    await asyncio.sleep(0)

    async def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                async with self._waiting():
                    request = await _read(connection)
                reply = await self._reply(request)
                async with self._waiting():
                    await asyncio.get_running_loop().sock_sendall(connection, reply)
            except OSError:
                pass  # The client has hung up or is too slow, or all threads are busy.
            except Exception:
                log.exception("bug in a health request")

    @contextlib.asynccontextmanager
    async def _waiting(self) -> AsyncIterator[None]:
        """Wait for the client, for a limited time, and with a limited number of other connections."""
        async with asyncio.timeout(self._seconds) as deadline:
            if len(self._idle) >= MOST_IDLE:
                self._close_oldest()
            self._idle[deadline] = None
            try:
                yield
            finally:
                self._idle.pop(deadline, None)

    def _close_oldest(self) -> None:
        if self._idle:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            if not oldest.expired():
                oldest.reschedule(0)

    async def _reply(self, request: bytes) -> bytes:
        async with self._waiting(), asyncio.timeout(QUEUE_SECONDS):
            await self._threads.acquire()
        try:
            return await asyncio.wrap_future(background(lambda: answer(request, self._app)))
        finally:
            self._threads.release()


async def _read(connection: socket.socket) -> bytes:
    """Return a complete request.

    Raises:
        OSError: there is none.
    """
    request = b""
    while b"\n\r\n" not in request and b"\n\n" not in request:
        data = await asyncio.get_running_loop().sock_recv(connection, MOST_BYTES)
        request += data
        if not data or len(request) > MOST_BYTES:
            raise ConnectionAbortedError
    return request
