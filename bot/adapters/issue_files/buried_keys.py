"""Keys inside a text, an intro or an outro, where they are posted and have no effect."""

from __future__ import annotations

from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from bot.adapters.issue_files.schema import DailyFile, DayFile, ItemFile, ReplayFile, SpecialFile, WeeklyFile
from bot.core.content.blocks import key_remarks
from bot.core.content.buried_keys import buried_keys, like_keys
from bot.core.marks import Mark
from bot.errors import Severity
from bot.yamldoc.flow import made_safe
from bot.yamldoc.mended_lines import remedy_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.content.blocks.lines import KeyLine
    from bot.yamldoc.document import Document, Path, Scalar
    from bot.yamldoc.typed import Model

_TEXTS = ("text", "intro", "outro")
_ITEMS = ("items", "top10")


def report_buried_keys(document: Document, value: dict[str, Any]) -> None:
    """Report each key inside a text of `value`, which is the file.

    A date that is missing for that reason is not reported as missing, too.
    """
    if not _may_hold_some(document):  # fast path for most files
        return
    for path, scalar in list(document.scalars.items()):
        if not _is_text(path) or (not scalar.is_block and scalar.lines == 1):
            continue
        for key in buried_keys(_source(document, path, scalar)):
            if not scalar.is_block and key.is_sure:
                _report_in_folded(document, path, scalar, key)
            elif path[-1] in _TEXTS:
                _report(document, path, scalar, key)
            if key.is_sure and key.name in ("at", "date") and key.name not in value:
                document.is_mended = True


def _may_hold_some(document: Document) -> bool:
    """Return True if a line looks like a key and is none: no key or entry of the file begins with it."""
    starts = {(mark.line, mark.column) for mark in document.places.values()}
    lines = document.lines
    return any((n + 1, _indent(lines[n]) + 1) not in starts for n in like_keys(lines))


def _is_text(path: Path) -> bool:
    is_entry = isinstance(path[-1], int) and len(path) > 1 and path[-2] in _ITEMS
    return is_entry or path[-1] in _TEXTS + _ITEMS


def _source(document: Document, path: Path, scalar: Scalar) -> Iterator[str]:
    """Yield the lines below the first of a text as they stand in the file."""
    lines = document.lines
    if not scalar.is_block:
        return _folded(lines, scalar)
    margin = " " * document.place(path).column
    below = islice(lines, scalar.mark.line, None)
    return takewhile(lambda line: line.startswith(margin) or not line.strip(), below)


def _folded(lines: list[str], scalar: Scalar) -> Iterator[str]:
    """Yield the further lines of a text in quotes, or without any, without the quote that closes it."""
    at, left = scalar.mark.line, scalar.lines - 1
    while left and at < len(lines):
        left -= bool(lines[at].strip())
        yield lines[at] if left else lines[at].rstrip().removesuffix(scalar.style or "\n")
        at += 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _report(document: Document, path: Path, scalar: Scalar, key: KeyLine) -> None:
    number = scalar.mark.line + 1 + key.at
    column = _indent(document.lines[number - 1])
    document.report(
        "key-in-block",
        Mark(number, column + 1),
        f"'{key.written}:' looks like a key; in a block everything is text.",
        f"If it is text, {key_remarks.as_text(key)}. {_place(document, path, column, key)}",
        Severity.ERROR if key.is_sure else Severity.WARNING,
    )


def _report_in_folded(document: Document, path: Path, scalar: Scalar, key: KeyLine) -> None:
    """Report `key` on a line of a text that YAML folds: in quotes, or an entry of a list without them."""
    number = scalar.mark.line + 1 + key.at
    line = document.lines[number - 1].rstrip()
    begun = document.written(scalar.mark).line
    above = next(n for n in range(number - 1, 0, -1) if document.lines[n - 1].strip())
    close = f"close the quotes on line {document.written(Mark(above)).line} and " if scalar.style else ""
    if path[-1] == "text" and len(path) > 1 and key.name in ItemFile.model_fields:
        indent = " " * (document.places[path].column - 1)
        remedy = remedy_for(f"{indent}{key.name}: {made_safe(key.value)}", f"Else {close}write")
    elif key.name == "link":
        address = line.partition(":")[2].strip()
        remedy = remedy_for(f"{' ' * _indent(line)}{address}", "Else write the address alone")
    else:
        remedy = f"Else {close}write it outside of the text: {key.name}: {made_safe(key.value)}"
    document.report(
        "key-in-block",
        Mark(number, _indent(line) + 1),
        f"'{key.written}:' looks like a key; it stands inside the text that begins on line {begun}.",
        f"If it is text, {key_remarks.as_text(key)}. {remedy}",
    )


def _place(document: Document, path: Path, column: int, key: KeyLine) -> str:
    """Return the place where the key belongs, with the line to copy."""
    parent = _parent(document, path, key.name)
    if parent is None:
        if key.name == "link":
            return remedy_for(f"{' ' * column}{key.value}", "Else write the address alone")
        return "Else remove the line: no such key stands in this kind of file."
    if (*parent, key.name) in document.places:
        line = document.written(document.places[(*parent, key.name)]).line
        return f"Else remove the line: '{key.name}:' stands on line {line} already."
    mark = document.places[(*parent, path[len(parent)])]
    value = key.value if key.value[:1] in ("", "|", ">") else made_safe(key.value)
    text = f"{key.name}: {value}".rstrip()
    above = f"above line {document.written(mark).line}"
    if mark.column == 1:
        return f"Else write it at the very left, {above}: {text}"
    return remedy_for(f"{' ' * (mark.column - 1)}{text}", f"Else write it {above}")


def _parent(document: Document, path: Path, name: str) -> Path | None:
    """Return the nearest mapping around `path` that may contain the key `name`."""
    special = ("text",) in document.places
    is_weekly = any((key,) in document.places for key in ("top10", "issue", "days", "article"))
    top: type[Model] = SpecialFile if special else WeeklyFile if is_weekly else DailyFile
    for size in range(len(path) - 1, -1, -1):
        around = path[:size]
        schema: type[Model] | None = top if not size else None
        if size and around[-1] == "replay":
            schema = ReplayFile
        elif size and isinstance(around[-1], int):
            schema = ItemFile
        elif size and around[0] == "days":
            schema = DayFile
        if schema and name in schema.model_fields:
            return around
    return None
