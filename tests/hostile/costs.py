"""The CPU time of a job, which separates linear from quadratic growth even on a busy machine.

A thread's own CPU time excludes the rest of the machine. The remaining noise (caches, a neighbour on the same
core) only ever adds: so a job that looks bad is repeated, and the minimum counts. A rule that starts at some
length (X has no links over 4,096 characters) is a single step in the cost: so a job that still looks bad is
also measured at larger sizes. Only growth that is too fast at all sizes is quadratic.
"""

from __future__ import annotations

import gc
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Job = Callable[[], object]

DOUBLED = 2.5
"""Maximum cost ratio for twice the input; a quadratic job costs four times as much."""
DOUBLINGS = 4
"""Doublings between the compared sizes: linear is ×16, quadratic ×256; ×39, far from both, is allowed."""
APART = 2**DOUBLINGS
ALLOWED = DOUBLED**DOUBLINGS
TRIALS = 4
NOTHING = 0.003
"""Seconds too few for a ratio to be meaningful."""


class TooSlowError(Exception):
    """A job exceeded its CPU time."""


@contextmanager
def at_most(cpu_seconds: float) -> Iterator[None]:
    """Stop the body after this much CPU time: regular expressions check for signals, too.

    Raises:
        TooSlowError: it was stopped.

    """

    def stop(*_: object) -> None:
        raise TooSlowError(f"stopped after {cpu_seconds} s of CPU time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def excess(job_of: Callable[[int], Job], sizes: tuple[int, ...], most: float, rounds: int = 1) -> str:
    """Return the first of `sizes`, in bytes, at which the job is too slow, and by how much; "" if none.

    Too slow is more than `most` seconds at the first size, with the same pace at the others, or a growth over
    `ALLOWED` from the `APART`-th part of each size. The other sizes are only measured if the first one fails.
    `rounds`: how many times as often the job may do its work at the larger size.
    """
    allowed = ALLOWED * rounds
    reports: list[str] = []
    for size in sizes:
        limit = most * size / sizes[0]
        try:
            ratio, seconds = _growth(job_of(size // APART), job_of(size), limit, allowed)
        except TooSlowError as error:
            return f"{size:,} bytes: {error}"
        if ratio <= allowed and seconds <= limit:
            return ""
        reports.append(f"{size:,} bytes: ×{ratio:.1f}, {seconds:.3f} s")
        if seconds > limit:
            break
    return "; ".join(reports)


def _growth(small: Job, large: Job, limit: float, allowed: float) -> tuple[float, float]:
    """Return the cost ratio of `large` to `small`, and the seconds of `large`."""
    least = [float("inf"), float("inf")]
    for _ in range(TRIALS):
        least = [min(least[0], _cost(small, limit)), min(least[1], _cost(large, limit))]
        if least[1] < NOTHING or least[1] <= min(limit, allowed * least[0]):
            break
    return (0.0 if least[1] < NOTHING else least[1] / least[0]), least[1]


def _cost(job: Job, limit: float) -> float:
    """Return the CPU seconds of one run of `job`.

    Raises:
        TooSlowError: it takes more than twice the `limit`.

    """
    gc.disable()  # its cost grows with the garbage of other tests
    try:
        with at_most(2 * limit):
            begun = time.thread_time()
            job()
            return time.thread_time() - begun
    finally:
        gc.enable()
