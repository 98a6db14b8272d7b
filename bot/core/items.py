"""From what an editor pasted to the items that it holds.

A block is read so: two or more numbered starts (1️⃣, ``1.``, ``1/``, ``1)``, ``1-``, ``1/12``, ①) → each
starts an item; else lines that all begin with one bullet (``-``, ``*``, ``•``) → each is one; else a blank
line anywhere → paragraphs are items, their inner line breaks become spaces; else lines are items. A line that
is only a URL belongs to the item above it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, overload

from bot.core import links
from bot.core.model import Item, Mark, Row
from bot.core.starts import bullet, own_number, stray_numbers, without_totals

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BlockItems", "Fragment", "Piece", "Reading", "is_blank", "own_number", "read_block", "renumbered"]

_INVISIBLE = ("C", "Z")
"""Unicode's categories of characters that leave no ink."""

_SENTENCE_END = re.compile(r"[.!?…»”\"]$")
_SENTENCES = re.compile(r"[.!?…] +[A-ZÀ-ÖØ-Þ«“]")
_SHOWN = 30
"""So many numbers show that they are out of order."""

Line = tuple[int, str]
"""(number from 0, text)"""
Group = list[Line]
"""The lines of one item."""


class Piece(NamedTuple):
    """A line of an item: where it begins in the item, which line of the block it is, where it begins there.

    All three count from 0.
    """

    offset: int
    line: int
    start: int


class Fragment(NamedTuple):
    """The text of one item, and the lines of the block that it was made of."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def line(self) -> int:
        """The line of the block, from 0, on which the item starts."""
        return self.pieces[0].line


@dataclass(frozen=True, slots=True)
class Reading:
    """How a block was understood; `doubt` says in one sentence why it could be read otherwise."""

    texts: tuple[str, ...]
    """Of the items."""
    doubt: str | None
    _groups: tuple[Group, ...]
    _source: tuple[str, ...]

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        """The items with their places in the block, made when they are asked for."""
        return tuple(
            Fragment(text, _pieces(group, self._source))
            for text, group in zip(self.texts, self._groups, strict=True)
        )


def read_block(block: str) -> Reading:
    """The items of `block`, without their numbers, in order."""
    source = block.splitlines()
    lines = [(index, line.strip()) for index, line in enumerate(source)]
    is_marked = any(not line[0].isalpha() for _, line in lines if line)  # most blocks are not
    lines = without_totals(lines) if is_marked else lines
    numbered = len([line for _, line in lines if own_number(line)]) if is_marked else 0
    if numbered > 1:
        groups, doubt = _by_number(lines)
    elif (filled := [pair for pair in lines if pair[1]]) and is_marked and _is_bulleted(filled):
        groups, doubt = _joined([[(index, _without_bullet(line))] for index, line in filled]), None
    elif filled and len(filled) <= filled[-1][0] - filled[0][0]:  # a blank line stands between them
        groups, doubt = _by_paragraph(lines)
    else:
        groups, doubt = _joined([[pair] for pair in filled]), None
    texts = tuple([_text(group) for group in groups])
    if numbered == 1:
        doubt = "one line starts with a number and no other does"
    return Reading(texts, doubt or _doubt(texts), tuple(groups), tuple(source))


class BlockItems(Sequence[Item]):
    """The items of a block of which each line is a line of its file, made when somebody looks at them.

    A folder holds the files of ten years, and a few of them are composed.
    """

    __slots__ = ("_block", "_count", "_first", "_indent", "_made")

    def __init__(self, block: str, first: int, indent: int, count: int) -> None:
        """`first`: the line of the file, from 1, on which the block begins; each is indented by `indent`.

        `count`: how many items it makes, so that too many are never made.
        """
        self._block, self._first, self._indent, self._count = block, first, indent, count
        self._made: tuple[Item, ...] | None = None

    @property
    def _items(self) -> tuple[Item, ...]:
        if self._made is None:
            lines = self._block.splitlines()
            fragments = [one for one in read_block(self._block).fragments if not is_blank(one.text)]
            self._made = tuple(Item(one.text, mark=self._mark(one, lines)) for one in fragments)
        return self._made

    def _mark(self, fragment: Fragment, lines: list[str]) -> Mark:
        rows = tuple(
            Row(offset, self._first + n, self._indent + start + 1) for offset, n, start in fragment.pieces
        )
        line = lines[fragment.line]
        return Mark(rows[0].line, self._indent + len(line) - len(line.lstrip()) + 1, 0, rows)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        return self._items[index]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BlockItems):
            return self._items == other
        mine = (self._first, self._indent, self._block)
        return mine == (other._first, other._indent, other._block)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


def is_blank(text: str) -> bool:
    """Whether nothing in `text` leaves ink."""
    return not text[:1].isalnum() and all(unicodedata.category(char)[0] in _INVISIBLE for char in text)


def renumbered(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts of a list of items without the editor's numbers: where two or more carry one, all do."""
    texts = tuple(text for _, text in without_totals(list(enumerate(texts))))
    numbers = [own_number(text) for text in texts]
    if sum(number is not None for number in numbers) < 2:  # noqa: PLR2004  (one number may belong to its text)
        return texts
    return tuple(number[1] if number else text for text, number in zip(texts, numbers, strict=True))


