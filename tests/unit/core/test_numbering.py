"""Tests of numbers inside the limit: the fixpoint of a split and the width of its own numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.content.numbering import in_fractions, in_parts, item_number
from bot.core.text.fragments import CannotSplit
from bot.core.text.weight import weight

WORD = "mots "


@pytest.mark.parametrize(
    ("position", "count", "expected"),
    [
        (1, 10, "1️⃣"),
        (9, 10, "9️⃣"),
        (10, 10, "🔟"),
        (1, 1, "1️⃣"),
        (1, 11, "1/11"),
        (11, 11, "11/11"),
        (100, 120, "100/120"),
    ],
)
def test_item_number(position: int, count: int, expected: str):
    assert item_number(position, count) == expected


class TestParts:
    def test_a_text_that_fits_has_no_number(self):
        assert in_parts(("Un",), 280) == ("Un",)
        assert in_parts(("x" * 280,), 280) == ("x" * 280,)

    def test_a_longer_one_ends_in_its_parts(self):
        first, second = "Une première phrase bien longue.", "Une seconde phrase bien longue."
        assert in_parts((f"{first} {second}",), 40) == (f"{first} (1/2)", f"{second} (2/2)")

    def test_nothing_makes_nothing(self):
        assert in_parts(("",), 280) == ()

    def test_what_cannot_be_cut_is_refused(self):
        with pytest.raises(CannotSplit):
            in_parts(("https://example.com/" + "a" * 30,), 20)


@pytest.mark.parametrize("count", [2, 9, 10, 11, 99, 100, 101])
def test_fractions_around_a_change_of_width(count: int):
    """One more digit may need one more post, which must not need one more digit."""
    sentences = [f"{'abcdefghij'[n % 10] * 20}." for n in range(count)]
    posts = [post for group in in_fractions(tuple(sentences), 30) for post in group]
    assert posts == [f"{text} {n}/{count}" for n, text in enumerate(sentences, 1)]


@pytest.mark.parametrize("limit", range(60, 75))
@pytest.mark.parametrize("words", [90, 100, 110, 950, 1000, 1050])
def test_parts_at_the_fixpoint(words: int, limit: int):
    parts = in_parts((WORD * words,), limit)
    count = len(parts)
    assert [part.rpartition(" (")[2] for part in parts] == [f"{n}/{count})" for n in range(1, count + 1)]
    assert max(map(weight, parts)) <= limit
    assert "".join(part.rpartition(" (")[0] for part in parts).replace(" ", "") == "mots" * words


TEXTS = st.lists(
    st.lists(
        st.sampled_from(
            ["mot", "ingénierie", "é", "👩‍👩‍👧", "https://example.com/a", "fin.", "2,9 M€", "\n\n"]
        ),
        max_size=60,
    ).map(" ".join),
    max_size=6,
)


@settings(max_examples=60)
@given(TEXTS, st.integers(60, 280))
def test_fractions_fit_count_and_lose_nothing(texts: list[str], limit: int):
    groups = in_fractions(tuple(texts), limit)
    posts = [post for group in groups for post in group]
    assert len(groups) == len(texts)
    assert all(weight(post) <= limit for post in posts)
    if len(posts) > 1:
        assert [post.rpartition(" ")[2] for post in posts] == [
            f"{n}/{len(posts)}" for n in range(1, len(posts) + 1)
        ]
        posts = [post.rpartition(" ")[0] for post in posts]
    assert re.sub(r"\s", "", "".join(posts)) == re.sub(r"\s", "", "".join(texts))


@settings(max_examples=60)
@given(TEXTS, st.integers(60, 280))
def test_parts_fit(texts: list[str], limit: int):
    for text in texts:
        assert all(weight(post) <= limit for post in in_parts((text,), limit))


def test_one_post_alone_has_no_fraction():
    assert in_fractions(("Un",), 280) == (("Un",),)
    assert in_fractions((), 280) == ()
    assert in_fractions(("", "Un"), 280) == ((), ("Un",))
