"""Tests that invisible characters are removed or replaced by their meaning, and visible ones kept."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text.invisible import edits, remove_invisible

CASES = {
    # left out
    "Ber\u200bcy": "Bercy",
    "Ber\u200c\u200d\u2060\xad\ufeff\u180ecy": "Bercy",
    "\u202aBercy\u202c": "Bercy",
    "Bercy \ufffc suit": "Bercy suit",
    "Bercy \u200b \ue000 suit": "Bercy suit",
    "  \u200b  Bercy": "    Bercy",
    "Bercy \ue001\U000f0001suit": "Bercy suit",
    "https://example.com/a\u200bb\u200cc\u2060d": "https://example.com/abcd",
    "Bercy\U000e0041\U000e007f": "Bercy",
    # line breaks
    "Un\u2028Deux\x0bTrois\x0cQuatre\u2029Cinq": "Un\nDeux\nTrois\nQuatre\nCinq",
    "Un\u2028\u2028Deux": "Un\n\nDeux",
    "Un\u2028\nDeux\n\x0bTrois\x0b": "Un\nDeux\nTrois",
    # bullets and signs of Word's fonts
    "\uf0b7\tUn\n  \uf0a7 Deux\n\u200b\uf0d8\xa0Trois": "•\tUn\n  • Deux\n•\xa0Trois",
    "\uf0b7Un": "• Un",
    "Un\u2028\uf0b7 Deux": "Un\n• Deux",
    "Un \uf0e0 Deux \uf0fc \uf0b7 \uf04a": "Un → Deux ✓ • ",
    # visible to readers
    "👩\u200d🚀 ❤️\u200d🔥 🏴\u200d☠️ 👨🏻\u200d⚕️ 🙂\u200d↔️ 🫱🏻\u200d🫲🏿": None,
    "☎️ 🗞️ ⬇️ 1️⃣ ©\ufe0f ☎\ufe0e": None,
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": None,
    "می\u200cخواهم क्\u200dष א\u200f!": None,
    "L’été, « 5 % », n°\xa053\u202f: 10\u202f000 – …": None,
}


@pytest.mark.parametrize("text", CASES)
def test_cleaned(text: str):
    expected = CASES[text]
    assert remove_invisible(text) == (text if expected is None else expected)


ANY = st.text(
    st.sampled_from(
        "a\xe9 \n\t\xa0•👩🚀🏴☠❤🏻\ufe0f"
        "\u200d\u200c\u200b\u200f\u2060\xad\ufeff\u2028\x0b\uf0b7\uf0e0\ue000\ufffc\uffff"
        "\U000e0067\U000e007fश\u0647\u034f\u3164🫱^"
    )
    | st.characters(exclude_categories=["Cs"])
)


@given(ANY)
def test_cleaned_text_is_clean(text: str):
    once = remove_invisible(text)
    assert remove_invisible(once) == once


@given(ANY)
def test_what_is_seen_stays(text: str):
    """Everything except replacements for signs of a font, in the same order."""
    unseen = {edit.offset for edit in edits(text)}
    assert all(
        unicodedata.category(text[at])[0] in "CZ" or text[at] in "\u034f\u3164\uffa0\ufffc" for at in unseen
    )
    left = [char for at, char in enumerate(text) if at not in unseen and not char.isspace() and char != "•"]
    drawn = set("•→✓") if any(edit.put.strip() for edit in edits(text)) else {"•"}
    assert [char for char in left if char not in drawn] == [
        char for char in remove_invisible(text) if not char.isspace() and char not in drawn
    ]


@given(
    st.lists(
        st.sampled_from(["👩\u200d🚀", "☎️", "❤️\u200d🔥", "🇫🇷", "1️⃣", "mot", "\n", "\u200b", "\ufeff"])
    ).map("".join)
)
def test_emoji_keep_their_style_and_their_joiners(text: str):
    assert remove_invisible(text) == text.replace("\u200b", "").replace("\ufeff", "")
