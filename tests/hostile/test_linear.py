"""All texts take linear time: in each step of the engine, and from the bytes of a file to its findings."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import islice, product
from typing import TYPE_CHECKING

import pytest

from bot.core.content import free_text, templates, text_checks
from bot.core.content.blocks import remarks
from bot.core.content.blocks.reader import read_block
from bot.core.content.compose import REPLAY_MARK
from bot.core.content.numbering import TooManyPosts, in_fractions, in_parts
from bot.core.text import entities, intended_urls, invisible, markup, matching, strip_links
from bot.core.text.fragments import CannotSplit
from bot.core.text.split import split
from bot.core.text.weight import weight
from bot.yamldoc import MAX_BYTES
from tests.hostile.costs import at_most, excess
from tests.hostile.texts import COUNTED, FILES, UNITS, counted, file_of, findings_of, repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Job = Callable[[], object]
    Spelling = Callable[[int], str]
    """A text of so many bytes."""

pytestmark = pytest.mark.hostile

LONG = 64 * 1024
"""Bytes; longer texts are not composed."""
SECONDS_FOR_A_TEXT = 3.0
"""For `LONG`, and in proportion for less."""
SECONDS_FOR_A_FILE = 5.0
"""The daemon's limit for a file. Both are far above actual times and are no benchmark."""
ENOUGH = 10
"""Offenders after which a test stops; each takes long."""

PAIRED = (
    "a", "A", "é", "e\u0301", "1", "?", ".", "…", ",", ":", "-", "(", ")", "[", "«", "»", '"', "’", "{", "}", "/", "_",
    " ", "\u00a0", "\t", "\n", "#", "@", "$", "&", "http://", "a.", "a.fr", "a.fr/ ", "a ", "A. ", "1. ", "- ", "👍", "🇫",
    "\u200d", "\ufe0f", "\U0001f3fb", "🔁", "中", "ᄀ", "ش", "\u0301",
)  # fmt: skip


def _refused(job: Callable[[str], object]) -> Callable[[str], object]:
    def run(text: str) -> None:
        with suppress(CannotSplit, TooManyPosts):  # these, too, are found in linear time
            job(text)

    return run


