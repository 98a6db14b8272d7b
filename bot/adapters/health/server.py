"""Server of /healthz, /readyz and /metrics on its own threads, independent of the daemon's loop.

Uses the standard library's asyncio and HTTP, not the sandbox's framework: three pages that a program reads
every few seconds do not need it, and its import would cost an idle daemon 2 MB and delay its start.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self

from bot.adapters.health.connections import REQUEST_SECONDS, Connections
from bot.adapters.health.pages import Pages
from bot.core.address import ListenAddress

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.adapters.health.checks import Checks
    from bot.adapters.health.pages import MetricsPage

log = logging.getLogger("flashtweet.health")

ALIVE_WITHIN = 30.0
"""Seconds allowed for a turn of the loop. It needs milliseconds; the first scan of a large folder, or a
ledger locked by another program, takes longer, and a restart would not fix that."""
TRY_AGAIN = 30.0
"""Seconds before an unavailable port is tried again."""
_STOP_SECONDS = 2.0


class HealthServer:
    """The pages at `address`; port 0 selects a free port.

    A port in use is not fatal: it is logged and retried. Call `start` and `stop` once each.
    """

    def __init__(
        self,
        address: ListenAddress,
        *,
        age: Callable[[], float],
        checks: Checks,
        metrics: MetricsPage,
        alive_within: float = ALIVE_WITHIN,
        try_again: float = TRY_AGAIN,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        """`age` returns the seconds since the daemon's loop last turned. Times are in seconds."""
        self._address, self._try_again = address, try_again
        pages = Pages(age, checks, metrics, alive_within, address.is_loopback)
        self._connections = Connections(pages, request_seconds)
        self._port: socket.socket | None = None
        self._listening = threading.Event()
        self._logged: str | None = None
        self._stop: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)
        self.url: str | None = None
        """The root URL without a trailing slash; None while the pages are not served."""

    def start(self) -> None:
        """Start the thread, listening at once if possible; never raises."""
        self._listen()
        self._thread.start()

    def wait_until_it_listens(self, seconds: float) -> bool:
        """Wait at most `seconds`; return True if the server is listening."""
        return self._listening.wait(seconds)

    def stop(self) -> None:
        """Close the port without waiting for requests in progress."""
        self._stop.set_result(None)
        self._thread.join(_STOP_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- its thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._until_stopped())
        except Exception:
            log.exception("health endpoint stopped by a bug; publishing continues")
        finally:
            self.url = None
            if self._port is not None:
                self._port.close()

    async def _until_stopped(self) -> None:
        stop, serving = asyncio.wrap_future(self._stop), asyncio.create_task(self._serve())
        await asyncio.wait([stop, serving], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()  # raises: only a bug ends it

    async def _serve(self) -> None:
        """Answer requests; while the port is unavailable, keep retrying."""
        while self._port is None:
            await asyncio.sleep(self._try_again)
            self._listen()
        await self._connections.accept(self._port)

    def _listen(self) -> None:
        """Start listening; log a failure once per reason."""
        try:
            self._port = _listening_socket(self._address)
        except OSError as error:
            reason = _why_not(self._address, error)
            if reason != self._logged:
                self._logged = reason
                log.warning(
                    f"health and metrics not served: {reason}; publishing continues, will retry",
                    extra={
                        "every": f"{self._try_again:g}s",
                        "next": "free the port, or change health: in config.yaml",
                    },
                )
            return
        self.url = f"http://{ListenAddress(self._address.host, self._port.getsockname()[1])}"
        self._listening.set()
        log.info("health and metrics served", extra={"url": self.url})


def _listening_socket(address: ListenAddress) -> socket.socket:
    is_v6 = ":" in address.host
    port = socket.create_server(
        (address.host, address.port),
        family=socket.AF_INET6 if is_v6 else socket.AF_INET,
        backlog=128,
        dualstack_ipv6=is_v6 and socket.has_dualstack_ipv6(),
    )
    port.setblocking(False)
    return port


def _why_not(address: ListenAddress, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {address.port} of {address.host} is in use by another program"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"this machine has no address {address.host}"
    reason, _, _ = str(error.strerror).partition(" (while")  # create_server adds the address
    return f"port {address.port} of {address.host} cannot be used ({reason})"