def _doubt(texts: tuple[str, ...]) -> str | None:
    """What the items look like that are not what they should be."""
    if stray_numbers(texts):
        return "numbers stand inside the items and would be posted with them"
    if len([text for text in texts if bullet(text)]) > 1:
        return "bullets stand before some items and would be posted with them"
    if len(texts) == 1 and _SENTENCES.search(texts[0]):
        return "several sentences make one item"
    return None


def _is_bulleted(filled: list[Line]) -> bool:
    if not (bullet(filled[0][1]) or _is_url(filled[0][1])):
        return False
    found = [bullet(line) for _, line in filled if not _is_url(line)]
    marks = {match[1] if match else "" for match in found}
    return len(found) > 1 and len(marks) == 1 and "" not in marks


def _without_bullet(line: str) -> str:
    """`line` without what opens it; the same sign further on is the author's: ``- Bercy – Paris``."""
    match = bullet(line)
    return line[match.end() :] if match else line


def _by_number(lines: list[Line]) -> tuple[list[Group], str | None]:
    groups: list[Group] = []
    numbers: list[int] = []
    doubt = None
    after_blank = False
    for index, line in lines:
        number = own_number(line)
        if number:
            numbers.append(number[0])
            groups.append([(index, number[1])])
        elif line and groups:
            groups[-1].append((index, line))
            if after_blank and not _is_url(line):
                doubt = doubt or f"a paragraph without a number was joined to item {len(groups)}"
        elif line:
            groups.append([(index, line)])
            doubt = "a line before the first number became an item of its own"
        after_blank = not line
    if numbers != list(range(1, len(numbers) + 1)):
        shown = ", ".join(map(str, numbers[:_SHOWN]))
        doubt = doubt or f"the numbers run {shown}{', …' if len(numbers) > _SHOWN else ''}"
    return groups, doubt


def _by_paragraph(lines: list[Line]) -> tuple[list[Group], str | None]:
    paragraphs = [list(group) for filled, group in groupby(lines, key=lambda pair: bool(pair[1])) if filled]
    doubt = None
    for paragraph in paragraphs:
        inner = [line for _, line in paragraph[:-1]]
        if any(_SENTENCE_END.search(line) or _ends_in_url(line) for line in inner) and not _is_url(
            paragraph[-1][1]
        ):
            doubt = (
                "a blank line makes each paragraph one item, but a paragraph holds lines that end like items"
            )
    return _joined(paragraphs), doubt


def _joined(groups: list[Group]) -> list[Group]:
    """The groups; one that is only a URL goes to the one above it."""
    if not any(_is_url(group[0][1]) for group in groups):
        return groups
    whole: list[Group] = []
    for group in groups:
        if whole and _is_url(group[0][1]) and all(_is_url(line) for _, line in group):
            whole[-1].extend(group)
        else:
            whole.append(list(group))
    return whole


def _text(group: Group) -> str:
    """The lines of `group` as one."""
    return group[0][1] if len(group) == 1 else " ".join([line for _, line in group])


def _pieces(group: Group, source: Sequence[str]) -> tuple[Piece, ...]:
    """Where the lines of `group` stand; what was taken from each, number and white space, stood before it."""
    pieces: list[Piece] = []
    offset = 0
    for index, line in group:
        pieces.append(Piece(offset, index, len(source[index].rstrip()) - len(line)))
        offset += len(line) + 1
    return tuple(pieces)


def _is_url(line: str) -> bool:
    if "." not in line or " " in line:  # most lines, at once
        return False
    found = links.urls(line)
    return len(found) == 1 and (found[0].start, found[0].end) == (0, len(line))


def _ends_in_url(line: str) -> bool:
    found = links.urls(line)
    return bool(found) and found[-1].end == len(line)
