"""Signs that open lines of a block only because they are repeated: an emoji, ``+``, ``>``, ``»``, ``§``."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.content.blocks.lines import BlockLine

_PLAIN = ("+", ">", "§", "~", "»", "›")
_LETTER = re.compile(r"o[ \t\u00a0]")
"""Word's bullet of the second level, as text."""
_USUAL = frozenset("🔹🔸🔷🔶✅✔☑👉")
"""Emoji that are hardly ever more than bullets."""
_PARTS = ("So", "Sk", "Mn", "Cf")
"""Unicode categories of the parts of an emoji."""
_LONGEST = 8


def opener(text: str) -> str:
    """Return the emoji or sign that opens `text`, with the white space after it, or ""."""
    if text[:1].isalnum() and not _LETTER.match(text):  # fast path for most texts
        return ""
    if text[0] in _PLAIN or text[0] == "o":
        end = 1
    elif unicodedata.category(text[0]) == "So":
        end = next((n for n, char in enumerate(text) if unicodedata.category(char) not in _PARTS), len(text))
    else:
        return ""
    rest = text[end:].lstrip()
    has_space = len(rest) < len(text) - end
    is_figure = text[0] in _PLAIN and (rest[:1].isdecimal() or not has_space)
    return "" if end > _LONGEST or not rest or is_figure else text[: len(text) - len(rest)]


def repeated_openers(lines: Sequence[BlockLine]) -> dict[int, str]:
    """Return the openers of the lines that share the most frequent opener of `lines`, by line index."""
    found = {line.at: sign for line in lines if not line.is_link and (sign := opener(line.text))}
    counts = Counter(_bare(sign) for sign in found.values())
    usual = counts.most_common(1)[0][0] if counts else ""
    return {at: sign for at, sign in found.items() if _bare(sign) == usual}


def is_usual(sign: str) -> bool:
    """Return True if `sign` is hardly ever more than a bullet."""
    return _bare(sign) in _USUAL


def quoted_lines(lines: Sequence[BlockLine]) -> frozenset[int]:
    """Return the lines that begin inside a quotation that ends in the same paragraph."""
    inside: set[int] = set()
    waiting: list[int] = []
    depth = 0
    for line in lines:
        if line.has_gap:
            waiting, depth = [], 0
        if depth:
            waiting.append(line.at)
        depth = max(0, depth + line.text.count("«") - line.text.count("»"))
        if waiting and not depth:
            inside.update(waiting)
            waiting = []
    return frozenset(inside)


def _bare(sign: str) -> str:
    return sign.rstrip().rstrip("\ufe0f")
