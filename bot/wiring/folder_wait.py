"""A bounded wait for the editors' folder: reports a slow folder, stops waiting for a hanging one."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, TypeVar

from bot.errors import ContentError, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SLOW = 2.0
"""Seconds without progress after which the wait is reported."""
WAIT_LIMIT = 30.0
"""Seconds without progress after which the wait ends."""


class FolderHangs(ContentError):
    """The editors' folder did not answer in time."""

    def __init__(self, name: str, seconds: float) -> None:
        """Describe the folder `name`, which did not answer for `seconds`."""
        message = f"the folder did not answer within {seconds:g} s; its files are left out."
        remedy = f"Check its disk or its file server; does 'ls {name}' answer?"
        super().__init__([Finding(name, 0, 0, Severity.ERROR, "folder-unreadable", message, remedy)])


def patiently(
    look: Callable[[Callable[[], None]], T],
    name: str,
    report: Callable[[str], None] = lambda _: None,
    limit: float | None = None,
) -> T:
    """Return the result of `look`, which reads the folder `name`; call `report` once if it is slow.

    `look` calls its argument whenever it makes progress, so a large folder has no time limit. It runs on a
    thread that is abandoned if it hangs, since a call to a lost file server may never return.

    Raises:
        FolderHangs: no progress for `limit` seconds (by default `WAIT_LIMIT`).
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
                f"{name}: the folder has not answered for {SLOW:g} s. Waiting up to {limit:g} s; "
                "Ctrl-C is safe."
            )
    return found.result()


def _begun(look: Callable[[Callable[[], None]], T], sign: threading.Event) -> Future[T]:
    found: Future[T] = Future()

    def run() -> None:
        try:
            found.set_result(look(sign.set))
        except BaseException as error:  # noqa: BLE001  (raised again by `result`)
            found.set_exception(error)

    threading.Thread(target=run, name="threads folder", daemon=True).start()
    return found
