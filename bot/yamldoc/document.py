"""A YAML file as text: every scalar stays what was typed, every node knows its line and column.

YAML's own types are hostile to prose: ``7:30`` would be 450, ``053`` 43, ``no`` false, an unquoted
`` #FlashTweet`` a comment, ``Réseaux sociaux : Jack Dorsey`` a mapping, and a repeated key would win.
So nothing is typed here, and each of these is a `Finding` with a place and a remedy.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from bot.core.model import Mark, Row
from bot.errors import MAX_FINDINGS, Finding, Severity, clipped

if TYPE_CHECKING:
    from bot.core.text.invisible import Edit
    from bot.yamldoc.origins import Origins

Value = str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]


class Quoting:
    """How findings quote what stands in a file: as it is."""

    __slots__ = ()

    def quote(self, text: str, path: Path | None = None) -> str:
        """Return words for `text`, which is the key or value at `path`; None: outside of both."""
        del path
        return f"'{text}'"

    def named(self, path: Path) -> str:
        """Return words for the place of `path`; entries of lists count from 1."""
        return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)

    def corrected(self, line: str) -> str | None:
        """Return a corrected line as a remedy shows it; None where it must not be shown."""
        return line


@dataclass(frozen=True, slots=True)
class Scalar:
    """Where a scalar stands, and how it was written."""

    mark: Mark
    style: str | None = None
    """``|`` or ``>`` for a block, ``"`` or ``'`` for quotes, None for plain text."""
    lines: int = 1
    """How many lines of the file hold some of its text, which is not counted of a literal block: folding and
    quotes make one of them."""

    @property
    def is_block(self) -> bool:
        """Whether its text starts on the line after its mark."""
        return self.style in ("|", ">")

    @property
    def is_literal(self) -> bool:
        """Whether each line of its text is a line of the file: folding and quotes join and break them."""
        return self.style == "|"


@dataclass
class Document:
    """A parsed file; `value` is None where it could not be parsed, and `findings` say why."""

    path: str
    quoting: Quoting = field(default_factory=Quoting)
    """The only way in which a finding's words hold what stands in the file."""
    text: str = ""
    value: Value | None = None
    findings: list[Finding] = field(default_factory=list)
    places: dict[Path, Mark] = field(default_factory=dict)
    """Where each value starts, by its path; the place of a mapping's entry is that of its key."""
    scalars: dict[Path, Scalar] = field(default_factory=dict)
    origins: Origins | None = None
    """Where the places of `text` lie in the file; None: where they are."""
    escaped: list[tuple[Mark, Edit]] = field(default_factory=list)
    """What nobody sees and an escape in double quotes made, and where its text starts."""
    is_mended: bool = False
    """Whether `text` is no longer what was typed, and `value` may lack some of it."""

    @cached_property
    def lines(self) -> list[str]:
        """The lines of `text`; the first has index 0."""
        return self.text.split("\n")

    def rewrite(self, text: str) -> None:
        """Put `text`, of as many lines, in place of a text that cannot be read: it is never published."""
        self.text = text
        self.is_mended = True
        for name in ("lines", "_filled"):
            self.__dict__.pop(name, None)

    @cached_property
    def _filled(self) -> list[int]:
        """Before each line, and at the end: how many lines that hold something stand above."""
        return [0, *accumulate(bool(line) and not line.isspace() for line in self.lines)]

    def lines_with_text(self, first: int, last: int) -> int:
        """Return how many of the lines from index `first` up to `last`, not included, are not blank.

        Many texts may stand on one line, however long: it is looked at once.
        """
        filled = self._filled
        return max(filled[min(last, len(self.lines))] - filled[min(first, len(self.lines))], 0)

    def place(self, path: Path) -> Mark:
        """Where the value at `path` stands, or the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Mark(1, 1))

    def line_of(self, path: Path, offset: int) -> Mark:
        """Where line `offset`, from 0, of the scalar at `path` stands; where that is unknown, its start."""
        scalar = self.scalars.get(path)
        if scalar is None:
            return self.place(path)
        if not scalar.is_literal:
            return replace(self._start(scalar), nth=offset)
        return self._indented(scalar.mark.line + 1 + offset) or scalar.mark

    def mark_of(self, path: Path, text: str) -> Mark:
        """Where `text`, which is the scalar at `path`, begins, and where its lines stand."""
        blank = text[: len(text) - len(text.lstrip())].count("\n") if text.strip() else 0
        return replace(self.line_of(path, blank), rows=self.rows_of(path, text))

    def rows_of(self, path: Path, text: str) -> tuple[Row, ...]:
        """Where each line of `text`, which is the scalar at `path`, stands.

        None where the file does not show the text as it is: there are escapes in it, or lines were joined.
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
        """YAML takes the indentation from each line, and nothing else."""
        rows: list[Row] = []
        offset = 0
        first = scalar.mark.line + 1
        sources = self.lines[first - 1 : first - 1 + len(lines)]
        for number, (line, source) in enumerate(zip(lines, sources, strict=False), first):
            rows.append(Row(offset, number, max(len(source) - len(line), 0) + 1))
            offset += len(line) + 1
        return tuple(rows)

    def indent_of(self, scalar: Scalar, text: str) -> int:
        """By how much each line of a literal block is indented that holds some of `text`."""
        n = text[: len(text) - len(text.lstrip())].count("\n")
        return len(self.lines[scalar.mark.line + n]) - len(text.split("\n", n + 1)[n])

    def _start(self, scalar: Scalar) -> Mark:
        """Where the text of a scalar begins; for quotes where they open."""
        return (self._indented(scalar.mark.line + 1) if scalar.is_block else None) or scalar.mark

    def _indented(self, line: int) -> Mark | None:
        """The first character of `line` that is not blank; None if the file has no such line."""
        if line > len(self.lines):
            return None
        source = self.lines[line - 1]
        return Mark(line, len(source) - len(source.lstrip()) + 1)

    def _source(self, line: int) -> str:
        return self.lines[line - 1] if line <= len(self.lines) else ""

    def mark_at(self, offset: int) -> Mark:
        """The place of the character at `offset` of the text."""
        line = self.text.count("\n", 0, offset) + 1
        return Mark(line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1)

    def report(
        self, code: str, mark: Mark, message: str, remedy: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Add a finding about this file; beyond `MAX_FINDINGS` only a first error still counts."""
        if self.is_full() and (severity is not Severity.ERROR or self.has_errors()):
            return
        mark = self.written(mark)
        self.findings.append(
            Finding(self.path, mark.line, mark.column, severity, code, clipped(message), remedy)
        )

    def written(self, mark: Mark) -> Mark:
        """Return where `mark` stands in the file as it was written: with its invisible characters."""
        return self.origins.of(mark) if self.origins else mark

    def is_full(self) -> bool:
        """Whether as much was found as anybody reads."""
        return len(self.findings) >= MAX_FINDINGS

    def has_error_on(self, line: int) -> bool:
        """Whether an error was found on `line`, from 1."""
        return any(one.line == line and one.severity is Severity.ERROR for one in self.findings)

    def has_errors(self) -> bool:
        """Whether something was found that keeps the file from being published."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)
