"""What a file's name says: its date, and for a special the name of its series."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING

from bot.core.model import Mark
from bot.yamldoc.values import YEARS

if TYPE_CHECKING:
    from bot.yamldoc.document import Document


_DATE = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


def date_of(document: Document, written: date | None) -> date | None:
    """The date of the issue: from the file, from its name, or both where they agree."""
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
    if not written and not named:
        document.report(
            "missing-key",
            Mark(1, 1),
            "there is no date, in the file or in its name.",
            "Add one: date: 2020-11-06.",
        )
    return written or named


def _date_in_name(name: str) -> date | None:
    match = _DATE.search(name)
    try:
        found = date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None
    return found if found and found.year in YEARS else None


def series_name(path: str) -> str:
    """The name of the series that a special file makes: its own, as it can be typed in a shell."""
    stem = unicodedata.normalize("NFKD", PurePath(path).stem).lower()
    ascii_only = "".join(char for char in stem if char.isascii())
    return re.sub(r"[^a-z0-9_]+", "-", ascii_only).strip("-_") or "special"
