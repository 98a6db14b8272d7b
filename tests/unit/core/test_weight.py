"""Examples of the length rule; X's conformance suite and library cover the rest."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import graphemes
from bot.core.text.weight import LIMIT, URL_WEIGHT, V1, V2, V3, spans, weight


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("Bonjour", 7),
        ("été", 3),
        (unicodedata.normalize("NFD", "été"), 3),
        ("« l’État »", 10),
        ("…", 2),
        ("2,9 M€", 7),
        ("語", 2),
        ("1️⃣", 2),
        ("1⃣", 2),
        ("🔟", 2),
        ("⚡", 2),
        ("⚡️", 2),
        ("🇫🇷", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🕵🏻‍♀️", 2),
        ("©", 1),
        ("©️", 2),
        ("https://exemple.fr", URL_WEIGHT),
        ("https://exemple.fr/" + "a" * 500, URL_WEIGHT),
        ("Lire https://exemple.fr/a, et (exemple.com).", 5 + 23 + 6 + 23 + 2),
        ("etc.Et", 23),
        ("fin. Et", 7),
        ("@exemple.com #exemple.com $exemple.com", 38),
        ("http://t.co/" + "a" * 41, 53),
        ("\ufe0f", 2),
        ("\u200d", 1),
    ],
)
def test_weight(text: str, expected: int):
    assert weight(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("🫠", 2), ("🫱🏻‍🫲🏿", 9), ("🐈‍⬛", 5), ("🏳️‍⚧️", 7)])
def test_emoji_newer_than_unicode_11_count_their_code_points(text: str, expected: int):
    """As X's library counts them; a lower weight would be refused."""
    assert weight(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab.music", 23),  # ICANN only: X may or may not know it
        ("a" * 40 + ".music", 46),
        ("ab.duck", 23),  # X's library only
        ("a" * 40 + ".duck", 45),
        ("a.com.music", 29),  # one link, or a link and six characters
        ("a" * 40 + ".music et " + "b" * 40 + ".duck", 46 + 4 + 45),
    ],
)
def test_a_link_under_a_disputed_domain_counts_its_dearest_reading(text: str, expected: int):
    assert weight(text) == expected


def test_generations_of_the_rule():
    text = "語👨‍👩‍👧‍👦 exemple.com"
    assert [weight(text, config) for config in (V1, V2, V3)] == [
        1 + 7 + 1 + 23,
        2 + 11 + 1 + 23,
        2 + 2 + 1 + 23,
    ]
    assert V3.limit == LIMIT


@pytest.mark.parametrize(
    "text",
    [
        "a." * 50_000, "@" * 100_000, "\u0301" * 100_000, "\u0301\u0316" * 50_000, "\u0344\u0316" * 50_000,
        "\u200d" * 100_000,
        "a.co." * 20_000, "a_.co" * 20_000, "http://" * 14_000, "あ.co" * 20_000, "é" * 100_000 + ".com",
        "👍.co" * 20_000,
        "a.co/(" * 10_000, "x" * 100_000 + ".com", "👍" * 100_000,
        "1\ufe0f" * 50_000, "a.co?" + "!" * 100_000,
        "a." * 50_000 + "com",
    ],
    ids=lambda text: ascii(text[:12]),
)  # fmt: skip
def test_time_is_linear(text: str):
    """100 kB of anything; generous, for slow machines."""
    begun = time.thread_time()
    weight(text)
    assert time.thread_time() - begun < 2


@given(st.text(max_size=200))
def test_spans_add_up(text: str):
    text = unicodedata.normalize("NFC", text)
    found = spans(text)
    assert len(text) + sum(span.weight - (span.end - span.start) for span in found) == weight(text)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(st.text(max_size=100), st.text(max_size=100))
def test_weights_add_up_at_white_space(before: str, after: str):
    """The property by which a text can be split without being weighed again."""
    assert weight(f"{before} {after}") == weight(before) + 1 + weight(after)


@given(st.text(max_size=60))
def test_normalisation_does_not_change_the_weight(text: str):
    assert weight(unicodedata.normalize("NFD", text)) == weight(text)


@given(
    st.text(
        alphabet="ae\u0301\u0316\u0344\u0345\u05b0\u0f71\u1100\u1161\u0653\u0654", min_size=0, max_size=12
    )
)
def test_long_runs_of_marks_normalise_as_ever(text: str):
    """The workaround for CPython's quadratic sort gives the same result as CPython."""
    repeated = text * 30
    assert graphemes.nfc(repeated) == unicodedata.normalize("NFC", repeated)


@given(st.text(max_size=80))
def test_graphemes_are_the_text(text: str):
    assert "".join(graphemes.graphemes(text)) == text
