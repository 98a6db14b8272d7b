"""Truncated files: a broken copy leaves half a word in a block, which YAML reads as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.marks import Mark
from bot.errors import Severity

if TYPE_CHECKING:
    from bot.yamldoc.document import Document

_SHOWN = 30
_GOES_ON = ",;:-–'’(«"
"""Characters that do not end a text."""


def report_cut_off(document: Document) -> None:
    """Warn if the last block of the file ends in the middle of a line, and perhaps of a word."""
    if document.text.endswith("\n") or not document.text.strip():
        return
    last = max(document.places.values(), key=lambda mark: (mark.line, mark.column), default=Mark())
    is_in_a_block = any(
        scalar.is_literal and document.place(path) == last for path, scalar in document.scalars.items()
    )
    line = document.lines[-1].rstrip()
    if not is_in_a_block or not line.startswith(" ") or len(document.lines) == last.line:
        return
    if line[-1:].isalnum() or line[-1:] in _GOES_ON:
        shown = line.strip()
        shown = shown if len(shown) <= _SHOWN else f"…{shown[-_SHOWN:]}"
        document.report(
            "cut-off",
            Mark(len(document.lines), len(line)),
            f"the file ends in « {shown} », without a full stop or a line break: it may be cut off.",
            "Look whether the text is whole; if so, put a line break after it.",
            Severity.WARNING,
        )
