"""Comments that look like hashtags: a ``#word`` outside quotes and blocks would silently not be posted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.errors import Severity
from bot.yamldoc.line_shapes import requoted, value_start
from bot.yamldoc.marks import span
from bot.yamldoc.mended_lines import remedy_for
from bot.yamldoc.stray_quotes import CURLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

    from bot.core.marks import Mark
    from bot.yamldoc.document import Document


_PLAIN_TEXT = re.compile(
    r" *(?P<dash>- +)?(?P<key>[a-z_0-9]{1,40}: +)?(?P<text>[^\s\"'|>\[{&*!#].*)(?<=[ \t])$"
)
"""A text without quotes, before a comment."""
_SEVERAL_WORDS = re.compile(r"[^\W\d_]\S* +[^\W\d_]")
_ENOUGH = 200
"""Characters that show them."""


def report_lost_hashtags(document: Document, events: list[yaml.Event], *, holds_texts: bool) -> None:
    """Report each comment that begins like a hashtag; if the file `holds_texts`, those behind a text."""
    for offset in _comments(document.text, document.lines, events):
        following = document.text[offset + 1 : offset + 2]
        if holds_texts and following == " " and not document.is_full():
            _report_lost_words(document, offset)
        if not (following.isalnum() or following == "_"):
            continue
        if document.is_full() and (document.text[offset - 1] == "\n" or document.has_errors()):
            continue
        mark = document.mark_at(offset)
        word = re.split(r"\s", document.text[offset : offset + 40], maxsplit=1)[0]
        document.report(
            "lost-hashtag",
            mark,
            f"{document.quoting.quote(word)} and what follows it on this line read as a comment "
            f"and would be lost.{_about_quotes(document, mark)}",
            _remedy(document, mark),
            # At the very left it is more often an item that was commented out.
            Severity.WARNING if mark.column == 1 else Severity.ERROR,
        )


def _report_lost_words(document: Document, offset: int) -> None:
    """Report a comment after an unquoted text; more often it is part of the text: ``- Le prix # 2``."""
    found = _PLAIN_TEXT.match(document.text[document.text.rfind("\n", 0, offset) + 1 : offset])
    if found is None or not (found["dash"] or found["key"]):
        return
    if found["key"] and not _SEVERAL_WORDS.match(found["text"][:_ENOUGH]):
        return
    mark = document.mark_at(offset)
    line = document.lines[mark.line - 1]
    if not line[mark.column :].strip():
        return
    shown = document.quoting.corrected(requoted(line, found.start("text")))
    remedy = "If it is text, put the whole text in double quotes."
    document.report(
        "lost-hashtag",
        mark,
        "'#' and what follows it on this line read as a comment and are not posted.",
        remedy if shown is None else remedy_for(shown, "If it is text, write"),
        Severity.WARNING,
    )


def _remedy(document: Document, mark: Mark) -> str:
    line = document.lines[mark.line - 1]
    at = value_start(line)
    is_alone = at <= mark.column - 1 and at > 0 and line[at] not in "\"'"
    shown = document.quoting.corrected(requoted(line, at)) if is_alone else None
    if shown is None:
        return 'Put the text in double quotes ("…") or after "|"; for a comment, put a space after "#".'
    return remedy_for(shown, 'For a comment, put a space after "#". Else write')


def _about_quotes(document: Document, mark: Mark) -> str:
    line = document.lines[mark.line - 1]
    text = line[value_start(line) :].strip()
    closing = CURLY.get(text[:1])
    return f" The quotes {text[0]} {closing} are letters to YAML." if closing else ""


def _comments(text: str, lines: list[str], events: list[yaml.Event]) -> Iterator[int]:
    """Yield the offsets at which comments start: each ``#`` between events, the first of its line.

    Otherwise, only the signs of lists and mappings are found there.
    """
    if "#" not in text:
        return
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    end = 0
    for event in events:
        first, last = span(event)
        start = starts[first.line] + first.column
        if text.find("#", end, start) >= 0:
            yield from _hashes(text, end, start)
        end = max(end, starts[last.line] + last.column)
    yield from _hashes(text, end, len(text))


def _hashes(text: str, start: int, end: int) -> Iterator[int]:
    offset = start
    for line in text[start:end].split("\n"):
        at = line.find("#")
        if at >= 0:
            yield offset + at
        offset += len(line) + 1
