"""Our counter beside X's own, on thousands of generated texts.

FLASHTWEET_FUZZ=10 multiplies the number of texts; FLASHTWEET_SEED starts from another seed.
"""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from bot.core.text.entities import extract
from bot.core.text.intended_urls import addresses, encoded
from bot.core.text.weight import weight
from tests.conformance import generators, npm
from tests.unit.core.test_text_checks import CUT_LINKS, CUT_TAGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEED = int(os.environ.get("FLASHTWEET_SEED", "53"))
TIMES = int(os.environ.get("FLASHTWEET_FUZZ", "1"))


@pytest.fixture(scope="module")
def folder() -> Path:
    found = npm.node_modules()
    if found is None:
        pytest.skip(
            "needs node and twitter-text: npm install --prefix .cache twitter-text@3.1.0, "
            "or name its node_modules in TWITTER_TEXT_NODE_MODULES"
        )
    return found


def generated(make: Callable[[Random], str], count: int) -> list[str]:
    print(f"seed {SEED}, {count} texts")  # noqa: T201 (a failure must be repeatable)
    random = Random(SEED)
    return [make(random) for _ in range(count)]


def test_french_texts_weigh_what_x_says(folder: Path):
    """Not one difference, in weight or in entities."""
    texts = generated(generators.french, 20_000 * TIMES)
    different = [
        (text, weight(text), reading.weight)
        for text, reading in zip(texts, npm.read(texts, folder), strict=True)
        if weight(text) != reading.weight
    ]
    assert different == []


def test_french_texts_have_the_entities_that_x_finds(folder: Path):
    texts = generated(generators.french, 5_000 * TIMES)
    different = [
        (text, found, reading.entities)
        for text, reading in zip(texts, npm.read(texts, folder), strict=True)
        if (found := [(str(e.kind), e.start, e.end) for e in extract(text)]) != reading.entities
    ]
    assert different == []


def test_hostile_texts_are_never_under_counted(folder: Path):
    """Heavier is allowed in fewer than 2 of 1,000 texts.

    The one kind: a link under a top-level domain that only X's library or only ICANN knows weighs as the
    dearer reading, 23 or what its characters weigh.
    """
    texts = generated(generators.hostile, 30_000 * TIMES)
    light, heavy = [], []
    for text, reading in zip(texts, npm.read(texts, folder), strict=True):
        ours = weight(text)
        if ours < reading.weight:
            light.append((text, ours, reading.weight))
        elif ours > reading.weight:
            heavy.append((text, ours, reading.weight))
    print(f"{len(heavy)} of {len(texts)} heavier")  # noqa: T201
    assert light == []
    assert len(heavy) < 0.002 * len(texts), heavy[:20]


def linked(text: str, reading: npm.Reading) -> list[str]:
    return [text[start:end] for _, start, end in reading.entities]


def test_x_cuts_what_we_say_it_cuts(folder: Path):
    """Addresses and hashtags, each in its text."""
    cut = {text: part for text, (part, _, _) in CUT_LINKS.items()}
    cut |= {text: tag for text, (_, tag) in CUT_TAGS.items()}
    texts = [*cut, "#IA#ML", "En #C# aussi"]
    read = [linked(text, one) for text, one in zip(texts, npm.read(texts, folder), strict=True)]
    assert read == [*([part] for part in cut.values()), [], []]


def test_x_links_the_whole_of_an_address_that_we_encode(folder: Path):
    """Whatever stands in it."""
    texts = generated(generators.address, 20_000 * TIMES)
    cut = [(one, text) for text in texts for one in addresses(text) if one.is_cut and one.start == 0]
    written = [whole for one, text in cut if (whole := encoded(text[: one.meant]))]
    assert len(written) > len(texts) / 4
    assert len(written) > 0.99 * len(cut)
    read = npm.read(written, folder)
    assert [text for text, one in zip(written, read, strict=True) if linked(text, one) != [text]] == []
