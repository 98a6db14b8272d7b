"""Lines of a block, grouped by item, with remarks on lines that were joined or left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bot.core.content.blocks import remarks
from bot.core.content.blocks.lines import ends_in_link
from bot.core.content.blocks.marks import HEADING_MARK
from bot.core.content.blocks.signs import begins_small, starts_clearly
from bot.core.content.letters import is_below_letter, is_of_letter

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from bot.core.content.blocks.lines import BlockLine
    from bot.core.content.blocks.remarks import BlockRemark
    from bot.core.content.blocks.signs import Signs

    Group = list[tuple[int, str]]
    """The lines of one item: (index from 0, text)."""

_HEADING = 80
"""Characters that a heading has at most."""
_INNER_HEADING = 40
"""Characters of one that no blank line sets apart, at most; nor is it longer than the item above it."""
_HEADING_LINES = 3
_STAMPS = 3
"""Lines above the text of a message, at most."""
_NO_HEADING = re.compile(r"[.,;…]$")
_ENDS_LIKE_AN_ITEM = re.compile(r"[.!?…»”\"]$")
_LEANING = "le la les des du de au aux à et ou dans que qui dont ce cet cette ces leurs the of and to"
NEVER_LAST = frozenset(_LEANING.split())
"""Words that never end an item."""
_LONGEST = 8
"""Characters that suffice for the longest of them and the space before it."""
_UNFINISHED = (",", "(")
_SLIP = 1
"""Spaces by which a line may be indented by accident, without continuing the line above."""
_WRAPPED = 40
"""Minimum characters of the widest line of a text wrapped by hand."""
_ENOUGH = 2
"""Number of clear continuation lines that show a text wrapped by hand."""


@dataclass(slots=True)
class _Segment:
    """A line with a sign and the lines after it, or a paragraph without a sign."""

    is_signed: bool
    lines: list[BlockLine]

    @property
    def is_marked(self) -> bool:
        """True if it is a heading in Markdown."""
        return not self.is_signed and _is_marked(self.lines[0])


class _Joined(NamedTuple):
    """A line that became a part of an item, which is counted from 1."""

    at: int
    text: str
    item: int


@dataclass(slots=True)
class _Grouping:
    """The groups so far, and the lines that joined them without being a clear part of them."""

    no_news: Container[int] = frozenset()
    """The lines that have remarks of their own: heads of mails, names and times of chats."""
    groups: list[Group] = field(default_factory=list)
    joined: list[_Joined] = field(default_factory=list)

    def open(self, line: BlockLine, text: str) -> None:
        self.groups.append([(line.at, text)])

    def add(self, line: BlockLine, *, is_clear: bool) -> None:
        self.groups[-1].append((line.at, line.text))
        if not is_clear and line.at not in self.no_news:
            self.joined.append(_Joined(line.at, line.text, len(self.groups)))

    def remarks(self, sign: str, why: str = "") -> Iterator[BlockRemark]:
        """Yield a remark on lines that may be news, and one on lines that are around a letter."""
        others: list[_Joined] = []
        of_letter: list[_Joined] = []
        for line in self.joined:
            (of_letter if is_of_letter(line.text) else others).append(line)
        whole = sum(len(text) for group in self.groups for _, text in group)
        is_most = 2 * sum(len(line.text) for line in others) > whole
        for lines, remedy in (
            (others, remarks.move_up(sign, is_most=is_most)),
            (of_letter, remarks.no_letter(sign)),
        ):
            if lines:
                first = lines[0]
                at = [line.at for line in lines]
                yield remarks.joined_remark(at, first.text, first.item, why, remedy)


def by_sign(
    lines: Sequence[BlockLine], signs: Signs, no_news: Container[int]
) -> tuple[list[Group], list[BlockRemark]]:
    """Return an item for each sign; leave headings out, and join other paragraphs to the item above.

    No remark names the lines in `no_news`.
    """
    segments = _segments(lines, signs)
    has_details = {marked: _has_details(segments, are_marked=marked) for marked in (False, True)}
    found, said = _Grouping(no_news), []
    for segment in segments:
        first = segment.lines[0]
        indices = [line.at for line in segment.lines]
        if segment.is_signed:
            found.open(first, signs.texts[first.at])
            for line in segment.lines[1:]:
                is_rest = line.at not in no_news and _is_rest(line, first, signs.texts[first.at])
                found.add(line, is_clear=line.is_link or is_rest)
        elif _is_heading(segment) and not has_details[segment.is_marked]:
            said.append(remarks.heading(indices, first.text, signs.name))
        elif not found.groups:
            found.open(first, first.text)
            found.groups[-1] += [(line.at, line.text) for line in segment.lines[1:]]
            if rest := [line for line in segment.lines if line.at not in no_news]:
                said.append(remarks.alone([line.at for line in rest], rest[0].text, signs.name))
        else:
            for line in segment.lines:
                found.add(line, is_clear=line.is_link)
    return found.groups, [*said, *found.remarks(signs.name)]


def by_paragraph(
    lines: Sequence[BlockLine], no_news: Container[int]
) -> tuple[list[Group], list[BlockRemark]]:
    """Return an item for each paragraph, of one line or more. No remark names the lines in `no_news`."""
    found = _Grouping(no_news)
    for line in lines:
        if found.groups and line.is_link:
            found.add(line, is_clear=True)
        elif line.has_gap:
            found.open(line, line.text)
        else:
            above = found.groups[-1]
            is_first_of_text = len(above) <= _STAMPS and all(at in no_news for at, _ in above)
            found.add(line, is_clear=is_first_of_text)
    return found.groups, list(found.remarks("", ", since each paragraph is one"))


def by_line(lines: Sequence[BlockLine], no_news: frozenset[int]) -> tuple[list[Group], list[BlockRemark]]:
    """Return an item for each line, except for lines that continue the line above.

    A line in `no_news` continues none.
    """
    rest = _rest_of(lines).difference(no_news)
    found = _Grouping(no_news)
    for line in lines:
        if found.groups and line.is_link:
            found.add(line, is_clear=True)
        elif line.at in rest:
            found.add(line, is_clear=False)
        else:
            found.open(line, line.text)
    return found.groups, list(found.remarks(""))


def _segments(lines: Sequence[BlockLine], signs: Signs) -> list[_Segment]:
    segments: list[_Segment] = []
    for line in lines:
        if line in signs:
            segments.append(_Segment(True, [line]))
        elif (
            not segments
            or _is_marked(line)
            or ((line.has_gap or segments[-1].is_marked) and not line.is_link)
        ):
            segments.append(_Segment(False, [line]))
        else:
            segments[-1].lines.append(line)
    if segments and not segments[0].is_signed and _is_heading(segments[0]):
        return _with_headings(segments, signs)
    return segments


def _with_headings(segments: Sequence[_Segment], signs: Signs) -> list[_Segment]:
    """Return `segments` with the last line of an item as a heading, if it looks like one.

    Only a block that opens with a heading has headings right below an item, without a blank line.
    """
    found: list[_Segment] = []
    for n, segment in enumerate(segments):
        *others, last = segment.lines
        is_above_a_sign = n + 1 < len(segments) and segments[n + 1].is_signed
        if others and segment.is_signed and is_above_a_sign and _is_heading(_Segment(False, [last])):
            first = others[0]
            text = signs.texts[first.at]
            is_short = len(last.text) <= min(_INNER_HEADING, len(text))
            if is_short and not _is_rest(last, first, text):
                found += [_Segment(True, others), _Segment(False, [last])]
                continue
        found.append(segment)
    return found


def _has_details(segments: Sequence[_Segment], *, are_marked: bool) -> bool:
    """Return True if paragraphs without a sign are details, that is, more than every other item has one.

    Headings in Markdown are details only if every item has one below it.
    """
    signed = sum(segment.is_signed for segment in segments)
    found = sum(not segment.is_signed and segment.is_marked == are_marked for segment in segments)
    return segments[0].is_signed and (found >= signed if are_marked else 2 * found > signed)


def _is_marked(line: BlockLine) -> bool:
    return HEADING_MARK.match(line.text) is not None


def _is_heading(segment: _Segment) -> bool:
    return len(segment.lines) <= _HEADING_LINES and all(
        len(line.text) <= _HEADING
        and not _NO_HEADING.search(line.text)
        and not (ends_in_link(line.text) or "://" in line.text)
        for line in segment.lines
    )


def _is_rest(line: BlockLine, first: BlockLine, text: str) -> bool:
    """Return True if `line` clearly continues the item that `first` opens with `text`."""
    if starts_clearly(line):
        return False
    is_rest = line.indent > first.indent or (begins_small(line.text) and not begins_small(text))
    return is_rest and not is_below_letter(line.text)


def _rest_of(lines: Sequence[BlockLine]) -> frozenset[int]:
    """Return the lines that continue the ones above, by their beginnings or a common wrapping width."""
    if not lines:
        return frozenset()
    rest: set[int] = set()
    first = lines[0]
    for previous, line in pairwise(lines):
        if _continues(line, previous, first):
            rest.add(line.at)
        elif not line.is_link:
            first = line
    if len(rest) >= _ENOUGH and (width := max(len(line.text) for line in lines)) >= _WRAPPED:
        rest.update(line.at for previous, line in pairwise(lines) if _is_wrapped(line, previous, width))
    return frozenset(rest)


def _continues(line: BlockLine, previous: BlockLine, first: BlockLine) -> bool:
    if line.is_link:
        return False
    if line.indent > first.indent + _SLIP:
        return not starts_clearly(line)
    if line.text[0] == "(" and line.text[-1] == ")":
        return True
    if begins_small(line.text) and not begins_small(first.text) and not _is_complete(previous):
        return True
    if previous.text.endswith(_UNFINISHED):
        return True
    last = previous.text[-_LONGEST:].replace("’", "'").replace("'", " ").rpartition(" ")
    return last[1] == " " and last[2].lower() in NEVER_LAST


def _is_wrapped(line: BlockLine, previous: BlockLine, width: int) -> bool:
    """Return True if the first word of `line` did not fit on the previous line."""
    word = line.text.split(" ", 1)[0]
    return not (_is_complete(previous) or line.is_link or len(previous.text) + 1 + len(word) <= width)


def _is_complete(line: BlockLine) -> bool:
    return _ENDS_LIKE_AN_ITEM.search(line.text) is not None or ends_in_link(line.text)