STEPS: dict[str, tuple[Callable[[str], object], int]] = {
    "weight": (weight, LONG),
    "entities": (entities.extract, LONG),
    "split": (_refused(split), LONG // 2),
    "short posts": (_refused(partial(split, limit=40)), LONG // 2),
    "parts": (_refused(lambda text: in_parts((text,), 277)), LONG // 4),
    "fractions": (_refused(lambda text: in_fractions((text, text[:100]), 277)), LONG // 4),
    "sections": (free_text.sections, LONG),
    "comparable": (matching.comparable.__wrapped__, LONG),
    "unlinked": (strip_links.unlinked, LONG),
    "addresses": (intended_urls.addresses, LONG),
    "an address": (intended_urls.encoded, LONG),
    "invisible characters": (invisible.remove_invisible, LONG),
    "about a text": (lambda text: list(text_checks.about_text(text)), LONG),
    "about letters": (lambda text: list(text_checks.about_letters(text)), LONG),
    "accidental links": (lambda text: text_checks.accidental_links(text, [text]), LONG),
    "about a length": (lambda text: list(text_checks.about_length(text, 2)), LONG),
    "about a post": (lambda text: list(text_checks.about_post(text)), LONG),
    "items": (lambda text: read_block(text).fragments, LONG),
    "list of items": (lambda text: remarks.of_list(text.split("\n")), LONG),
    "markup": (lambda text: (list(markup.sightings(text)), markup.without_markup(text)), LONG),
    "fields": (
        lambda text: (templates.fill(text, {}), templates.unfilled(text, {}), templates.stray_fields(text)),
        LONG,
    ),
}
"""Each with its size in bytes: less where it splits a text, and still less where it splits it four times."""

NUMBERED = {"parts": 2, "fractions": 2}
"""Factor by which these split more often at `APART` times the size: once more per digit of their numbers."""

FINDING = ("entities", "unlinked", "invisible characters", "about a text", "items", "markup")
"""Steps that search a text, and are as fast as their regular expressions."""


COMPOSED = ("free", "block", "intro", "mended")
"""Files that are mended, or whose texts reach the engine in a special way; the others only differ in
parsing."""
ENTRIES = ("listed", "mappings", "flow", "week")
"""Files with a text in thousands of double quotes, all parsed alike: every third unit is enough."""


def offenders(
    jobs: Iterator[tuple[object, Callable[[int], Job]]], *sizes: int, most: float, rounds: int = 1
) -> list[str]:
    """Return the jobs that are not linear at all of `sizes`, or take over `most` seconds at the first."""
    found = (
        f"{name!r}: {report}" for name, job_of in jobs if (report := excess(job_of, sizes, most, rounds))
    )
    return list(islice(found, ENOUGH))


def texts(step: str, spellings: Iterator[tuple[object, Spelling]], size: int) -> list[str]:
    """Return the offenders among texts of `size` bytes passed to a step of the engine."""
    job = STEPS[step][0]
    jobs = ((name, lambda bytes_, spell=spell: partial(job, spell(bytes_))) for name, spell in spellings)
    most = SECONDS_FOR_A_TEXT * size / LONG
    return offenders(jobs, size, 4 * size, most=most, rounds=NUMBERED.get(step, 1))


def files(place: str, spellings: Iterator[tuple[str, Spelling]], *sizes: int) -> list[str]:
    """Return the offenders among files that contain such texts."""
    jobs = (
        (unit, lambda size, spell=spell: partial(findings_of, file_of(FILES[place], spell, size)))
        for unit, spell in spellings
    )
    return offenders(jobs, *sizes, most=SECONDS_FOR_A_FILE)


def spelled() -> Iterator[tuple[str, Spelling]]:
    yield from ((unit, partial(repeated, unit)) for unit in UNITS)
    yield from ((unit, partial(counted, unit)) for unit in COUNTED)


def test_there_are_enough_units():
    assert len(UNITS) >= 40
    assert len(set(PAIRED)) == len(PAIRED) >= 40


@pytest.mark.parametrize("step", STEPS)
def test_a_step(step: str):
    assert texts(step, spelled(), STEPS[step][1]) == []


@pytest.mark.parametrize("step", ["split", *FINDING])
def test_a_step_with_pairs(step: str):
    pairs = (one + other for one, other in product(PAIRED, PAIRED) if one != other)
    assert texts(step, ((pair, partial(repeated, pair)) for pair in pairs), LONG // 8) == []


@pytest.mark.parametrize("step", ["split", *FINDING])
def test_a_step_with_a_run_after_another(step: str):
    """A run that a sign or a letter opens and another ends."""
    runs = (
        ((first, unit), lambda size, first=first, unit=unit: f"{first}{repeated(unit, size)}x")
        for first, unit in product((".", "a.fr/", "#a", "https://", "(", "xn--"), PAIRED)
    )
    assert texts(step, runs, LONG // 4) == []


@pytest.mark.parametrize("place", COMPOSED)
def test_a_file_that_is_composed(place: str):
    """From its bytes to its findings, its replay included."""
    assert files(place, spelled(), LONG // 2, 2 * LONG) == []


@pytest.mark.parametrize("place", FILES)
def test_a_file_of_the_greatest_size(place: str):
    """It is read, but is too long to be composed."""
    assert files(place, islice(spelled(), 0, None, 3 if place in ENTRIES else 1), MAX_BYTES) == []


def test_a_replay_of_ever_more_marks():
    """Each round of marks would collide with a text that has just as many."""
    lines = "".join(f'  - "{REPLAY_MARK * n} {"mot " * 50}"\n' for n in range(100))
    data = f"date: 2020-11-06\nitems:\n{lines}".encode()
    with at_most(SECONDS_FOR_A_FILE):
        findings_of(data)
