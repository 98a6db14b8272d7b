"""What people put before an item: keycaps, numbers, bullets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEYCAPS = {f"{digit}\ufe0f\u20e3": digit for digit in range(10)} | {
    f"{digit}\u20e3": digit for digit in range(10)
}
_KEYCAPS["🔟"] = 10
_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)}
_KEYCAP = r"(?:(?:[0-9]\ufe0f?\u20e3){1,2}|🔟)"
_NUMBER = re.compile(
    r"\s*(?:"
    rf"(?P<keycap>{_KEYCAP})\s*"  # 1️⃣, and 1️⃣1️⃣ as people write eleven
    r"|(?P<circled>[\u2460-\u2473])\s*"
    r"|(?P<digits>[0-9]{1,2})(?:"
    r"(?:[.)°]|/(?![0-9])|\s?[-–—])\s+"  # "1. ", "1) ", "1/ ", "1- "; never "2,9 M€" or "1/3 des"
    r"|[.)](?=[A-ZÀ-ÖØ-Þ«“\"#]))"  # "1.Bercy"
    r")(?=\S)"
)
_TOTAL = re.compile(r"^\s*([0-9]{1,2})/([0-9]{1,2})\s+(?=\S)")
_KEYCAP_INSIDE = re.compile(rf"\S[^\S\n]*{_KEYCAP}")
_NUMBER_INSIDE = re.compile(r"[.!?…][^\S\n]+[2-9][.)/][^\S\n]")
_LEADING = re.compile(r"[0-9]+")

BULLET = re.compile(r"([-*•–—▪◦·➡▶►→])\ufe0f?[ \t\u00a0]+")
"""What opens an entry of a list that was typed as text."""


def own_number(text: str) -> tuple[int, str] | None:
    """The number that an editor put before `text`, and `text` without it; None where it has none.

    Numbers that belong to the text stay: ``3 Français sur 4``, ``2,9 M€ levés``, ``5G : …``.
    """
    match = None if text[:1].isalpha() else _NUMBER.match(text)  # most texts, at once
    if match is None:
        return None
    rest = text[match.end() :]
    if match["keycap"]:
        caps = re.findall(r"[0-9]\ufe0f?\u20e3|🔟", match["keycap"])
        return int("".join(str(_KEYCAPS[cap]) for cap in caps)), rest
    if match["circled"]:
        return _CIRCLED[match["circled"]], rest
    return int(match["digits"]), rest


def without_totals(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """`lines` with ``1/12`` … ``12/12`` as ``1. `` … ``12. ``, where they count exactly that many."""
    found = [
        (match[1], match[2]) for _, line in lines if not line[:1].isalpha() and (match := _TOTAL.match(line))
    ]
    count = len(found)
    if count < 2 or found != [(str(n), str(count)) for n in range(1, count + 1)]:  # noqa: PLR2004  (1/1 is no list)
        return lines
    return [(index, _TOTAL.sub(_without_total, line)) for index, line in lines]


def _without_total(match: re.Match[str]) -> str:
    return f"{match[1]}. "


def stray_numbers(texts: Sequence[str]) -> bool:
    """Whether `texts`, read as items and each of one line, still hold what looks like numbers of items."""
    whole = "\n".join(texts)  # one search over all
    if ("\u20e3" in whole or "🔟" in whole) and _KEYCAP_INSIDE.search(whole):
        return True
    if _NUMBER_INSIDE.search(whole):
        return True
    if len(texts) < 2 or not texts[0].startswith("1"):  # noqa: PLR2004  (one number may belong to its text)
        return False
    leading = [match[0] if (match := _LEADING.match(text)) else "" for text in texts]
    return leading == [str(n) for n in range(1, len(texts) + 1)]


def bullet(text: str) -> re.Match[str] | None:
    """The bullet that opens `text`."""
    return None if text[:1].isalpha() else BULLET.match(text)
