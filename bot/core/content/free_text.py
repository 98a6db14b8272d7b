"""Free texts before they are split: intended new posts, and lines that another program wrapped.

Text wrapped by hand or by an e-mail program has a line break wherever the next word would have crossed the
margin. Such breaks are read as spaces; all others stay. A paragraph of three lines shows its wrapping by
itself; shorter ones do so together, if most of them break their sentences at one margin.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bot.core.text.french import links, weak
from bot.core.text.line_kinds import ENDS_PROSE, LineKind, classify

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNS = "-–—―−─━*_=~•·∙∗⁎◆✦"
_RULE = rf"(?:[–—―−─━][ \t]*+[-–—―−─━]|(?:[{_SIGNS}][ \t]*+){{2}}[{_SIGNS}])(?:[ \t]*+[{_SIGNS}])*+|[⸺⸻⁂*]"
"""Three signs or more; of dashes, two will do: word processors make ``—-`` of three hyphens.

A star, or a sign as wide as three, does it alone.
"""
_NEW_POST = re.compile(rf"^[ \t]*+(?:{_RULE})[ \t]*+$", re.MULTILINE)
_LONGEST_HEADING = 60
_NARROWEST, _WIDEST = 35, 120
"""Columns at which text is wrapped: 64 to 80 in e-mails, half of that on small screens."""
_FEWEST_LINES = 3
_TAIL = 16  # enough to see how a line ends
_RAGGED = 0.85
"""Share of the margin from which a line is full; text wrapped by hand is ragged."""
_MOST_EXCEPTIONS = 0.3
"""Share of a paragraph's breaks that may have another reason: a heading, the end of a short paragraph."""
_ENOUGH = 3
"""Number of sentences that must break at one margin to show it, in paragraphs of two lines."""
_OPEN_NOTES = frozenset({"via", "source", "photo", "crédit", "lire", "voir", "from", "by", "von", "@"})
"""Words that begin a separate line below a title, as small words do."""
_LEAST_SMALL = 0.4
"""Minimum share of next lines that begin in lower case: most do in French, half in German."""


class Wrapping(NamedTuple):
    """The wrapping of a text."""

    columns: int
    offset: int
    """Start of the first wrapped line, in code points."""
    breaks: tuple[tuple[int, int], ...]
    """The white space around each line break that is read as a space."""


class _Row(NamedTuple):
    start: int
    end: int
    """The end, without trailing white space."""
    columns: int
    first: str
    """Its first word."""
    small: bool
    """True if it begins with a lower-case letter."""
    follows: bool
    """True if it may continue the line above."""
    ink: int
    """Start of its first word."""
    ends: bool
    """True if a sentence may end with it."""
    last: str
    """Its last word."""


class Break(NamedTuple):
    """A line break of a free text that is kept but may not be intended."""

    offset: int
    """Start of the line that it ends, in code points."""
    before: str
    after: str
    """The words around it."""
    hyphenated: bool
    """True if it may be inside a word."""


def sections(text: str) -> tuple[str, ...]:
    """Return the parts of a free text between lines like ``---``, with wrapped lines joined."""
    if wrapping := detect_wrapping(text):
        parts: list[str] = []
        at = 0
        for start, end in wrapping.breaks:
            parts += [text[at:start], " "]
            at = end
        text = "".join((*parts, text[at:]))
    return tuple(part.strip() for part in _NEW_POST.split(text))


def detect_wrapping(text: str) -> Wrapping | None:
    """Return the wrapping of `text`, or None if its line breaks are its editor's."""
    columns, found = _joined(_pairs(_rows(text)))
    if not found:
        return None
    return Wrapping(
        columns,
        text.rfind("\n", 0, found[0][0].end) + 1,
        tuple((above.end, row.ink) for above, row in found),
    )


def doubtful(text: str) -> Iterator[Break]:
    """Yield the line breaks in mid-sentence or inside a word that are kept, as they may be intended."""
    pairs = _pairs(_rows(text))
    joined = {row.ink for _, row in _joined(pairs)[1]}
    for above, row in pairs:
        hyphenated = _is_hyphenated(above, row)
        if hyphenated or (row.ink not in joined and _is_torn(above, row)):
            yield Break(above.start, above.last, row.first, hyphenated)


def lone_headings(text: str) -> Iterator[int]:
    """Yield the start of each heading that is a post of its own only because of a line like ``---`` below it.

    Markdown underlines headings like that. Prose follows such a heading; another follows a post of one line.
    """
    waiting: int | None = None
    heading: int | None = None
    may_open, at = True, 0
    for line in text.split("\n"):
        bare = line.strip()
        if _NEW_POST.fullmatch(line):
            waiting, heading, may_open = heading, None, True
        elif not bare:
            heading, may_open = None, True
        else:
            kind = classify(bare)
            if waiting is not None and kind is LineKind.PROSE:
                yield waiting
            waiting = None
            is_heading = may_open and kind is LineKind.SHORT and len(bare) <= _LONGEST_HEADING
            heading, may_open = at if is_heading else None, False
        at += len(line) + 1


