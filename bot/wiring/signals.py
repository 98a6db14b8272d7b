"""Handlers for SIGTERM, SIGINT and SIGHUP."""

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
"""Sequence that shows the cursor, which a progress bar hides; on a new line, as the bar's has not ended."""


ECHO = 0.2
"""Seconds after a signal in which a second one is ignored: supervisors often signal a process and then its
whole group. No operator signals twice so fast."""


@contextlib.contextmanager
def on_signals(act: Callable[[], None], reload: Callable[[], None] | None = None) -> Iterator[None]:
    """Call `act` on the first SIGTERM or SIGINT; exit at once on the second.

    Every SIGHUP calls `reload`; without `reload` it means a closed terminal, and calls `act`. Calls run on a
    thread: the signal may interrupt the main thread while it holds the lock that `act` takes.
    """
    signalled_at: float | None = None

    def handle(number: int, _: object) -> None:
        nonlocal signalled_at
        now = time.monotonic()
        if signalled_at is None:
            signalled_at = now
            threading.Thread(target=act, daemon=True).start()
        elif now - signalled_at > ECHO:
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
    """Ignore SIGHUP until `on_signals` handles it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _leave_at_once(number: int) -> NoReturn:
    """Exit with the status that a shell expects after a signal, without cleanup.

    This is safe: completed ledger writes are on disk, and a post in flight is in doubt at the next start. No
    lock is taken and no buffer flushed, since their holder may be what hangs.
    """
    line = b"flashtweet: exiting at once; the next start searches for a post without an answer\n"
    with contextlib.suppress(OSError):  # stderr may be closed
        if select.select([], [2], [], 0)[1]:  # a stopped terminal would block the write
            os.write(2, SHOW_CURSOR + line if os.isatty(2) else line)
    os._exit(128 + number)
