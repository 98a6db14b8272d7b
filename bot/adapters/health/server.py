"""Server of /healthz, /readyz and /metrics on its own threads, independent of the daemon's loop.

Uses the standard library's server, not the sandbox's: three pages that a program reads every few seconds need
no framework, whose import would cost an idle daemon 2 MB and delay its start.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import selectors
import socket
import threading
from typing import TYPE_CHECKING, Self

from bot.adapters.health.idle import IdleConnections
from bot.adapters.health.listener import REQUEST_SECONDS, Listener
from bot.adapters.health.pages import Pages
from bot.core.address import ListenAddress

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

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
        self._address, self._try_again, self._request_seconds = address, try_again, request_seconds
        self._pages = Pages(age, checks, metrics, alive_within)
        self._server: Listener | None = None
        self._listening = threading.Event()
        self._logged: str | None = None
        self._stopping = False
        self._bell, self._ring = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)

    @property
    def url(self) -> str | None:
        """The root URL without a trailing slash; None while the pages are not served."""
        server = self._server
        return f"http://{ListenAddress(self._address.host, server.port)}" if server else None

    def start(self) -> None:
        """Start the thread, listening at once if possible; never raises."""
        self._listen()
        self._thread.start()

    def wait_until_it_listens(self, seconds: float) -> bool:
        """Wait at most `seconds`; return True if the server is listening."""
        return self._listening.wait(seconds)

    def stop(self) -> None:
        """Close the port without waiting for requests in progress."""
        self._stopping = True
        with contextlib.suppress(OSError):  # the thread has already ended
            self._ring.send(b"!")
        self._thread.join(_STOP_SECONDS)
        self._ring.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    # -- its thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with selectors.DefaultSelector() as ready:
                ready.register(self._bell, selectors.EVENT_READ)
                self._serve(ready)
        except Exception:
            log.exception("health endpoint stopped by a bug; publishing continues")
        finally:
            server, self._server = self._server, None
            if server is not None:
                server.server_close()
            self._bell.close()

    def _serve(self, ready: selectors.DefaultSelector) -> None:
        """Answer requests until `stop`; while the port is unavailable, keep retrying."""
        while not self._stopping and self._server is None:
            ready.select(self._try_again)
            if not self._stopping:
                self._listen()
        if self._server is not None:
            ready.register(self._server, selectors.EVENT_READ)
            idle = IdleConnections(self._server, self._request_seconds)
            try:
                while not self._stopping:
                    idle.turn(ready)
            finally:
                idle.close(ready)

    def _listen(self) -> None:
        """Start listening; log a failure once per reason."""
        try:
            server = Listener(self._address, self._pages, self._request_seconds)
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
        self._server = server
        self._listening.set()
        log.info("health and metrics served", extra={"url": self.url})


def _why_not(address: ListenAddress, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {address.port} of {address.host} is in use by another program"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"this machine has no address {address.host}"
    return f"port {address.port} of {address.host} cannot be used ({error.strerror})"
