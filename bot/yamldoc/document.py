"""A YAML file as text: every scalar stays as it was typed, every node has its line and column.

YAML's own types are hostile to prose: ``7:30`` would be 450, ``053`` 43, ``no`` false, an unquoted
`` #FlashTweet`` a comment, ``Réseaux sociaux : Jack Dorsey`` a mapping, and a repeated key would win.
So nothing is typed here, and each of these is a `Finding` with a place and a remedy.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from bot.core.marks import Mark, Row
from bot.errors import MAX_FINDINGS, Finding, Severity, clipped

if TYPE_CHECKING:
    from bot.core.text.invisible import Edit
    from bot.yamldoc.origins import Origins

Value = str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]


class Quoting:
    """The form in which findings quote a file: verbatim."""

    __slots__ = ()

    def quote(self, text: str, path: Path | None = None) -> str:
        """Return `text` in quotes; it is the key or value at `path`, or neither if that is None."""
        del path
        return f"'{text}'"

    def named(self, path: Path) -> str:
        """Return the name of the place `path`; list entries count from 1."""
        return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)

    def corrected(self, line: str) -> str | None:
        """Return a corrected line as a remedy shows it, or None if it must not be shown."""
        return line


@dataclass(frozen=True, slots=True)
class Scalar:
    """The place of a scalar, and its notation."""

    mark: Mark
    style: str | None = None
    """``|`` or ``>`` for a block, ``"`` or ``'`` for quotes, None for plain text."""
    lines: int = 1
    """Number of lines of the file with some of its text, as folding and quotes join them; not counted for a
    literal block."""

    @property
    def is_block(self) -> bool:
        """True if its text starts on the line after its mark."""
        return self.style in ("|", ">")

    @property
    def is_literal(self) -> bool:
        """True if each line of its text is a line of the file: folding and quotes join and break lines."""
        return self.style == "|"


