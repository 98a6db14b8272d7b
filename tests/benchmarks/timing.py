"""Measurements of two things in turns."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def side_by_side(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Return the median seconds of each, taking turns after one warm-up round."""
    ours()
    theirs()
    samples: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, into in zip((ours, theirs), samples, strict=True):
            begin = time.perf_counter()
            call()
            into.append(time.perf_counter() - begin)
    return median(samples[0]), median(samples[1])


def row(name: str, ours: float, theirs: float) -> str:
    """Return ``name: 12.3 ms against 11.9 ms, ×1.03``."""
    return f"- {name}: {ours * 1000:.1f} ms against {theirs * 1000:.1f} ms, ×{ours / theirs:.2f}"
