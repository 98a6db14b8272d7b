"""Invisible or unintended characters: controls, and the remains of a wrong encoding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.errors import Severity

if TYPE_CHECKING:
    from bot.core.marks import Mark
    from bot.yamldoc.document import Document

_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 and C1 other than tab and line ends
    "\u2028\u2029"  # line ends only to YAML
    "\u202a-\u202e\u2066-\u2069"  # reverse the order of what follows
    "\ufeff\ufffe\uffff]"  # X refuses them
)
"""Controls that no rule of :mod:`bot.core.text.invisible` covers.

Source: https://github.com/twitter/twitter-text/blob/master/js/src/regexp/invalidChars.js 2026-11-23
"""

_GARBLED = re.compile(
    "Ã[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ]"  # UTF-8 read as Windows-1252: Ã© for é
    "|â€[™œ\x9d“”¦˜]"  # … â€™ for ’
    "|&[a-z]{2,8};"  # HTML: &amp; &nbsp;
)


def report_controls(document: Document) -> bool:
    """Report the first control in the text; return True if there is one, so that the file cannot be read."""
    match = _CONTROL.search(document.text)
    if match:
        _report_control(document, match[0], document.mark_at(match.start()))
    return match is not None


def report_garbled(document: Document) -> None:
    """Report characters that a wrong encoding changed or lost."""
    text = document.text
    if (at := text.find("\ufffd")) >= 0:
        document.report(
            "garbled-text",
            document.mark_at(at),
            "the mark � stands for a character that was lost.",
            "Type the character again, and save the file as UTF-8.",
        )
    may_be_garbled = "Ã" in text or "â€" in text or ("&" in text and ";" in text)
    if may_be_garbled and (match := _GARBLED.search(text)):
        document.report(
            "garbled-text",
            document.mark_at(match.start()),
            f"{document.quoting.quote(match[0])} looks like a character in a wrong encoding; "
            "it is posted as written.",
            "Type what is meant.",
            Severity.WARNING,
        )


def report_control(document: Document, text: str, mark: Mark) -> None:
    r"""Report a control made by an escape in double quotes ("\e")."""
    if match := _CONTROL.search(text):
        _report_control(document, match[0], mark)


def _report_control(document: Document, character: str, mark: Mark) -> None:
    document.report(
        "control-character",
        mark,
        f"the invisible control character U+{ord(character):04X} stands here.",
        "Delete it, and type the text again where it cannot be seen.",
    )
