"""Dates of free texts that are separate from their time: ``date:`` and ``at:``, each on its own line."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from bot.adapters.issue_files.schema import FILE_KEYS
from bot.yamldoc.invalid import Invalid
from bot.yamldoc.values import day, local_datetime, wall_time

if TYPE_CHECKING:
    from datetime import date

    from bot.yamldoc.document import Document


def report_split_time(document: Document, value: dict[str, Any]) -> None:
    """Report the separate date of a free text `value`, and join it with the time.

    Nothing is reported if either is not a date or a time: other checks find that.
    """
    name = next((key for key in value if FILE_KEYS.meant(key) == "date"), None)
    written, at = value.get(name or ""), value.get("at")
    if name is None or not isinstance(written, str) or not isinstance(at, str | None):
        return
    try:
        at, remedy = _joined(day(written), at)
    except Invalid:
        return
    message = f"'{name}:' is not a key of a free text."
    document.report("unknown-key", document.place((name,)), message, remedy)
    document.is_mended = True
    del value[name]
    value["at"] = at


def _joined(date: date, at: str | None) -> tuple[str, str]:
    """Return the value of ``at:`` with `date` in it, and what to do for that."""
    if at is None:
        whole = f"{date} 18:00"
        return whole, f"Write it with the time at which to post the text: at: {whole}"
    with contextlib.suppress(Invalid):
        local_datetime(at)
        return at, "Remove it: 'at:' has the date."
    whole = f"{date} {wall_time(at):%H:%M}"
    return whole, f"Write date and time together, in place of both lines: at: {whole}"
