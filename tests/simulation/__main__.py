"""``python -m tests.simulation --editions 10000``; ``--seed N`` traces one world step by step."""

# ruff: noqa: T201  (it prints to a terminal)

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from tests.simulation.soak import LAST_STEPS, soak, trace_world

if TYPE_CHECKING:
    from tests.simulation.soak import Tally


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--editions", type=int, default=10_000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--ledger", choices=("memory", "sql"), default="memory")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, help="run this world only, and trace every step")
    parser.add_argument("--counts", action="store_true", help="print the count of each event")
    options = parser.parse_args()
    if options.seed is not None:
        return _print_trace(options.seed, options.ledger)
    began = time.monotonic()
    total = soak(
        options.editions,
        first=options.first_seed,
        ledger=options.ledger,
        jobs=options.jobs,
        say=lambda line: print(line, flush=True),
    )
    _print_totals(total, options.first_seed, options.ledger, time.monotonic() - began, options.counts)
    for seed, what in sorted(total.broken.items()):
        _print_broken(seed, options.ledger, what)
    return 1 if total.broken else 0


def _print_trace(seed: int, ledger: str) -> int:
    trace, broken = trace_world(seed, ledger)
    print("\n".join(trace))
    print(f"seed {seed}: {broken or 'every invariant holds'}")
    return 1 if broken else 0


def _print_totals(total: Tally, first: int, ledger: str, seconds: float, counts: bool) -> None:
    if counts:
        for what, times in sorted(total.counts.items()):
            print(f"{times:9} {what}")
    print(
        f"{total.editions} editions in {total.seeds} worlds (seeds {first} to {first + total.seeds - 1}, "
        f"ledger {ledger}) in {seconds:.0f} s: {len(total.broken)} broken"
    )


def _print_broken(seed: int, ledger: str, what: str) -> None:
    trace, _ = trace_world(seed, ledger)
    steps = "\n".join(f"  {line}" for line in trace[-LAST_STEPS:])
    print(f"seed {seed}: broken: {what}\n{steps}", file=sys.stderr)
    print(f"replay: python -m tests.simulation --ledger {ledger} --seed {seed}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
