"""Quotations in a text: French, English and German marks, and mixtures of them."""

from __future__ import annotations

import re

_MARK_OR_BREAK = re.compile(r"[«»“”„\"\n](?:(?<=\n)[ \t\u00a0]*+\n)?")
_GUILLEMETS = "«»"
_DEEPEST = 4
"""Maximum depth; deeper nesting is a slip, and would be searched again for every mark."""
_BEFORE_OPENING = "([{'’-–—/«“„\""


def quotes(text: str) -> list[tuple[int, int]]:
    """Return the span of each quotation, including its marks, in the order of their ends.

    A blank line closes all open quotations, so a forgotten closing mark affects only its paragraph.
    """
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for match in _MARK_OR_BREAK.finditer(text):
        at, end = match.span()
        if text[at] == "\n":
            if end > at + 1:
                opened.clear()
        elif _opens(text, at, opened):
            opened.append(at)
            del opened[:-_DEEPEST]
        elif opened:
            found.append((_closed(text, at, opened), at + 1))
    return found


def _opens(text: str, at: int, opened: list[int]) -> bool:
    mark = text[at]
    if mark in "„”":
        return mark == "„"
    begins_word = not at or text[at - 1].isspace() or text[at - 1] in _BEFORE_OPENING
    ends_word = at + 1 == len(text) or not text[at + 1].isalnum()
    if mark == "«":
        return begins_word
    if mark == "»":  # German typographers reverse them
        return begins_word and not ends_word and not any(text[one] == "«" for one in opened)
    is_open = any(text[one] in '“„"' for one in opened)
    return begins_word and not (ends_word and is_open)


def _closed(text: str, at: int, opened: list[int]) -> int:
    """Pop the partner of the mark at `at`, if possible of its kind, and those above it; return it."""
    is_guillemet = text[at] in _GUILLEMETS
    for n in range(len(opened) - 1, -1, -1):
        if (text[opened[n]] in _GUILLEMETS) == is_guillemet:
            break
    else:
        n = len(opened) - 1
    start = opened[n]
    del opened[n:]
    return start
