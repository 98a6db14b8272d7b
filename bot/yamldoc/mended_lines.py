"""Lines of a file that is being mended: slips are reported, and each line keeps its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.marks import Mark
from bot.yamldoc.line_shapes import Shape, shape_of

if TYPE_CHECKING:
    from bot.yamldoc.document import Document

MAX_SHOWN = 600
"""Characters of a corrected line that a remedy shows."""


class Sheet:
    """The lines of `document`, and the current one; lines and columns count from 0."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.lines = list(document.lines)
        self.at = 0
        self.changes = 0
        """Number of mended lines."""

    def shape(self, at: int | None = None) -> Shape:
        """Return the shape of the line at `at`, by default of the current line."""
        return shape_of(self.lines[self.at if at is None else at])

    def next_filled(self, at: int) -> int:
        """Return the first line from `at` on that is not blank, or the number of lines."""
        while at < len(self.lines) and (not self.lines[at] or self.lines[at].isspace()):
            at += 1
        return at

    def rewrite(self, at: int, line: str) -> None:
        self.lines[at] = line
        self.changes += 1

    def report(self, code: str, at: int, column: int, message: str, remedy: str) -> None:
        self._document.report(code, Mark(at + 1, column + 1), message, remedy)

    def mend(self, code: str, column: int, message: str, line: str, *, how: str = "Write") -> None:
        """Report an error on the current line, and replace it with `line`."""
        self.report(code, self.at, column, message, remedy_for(line, how))
        self.rewrite(self.at, line)

    def drop(self, *numbers: int) -> None:
        """Drop lines that cannot be mended."""
        for at in numbers:
            self.rewrite(at, "")

    def mended(self) -> str:
        return "\n".join(self.lines)


def remedy_for(line: str, how: str = "Write", after: str = "") -> str:
    """Return a remedy with a line to copy: ``Write, after 4 spaces: link: https://…``."""
    text = line.lstrip(" ")
    spaces = len(line) - len(text)
    where = f", after {spaces} spaces" if spaces > 1 else ", after 1 space" if spaces else ""
    shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return f"{how}{where}: {shown}{after}"


def spaces(count: int) -> str:
    return "1 space" if count == 1 else f"{count} spaces"
