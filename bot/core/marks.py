"""Places in a file: a line and column, and the places of the lines of a text."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import NamedTuple


class Row(NamedTuple):
    """A line of a text in its file: the text from `offset` on starts at `line` and `column`."""

    offset: int
    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file. Lines and columns count from 1."""

    line: int = 0
    column: int = 0
    nth: int = 0
    """Distinguishes texts that start at the same place: items in quotes have no lines of their own."""
    rows: tuple[Row, ...] = field(default=(), compare=False, repr=False)
    """Places of the lines of the text that starts here; empty if the file writes it in another form."""

    def at(self, offset: int) -> Mark:
        """Return the place of the character at `offset` of the text, or the start of the text."""
        n = bisect_right(self.rows, offset, key=_offset)
        if not n:
            return self
        row = self.rows[n - 1]
        return Mark(row.line, row.column + offset - row.offset)

    def without(self, lead: int) -> Mark:
        """Return the mark of the text without its first `lead` characters."""
        rows = tuple(row._replace(offset=row.offset - lead) for row in self.rows)
        return replace(self, rows=rows)


def _offset(row: Row) -> int:
    return row.offset


NOWHERE = Mark()
"""The place of what no file contains."""
