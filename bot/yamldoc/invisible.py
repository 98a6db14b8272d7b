"""Invisible characters in a YAML file: dropped, or read as what they stand for."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from bot.core.marks import Mark
from bot.core.text import invisible
from bot.errors import Severity
from bot.yamldoc.origins import Origins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.core.text.invisible import Edit
    from bot.yamldoc.document import Document

_OPENS_BLOCK = re.compile(r"(?:^|[:-] )[|>][-+0-9]*\s*(?:#.*)?$")
_STRUCTURE = re.compile(r" *(?:- |[a-z][a-z0-9_]*:(?:\s|\Z))")
_SPACES = re.compile(" *")
_USUAL_INDENT = 2
_ENOUGH = 200
MAX_INVISIBLE = 10_000
"""No editor's text contains as many invisible characters."""
_SHOWN = 5
"""Maximum number of kinds of characters, and of lines, in a message."""


def without_invisible(document: Document, text: str) -> str:
    """Return `text` without invisible characters; one warning lists what was dropped or read differently."""
    found = list(islice(invisible.edits(text), MAX_INVISIBLE + 1))
    if not found:
        return text
    if len(found) > MAX_INVISIBLE:
        _report_too_many(document)
        return text
    changes = tuple(_as_yaml(text, found))
    document.text = text
    _report(document, changes)
    result = invisible.applied(text, changes)
    document.origins = Origins(text, result, changes)
    return result


def without_escaped(document: Document, text: str, mark: Mark) -> str:
    """Return `text`, which is in double quotes at `mark`, without invisible characters, and record these."""
    found = tuple(invisible.edits(text))
    document.escaped += [(mark, change) for change in found]
    return invisible.applied(text, found)


def report_escapes(document: Document) -> None:
    """Report all invisible characters made by escapes in one warning, at the first of them."""
    if not document.escaped:
        return
    kinds = dict.fromkeys(_kind(change) for _, change in document.escaped)
    lines = dict.fromkeys(str(mark.line) for mark, _ in document.escaped)
    document.report(
        "invisible-character",
        document.escaped[0][0],
        f"an escape in double quotes makes characters that nobody sees: {_some(list(kinds))}; "
        f"{_listed(lines)}.",
        "Delete the escape.",
        Severity.WARNING,
    )


def _as_yaml(text: str, changes: Iterable[Edit]) -> Iterator[Edit]:
    """Yield `changes`, with each line break in a form that YAML reads as one, where possible."""
    place = _Place()
    at = 0
    for change in changes:
        place.read(text[at : change.offset])
        at = change.offset + len(change.char)
        put = place.line_break(text, at) if change.put == "\n" else change.put
        place.read(put)
        yield change._replace(put=put)


class _Place:
    """The current line of a text, and the block around it."""

    def __init__(self) -> None:
        self._block: int | None = None
        """Indentation of the block's key; None outside of a block."""
        self._line = ""
        """The line; of a long one, its beginning and its end."""

    def read(self, text: str) -> None:
        """Read the next part of the text, which may be a part of a line."""
        first, *others = text.split("\n")
        self._line = _shortened(self._line + _shortened(first))
        for other in others:
            self._block = _block_after(self._line, self._block)
            self._line = _shortened(other)

    def line_break(self, text: str, at: int) -> str:
        """Return a line break before ``text[at:]``, with the indentation that keeps the text in its block.

        Outside of a block YAML joins the lines of a text, so return a space there.
        """
        line, block = self._line, _block_after(self._line, self._block)
        if block is None:
            return "\n" if _STRUCTURE.match(text, at) else " "
        is_inside = self._block is not None and _indent(line) > self._block
        indent = _indent(line) if is_inside else block + _USUAL_INDENT
        spaces = _SPACES.match(text, at)
        return "\n" + " " * max(indent - (spaces.end() - at if spaces else 0), 0)


def _shortened(line: str) -> str:
    """Return `line`; of a long one, the parts that show its indentation and may open a block."""
    return line if len(line) <= 2 * _ENOUGH else line[:_ENOUGH] + line[-_ENOUGH:]


def _block_after(line: str, block: int | None) -> int | None:
    """Return the value of `block` after `line`."""
    if block is not None and (not line.strip() or _indent(line) > block):
        return block
    return _indent(line) if _OPENS_BLOCK.search(line) else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _report(document: Document, changes: tuple[Edit, ...]) -> None:
    """Report all of `changes` in one warning, at the first of them."""
    kinds = dict.fromkeys(_kind(change) for change in changes)
    lines: dict[str, None] = {}
    line, at = 1, 0
    for change in changes:
        line += document.text.count("\n", at, change.offset)
        at = change.offset
        lines[str(line)] = None
    document.report(
        "invisible-character",
        document.mark_at(changes[0].offset),
        f"this holds characters that nobody sees, or that one font alone has: {_some(list(kinds))}; "
        f"{_listed(lines)}.",
        "Check the preview, and type again what is missing there.",
        Severity.WARNING,
    )


def _report_too_many(document: Document) -> None:
    document.report(
        "invisible-character",
        Mark(),
        f"this holds more than {MAX_INVISIBLE:,} characters that nobody sees, or that one font alone has.",
        "Is it the right file? Save it as plain text.",
    )


def _kind(change: Edit) -> str:
    return f"U+{ord(change.char[0]):04X} {_read_as(change.put)}"


def _listed(lines: dict[str, None]) -> str:
    return f"{'line' if len(lines) == 1 else 'lines'} {_some(list(lines))}"


def _read_as(put: str) -> str:
    if put.startswith("\n"):
        return "is read as a line break"
    if not put.strip():
        return "is read as a space" if put else "is left out"
    return f"is read as {put.strip()}"


def _some(words: list[str]) -> str:
    """Return the first of `words`, and the number of the others."""
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more
