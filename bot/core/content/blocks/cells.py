"""Tables pasted cell by cell, so that several lines or paragraphs make one item, or row by row."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.content.blocks import paste_remarks

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from bot.core.content.blocks.grouping import Group
    from bot.core.content.blocks.lines import BlockLine
    from bot.core.content.blocks.remarks import BlockRemark

_COLUMNS = 3
"""Columns of a table, at least: a link below its text is the usual form of an item."""
_ROWS = 3
"""Rows that hardly have their links at equal distances by chance."""
_SIGNS = 2
"""Signs of a table that suffice: whole rows, links alone on their lines, many rows."""
_SEMICOLON = re.compile(r"(?<=\S);(?=\S)|(?<=\S);$")
"""One between cells: in a sentence a blank follows."""
_ENTITY = re.compile(r"&#?\w{2,8};")
_SEMICOLONS = 2
"""Semicolons of a row, at least: a sentence may have one."""
_FEW = 2
"""Items without a link, at least."""


def cells(
    lines: Sequence[BlockLine], groups: Sequence[Group], apart: Container[int], *, are_paragraphs: bool
) -> Iterator[BlockRemark]:
    """Yield a remark if links come at equal distances, and items between them have none.

    The lines `apart` have remarks already, and are no cells.
    """
    groups = [group for group in groups if group[0][0] not in apart]
    links = {line.at for line in lines if line.is_link or "://" in line.text}
    others = [group for group in groups if links.isdisjoint(at for at, _ in group)]
    units = [{at for at, _ in group} for group in groups]
    if not are_paragraphs:
        units = [{line.at} for line in lines if line.at not in apart]
    linked = [n for n, unit in enumerate(units) if not links.isdisjoint(unit)]
    distance = _distance(linked)
    if not distance or len(others) < _FEW or lines[0].is_link:  # then links stand above their texts
        return
    are_whole_rows = len(units) % distance == 0
    are_alone = not are_paragraphs and links == {line.at for line in lines if line.is_link}
    if are_whole_rows + are_alone + (len(linked) >= _ROWS) >= _SIGNS:
        what = "paragraphs" if are_paragraphs else "lines"
        yield paste_remarks.cells([group[0][0] for group in others], others[0][0][1], what, distance)


def rows(groups: Sequence[Group]) -> Iterator[BlockRemark]:
    """Yield a remark on items that hold the same number of semicolons: the rows of a table pasted as CSV."""
    counts = {
        group[0][0]: sum(len(_SEMICOLON.findall(_ENTITY.sub("", text))) for _, text in group)
        for group in groups
    }
    for usual, many in Counter(n for n in counts.values() if n >= _SEMICOLONS).most_common(1):
        if many >= _ROWS:
            found = [group[0] for group in groups if counts[group[0][0]] == usual]
            yield paste_remarks.rows([at for at, _ in found], found[0][1], usual)


def _distance(linked: Sequence[int]) -> int:
    """Return the distance between all neighbours of `linked`, or 0 if it varies or is less than a row."""
    distances = {other - one for one, other in pairwise(linked)}
    return max(distances) if len(distances) == 1 and min(distances) >= _COLUMNS else 0
