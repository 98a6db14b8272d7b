"""Runs of many worlds in a row, or of one for close inspection."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.services.publish import PublishRun
from tests.simulation.hub import Broken
from tests.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH = 40
"""Worlds run by a process between two reports."""
LAST_STEPS = 40
ENOUGH = 5
"""Broken worlds after which the run stops."""
REPORT_EVERY = 20.0
"""Seconds between two progress lines."""


@dataclass(slots=True)
class Tally:
    """Totals of the worlds run."""

    seeds: int = 0
    editions: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    broken: dict[int, str] = field(default_factory=dict)
    """Seeds in which an invariant did not hold, with that invariant."""

    def add(self, other: Tally) -> None:
        """Add the totals of `other`."""
        self.seeds += other.seeds
        self.editions += other.editions
        self.counts += other.counts
        self.broken |= other.broken


def play(seed: int, ledger: str = "memory", run_type: type[PublishRun] = PublishRun) -> Tally:
    """Run one world."""
    world = World(seed, ledger=ledger, run_type=run_type)
    tally = Tally(1, len(world.keys), world.hub.counts)
    try:
        world.play()
    except Broken as broken:
        tally.broken[seed] = str(broken)
    return tally


def play_batch(job: tuple[int, int, str]) -> Tally:
    """Run the worlds of `count` seeds from `first` on."""
    first, count, ledger = job
    tally = Tally()
    for seed in range(first, first + count):
        tally.add(play(seed, ledger))
    return tally


def soak(
    editions: int, *, first: int, ledger: str = "memory", jobs: int = 1, say: Callable[[str], None] = print
) -> Tally:
    """Run worlds until they have `editions` editions; `say` receives occasional progress lines."""
    total, began = Tally(), time.monotonic()
    reported = began
    for tally in _batches(first, ledger, jobs):
        total.add(tally)
        now = time.monotonic()
        if now - reported >= REPORT_EVERY:
            pace = total.editions / (now - began)
            say(f"{total.editions} editions, {pace:.0f} a second, up to seed {first + total.seeds - 1}")
            reported = now
        if len(total.broken) >= ENOUGH or total.editions >= editions:
            return total
    raise AssertionError("there are always more seeds")


def _batches(first: int, ledger: str, jobs: int) -> Iterator[Tally]:
    work = ((seed, BATCH, ledger) for seed in itertools.count(first, BATCH))
    if jobs == 1:
        yield from map(play_batch, work)
        return
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        while True:
            yield from pool.map(play_batch, itertools.islice(work, jobs * 2), chunksize=1)


def trace_world(seed: int, ledger: str) -> tuple[list[str], str | None]:
    """Return the trace of one world, and the invariant broken in it, if any."""
    trace: list[str] = []
    try:
        World(seed, ledger=ledger, trace=trace).play()
    except Broken as broken:
        return trace, str(broken)
    return trace, None
