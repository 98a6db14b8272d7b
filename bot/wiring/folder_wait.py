"""A wait for the editors' folder: a word when it is slow, an end when it hangs."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, TypeVar

from bot.errors import ContentError, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SLOW = 2.0
"""Seconds without a sign of life after which a person is shown what is waited for."""
WAIT_LIMIT = 30.0
"""Seconds without a sign of life after which the wait ends."""


class FolderHangs(ContentError):
    """The editors' folder has not answered for too long."""

    def __init__(self, name: str, seconds: float) -> None:
        """`seconds` is how long the folder `name` was waited for."""
        message = f"the folder does not answer within {seconds:g} s; what stands in it is left out."
        remedy = f"Check its disk or its file server; does 'ls {name}' answer?"
        super().__init__([Finding(name, 0, 0, Severity.ERROR, "folder-unreadable", message, remedy)])


def patiently(
    look: Callable[[Callable[[], None]], T],
    name: str,
    report: Callable[[str], None] = lambda _: None,
    limit: float | None = None,
) -> T:
    """Return what `look` returns, which reads the folder `name`; `report` prints that it is slow.

    `look` calls its argument at each sign of life: a large folder takes as long as it takes. It runs on a
    thread that is left behind where it hangs, since a call to a file server that is gone may never return.

    Raises:
        FolderHangs: it has not answered for `limit` (by default `WAIT_LIMIT`).
    """
    limit = WAIT_LIMIT if limit is None else limit
    sign = threading.Event()
    found = _begun(look, sign)
    silent, is_reported = 0.0, False
    step = min(SLOW, limit)
    while not wait([found], timeout=step).done:
        silent = 0.0 if sign.is_set() else silent + step
        sign.clear()
        if silent >= limit:
            raise FolderHangs(name, limit)
        if silent and not is_reported:
            is_reported = True
            report(
                f"{name}: the folder has not answered for {SLOW:g} s. It is waited for, {limit:g} s at most; "
                "Ctrl-C is safe."
            )
    return found.result()


def _begun(look: Callable[[Callable[[], None]], T], sign: threading.Event) -> Future[T]:
    found: Future[T] = Future()

    def run() -> None:
        try:
            found.set_result(look(sign.set))
        except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
            found.set_exception(error)

    threading.Thread(target=run, name="threads folder", daemon=True).start()
    return found
