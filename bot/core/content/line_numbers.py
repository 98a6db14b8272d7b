"""Line numbers as findings list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTED = 10
"""Lines that a message names; it counts the others."""


def listed(lines: Sequence[int], count: int) -> str:
    """Return ``line 4``, ``lines 4, 7 and 9``; of many the first, and how many more of `count` there are."""
    if count > LISTED:
        return f"lines {', '.join(map(str, lines[:LISTED]))} and {count - LISTED} more"
    *others, last = map(str, lines)
    return f"lines {', '.join(others)} and {last}" if others else f"line {last}"
