"""Blocks of text after ``|``: the lines that belong to them, and their indentation."""

from __future__ import annotations

import re
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, NamedTuple

from bot.yamldoc import strays
from bot.yamldoc.flow import COLON, YAML_INDICATOR
from bot.yamldoc.line_shapes import requoted
from bot.yamldoc.mended_lines import remedy_for, spaces

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.yamldoc.line_shapes import Shape
    from bot.yamldoc.mended_lines import Sheet

    Ends = Callable[[Shape, int, int], bool]

_HEADER = re.compile(r"[|>][+-]?[1-9]?[+-]?(?:[ \t]+#.*|[ \t]*)$")
STEP = 2
"""Spaces to indent a text by, if its lines do not show it."""


class _Line(NamedTuple):
    at: int
    spaces: int
    """Spaces before anything else, tabs included."""
    shape: Shape


class Blocks:
    """Reader of blocks from a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def needs_a_sign(self, parent: int) -> bool:
        """Return True if YAML fails on lines of text below a key without ``|``."""
        sheet, at = self._sheet, self._sheet.at
        while (at := sheet.next_filled(at)) < len(sheet.lines):
            shape = sheet.shape(at)
            if shape.indent <= parent:
                return False
            if COLON.search(shape.body) or YAML_INDICATOR.match(shape.body) or shape.dash:
                return True
            at += 1
        return False

    def read_header(self, column: int, *, is_block: bool) -> bool:
        """Read the sign at `column` that opens a block; return False if a text follows, but no block."""
        sheet = self._sheet
        line = sheet.lines[sheet.at]
        if _HEADER.match(line, column):
            return True
        if not is_block:
            message = f"a text that begins with {line[column]} has a meaning of its own in YAML."
            sheet.mend("special-start", column, message, requoted(line, column))
            sheet.at += 1
            return False
        message = f"text follows '{line[column]}' on its line."
        remedy = f"Begin the text on the next line, indented by {STEP} spaces."
        sheet.report("yaml-syntax", sheet.at, column, message, remedy)
        sheet.rewrite(sheet.at, line[: column + 1])
        return True

    def read(self, parent: int, ends: Ends) -> None:
        """Read the block below the current line; `parent` is the indentation of its key or dash."""
        lines, base = self._collected(parent, ends)
        low = [one for one in lines if parent < one.spaces < base]
        if low:
            base = self._levelled(lines, low, base)
        for kind, run in groupby(lines, key=lambda one: _kind(one, parent, base)):
            if kind != "text":
                self._report_run(kind, list(run), base)

    def _collected(self, parent: int, ends: Ends) -> tuple[list[_Line], int]:
        """Return the lines of the block, and the indentation of the first one."""
        sheet = self._sheet
        lines: list[_Line] = []
        base = 0
        at = sheet.at + 1
        while (at := sheet.next_filled(at)) < len(sheet.lines):
            shape = sheet.shape(at)
            is_left = shape.indent < base or shape.indent <= parent
            if is_left and not self._parts_text(at, base) and ends(shape, parent, base):
                break
            spaces = len(shape.blanks) - len(shape.blanks.lstrip(" "))
            if not base and spaces > parent:
                base = spaces
            lines.append(_Line(at, spaces, shape))
            at += 1
        sheet.at = at
        return lines, base or parent + STEP

    def _parts_text(self, at: int, base: int) -> bool:
        """Return whether the line at `at` is a ``---`` that stands between lines of the text."""
        if self._sheet.shape(at).body != "---":
            return False
        below = self._sheet.next_filled(at + 1)
        return below < len(self._sheet.lines) and self._sheet.shape(below).indent >= base > 0

    def _levelled(self, lines: list[_Line], low: list[_Line], base: int) -> int:
        """Return the indentation of the block; report and mend its first lines if only they are deeper."""
        first, agreed = lines[0], low[0].spaces
        deep = sum(one.spaces >= base for one in lines)
        is_odd_one = deep < len(low) or (deep == len(low) and base % STEP > agreed % STEP)
        if first.spaces != base or not is_odd_one:
            return base
        message = f"this line is indented by {spaces(base)}, the lines below it by {agreed}."
        remedy = remedy_for(" " * agreed + first.shape.body, "Align it with the line below")
        self._sheet.report("indentation", first.at, base, message, remedy)
        for one in takewhile(lambda one: one.spaces >= base, lines):
            self._sheet.rewrite(one.at, one.shape.body.rjust(len(one.shape.body) + agreed))
        return agreed

    def _report_run(self, kind: str, run: list[_Line], base: int) -> None:
        """Report and mend consecutive lines that are wrong in the same way."""
        first = run[0]
        message = _MESSAGES[kind].format(spaces=spaces(first.spaces), base=base)
        line = " " * base + first.shape.body
        how = "Write" if len(run) == 1 else f"Indent lines {first.at + 1} to {run[-1].at + 1} alike"
        if kind == "outside" and len(run) == 1 and (outro := strays.outro_of(self._sheet, first.at)):
            how, line = f"Indent it by {base} spaces; or, to end the thread with it, write", outro
        column = first.spaces if kind in ("tab", "no-break-space") else len(first.shape.blanks)
        self._sheet.report(_CODES[kind], first.at, column, message, remedy_for(line, how))
        for one in run:
            self._sheet.rewrite(one.at, " " * base + one.shape.body)


_CODES = {
    "tab": "tab",
    "no-break-space": "no-break-space",
    "outside": "stray-line",
    "low": "indentation",
}
_MESSAGES = {
    "tab": "a tab indents this line; YAML wants spaces.",
    "no-break-space": "a no-break space indents this line; YAML wants ordinary ones.",
    "outside": "this line is not indented, so it is no part of the text above it.",
    "low": "this line is indented by {spaces}, the text that it belongs to by {base}.",
}


def _kind(line: _Line, parent: int, base: int) -> str:
    if line.spaces >= base:
        return "text"
    after = line.shape.blanks[line.spaces : line.spaces + 1]
    if after:
        return "tab" if after == "\t" else "no-break-space"
    return "low" if line.spaces > parent else "outside"
