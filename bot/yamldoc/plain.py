"""Text without quotes that YAML reads as text, although its author meant a key or a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.core.model import Mark
from bot.yamldoc.places import span

if TYPE_CHECKING:
    import yaml

    from bot.yamldoc.document import Document

_GLUED_KEY = re.compile(r"([a-z][a-z0-9_]*) ?:(?=[^\s/]|[\u00a0\u202f])")
"""``link:https://…`` and ``link:`` with a no-break space: YAML wants an ordinary one."""

_GLUED_DASH = re.compile(r"-[^\W\d]")
"""``-Bercy``: without a space it is no list."""


_REMEDY = 'Put a space after {}; if it is text, put the whole text in double quotes ("…").'


def report(document: Document, event: yaml.ScalarEvent) -> None:
    """Findings for the plain scalar `event` of `document`."""
    start, end = span(event)
    for number, line in enumerate(document.lines[start.line : end.line + 1], start.line):
        column = start.column if number == start.line else len(line) - len(line.lstrip())
        mark = Mark(number + 1, column + 1)
        report_glued(document, line, mark)


def report_glued(document: Document, line: str, mark: Mark) -> bool:
    """Report, and say, whether a key or a dash is glued to what follows at `mark`, which is in `line`."""
    if key := _GLUED_KEY.match(line, mark.column - 1):
        shown = document.quoting.quote(f"{key[1]}:")
        message = f"{shown} is not read as a key: no ordinary space follows the colon."
        document.report("glued-colon", mark, message, _REMEDY.format("the colon"))
        return True
    if _GLUED_DASH.match(line, mark.column - 1):
        message = "this '-' does not begin an entry of a list: no space follows it."
        document.report("glued-dash", mark, message, _REMEDY.format("it"))
        return True
    return False
