"""Claims of other processes, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import ClaimLost

if TYPE_CHECKING:
    from bot.core.model import EditionKey


def in_other_hands(key: EditionKey, holder: str, held: float | None, left: float) -> ClaimLost:
    """Return the error of who wants a publication that `holder` has.

    `held` is since how many seconds, `left` for how many more unless it is renewed.
    """
    host, pid, *_ = f"{holder}:".split(":")
    since = f", which took it {_span(held)} ago" if held is not None and held >= 0 else ""
    message = (
        f"{key} is being published by process {pid} on {host}{since}. Wait for it; "
        f"'flashtweet status' shows how far it is. If there is no such process, type this again in "
        f"{_span(max(left, 1))}: what it holds is free then."
    )
    return ClaimLost(message, holder)


def _span(seconds: float) -> str:
    """``42 s``, ``3 min``, ``2 h``"""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