_Pair = tuple[_Row, _Row]


def _joined(pairs: list[_Pair]) -> tuple[int, list[_Pair]]:
    """Return the margin at which lines were wrapped, and those of `pairs` that form one line."""
    if columns := max(map(_margin, _blocks(pairs)), default=0):
        found = [
            (above, row) for above, row in pairs if above.columns <= columns and _is_full(above, row, columns)
        ]
    elif columns := _common_margin(pairs):
        found = [(above, row) for above, row in pairs if _breaks_at(above, row, columns)]
    else:
        found = []
    return columns, [(above, row) for above, row in found if not _is_hyphenated(above, row)]


def _rows(text: str) -> list[_Row]:
    rows: list[_Row] = []
    at, may_continue = 0, False
    for line in text.split("\n"):
        bare = line.strip()
        if not bare:
            may_continue = False
        else:
            kind = classify(bare)
            is_rule = _NEW_POST.fullmatch(line) is not None
            follows = may_continue and kind not in (LineKind.ROW, LineKind.LINK) and not is_rule
            ink = at + len(line) - len(line.lstrip())
            row = _Row(
                at,
                ink + len(bare),
                ink + len(bare) - at,
                bare.split(maxsplit=1)[0],
                bare[0].islower(),
                follows,
                ink,
                bare[-1] == ":" or ENDS_PROSE.search(bare[-_TAIL:]) is not None,
                bare.rsplit(maxsplit=1)[-1],
            )
            rows.append(row)
            may_continue = kind is not LineKind.LINK and not is_rule
        at += len(line) + 1
    return rows


def _pairs(rows: list[_Row]) -> list[_Pair]:
    """Return each line that may continue the line above, paired with that line."""
    return [(above, row) for above, row in pairwise(rows) if row.follows]


def _blocks(pairs: list[_Pair]) -> list[list[_Pair]]:
    """Return the pairs in blocks, between blank lines, rows of lists and links."""
    blocks: list[list[_Pair]] = []
    for above, row in pairs:
        if not (blocks and blocks[-1][-1][1] is above):
            blocks.append([])
        blocks[-1].append((above, row))
    return blocks


def _is_full(above: _Row, row: _Row, columns: int) -> bool:
    """Return True if the first word of `row` would have crossed the margin, or nearly so."""
    return above.columns + 1 + len(row.first) > columns * _RAGGED


def _is_hyphenated(above: _Row, row: _Row) -> bool:
    """Return True if the line break may be inside a word; only a dictionary can decide."""
    return row.small and above.last[-1] in "-\u2010" and above.last[-2:-1].isalpha()


def _is_torn(above: _Row, row: _Row) -> bool:
    """Return True if a sentence clearly continues across the break between two lines of prose."""
    if above.columns < _NARROWEST or not row.small or above.ends:
        return False
    is_note = row.first.rstrip(":") in _OPEN_NOTES or links(row.first) or weak(row.first)
    return not is_note or row.ends or weak(above.last)


def _margin(block: list[_Pair]) -> int:
    """Return the column at which a block of lines was wrapped, or 0 if it was not."""
    columns = max(block[0][0].columns, *(row.columns for _, row in block))
    if len(block) + 1 < _FEWEST_LINES or not _NARROWEST <= columns <= _WIDEST:
        return 0
    full = [row for above, row in block if _is_full(above, row, columns)]
    small = sum(row.small for row in full)
    enough = len(full) >= (1 - _MOST_EXCEPTIONS) * len(block)
    return columns if enough and small >= _LEAST_SMALL * len(full) else 0


def _common_margin(pairs: list[_Pair]) -> int:
    """Return the column at which most sentences break, however short their paragraphs, or 0 if none."""
    torn = [(above, row) for above, row in pairs if not above.ends]
    margins = Counter(
        column
        for above, row in torn
        for column in range(max(above.columns, _NARROWEST), min(above.columns + len(row.first), _WIDEST) + 1)
    )
    columns = max(sorted(margins), key=margins.__getitem__, default=0)
    full = [row for above, row in torn if above.columns <= columns <= above.columns + len(row.first)]
    small = sum(row.small for row in full)
    enough = len(full) >= max(_ENOUGH, (1 - _MOST_EXCEPTIONS) * len(torn))
    return columns if enough and small >= _LEAST_SMALL * len(full) else 0


def _breaks_at(above: _Row, row: _Row, columns: int) -> bool:
    """Return True if the line above ends at the margin, or nearly so in mid-sentence."""
    if above.columns > columns:
        return False
    is_torn = row.small and not above.ends and _is_full(above, row, columns)
    return is_torn or columns <= above.columns + len(row.first)
