"""Serves /healthz, /readyz and /metrics on threads of its own, whatever the daemon does meanwhile.

The standard library's server, not the sandbox's: three pages that a program reads every few seconds need no
framework, whose import would cost an idle daemon 2 MB and its start the time.
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
"""Seconds that the loop may take for a turn. It needs milliseconds; the first look at a large folder, or a
ledger that another program locks, takes longer, and a restart would not mend that."""
TRY_AGAIN = 30.0
"""Seconds after which a port that could not be had is tried again."""
_STOP_SECONDS = 2.0


class HealthServer:
    """The pages at `address`; at port 0, at any free one.

    A port that is taken ends nothing: it is logged, and tried again. `start` and `stop` are called once each.
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
        """`age` gives the seconds since the daemon's loop last turned. Times are in seconds."""
        self._address, self._try_again, self._request_seconds = address, try_again, request_seconds
        self._pages = Pages(age, checks, metrics, alive_within)
        self._server: Listener | None = None
        self._listening = threading.Event()
        self._told: str | None = None
        self._stopping = False
        self._bell, self._ring = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)

    @property
    def url(self) -> str | None:
        """The root of the pages, without a slash at its end; None while they are not served."""
        server = self._server
        return f"http://{ListenAddress(self._address.host, server.port)}" if server else None

    def start(self) -> None:
        """Listen, if that is possible now, and return; never raises."""
        self._listen()
        self._thread.start()

    def wait_until_it_listens(self, seconds: float) -> bool:
        """Whether it listens, at the latest after `seconds`."""
        return self._listening.wait(seconds)

    def stop(self) -> None:
        """Close the port. Requests under way are not waited for."""
        self._stopping = True
        with contextlib.suppress(OSError):  # the thread has ended already
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
            log.exception("a bug ended the health endpoint; publishing goes on")
        finally:
            server, self._server = self._server, None
            if server is not None:
                server.server_close()
            self._bell.close()

    def _serve(self, ready: selectors.DefaultSelector) -> None:
        """Answer until the bell rings; while there is no port, try again and again."""
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
        """Listen, or tell, once for each reason, why not."""
        try:
            server = Listener(self._address, self._pages, self._request_seconds)
        except OSError as error:
            reason = _why_not(self._address, error)
            if reason != self._told:
                self._told = reason
                log.warning(
                    f"health and metrics are not served: {reason}; publishing goes on, and it is tried again",
                    extra={
                        "every": f"{self._try_again:g}s",
                        "next": "free the port, or change health: in config.yaml",
                    },
                )
            return
        self._server = server
        self._listening.set()
        log.info("health and metrics are served", extra={"url": self.url})


def _why_not(address: ListenAddress, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {address.port} of {address.host} is taken by another program"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"this machine has no address {address.host}"
    return f"port {address.port} of {address.host} cannot be used ({error.strerror})"