@dataclass
class Document:
    """A parsed file; `value` is None if it could not be parsed, for the reasons in `findings`."""

    path: str
    quoting: Quoting = field(default_factory=Quoting)
    """The only way in which a finding may quote the file."""
    text: str = ""
    value: Value | None = None
    findings: list[Finding] = field(default_factory=list)
    places: dict[Path, Mark] = field(default_factory=dict)
    """Start of each value, by its path; an entry of a mapping has the place of its key."""
    scalars: dict[Path, Scalar] = field(default_factory=dict)
    origins: Origins | None = None
    """Map from places in `text` to places in the file; None if they are the same."""
    escaped: list[tuple[Mark, Edit]] = field(default_factory=list)
    """Invisible characters made by escapes in double quotes, each with the start of its text."""
    is_mended: bool = False
    """True if `text` is no longer what was typed, and `value` may lack some of it."""

    @cached_property
    def lines(self) -> list[str]:
        """The lines of `text`; the first has index 0."""
        return self.text.split("\n")

    def rewrite(self, text: str) -> None:
        """Replace a text that cannot be read with `text`, of as many lines; it is never published."""
        self.text = text
        self.is_mended = True
        for name in ("lines", "_filled"):
            self.__dict__.pop(name, None)

    @cached_property
    def _filled(self) -> list[int]:
        """Number of lines that are not blank, above each line and above the end."""
        return [0, *accumulate(bool(line) and not line.isspace() for line in self.lines)]

    def lines_with_text(self, first: int, last: int) -> int:
        """Return the number of lines that are not blank, from index `first` up to, but not including, `last`.

        Many texts may be on one line, however long: it is examined once.
        """
        filled = self._filled
        return max(filled[min(last, len(self.lines))] - filled[min(first, len(self.lines))], 0)

    def place(self, path: Path) -> Mark:
        """Return the place of the value at `path`, or of the nearest one around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Mark(1, 1))

    def line_of(self, path: Path, offset: int) -> Mark:
        """Return the place of line `offset`, from 0, of the scalar at `path`, or its start if unknown."""
        scalar = self.scalars.get(path)
        if scalar is None:
            return self.place(path)
        if not scalar.is_literal:
            return replace(self._start(scalar), nth=offset)
        return self._indented(scalar.mark.line + 1 + offset) or scalar.mark

    def mark_of(self, path: Path, text: str) -> Mark:
        """Return the beginning of `text`, which is the scalar at `path`, with the places of its lines."""
        blank = text[: len(text) - len(text.lstrip())].count("\n") if text.strip() else 0
        return replace(self.line_of(path, blank), rows=self.rows_of(path, text))

    def rows_of(self, path: Path, text: str) -> tuple[Row, ...]:
        """Return the place of each line of `text`, which is the scalar at `path`.

        Return none if the file does not show the text as it is: it has escapes, or lines were joined.
        """
        scalar = self.scalars.get(path)
        if scalar is None:
            return ()
        if scalar.is_literal:
            return self._rows_of_literal(scalar, text.split("\n"))
        start, shown = self._start(scalar), text.removesuffix("\n")
        column = start.column + (scalar.style in ("'", '"'))
        if "\n" in shown or not self._source(start.line).startswith(shown, column - 1):
            return ()
        return (Row(0, start.line, column),)

    def _rows_of_literal(self, scalar: Scalar, lines: list[str]) -> tuple[Row, ...]:
        """Return the place of each line; YAML removes their indentation, and nothing else."""
        rows: list[Row] = []
        offset = 0
        first = scalar.mark.line + 1
        sources = self.lines[first - 1 : first - 1 + len(lines)]
        for number, (line, source) in enumerate(zip(lines, sources, strict=False), first):
            rows.append(Row(offset, number, max(len(source) - len(line), 0) + 1))
            offset += len(line) + 1
        return tuple(rows)

    def indent_of(self, scalar: Scalar, text: str) -> int:
        """Return the indentation of those lines of a literal block that contain some of `text`."""
        n = text[: len(text) - len(text.lstrip())].count("\n")
        return len(self.lines[scalar.mark.line + n]) - len(text.split("\n", n + 1)[n])

    def _start(self, scalar: Scalar) -> Mark:
        """Return the start of a scalar's text; for quotes, the opening one."""
        return (self._indented(scalar.mark.line + 1) if scalar.is_block else None) or scalar.mark

    def _indented(self, line: int) -> Mark | None:
        """Return the first character of `line` that is not blank, or None if the file has no such line."""
        if line > len(self.lines):
            return None
        source = self.lines[line - 1]
        return Mark(line, len(source) - len(source.lstrip()) + 1)

    def _source(self, line: int) -> str:
        return self.lines[line - 1] if line <= len(self.lines) else ""

    def mark_at(self, offset: int) -> Mark:
        """Return the place of the character at `offset` of the text."""
        line = self.text.count("\n", 0, offset) + 1
        return Mark(line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1)

    def report(
        self, code: str, mark: Mark, message: str, remedy: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Add a finding on this file; beyond `MAX_FINDINGS`, only a first error is added."""
        if self.is_full() and (severity is not Severity.ERROR or self.has_errors()):
            return
        mark = self.written(mark)
        self.findings.append(
            Finding(self.path, mark.line, mark.column, severity, code, clipped(message), remedy)
        )

    def written(self, mark: Mark) -> Mark:
        """Return the place of `mark` in the file as it was written, with its invisible characters."""
        return self.origins.of(mark) if self.origins else mark

    def is_full(self) -> bool:
        """Return True if there are as many findings as an editor will read."""
        return len(self.findings) >= MAX_FINDINGS

    def has_error_on(self, line: int) -> bool:
        """Return True if there is an error on `line`, from 1."""
        return any(one.line == line and one.severity is Severity.ERROR for one in self.findings)

    def has_errors(self) -> bool:
        """Return True if an error prevents the file from being published."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)
