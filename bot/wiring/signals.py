"""SIGTERM, SIGINT and SIGHUP."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


SHOW_CURSOR = b"\r\n\x1b[?25h"
"""A progress bar hides it. On a line of its own, since the bar's is not ended."""


ECHO = 0.2
"""Seconds after a signal in which another one is its echo: supervisors and wrappers often signal a process
and then its whole group. No person asks twice so fast."""


@contextlib.contextmanager
def on_signals(act: Callable[[], None], reload: Callable[[], None] | None = None) -> Iterator[None]:
    """Let SIGTERM and SIGINT do `act` and nothing else; who asks again does not want to wait for that.

    SIGHUP does `reload`, as often as it comes; where nothing can be reloaded, the terminal was closed: `act`.
    On a thread of its own: the main thread may be interrupted inside the very lock that `act` takes.
    """
    asked_at: float | None = None

    def handle(number: int, _: object) -> None:
        nonlocal asked_at
        now = time.monotonic()
        if asked_at is None:
            asked_at = now
            threading.Thread(target=act, daemon=True).start()
        elif now - asked_at > ECHO:
            _leave_at_once(number)

    def again(_: int, __: object) -> None:
        threading.Thread(target=reload, daemon=True).start()

    handlers = {signal.SIGTERM: handle, signal.SIGINT: handle, signal.SIGHUP: again if reload else handle}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_hangups() -> None:
    """Let SIGHUP do nothing until `on_signals` gives it something to do."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _leave_at_once(number: int) -> NoReturn:
    """End the process as a shell expects it after a signal, with nothing cleaned up.

    Safe: what the ledger has returned from is on disk, and a post that is being sent is in doubt at the next
    start. No lock is taken and no buffer flushed, since whoever holds them may be what is waited for.
    """
    line = b"flashtweet: leaving at once; a post without an answer is looked for at the next start\n"
    with contextlib.suppress(OSError):  # nobody may be listening any more
        if select.select([], [2], [], 0)[1]:  # a terminal that was stopped would keep us
            os.write(2, SHOW_CURSOR + line if os.isatty(2) else line)
    os._exit(128 + number)
