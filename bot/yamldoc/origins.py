"""Map from places in a cleaned text to places in the file as it was written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from bot.core.marks import Mark, Row

if TYPE_CHECKING:
    from bot.core.text.invisible import Edit


class Origins:
    """The origins of the places in a text that `changes` made from `written`."""

    def __init__(self, written: str, cleaned: str, changes: tuple[Edit, ...]) -> None:
        self._written, self._cleaned = _starts(written), _starts(cleaned)
        self._anchors = [(0, 0)]
        """(offset in the cleaned text, offset in the file): from there on, both advance together."""
        grown = 0
        for offset, char, put in changes:
            end = offset + len(char)
            grown += len(put) - len(char)
            if self._anchors[-1][0] == end + grown:  # of consecutive dropped characters, the last one counts
                self._anchors.pop()
            self._anchors.append((end + grown, end))

    def of(self, mark: Mark, size: int = 0) -> Mark:
        """Return the place in the file of `mark`, and of the first `size` characters of its text."""
        if not mark.line:
            return mark
        place = self._place(self._offset(mark.line, mark.column))
        rows = tuple(row for one in mark.rows for row in self._rows(one, size))
        return replace(mark, line=place.line, column=place.column, rows=rows)

    def relocated(self, value: Any) -> Any:
        """Return `value` with each mark in it, at any depth, replaced as by `of`."""
        if isinstance(value, Mark):
            return self.of(value)
        if is_dataclass(value) and not isinstance(value, type):
            changed = {one.name: self._of_field(value, one.name) for one in fields(value)}
            return replace(value, **changed)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return tuple(self.relocated(one) for one in value)
        return value

    def _of_field(self, value: Any, name: str) -> Any:
        """Return a field of `value`, relocated: `mark` is that of `text`, `intro_mark` that of `intro`."""
        found = getattr(value, name)
        if not isinstance(found, Mark):
            return self.relocated(found)
        text = getattr(value, name.removesuffix("mark").removesuffix("_") or "text", None)
        return self.of(found, len(text) if isinstance(text, str) else 0)

    def _rows(self, row: Row, size: int) -> list[Row]:
        """Return `row`, and one more for each later place on its line where something was dropped.

        Many texts may be on one line: the rows of each end with its first `size` characters.
        """
        first = self._offset(row.line, row.column)
        rows = [(row.offset, first)]
        end = first + size - row.offset
        if row.line < len(self._cleaned):
            end = min(end, self._cleaned[row.line])
        at = bisect_right(self._anchors, first, key=_cleaned_offset)
        while at < len(self._anchors) and self._anchors[at][0] < end:
            anchor = self._anchors[at][0]
            rows.append((row.offset + anchor - first, anchor))
            at += 1
        places = ((offset, self._place(where)) for offset, where in rows)
        return [Row(offset, place.line, place.column) for offset, place in places]

    def _offset(self, line: int, column: int) -> int:
        return self._cleaned[min(line, len(self._cleaned)) - 1] + column - 1

    def _place(self, offset: int) -> Mark:
        cleaned, written = self._anchors[bisect_right(self._anchors, offset, key=_cleaned_offset) - 1]
        there = written + offset - cleaned
        line = bisect_right(self._written, there)
        return Mark(line, there - self._written[line - 1] + 1)


def _starts(text: str) -> list[int]:
    """Return the start of each line of `text`."""
    return [0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1])]


def _cleaned_offset(anchor: tuple[int, int]) -> int:
    return anchor[0]
