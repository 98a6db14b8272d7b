"""Line numbers, as listed in findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTED = 10
"""Maximum number of lines that a message names; it counts the others."""


def listed(lines: Sequence[int], count: int) -> str:
    """Return ``line 4`` or ``lines 4, 7 and 9``; of many, the first ones and the number of the others."""
    if count > LISTED:
        return f"lines {', '.join(map(str, lines[:LISTED]))} and {count - LISTED} more"
    *others, last = map(str, lines)
    return f"lines {', '.join(others)} and {last}" if others else f"line {last}"
