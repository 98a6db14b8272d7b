"""Work on threads that the exit of the process does not wait for."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def background(work: Callable[[], T]) -> Future[T]:
    """Start `work`, which must not raise, on its own thread; return its future result."""
    result: Future[T] = Future()
    result.set_running_or_notify_cancel()  # so that nothing can cancel it
    threading.Thread(target=lambda: result.set_result(work()), daemon=True).start()
    return result
