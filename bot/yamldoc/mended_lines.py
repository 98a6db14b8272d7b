"""The lines of a file that is being mended: what is wrong is reported, and each line stays where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.model import Mark
from bot.yamldoc.line_shapes import Shape, shape_of

if TYPE_CHECKING:
    from bot.yamldoc.document import Document

MAX_SHOWN = 600
"""Characters of a corrected line that a remedy shows."""


class Sheet:
    """The lines of `document`, and the one that is being read; both lines and columns count from 0."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.lines = list(document.lines)
        self.at = 0
        self.changes = 0
        """How many lines were mended."""

    def shape(self, at: int | None = None) -> Shape:
        """Return the shape of the line at `at`, else of the one that is being read."""
        return shape_of(self.lines[self.at if at is None else at])

    def next_filled(self, at: int) -> int:
        """Return the first line from `at` on that is not blank; the number of lines where there is none."""
        while at < len(self.lines) and (not self.lines[at] or self.lines[at].isspace()):
            at += 1
        return at

    def rewrite(self, at: int, line: str) -> None:
        self.lines[at] = line
        self.changes += 1

    def report(self, code: str, at: int, column: int, message: str, remedy: str) -> None:
        self._document.report(code, Mark(at + 1, column + 1), message, remedy)

    def mend(self, code: str, column: int, message: str, line: str, *, how: str = "Write") -> None:
        """Report what is wrong with the line that is read, and put `line` in its place."""
        self.report(code, self.at, column, message, remedy_for(line, how))
        self.rewrite(self.at, line)

    def drop(self, *numbers: int) -> None:
        """Leave lines out that nobody can mend."""
        for at in numbers:
            self.rewrite(at, "")

    def mended(self) -> str:
        return "\n".join(self.lines)


def remedy_for(line: str, how: str = "Write", after: str = "") -> str:
    """Return ``Write, after 4 spaces: link: https://…``: the line itself, to copy."""
    text = line.lstrip(" ")
    spaces = len(line) - len(text)
    where = f", after {spaces} spaces" if spaces > 1 else ", after 1 space" if spaces else ""
    shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return f"{how}{where}: {shown}{after}"


def spaces(count: int) -> str:
    return "1 space" if count == 1 else f"{count} spaces"
