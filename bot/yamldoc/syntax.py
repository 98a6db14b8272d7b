"""YAML's errors, translated for writers of prose.

libyaml reports what its grammar expected. The causes are few, and the source shows them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bot.core.marks import Mark
from bot.yamldoc import plain
from bot.yamldoc.flow import QUOTE_REMEDY

if TYPE_CHECKING:
    import yaml

    from bot.yamldoc.document import Document


_TAB = re.compile(r" *\t")
_HARD_SPACE = re.compile(r" *(?:- +)?(?:[\u00a0\u202f]|[A-Za-z0-9_]+[\u00a0\u202f]*:[\u00a0\u202f])")
_START = re.compile(r"""\s*(?:- +)*(?:[\w-]+ *: +)?([@`%&!*\[\]{}"'|>,?])""")


class _Diagnosis(NamedTuple):
    code: str
    mark: Mark
    message: str
    remedy: str


def mark(place: yaml.Mark | None) -> Mark:
    """Return YAML's mark, counted from 1."""
    return Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)


def report_syntax(document: Document, error: yaml.YAMLError | RecursionError) -> int:
    """Report in `document` why it could not be parsed; return the index of the line that YAML cannot read."""
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    at = mark(getattr(error, "problem_mark", None))
    began = mark(getattr(error, "context_mark", None) or getattr(error, "problem_mark", None))
    line = document.lines[began.line - 1] if began.line <= len(document.lines) else ""
    diagnosis = _of_spaces(document, began, at)
    if diagnosis is None and plain.report_glued(document, line, began):
        return began.line - 1
    found = (
        diagnosis
        or _of_colon(problem, at)
        or _of_first_character(document, problem, began, at)
        or _of_stray_line(problem, began, at)
        or _Diagnosis(
            "yaml-syntax",
            at,
            "this line does not go with the lines above it.",
            f"Check its quotes, colons and spaces at the left. {QUOTE_REMEDY}",
        )
    )
    document.report(*found)
    return min(found.mark.line, len(document.lines)) - 1


def _of_spaces(document: Document, began: Mark, at: Mark) -> _Diagnosis | None:
    for number in range(at.line, max(began.line - 2, 0), -1):
        line = document.lines[number - 1] if number <= len(document.lines) else ""
        if match := _TAB.match(line):
            return _Diagnosis(
                "tab",
                Mark(number, match.end()),
                "a tab stands where YAML wants spaces.",
                "Indent with spaces: two of them are enough.",
            )
        if match := _HARD_SPACE.match(line):
            return _Diagnosis(
                "no-break-space",
                Mark(number, match.end()),
                "a no-break space stands where YAML wants an ordinary one.",
                "Delete it and type a space.",
            )
    return None


def _of_colon(problem: str, at: Mark) -> _Diagnosis | None:
    if "mapping values are not allowed" not in problem:
        return None
    return _Diagnosis("colon-mapping", at, "the colon in this text reads as a new key.", QUOTE_REMEDY)


def _of_first_character(document: Document, problem: str, began: Mark, at: Mark) -> _Diagnosis | None:
    for place in (began, at):
        line = document.lines[place.line - 1] if place.line <= len(document.lines) else ""
        match = _START.match(line)
        if match is None:
            continue
        here = Mark(place.line, match.start(1) + 1)
        if match[1] in "\"'" and "unexpected end of stream" in problem:
            return _Diagnosis(
                "unclosed-quote",
                here,
                "this quote is not closed.",
                "Close it at the end of the text; inside, write \\\" in double quotes and '' in single ones.",
            )
        if match[1] in "|>":
            if "comment or line break" in problem:
                return _Diagnosis(
                    "yaml-syntax",
                    here,
                    f"text follows '{match[1]}' on its line.",
                    "Begin the text on the next line, indented by two spaces.",
                )
            continue
        message = f"a text that begins with {match[1]} has a meaning of its own in YAML."
        return _Diagnosis("special-start", here, message, QUOTE_REMEDY)
    return None


def _of_stray_line(problem: str, began: Mark, at: Mark) -> _Diagnosis | None:
    if "another document" in problem:
        remedy = "Remove the line '---', or make a file of it."
        return _Diagnosis("yaml-syntax", at, "a second document begins here.", remedy)
    if "could not find expected ':'" in problem:
        return _Diagnosis(
            "stray-line",
            began,
            "this line is neither a key with its value nor part of the text above it.",
            'Indent it by two spaces under its "|", or write it as KEY: VALUE.',
        )
    return None
