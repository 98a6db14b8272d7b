"""A free text before it is split: where its editor wants a new post, and lines that another program wrapped.

Text that was wrapped by hand or by an e-mail program has a line break wherever the next word would have gone
over the margin. Such breaks are read as spaces; all others stay.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from bot.core.lines import Kind, kind_of

_NEW_POST = re.compile(r"^[ \t]*---[ \t]*$", re.MULTILINE)
_NARROWEST, _WIDEST = 35, 120
"""Columns that text is wrapped at: 64 to 80 in e-mails, half of it on small screens."""
_FEWEST_LINES = 3
_RAGGED = 0.85
"""People who wrap by hand do so at about the margin: a line is full from this share of it on."""
_MOST_EXCEPTIONS = 0.3
"""The share of a paragraph's breaks that may have another reason: a heading, the end of a short paragraph."""
_LEAST_SMALL = 0.4
"""The share of the next lines that begin with a small letter: most in French, half in German."""


class Wrapping(NamedTuple):
    """How a text was wrapped."""

    columns: int
    offset: int
    """Where the first wrapped line begins, in code points."""
    breaks: tuple[tuple[int, int], ...]
    """The white space around each line break that stands for a space."""


class _Row(NamedTuple):
    start: int
    end: int
    """Without the white space at its end."""
    columns: int
    word: int
    """The length of its first word."""
    small: bool
    """Whether it begins with a small letter."""
    follows: bool
    """Whether it may continue the line above."""
    ink: int
    """Where its first word begins."""


def sections(text: str) -> tuple[str, ...]:
    """Return the parts of a free text between the lines that are ``---``, wrapped lines joined."""
    if wrapping := wrapped(text):
        parts: list[str] = []
        at = 0
        for start, end in wrapping.breaks:
            parts += [text[at:start], " "]
            at = end
        text = "".join((*parts, text[at:]))
    return tuple(part.strip() for part in _NEW_POST.split(text))


def wrapped(text: str) -> Wrapping | None:
    """Return how `text` was wrapped; None where its line breaks are its editor's."""
    rows = _rows(text)
    columns = max((width for block in _blocks(rows) if (width := _margin(block))), default=0)
    if not columns:
        return None
    found = [
        (above.end, row.ink)
        for above, row in pairwise(rows)
        if row.follows and above.columns <= columns and _is_full(above, row, columns)
    ]
    return Wrapping(columns, text.rfind("\n", 0, found[0][0]) + 1, tuple(found))


def _rows(text: str) -> list[_Row]:
    rows: list[_Row] = []
    at, may_continue = 0, False
    for line in text.split("\n"):
        bare = line.strip()
        if not bare:
            may_continue = False
        else:
            kind = kind_of(bare)
            follows = may_continue and kind not in (Kind.ROW, Kind.LINK) and bare != "---"
            ink = at + len(line) - len(line.lstrip())
            row = _Row(
                at,
                ink + len(bare),
                ink + len(bare) - at,
                len(bare.split(maxsplit=1)[0]),
                bare[0].islower(),
                follows,
                ink,
            )
            rows.append(row)
            may_continue = kind is not Kind.LINK and bare != "---"
        at += len(line) + 1
    return rows


def _blocks(rows: list[_Row]) -> list[list[_Row]]:
    """Return the lines between blank ones, rows of lists and links."""
    blocks: list[list[_Row]] = []
    for row in rows:
        if not row.follows:
            blocks.append([])
        blocks[-1].append(row)
    return blocks


def _is_full(above: _Row, row: _Row, columns: int) -> bool:
    """Return whether the first word of `row` would have gone over the margin, or nearly so."""
    return above.columns + 1 + row.word > columns * _RAGGED


def _margin(block: list[_Row]) -> int:
    """Return at which column a block of lines was wrapped; 0 if it was not."""
    columns = max(row.columns for row in block)
    if len(block) < _FEWEST_LINES or not _NARROWEST <= columns <= _WIDEST:
        return 0
    full = [row for above, row in pairwise(block) if _is_full(above, row, columns)]
    small = sum(row.small for row in full)
    enough = len(full) >= (1 - _MOST_EXCEPTIONS) * (len(block) - 1)
    return columns if enough and small >= _LEAST_SMALL * len(full) else 0
