"""Information in a file's name: its date and, for a special, the name of its series."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING

from bot.core.marks import Mark
from bot.errors import Severity
from bot.yamldoc.values import YEARS, meant_day

if TYPE_CHECKING:
    from bot.yamldoc.document import Document


_DATE = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_LIKE_A_DATE = re.compile(
    r"(?<![0-9])"
    r"(?:[0-9]{4}([-_. ])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-_. ])[0-9]{1,2}\2[0-9]{4}|20[0-9]{6})"
    r"(?![0-9])"
)
"""``01-12-2026``, ``2026_12_1``, ``20261201``."""


def date_of(document: Document, written: date | None) -> date | None:
    """Return the date of the issue, from the file or its name; if both have one, they must agree."""
    name = document.path.rpartition("/")[2]
    named = _date_in_name(name)
    if written and named and written != named:
        document.report(
            "date-mismatch",
            document.place(("date",)),
            f"the file says {written}, its name says {named}.",
            "Make them agree.",
        )
        return None
    if not named and (match := _LIKE_A_DATE.search(name)):
        _report_name(document, match[0], written)
    elif not written and not named and not document.is_mended:
        document.report(
            "missing-key",
            Mark(1, 1),
            "there is no date, in the file or in its name.",
            "Add a line: date: YYYY-MM-DD",
        )
    return written or named


def _report_name(document: Document, found: str, written: date | None) -> None:
    """Report a would-be date in the file's name; the date in the file takes precedence."""
    meant = meant_day(found)
    what = "not read as a date" if meant else "no day of the calendar"
    said = f"the name of the file says '{found}', which is {what}"
    if written is None:
        remedy = f"Call it {meant}.yaml, or add a line: date: {meant}" if meant else _RENAME
        document.report("missing-key", Mark(1, 1), f"{said}.", remedy)
    elif meant != written:
        message = f"{said}; {written} counts."
        mark = document.place(("date",))
        document.report("date-mismatch", mark, message, "Make them agree.", Severity.WARNING)


_RENAME = "Correct the name, or add a line: date: YYYY-MM-DD"


def _date_in_name(name: str) -> date | None:
    match = _DATE.search(name)
    try:
        found = date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None
    return found if found and found.year in YEARS else None


def series_name(path: str) -> str:
    """Return the series name of a special file: its own name, as it can be typed in a shell."""
    stem = unicodedata.normalize("NFKD", PurePath(path).stem).lower()
    ascii_only = "".join(char for char in stem if char.isascii())
    return re.sub(r"[^a-z0-9_]+", "-", ascii_only).strip("-_") or "special"
