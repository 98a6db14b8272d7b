"""``python -m tests.failpoints``: run the kill matrix or a part of it; exit code 1 on failure."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.failpoints.matrix import COUNT, MIDDLE, SAMPLE, Verdict, cells, play_all
from tests.failpoints.mutants import MUTANTS, play_mutants
from tests.failpoints.points import BY_NAME, POINTS


def main() -> int:
    """Parse the command line, run, and print the table."""
    options = _options()
    if options.mutants:
        return _tell_of_mutants(options.lanes)
    points = [BY_NAME[name] for name in options.only] or POINTS
    wanted = [*cells(options.posts or SAMPLE, options.lag or 0.0, points=points, every=options.every_layout)]
    if options.posts is None and options.lag is None:
        wanted += cells((MIDDLE,), 0.3, points=points)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="flashtweet-matrix-") as folder:
        verdicts = list(play_all(wanted, Path(folder), options.lanes))
    _tell(verdicts)
    bad = [verdict for verdict in verdicts if verdict.problem]
    say(f"{len(verdicts)} kills, {len(bad)} failures, {time.monotonic() - started:.1f} s")
    return bool(bad)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.failpoints",
        description="Kill a publisher at failpoints of a thread's posts, start it again, and compare X with "
        "the ledger. Without options: a sample, at lag 0 and 0.3 s.",
    )
    flag, every_post = "store_true", range(1, COUNT + 1)
    parser.add_argument("--all", dest="posts", action="store_const", const=every_post, help="every post")
    parser.add_argument("--posts", type=_numbers, help=f"these posts, of {COUNT}: 1,6,12")
    parser.add_argument("--lag", type=float, help="seconds until the timeline shows a post; settle matches")
    parser.add_argument("--only", nargs="+", default=[], choices=list(BY_NAME), help="these failpoints")
    parser.add_argument("--every-layout", action=flag, help="by hand and by the daemon, without and with gap")
    parser.add_argument("--mutants", action=flag, help="bots broken on purpose: all must be caught")
    parser.add_argument("--lanes", type=int, default=6, help="kills side by side; default 6")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(int(number) for number in text.split(","))
    if not all(1 <= number <= COUNT for number in numbers):
        raise argparse.ArgumentTypeError(f"posts are 1 to {COUNT}")
    return numbers


def _tell(verdicts: list[Verdict]) -> None:
    """Print one table per lag (a dot for success, an X for failure), then the failures."""
    for lag in sorted({verdict.cell.lag for verdict in verdicts}):
        here = [verdict for verdict in verdicts if verdict.cell.lag == lag]
        columns = sorted({verdict.cell.position for verdict in here})
        title = f"lag {lag:g} s, settle {here[0].cell.settle:g} s"
        say(f"{title:<26}" + "".join(f"{n:>3}" for n in columns))
        for point in POINTS:
            row = [_mark(here, point.name, position) for position in columns]
            if any(row):
                say(f"  {point.name:<24}" + "".join(f"{mark:>3}" for mark in row))
    for verdict in verdicts:
        if verdict.problem:
            say(f"\n{verdict.cell}:\n{verdict.problem}")


def _mark(verdicts: list[Verdict], name: str, position: int) -> str:
    here = [one for one in verdicts if (one.cell.point.name, one.cell.position) == (name, position)]
    if not here:
        return ""
    return "X" if any(one.problem for one in here) else "."


def _tell_of_mutants(lanes: int) -> int:
    """Run the deliberately broken bots; return 1 if the matrix misses one of them."""
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="flashtweet-mutants-") as folder:
        for mutant, problem in play_mutants(Path(folder), lanes):
            caught = mutant.symptom in problem
            survivors += not caught
            say(f"{'caught' if caught else 'NOT CAUGHT'}: {mutant.what}; {mutant.cell}:\n{problem}\n")
    say(f"{len(MUTANTS)} mutants, {survivors} not caught")
    return bool(survivors)


def say(line: str) -> None:
    """Print a line and flush it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
