"""The text engine against X's own library under node, and against the equivalent Python package.

Each row is measured in turns within one run: ours, node, Python, and again. Node warms up first and is timed
inside its own process. What is not installed is skipped, with a hint on how to get it.
"""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from os import environ
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, Self

from bot.core.text.split import split
from bot.core.text.weight import weight
from tests.conformance import npm
from tests.conformance.test_twitter_text import read_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    Job = Literal["weight", "split"]
    Contender = Callable[[int], float]
    """Runs that often over the texts of a row; gives the seconds of one run."""

ROUNDS = 11
SAMPLE = 0.02
"""Minimum seconds of a sample."""
WARM_UP = 0.6
"""Seconds for node's JIT compiler to warm up."""
TOO_SLOW = 1.0
"""Contenders that need more seconds than this for one run have only one."""

NEWSLETTER = npm.REPOSITORY.parent / "shared" / "data" / "newsletter-053.txt"
POST = (
    "1️⃣ L’État dévoile un appel à projets pour aider la #TransfoNum des petits commerces : « 2,9 M€ » pour "
    "les libraires et les artisans… À lire ! https://exemple.fr/ab"
)


@dataclass(frozen=True)
class Row:
    """A measurement and its expected result."""

    name: str
    job: Job
    texts: Sequence[str]
    target: str = ""


def rows() -> list[str]:
    """Return two tables for ``docs/benchmarks.md``: milliseconds, and the factor by which ours is faster."""
    with ExitStack() as stack:
        folder = npm.node_modules()
        node = stack.enter_context(Node(folder)) if folder else None
        lines = (
            [] if node else ["(npm's library is not here: npm install --prefix .cache twitter-text@3.1.0)"]
        )
        for title, chosen in (("weight", _weights()), ("split", _splits())):
            lines += [
                "",
                f"| {title} | ours, ms | npm, ms | × | PyPI, ms | × | × wanted, npm |",
                "|---|--:|--:|--:|--:|--:|---|",
            ]
            lines += [_line(row, _measure(row, node)) for row in chosen]
        if NEWSLETTER.is_file():
            lines += ["", _growth("weight"), _growth("split")]
        return lines


def _weights() -> list[Row]:
    found = [Row(f"a French post, {len(POST)} characters", "weight", [POST], "≥ 1")]
    if NEWSLETTER.is_file():
        text = NEWSLETTER.read_text("utf-8")
        found += [
            Row(f"the newsletter, {len(text):,} characters", "weight", [text], "≥ 4"),
            Row("the newsletter × 10", "weight", [text * 10]),
            Row("the newsletter × 100", "weight", [text * 100]),
        ]
    cases = [case.text for case in read_cases()]
    if cases:
        found.append(Row(f"{len(cases):,} conformance texts", "weight", cases, "≥ 0.8 (aim 1)"))
    return found


def _splits() -> list[Row]:
    if not NEWSLETTER.is_file():
        return []
    text = NEWSLETTER.read_text("utf-8")
    return [
        Row("the newsletter", "split", [text], "≥ 5 (aim 15)"),
        Row("the newsletter × 10", "split", [text * 10]),
        Row("the newsletter × 100", "split", [text * 100]),
    ]


# ---- contenders ------------------------------------------------------------------------------------


class Node:
    """X's library in its own node process."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["node", str(Path(__file__).with_name("npm_side.js"))],
            env={**environ, "NODE_PATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.__exit__(kind, error, trace)

    def contender(self, row: Row) -> Contender:
        self._ask({"texts": list(row.texts)})
        return lambda repeat: float(self._ask({"job": row.job, "repeat": repeat}))

    def _ask(self, command: dict[str, Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _ours(row: Row) -> Contender:
    job: Callable[[str], object] = weight if row.job == "weight" else split
    return _timed(job, row.texts)


def _python_port(row: Row) -> Contender | None:
    """Return PyPI's twitter-text-parser, which only computes weights."""
    try:
        parser = import_module("twitter_text")
    except ImportError:
        return None
    return _timed(parser.parse_tweet, row.texts) if row.job == "weight" else None


def _timed(job: Callable[[str], object], texts: Sequence[str]) -> Contender:
    def run(repeat: int) -> float:
        begin = time.perf_counter()
        for _ in range(repeat):
            for text in texts:
                job(text)
        return (time.perf_counter() - begin) / repeat

    return run


# ---- measuring -------------------------------------------------------------------------------------


def _measure(row: Row, node: Node | None) -> list[float | None]:
    """Return the median seconds of each contender; None if it is not installed."""
    contenders = (_ours(row), node.contender(row) if node else None, _python_port(row))
    repeats = [_warm(run) if run else 0 for run in contenders]
    samples: list[list[float]] = [[] for _ in contenders]
    for n in range(ROUNDS):
        for run, repeat, into in zip(contenders, repeats, samples, strict=True):
            if run and (repeat or n == 0):
                into.append(run(repeat or 1))
    return [median(taken) if taken else None for taken in samples]


def _warm(run: Contender) -> int:
    """Return the repetitions of a sample, after warming up the compiler; 0 if one takes too long."""
    once = spent = run(1)
    if once > TOO_SLOW:
        return 0
    while spent < WARM_UP:
        repeat = max(1, round(SAMPLE / once))
        once = run(repeat)
        spent += once * repeat
    return max(1, round(SAMPLE / once))


def _line(row: Row, times: list[float | None]) -> str:
    ours, *others = times
    assert ours
    cells = [f"{ours * 1000:,.3f}"]
    for other in others:
        cells += [f"{other * 1000:,.3f}", f"{other / ours:.2f}"] if other else ["–", "–"]
    return f"| {row.name} | {' | '.join(cells)} | {row.target} |"


def _growth(job: Job) -> str:
    """Describe how time grows with the text, both lengths measured in turns."""
    text = NEWSLETTER.read_text("utf-8")
    once, hundred = (_ours(Row(job, job, [text * times])) for times in (1, 100))
    samples = [(once(100), hundred(1)) for _ in range(ROUNDS)]
    ratio = median(long / short for short, long in samples)
    return f"- {job} of 100 times the newsletter: ×{ratio:.0f} the time of one (target ≤ 150)"
