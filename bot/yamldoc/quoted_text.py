"""Texts in quotes: their closing quotes, and the intended text if these are missing."""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.yamldoc.line_shapes import yaml_quoted
from bot.yamldoc.stray_quotes import closed_otherwise

_END = {
    '"': re.compile(r'(?:[^"\\]|\\.)*+"'),
    "'": re.compile(r"(?:[^']|'')*+'"),
}
_REST = re.compile(r"\s*(?:,|\s#.*)?$")
_BAD_ESCAPE = re.compile(r'\\(?![0abtnvfre "/\\N_LP\t\n]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})')


class Quoted(NamedTuple):
    """The rest of a text in quotes, seen from its opening quote."""

    end: int | None
    """The end of its closing quote; None if that is not on its line."""
    is_alone: bool
    """True if nothing follows."""


def look(text: str) -> Quoted:
    """Return the end of the text in quotes that begins `text`."""
    match = _END[text[0]].match(text, 1)
    if match is None:
        return Quoted(None, is_alone=False)
    return Quoted(match.end(), bool(_REST.match(text, match.end())))


def closes(line: str, quote: str) -> int | None:
    """Return the end of a text in such quotes that is open where `line` begins, or None."""
    match = _END[quote].match(line)
    return match.end() if match else None


def without_bad_escapes(text: str) -> str:
    r"""Return `text`, in quotes, with each backslash doubled that YAML does not accept in double quotes."""
    if text[:1] == "'":
        return text
    out, at = [], 0
    while (found := text.find("\\", at)) >= 0:
        is_bad = _BAD_ESCAPE.match(text, found) is not None
        out.append(text[at:found] + ("\\\\" if is_bad else text[found : found + 2]))
        at = found + (1 if is_bad else 2)
    return "".join([*out, text[at:]])


def meant(text: str) -> str:
    """Return the text of this line, including its quotes, in the quotes that YAML needs to read it whole.

    The outer quotes are YAML's if, before they close, another quote opens or an apostrophe occurs:
    ``'L'État'``. Otherwise they belong to the text: ``"Reset" social``.
    """
    quote = text[0]
    inner = text[1:]
    first = inner.find(quote)
    if text.endswith(quote) and len(text) > 2 and first < len(inner) - 1 and _goes_on(inner, first):  # noqa: PLR2004
        return yaml_quoted(text[1:-1].replace("''" if quote == "'" else '\\"', quote))
    return yaml_quoted(text)


def closed(text: str) -> str:
    """Return `text`, which opens a quote, with that quote closed at its end."""
    inner = closed_otherwise(text)[1:]
    if text[0] == "'":
        return yaml_quoted(inner.replace("''", "'"))
    return f'"{without_bad_escapes(inner.rstrip(chr(92)))}"'


def _goes_on(text: str, at: int) -> bool:
    """Return True if the quote in `text` at `at` opens something, or is an apostrophe, and closes nothing."""
    after, before = text[at + 1 : at + 2], text[at - 1 : at]
    return after.isalnum() and (text[at] == "'" or not before.isalnum())
