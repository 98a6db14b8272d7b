"""Properties of every split, for any text."""
# ruff: noqa: E501, SIM905 (pieces of text)

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.core.content.numbering import in_fractions
from bot.core.text.entities import EntityKind, extract
from bot.core.text.fragments import CannotSplit
from bot.core.text.line_breaks import FORBIDDEN, gaps, units
from bot.core.text.split import split
from bot.core.text.weight import weight


def squeezed(text: str) -> str:
    """Return everything that a split must keep: all but white space."""
    return re.sub(r"\s+", "", text)


def nfc(text: str) -> str:
    """Return `text` in its normal form, tabs as spaces."""
    return unicodedata.normalize("NFC", text).replace("\t", " ")


def taken(text: str, posts: tuple[str, ...]) -> list[int]:
    """Return the positions at which posts end in `text`."""
    ends: list[int] = []
    at = 0
    for post in posts:
        at = text.index(post, at) + len(post)
        ends.append(at)
    return ends


PIECES = st.sampled_from(
    "le la de commerce Intermarché lance « » “ “ ( ) – — : ; ! ? … , . etc. M. n° 53 10 000 2,9 M€ 6 novembre 2020 "
    "#TransfoNum @FlashTweet https://exemple.fr/a?b=c exemple.fr l’État 👍 👨‍👩‍👧‍👦 1️⃣ ⚡️ 語語語語 $AAPL www.lemonde.fr/x, "
    "Cédric O aujourd’hui e-commerce Anticonstitutionnellement e\u0301te\u0301".split(" ")
)
SPACES = st.sampled_from([" ", " ", " ", " ", "\n", "\n\n", "\u00a0", "\u202f", "", "  ", "\r\n", "\t"])
TEXTS = st.lists(st.tuples(PIECES, SPACES), min_size=15, max_size=50).map(
    lambda pairs: "".join(a + b for a, b in pairs)
)
LIMITS = st.integers(min_value=30, max_value=300)


LINK_IN_A_CUT_WORD = "le " * 11 + "https://exemple.fr/a?b=c aujourd’huihttps://exemple.fr/a?b=c aujourd’hui "
"""A cut inside the long word makes a link of its end, so that posts have to be shorter than the other link."""


@given(TEXTS, LIMITS)
@settings(max_examples=150)
@example(LINK_IN_A_CUT_WORD, 30)
def test_nothing_is_lost_and_no_post_is_over_the_limit(text: str, limit: int):
    posts = split(text, limit)
    assert squeezed("".join(posts)) == squeezed(nfc(text))
    for post in posts:
        assert post == nfc(post).strip()
        assert 0 < weight(post) <= limit


LINKS_IN_A_WORD = "#" + "x" * 95 + "b" * 137 + "économie.gouv.fr" * 20 + "éhttp://e.aaa"
"""Cuts of the long word fall into what is a link in the whole text."""


@given(st.text(max_size=400), st.integers(min_value=1, max_value=60))
@settings(max_examples=150)
@example(LINKS_IN_A_WORD, 280)
def test_any_text_at_all_is_split_or_refused(text: str, limit: int):
    refusal = None
    try:
        posts = split(text, limit)
    except CannotSplit as error:
        refusal = error
    if refusal is not None:
        assert refusal.weight > limit
        return
    assert squeezed("".join(posts)) == squeezed(nfc(text))
    assert all(weight(post) <= limit for post in posts)


TIGHT = st.integers(min_value=30, max_value=90)
DENSE = st.lists(
    st.sampled_from(
        ["le", "commerce", "#TransfoNum", "@FlashTweet", "https://exemple.fr/a-b?c=d", "exemple.fr"]
    ),
    min_size=20,
    max_size=40,
).map(" ".join)
"""One long sentence full of entities, so that posts must break among them."""


@given(TEXTS | DENSE, TIGHT)
@settings(max_examples=150)
def test_entities_are_intact(text: str, limit: int):
    """No new entity appears either, unless a word without spaces is longer than a post and had to be cut.

    But at the beginning of a post X treats an accented letter as the character before a link.
    """
    text = nfc(text)
    assume(all(weight(token) <= limit for token in text.split()))
    kinds = (EntityKind.URL, EntityKind.HASHTAG, EntityKind.MENTION)
    before = [entity.text for entity in extract(text) if entity.kind in kinds]
    posts = split(text, limit)
    after = [entity.text for post in posts for entity in extract(post) if entity.kind in kinds]
    if any(post[0].isalpha() and not post[0].isascii() for post in posts):
        before, after = ([re.sub("^é?té|^é", "", one) for one in found] for found in (before, after))
    assert after == before


GLUED = st.lists(
    st.sampled_from(
        [
            "mot",
            "(",
            ",",
            "\u00a0",
            "\u202f:",
            "語",
            "é.",
            "#TransfoNum",
            "@FlashTweet",
            "https://exemple.fr/a",
            "$ABC",
        ]
    ),
    min_size=10,
    max_size=40,
).map("".join)
"""Words and entities without a space to break at."""


@given(GLUED, st.integers(min_value=50, max_value=90))
@settings(max_examples=150)
def test_no_entity_is_cut_even_in_a_word_that_is(text: str, limit: int):
    ends = taken(nfc(text).strip(), split(text, limit))
    for entity in extract(nfc(text).strip()):
        assert weight(entity.text) > limit or not any(entity.start < end < entity.end for end in ends)


@given(TEXTS, LIMITS)
@settings(max_examples=75)
def test_posts_stay_as_they_are(text: str, limit: int):
    for post in split(text, limit):
        assert split(post, limit) == (post,)


@given(TEXTS, LIMITS)
@settings(max_examples=75)
def test_numbered_posts_without_their_numbers_are_the_text(text: str, limit: int):
    """Each post has its number, inside the limit, and the same total."""
    limit += 10  # a link weighs 23, and the shortest limit is 30: it has to fit beside any number
    posts = in_fractions((text,), limit)[0]
    assert all(weight(post) <= limit for post in posts)
    if len(posts) > 1:
        marks = [f" {position}/{len(posts)}" for position in range(1, len(posts) + 1)]
        assert all(post.endswith(mark) for post, mark in zip(posts, marks, strict=True))
        posts = tuple(post.removesuffix(mark) for post, mark in zip(posts, marks, strict=True))
    assert squeezed("".join(posts)) == squeezed(nfc(text))


@given(TEXTS, LIMITS)
@settings(max_examples=75)
def test_a_split_depends_on_nothing_else(text: str, limit: int):
    """Pure: other texts in between change nothing."""
    first = split(text, limit)
    split("Un autre texte. " * 40, limit + 1)
    assert split(text, limit) == first


def allowed(text: str) -> list[int]:
    """Return the positions at which `text` may be broken: before white space, and its end."""
    ends: list[int] = []
    for unit in units(text):
        ends += [gap.start for gap in gaps(text, unit.start, unit.end) if gap.cost < FORBIDDEN]
        ends.append(unit.end)
    return ends


@given(TEXTS, LIMITS)
@settings(max_examples=150)
@example(
    "le le le le le le le le le https://exemple.fr/a?b=c\u00a0« le le le le le le : https://exemple.fr/a?b=c "
    "le le le » le le",
    56,
)
def test_a_forbidden_break_is_never_taken_where_an_allowed_split_exists(text: str, limit: int):
    """A split exists if every stretch between two allowed breaks fits a post."""
    text = nfc(text.replace("\r\n", "\n")).strip()
    ends = allowed(text)
    assume(all(weight(text[a:b].strip()) <= limit for a, b in pairwise((0, *ends))))
    assert set(taken(text, split(text, limit))) <= set(ends)
