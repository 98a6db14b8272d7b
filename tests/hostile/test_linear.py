"""Every text takes linear time: in each step of the engine, and from the bytes of a file to its findings."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import pytest

from bot.core import identity, items, links, prose, unlinked, wording
from bot.core.compose import REPLAY_MARK
from bot.core.numbering import TooManyPosts, in_fractions, in_parts
from bot.core.split import CannotSplit, split
from bot.core.weight import weight
from bot.yamldoc import MAX_BYTES
from tests.hostile.costs import DOUBLED, TooSlowError, at_most, growth
from tests.hostile.texts import COUNTED, FILES, UNITS, counted, file_of, findings_of, repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.hostile

LONG = 64 * 1024
SECONDS_FOR_A_TEXT = 3.0
SECONDS_FOR_A_FILE = 5.0
"""What the daemon gives a file. Both are far from what any takes, and no benchmark."""

PAIRED = (
    "a", "A", "é", "e\u0301", "1", "?", ".", "…", ",", ":", "-", "(", ")", "[", "«", "»", '"', "’", "{", "}", "/", "_",
    " ", "\u00a0", "\t", "\n", "#", "@", "$", "&", "http://", "a.", "a.fr", "a.fr/ ", "a ", "A. ", "1. ", "- ", "👍", "🇫",
    "\u200d", "\ufe0f", "\U0001f3fb", "🔁", "中", "ᄀ", "ش", "\u0301",
)  # fmt: skip


def _refused(job: Callable[[str], object]) -> Callable[[str], object]:
    def run(text: str) -> None:
        with suppress(CannotSplit, TooManyPosts):  # that, too, is found in linear time
            job(text)

    return run


STEPS: dict[str, Callable[[str], object]] = {
    "weight": weight,
    "entities": links.entities,
    "split": _refused(split),
    "short posts": _refused(partial(split, limit=40)),
    "parts": _refused(partial(in_parts, limit=277)),
    "fractions": _refused(lambda text: in_fractions((text, text[:100]), 277)),
    "comparable": identity.comparable,
    "unlinked": unlinked.unlinked,
    "about a text": lambda text: list(prose.about_text(text)),
    "about a length": lambda text: list(prose.about_length(text, 2)),
    "about a post": lambda text: list(prose.about_post(text)),
    "items": lambda text: items.read_block(text).fragments,
    "list of items": lambda text: items.renumbered(tuple(text.split("\n"))),
    "fields": lambda text: (wording.fill(text, {}), wording.unfilled(text, {}), wording.stray_fields(text)),
}


def offenders(
    candidates: Iterator[tuple[str, Callable[[], object], Callable[[], object]]], allowed: float, most: float
) -> list[str]:
    found = []
    for name, small, large in candidates:
        try:
            with at_most(4 * most):
                ratio, seconds = growth(small, large, allowed)
        except TooSlowError:
            found.append(f"{name}: more than {4 * most} s")
            continue
        if ratio > allowed or seconds > most:
            found.append(f"{name}: ×{ratio:.1f}, {seconds:.2f} s")
    return found


def spelled() -> Iterator[tuple[str, Callable[[str, int], str]]]:
    yield from ((unit, repeated) for unit in UNITS)
    yield from ((unit, counted) for unit in COUNTED)


def test_there_are_enough_units():
    assert len(UNITS) >= 40
    assert len(set(PAIRED)) == len(PAIRED) >= 40


@pytest.mark.parametrize("step", STEPS)
def test_a_step(step: str):
    job = STEPS[step]
    found = offenders(
        (
            (repr(unit), partial(job, repeat(unit, LONG // 4)), partial(job, repeat(unit, LONG)))
            for unit, repeat in spelled()
        ),
        DOUBLED**2,
        SECONDS_FOR_A_TEXT,
    )
    assert found == []


@pytest.mark.parametrize("step", ["entities", "split", "unlinked", "about a text", "items"])
def test_a_step_with_pairs(step: str):
    job = STEPS[step]
    found = offenders(
        (
            (repr(unit), partial(job, repeated(unit, LONG // 16)), partial(job, repeated(unit, LONG // 4)))
            for unit in (one + other for one, other in product(PAIRED, PAIRED) if one != other)
        ),
        DOUBLED**2,
        SECONDS_FOR_A_TEXT,
    )
    assert found == []


@pytest.mark.parametrize("step", ["entities", "split", "unlinked", "about a text", "items"])
def test_a_step_with_a_run_after_another(step: str):
    """A run that a sign or a letter opens, and another ends."""
    job = STEPS[step]
    found = offenders(
        (
            (
                repr((first, unit)),
                partial(job, first + repeated(unit, LONG // 8) + "x"),
                partial(job, first + repeated(unit, LONG // 2) + "x"),
            )
            for first, unit in product((".", "a.fr/", "#a", "https://", "(", "xn--"), PAIRED)
        ),
        DOUBLED**2,
        SECONDS_FOR_A_TEXT,
    )
    assert found == []


@pytest.mark.parametrize("size", [LONG // 2, LONG, MAX_BYTES], ids=["32 KiB", "64 KiB", "1 MiB"])
@pytest.mark.parametrize("place", FILES)
def test_a_file(place: str, size: int):
    """From its bytes to its findings, its replay included."""
    form = FILES[place]
    found = offenders(
        (
            (
                repr(unit),
                partial(findings_of, file_of(form, repeat, unit, size // 4)),
                partial(findings_of, file_of(form, repeat, unit, size)),
            )
            for unit, repeat in spelled()
        ),
        DOUBLED**2,
        SECONDS_FOR_A_FILE,
    )
    assert found == []


def test_a_replay_of_ever_more_marks():
    """Each round of marks would meet a text that has just as many."""
    lines = "".join(f'  - "{REPLAY_MARK * n} {"mot " * 50}"\n' for n in range(100))
    data = f"date: 2020-11-06\nitems:\n{lines}".encode()
    assert offenders(iter([("marks", lambda: None, partial(findings_of, data))]), float("inf"), 5.0) == []
