"""Emoji sequences as X's library knows them, and graphemes, which readers see as one character."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from bot.core.text import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

_TONE = "[\U0001f3fb-\U0001f3ff]"
_VS16 = "\ufe0f"
KEYCAP = "\u20e3"
_REGION = 0x1F1E6
_TAG = 0xE0000


def _any(texts: list[str]) -> str:
    """Return a regex group of literal texts; of two with the same beginning, the longer wins."""
    return "(?:" + "|".join(re.escape(text) for text in sorted(texts, key=lambda t: (-len(t), t))) + ")"


def _joined(groups: Mapping[str, str], link: str) -> list[str]:
    """Return one branch per set of bases: a base, `link`, any of its tails."""
    tails: dict[str, list[str]] = {}
    for tail, bases in groups.items():
        tails.setdefault(bases, []).append(tail)
    return [f"[{bases}]{link}{_any(group)}" for bases, group in tails.items()]


def _flags() -> list[str]:
    seconds: dict[str, str] = {}
    for flag in sorted(tables.FLAGS):
        first, second = flag[0], flag[1]
        seconds[first] = seconds.get(first, "") + chr(_REGION + ord(second) - ord("A"))
    return [f"{chr(_REGION + ord(first) - ord('A'))}[{group}]" for first, group in seconds.items()]


def _subdivisions() -> list[str]:
    return [
        "\U0001f3f4" + "".join(chr(_TAG + ord(letter)) for letter in name) + "\U000e007f"
        for name in sorted(tables.SUBDIVISIONS)
    ]


# Emoji that begin with a character of normal weight: keycaps, and © and ® in emoji style.
SMALL_SEQUENCE = f"[0-9#*\xa9\xae](?:(?<![\xa9\xae]){_VS16}?{KEYCAP}|(?<=[\xa9\xae]){_VS16})"

# All other sequences of code points, longest first. X counts each as one character.
SEQUENCE = "|".join(
    (
        *_joined(tables.JOINED_TONED, f"{_TONE}?"),
        *_joined(tables.JOINED_STYLED, f"(?:{_TONE}|{_VS16})"),
        _any(list(tables.JOINED)),
        # A style and a tone: only the few emoji that accept either may have both.
        f"(?=[{tables.VARIED}])[{tables.TONED}]{_VS16}?{_TONE}?",
        f"[{tables.VARIED}]{_VS16}",
        f"[{tables.TONED}]{_TONE}",
        *_subdivisions(),
        *_flags(),
    )
)

# Each of those sequences contains one of these.
TELLTALE = f"\u200d{_VS16}{_TONE[1:-1]}\U0001f1e6-\U0001f1ff\U000e0020-\U000e007f"

# A grapheme, close to Unicode's: an emoji sequence, a flag, or a character with all that extends it.
# Source: https://www.unicode.org/reports/tr29/, 2026-11-23 (NFC has already composed Hangul)
_EXTEND = f"[{tables.MARKS}\u200c{_TONE[1:-1]}\U000e0020-\U000e007f]"
_GRAPHEME = re.compile(
    f"\r\n|[\U0001f1e6-\U0001f1ff]{{2}}|.{_EXTEND}*+(?:\u200d(?:[^\\s\\w]{_EXTEND}*+)?)*+",
    re.DOTALL,
)


def graphemes(text: str) -> list[str]:
    """Return the graphemes of `text`; together they are the text."""
    return _GRAPHEME.findall(text)


# CPython sorts the marks after a letter by insertion, in quadratic time.
_PERHAPS_A_MARK = "[^\0-\u02ff\u2000-\u20cf]"  # negated, it compiles 50 times as fast
_PERHAPS_MANY_MARKS = re.compile(f"{_PERHAPS_A_MARK}{_PERHAPS_A_MARK}{{63}}")


def nfc(text: str) -> str:
    """Return `text` in NFC, in linear time whatever it contains."""
    if text.isascii():
        return text
    if _PERHAPS_MANY_MARKS.search(text):
        text = _many_marks().sub(lambda run: _in_order(run[0]), text)
    return unicodedata.normalize("NFC", text)


@cache
def _many_marks() -> re.Pattern[str]:
    """Return the pattern of long runs of marks; compiled on first use, as it is rarely needed."""
    return re.compile(f"[{tables.MARKS}]{{64,}}")


def _in_order(marks: str) -> str:
    """Return `marks` in canonical order: by combining class between characters of class 0, else unchanged."""
    ordered: list[str] = []
    run: list[str] = []
    for mark in "".join(unicodedata.normalize("NFD", mark) for mark in marks):
        if unicodedata.combining(mark):
            run.append(mark)
        else:
            ordered += [*sorted(run, key=unicodedata.combining), mark]
            run = []
    return "".join((*ordered, *sorted(run, key=unicodedata.combining)))
