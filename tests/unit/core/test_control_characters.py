"""Tests that no text can control the terminal that shows it."""

from __future__ import annotations

import json
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.core.text.control_characters import STEERING, plain_json, visible

VALUES = st.recursive(
    st.text(st.characters(codec=None, exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_every_control_and_mark_of_direction_is_known() -> None:
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        steers = (
            unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}
            or unicodedata.bidirectional(sign) in directions
            or sign in "\u061c\u200e\u200f"
        )
        assert bool(STEERING.fullmatch(sign)) == steers, f"U+{code:04X}"


def test_what_people_see_stays() -> None:
    text = "L\u2019État\u202f: 2,9\u00a0M€ 👩\u200d🚀 1\ufe0f\u20e3\n\tdeux"
    assert visible(text) == text


def test_what_steers_is_shown() -> None:
    assert visible("a\u202egnp.yaml\x1b[2J\u200f\udcff") == r"a\u202egnp.yaml\x1b[2J\u200f\udcff"


@given(VALUES)
def test_json_without_it_is_the_same_value(value: object) -> None:
    shown = plain_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(shown) == json.loads(json.dumps(value))
    assert not STEERING.search(shown.replace("\n", ""))
