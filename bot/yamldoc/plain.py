"""Plain scalars that YAML reads as text although their author meant a key or a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.core.marks import Mark
from bot.yamldoc.document import Quoting
from bot.yamldoc.marks import span
from bot.yamldoc.mended_lines import remedy_for

if TYPE_CHECKING:
    import yaml

    from bot.yamldoc.document import Document

_GLUED_KEY = re.compile(r"([a-z][a-z0-9_]*) ?:(?=[^\s/]|[\u00a0\u202f])")
"""``link:https://…`` and ``link:`` with a no-break space: YAML requires an ordinary one."""

_GLUED_DASH = re.compile(r"-[^\W\d]")
"""``-Bercy``: without a space it is no list."""


GLUED_DASH = "this '-' does not begin an entry of a list: no space follows it."


def glued_colon(line: str, quoting: Quoting | None = None) -> str:
    """Return the message for a line that begins with a key and no space after its colon."""
    shown = (quoting or Quoting()).quote(f"{line.partition(':')[0].strip()}:")
    return f"{shown} is not read as a key: no ordinary space follows the colon."


def report_plain(document: Document, event: yaml.ScalarEvent) -> None:
    """Report errors in the plain scalar `event` of `document`."""
    start, end = span(event)
    for number, line in enumerate(document.lines[start.line : end.line + 1], start.line):
        column = start.column if number == start.line else len(line) - len(line.lstrip())
        mark = Mark(number + 1, column + 1)
        report_glued(document, line, mark)


def report_glued(document: Document, line: str, mark: Mark) -> bool:
    """Report a key or a dash that is glued to what follows at `mark`, in `line`; return True if so."""
    at = mark.column - 1
    if key := _GLUED_KEY.match(line, at):
        message, end = glued_colon(key[1], document.quoting), key.end()
        remedy = _remedy(document, f"{line[:end]} {line[end:].lstrip()}", "the colon")
        document.report("glued-colon", mark, message, remedy)
        return True
    if _GLUED_DASH.match(line, at):
        remedy = _remedy(document, f"{line[: at + 1]} {line[at + 1 :]}", "it")
        document.report("glued-dash", mark, GLUED_DASH, remedy)
        return True
    return False


def _remedy(document: Document, line: str, what: str) -> str:
    shown = document.quoting.corrected(line)
    how = f"Put a space after {what}" if shown is None else remedy_for(shown)
    return f'{how}; if it is text, put the whole text in double quotes ("…").'
