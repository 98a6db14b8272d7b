"""The processor's time for a job, by which linear is told from quadratic however busy the machine is.

A thread's own CPU time leaves out what else the machine does. What is left of its noise (caches, a neighbour
on the same core) only ever adds: so a job that looks bad is run again, and the least of each time counts.
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
"""Twice the input costs at most so many times as much; a quadratic step costs four times.

Jobs are measured over two doublings, which tells 6.25 from 16.
"""
TRIALS = 6
NOTHING = 0.01
"""Seconds that are too few for a ratio to mean anything."""


class TooSlowError(Exception):
    """A job used up its CPU time."""


@contextmanager
def at_most(cpu_seconds: float) -> Iterator[None]:
    """Stop what runs inside after so much CPU time: regular expressions, too, look for signals.

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


def cost(job: Job) -> float:
    """Return the CPU seconds of one run of `job`."""
    gc.disable()  # what it costs grows with what other tests left behind
    try:
        begun = time.thread_time()
        job()
        return time.thread_time() - begun
    finally:
        gc.enable()


def growth(small: Job, large: Job, allowed: float) -> tuple[float, float]:
    """Return how many times as much `large` costs as `small`, and its seconds.

    It is tried once where that is `allowed`, else again and again.
    """
    least = [float("inf"), float("inf")]
    for _ in range(TRIALS):
        least = [min(least[0], cost(small)), min(least[1], cost(large))]
        if least[1] < NOTHING or least[1] <= allowed * least[0]:
            break
    return (0.0 if least[1] < NOTHING else least[1] / least[0]), least[1]
