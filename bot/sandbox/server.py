"""A loopback server for a sandbox, on its own thread.

It uses uvicorn's protocol class but not its `Server`: the listener must close and reopen on command, single
connections must break, and `stop` must not cost every test some tenths of a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import threading
from typing import TYPE_CHECKING, Self

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from bot.core.address import is_loopback
from bot.errors import UsageError
from bot.sandbox.client_limits import MOST_CONNECTIONS, READ_SECONDS

if TYPE_CHECKING:
    from types import TracebackType

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

    from bot.sandbox.active_faults import ClientAddress
    from bot.sandbox.sandbox import Sandbox

_LOG = logging.getLogger("flashtweet.sandbox")
_LOG.addFilter(lambda record: not (record.exc_info and record.exc_info[0] is asyncio.CancelledError))
"""Logger for bugs in the sandbox; a request cancelled by `stop` is not a bug."""
_BACKLOG = 128
_STOP_SECONDS = 5.0
"""Maximum wait of `stop` for the thread, which needs milliseconds."""


class SandboxServer:
    """A server for `sandbox` on `port` of `host`, which must be loopback; port 0 is any free port.

    `stop` may be called from any thread, from a signal handler, and twice. A server starts only once.

    Raises:
        UsageError: `host` is not loopback.

    """

    def __init__(self, sandbox: Sandbox, *, port: int = 0, host: str = "127.0.0.1") -> None:
        if not is_loopback(host):
            raise UsageError(
                f"sandbox: {host!r} is not loopback; the sandbox serves only this machine. Use 127.0.0.1."
            )
        self.sandbox = sandbox
        self._host = "127.0.0.1" if host == "localhost" else host
        self._port = port
        self._loop = _Loop(sandbox)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the server; return once it listens.

        Raises:
            UsageError: the port is taken or not allowed.

        """
        listener = _bind(self._host, self._port, listening=True)
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run, args=(listener,), name="sandbox", daemon=True)
        self._thread.start()
        self._loop.ready.wait()
        self.sandbox.faults.refuse = self._loop.refuse
        self.sandbox.faults.refuse_if_due()

    def serve_forever(self) -> None:
        """Start the server if necessary, and return after `stop`."""
        if self._thread is None:
            self.start()
        assert self._thread is not None  # noqa: S101 - for mypy; `start` has set it
        self._thread.join()

    def stop(self) -> None:
        """Close the listener and all connections, answered or not, for good."""
        self._loop.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_STOP_SECONDS)

    @property
    def base_url(self) -> str:
        """The root of the API without a trailing slash, for X_API_BASE_URL."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def page(self) -> str:
        """The URL of the timeline page."""
        return f"{self.base_url}/"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Loop:
    """The event loop of one server: its listener, its connections and its stop signal."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.ready = threading.Event()
        self._sandbox = sandbox
        self._loop: asyncio.AbstractEventLoop | None = None
        self._state = ServerState()
        self._listener: asyncio.Server | None = None
        self._refusing: socket.socket | None = None
        self._stopping = asyncio.Event()
        self._stop_asked = False

    def run(self, listener: socket.socket) -> None:
        try:
            asyncio.run(self._serve(listener))
        finally:
            self.ready.set()  # release `start` even if the loop failed

    def stop(self) -> None:
        """Stop the loop. Takes no lock: a signal handler may interrupt any line here, even in `start`."""
        self._stop_asked = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has already stopped
                self._loop.call_soon_threadsafe(self._stopping.set)

    def refuse(self, seconds: float, spared: ClientAddress | None) -> None:
        """Close the listener and connections for `seconds` of real time; return once they are closed."""
        if self._loop is None or self._stopping.is_set():
            return
        if threading.get_ident() == self._thread_id:
            self._refuse(seconds, spared)
        else:
            asyncio.run_coroutine_threadsafe(self._refuse_soon(seconds), self._loop).result()

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread_id = threading.get_ident()
        config = Config(
            self._sandbox.app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            timeout_keep_alive=60,
            proxy_headers=False,
        )
        config.load()
        self._factory = lambda: _Protocol(config, self._state, self._sandbox.world.connections)
        await self._listen(listener)
        self.ready.set()
        if not self._stop_asked:
            await self._stopping.wait()
        await self._end()

    async def _end(self) -> None:
        self._close()
        for transport in list(self._sandbox.world.connections.values()):
            transport.abort()  # do not wait for a client that stopped reading
        if self._refusing is not None:
            self._refusing.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:  # delayed requests, and the listener's reopening
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, listener: socket.socket) -> None:
        assert self._loop is not None  # noqa: S101 - for mypy; `_serve` has set it
        self._listener = await self._loop.create_server(self._factory, sock=listener, backlog=_BACKLOG)

    def _close(self, spared: ClientAddress | None = None) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for address, transport in list(self._sandbox.world.connections.items()):
            if address != spared:
                transport.close()

    async def _refuse_soon(self, seconds: float) -> None:
        self._refuse(seconds, None)

    def _refuse(self, seconds: float, spared: ClientAddress | None) -> None:
        if self._listener is None or self._loop is None:
            return  # already refusing
        address = self._listener.sockets[0].getsockname()
        self._close(spared)
        # Bound but not listening: clients see "connection refused", and no other program can take the port.
        self._refusing = _bind(address[0], address[1], listening=False)
        self._loop.call_later(seconds, lambda: asyncio.ensure_future(self._resume()))

    async def _resume(self) -> None:
        if self._refusing is not None:
            listener, self._refusing = self._refusing, None
            await self._listen(listener)


class _Protocol(H11Protocol):
    """One connection, registered by the client's address, without access log."""

    def __init__(
        self,
        config: Config,
        state: ServerState,
        connections: dict[ClientAddress, asyncio.Transport],
    ) -> None:
        super().__init__(config, state, {})
        self.access_log = False
        self.logger = _LOG
        self._open = connections
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self._open) >= MOST_CONNECTIONS:
            oldest = next((other for other in self._open.values() if _is_idle(other)), transport)
            oldest.abort()
            self._open.pop(oldest.get_extra_info("peername")[:2], None)
        self._open[transport.get_extra_info("peername")[:2]] = transport
        self._late = self.loop.call_later(READ_SECONDS, self._give_up)

    def _give_up(self) -> None:
        """Close a connection that has not sent a request."""
        if self._cycle is None:
            self.transport.abort()

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        """The latest request or None, which uvicorn's types do not allow for."""
        return self.cycle

    @property
    def is_idle(self) -> bool:
        """True if no request on the connection awaits an answer."""
        return self._cycle is None or self._cycle.response_complete

    def connection_lost(self, exc: Exception | None) -> None:
        if self._late is not None:
            self._late.cancel()
        self._open.pop(self.transport.get_extra_info("peername")[:2], None)
        super().connection_lost(exc)


def _is_idle(connection: asyncio.Transport) -> bool:
    protocol = connection.get_protocol()
    return isinstance(protocol, _Protocol) and protocol.is_idle


def _bind(host: str, port: int, *, listening: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With an explicit protocol, asyncio sets TCP_NODELAY; without it, every answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        if listening:  # here, so that the caller sees conflicts that SO_REUSEADDR defers to listen()
            listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used ({error})"
        raise UsageError(
            f"sandbox: port {port} of {host} {reason}. Choose another port, or 0 for any free port."
        ) from error
    listener.setblocking(False)
    return listener
