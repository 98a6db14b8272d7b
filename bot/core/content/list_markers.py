"""Signs that editors put before items: keycaps, numbers, bullets."""

from __future__ import annotations

import re
from enum import Enum, auto
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEYCAPS = {f"{digit}\ufe0f\u20e3": digit for digit in range(10)} | {
    f"{digit}\u20e3": digit for digit in range(10)
}
_KEYCAPS["🔟"] = 10
_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)}
_KEYCAP = r"(?:(?:[0-9]\ufe0f?\u20e3){1,2}|🔟)"
_ONE_KEYCAP = re.compile(r"[0-9]\ufe0f?\u20e3|🔟")
_FIGURE = r"[+−-]?[€$£]?[0-9]"
_NUMBER = re.compile(
    r"\s*(?:"
    rf"(?P<keycap>{_KEYCAP})\s*"  # 1️⃣, and 1️⃣1️⃣ for eleven
    r"|(?P<circled>[\u2460-\u2473])\s*"
    r"|(?P<digits>[0-9]{1,2})(?:"
    r"(?:[.)°]|/(?![0-9]))\s+"  # "1. ", "1) ", "1/ "; never "2,9 M€" or "1/3 des"
    r"|[.)](?=[A-ZÀ-ÖØ-Þ«“\"#])"  # "1.Bercy"
    rf"|(?P<dash>\s?[-–—]\s+(?!{_FIGURE}))"  # "1- Un"; never "1 - 0 pour Lens" or "14 - 18 décembre"
    r"))(?=\S)"
)
_TOTAL = re.compile(r"([0-9]{1,2})/([0-9]{1,2})\s+(?=\S)")
_KEYCAP_INSIDE = re.compile(rf"\S[^\S\n]*{_KEYCAP}")
_NUMBER_INSIDE = re.compile(r"[.!?…][^\S\n]+[2-9][.)/][^\S\n]")
_LEADING = re.compile(
    rf"[0-9]+(?!\s?[-–—]\s*{_FIGURE})(?![0-9])(?!(?:er|re|e|ère|ème|nde?|d|st|rd|th)\b)"  # 1er, 2e
)
_WORD_LABEL = re.compile(r"([^\W\d_]{1,12}) ([0-9]{1,2})\s?[:.)–—-]")  # "Top 1 : …"
_LETTER_LABEL = re.compile(r"([A-Za-z])[.)]\s")
_ROMAN_LABEL = re.compile(r"([IVX]{1,4})[.)]\s")
_LABEL = re.compile(r"[A-Za-z]{1,4}+[.)]")
"""The beginning of both of these."""
_LABEL_AT_END = re.compile(r"\(([0-9]{1,2})(?:/[0-9]{1,2})?\)$")
_LONGEST_LABEL = 8
_ENOUGH_LABELS = 3
"""Fewer may be ``Ligue 1 : …``, ``Ligue 2 : …``."""
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")

_ORDINAL = re.compile(
    r"(?:\(([0-9]{1,2})\)|(?:#|[Nn]°\s?)([0-9]{1,2})(?:\s?[:.)]|\s?[-–—](?=\s)|(?=\s)))\s*(?=\S)"
)
"""``(1)``, ``#1``, ``N°1``: one text may begin like that, but hardly several texts in order."""
_ORDINALS = ("(", "#", "N", "n")

_BULLET = re.compile(
    r"(?:[-*•–—▪◦·➡▶►→●■‣○□◆◇◼◾▸▹◉⁃∙]\ufe0f?[ \t\u00a0]+(?:\[[ xX]\][ \t\u00a0]+)?"
    r"|o(?:\t|[ \u00a0]{2})[ \t\u00a0]*)"  # Word's bullet of the second level, pasted as text
)
_SCORE = re.compile(rf"([0-9]{{1,2}})\s?[-–—]\s+{_FIGURE}")
_MINUS = re.compile(rf"[-–—][ \t\u00a0]+{_FIGURE}")


class Sign(Enum):
    """Certainty that a number counts items."""

    FIRM = auto()
    """A keycap or a circled number, as no sentence begins with it."""
    USUAL = auto()
    """``1.``, ``1)``, ``1/``, ``1°``."""
    DASH = auto()
    """``1 -``, which scores and periods contain as well."""


class Number(NamedTuple):
    """The number before a text."""

    value: int
    rest: str
    """The text without it."""
    sign: Sign


def number_before(text: str) -> Number | None:
    """Return the number before `text`, or None.

    Numbers that belong to the text do not count: ``3 Français sur 4``, ``2,9 M€ levés``, ``1 - 0 pour Lens``.
    """
    match = None if text[:1].isalpha() else _NUMBER.match(text)  # fast path for most texts
    if match is None:
        return None
    rest = text[match.end() :]
    if caps := match["keycap"]:
        value = _KEYCAPS.get(caps)
        if value is None:
            value = int("".join(str(_KEYCAPS[cap]) for cap in _ONE_KEYCAP.findall(caps)))
        return Number(value, rest, Sign.FIRM)
    if match["circled"]:
        return Number(_CIRCLED[match["circled"]], rest, Sign.FIRM)
    return Number(int(match["digits"]), rest, Sign.DASH if match["dash"] else Sign.USUAL)


