"""Text without quotes that YAML reads as text, although its author meant a key or a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.core.model import Mark

if TYPE_CHECKING:
    import yaml

    from bot.yamldoc.document import Document

_GLUED_KEY = re.compile(r"([a-z][a-z0-9_]*) ?:(?=[^\s/]|[\u00a0\u202f])")
"""``link:https://…`` and ``link:`` with a no-break space: YAML wants an ordinary one."""

_GLUED_DASH = re.compile(r"-[^\W\d]")
"""``-Bercy``: without a space it is no list."""


def report(document: Document, node: yaml.Node) -> None:
    """Findings for the plain scalar `node` of `document`."""
    if node.start_mark is None or node.end_mark is None:
        return
    first, last = node.start_mark.line, node.end_mark.line
    for number in range(first, last + 1):
        line = document.lines[number]
        column = node.start_mark.column if number == first else len(line) - len(line.lstrip())
        mark = Mark(number + 1, column + 1)
        if key := _GLUED_KEY.match(line, column):
            document.report(
                "glued-colon",
                mark,
                f"'{key[1]}:' is not read as a key: no ordinary space follows the colon.",
                'Put a space after the colon; if it is text, put the whole text in double quotes ("…").',
            )
        elif _GLUED_DASH.match(line, column):
            document.report(
                "glued-dash",
                mark,
                "this '-' does not begin an entry of a list: no space follows it.",
                'Put a space after it; if it is text, put the whole text in double quotes ("…").',
            )