def is_count(values: Sequence[int]) -> bool:
    """Return True if `values` count 1, 2, 3…, perhaps several times from 1."""
    return values[0] == 1 and all(_follows(one, other) for one, other in pairwise(values))


def is_nearly_count(values: Sequence[int]) -> bool:
    """Return True if `values` count from 1 in at least half of the steps: an item was deleted, or moved."""
    steps = [_follows(one, other) for one, other in pairwise(values)]
    return values[0] == 1 and 2 * sum(steps) >= len(steps)


def _follows(one: int, other: int) -> bool:
    return other == one + 1 or (other == 1 and one > 1)


def counting(numbers: Sequence[Number]) -> bool:
    """Return True if `numbers`, of two lines or more, count items and are not part of their texts."""
    values = [number.value for number in numbers]
    if all(number.sign is Sign.FIRM for number in numbers):
        return True
    if any(number.sign is Sign.DASH for number in numbers):
        return is_count(values)
    return is_nearly_count(values)


def numbers_before(texts: Sequence[str]) -> list[Number | None]:
    """Return the number before each of `texts`.

    ``1/12`` … ``12/12`` are numbers if they count all; ``(1)``, ``#1`` and ``N°1`` if they count 1, 2, 3….
    """
    numbers = [number_before(text) for text in texts]
    totals = {
        n: match for n, text in enumerate(texts) if text[:1].isdecimal() and (match := _TOTAL.match(text))
    }
    count = len(totals)
    counted = [(str(n), str(count)) for n in range(1, count + 1)]
    if count > 1 and [(match[1], match[2]) for match in totals.values()] == counted:
        for n, match in totals.items():
            numbers[n] = Number(int(match[1]), texts[n][match.end() :], Sign.FIRM)
    ordinals = {
        n: match for n, text in enumerate(texts) if text[:1] in _ORDINALS and (match := _ORDINAL.match(text))
    }
    values = [int(match[1] or match[2]) for match in ordinals.values()]
    if len(values) > 1 and is_count(values):
        for value, (n, match) in zip(values, ordinals.items(), strict=True):
            numbers[n] = Number(value, texts[n][match.end() :], Sign.USUAL)
    return numbers


def stray_numbers(texts: Sequence[str]) -> bool:
    """Return True if `texts`, items of one line each, still contain what looks like item numbers."""
    if has_number_inside("\n".join(texts)):  # one search over all
        return True
    if len(texts) >= _ENOUGH_LABELS and _are_labelled(texts):
        return True
    return has_bare_numbers(texts)


def has_number_inside(text: str) -> bool:
    """Return True if a line of `text` contains what looks like an item number, but not at its beginning."""
    if ("\u20e3" in text or "🔟" in text) and _KEYCAP_INSIDE.search(text):
        return True
    return _NUMBER_INSIDE.search(text) is not None


def has_bare_numbers(texts: Sequence[str]) -> bool:
    """Return whether `texts` begin with 1, 2, 3… and no sign after it."""
    if len(texts) < 2 or not texts[0].startswith("1"):  # noqa: PLR2004  (one number may belong to its text)
        return False
    leading = [match[0] if (match := _LEADING.match(text)) else "" for text in texts]
    return leading == [str(n) for n in range(1, len(texts) + 1)]


def _are_labelled(texts: Sequence[str]) -> bool:
    """Return whether words, letters or ends count most of `texts`: ``Top 1 :``, ``A.``, ``(1)``."""
    words = [match for text in texts if (match := _WORD_LABEL.match(text))]
    labelled = [text for text in texts if _LABEL.match(text)]
    romans = [match[1] for text in labelled if (match := _ROMAN_LABEL.match(text))]
    ends = [text[-_LONGEST_LABEL:] for text in texts if text.endswith(")")]
    runs = [
        [int(match[2]) for match in words if match[1] == words[0][1]],
        [int(match[1]) for end in ends if (match := _LABEL_AT_END.search(end))],
        [ord(match[1].lower()) - ord("`") for text in labelled if (match := _LETTER_LABEL.match(text))],
        [_ROMAN.index(roman) + 1 for roman in romans if roman in _ROMAN],
    ]
    return any(len(run) > 1 and 2 * len(run) > len(texts) and is_count(run) for run in runs)


def bullet_before(text: str) -> str:
    """Return the bullet that opens `text`, with the white space after it, or ""."""
    match = None if text[:1].isalpha() and text[0] != "o" else _BULLET.match(text)
    return match[0] if match else ""


def number_or_score(text: str) -> int:
    """Return the number before a dash and a figure, as in ``3 - 14 juillet : …``, or 0."""
    match = None if text[:1].isalpha() else _SCORE.match(text)
    return int(match[1]) if match else 0


def is_minus(text: str) -> bool:
    """Return True if the dash that opens `text` may be a minus: a figure follows it."""
    return _MINUS.match(text) is not None
