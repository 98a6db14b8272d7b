"""Dates of free texts that stand apart from their time: ``date:`` and ``at:``, each on a line of its own."""

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
    """Report the date that stands beside the time of a free text `value`, and join the two in it.

    Nothing is reported where either is no date, or no time: that is found otherwise.
    """
    name = next((key for key in value if FILE_KEYS.meant(key) == "date"), None)
    if name is None:
        return
    try:
        at, remedy = _joined(day(value[name]), value.get("at"))
    except Invalid:
        return
    message = f"'{name}:' does not stand in the file of a free text."
    document.report("unknown-key", document.place((name,)), message, remedy)
    document.is_mended = True
    del value[name]
    value["at"] = at


def _joined(date: date, at: object) -> tuple[object, str]:
    """Return the value of ``at:`` with `date` in it, and what to do for that."""
    if at is None:
        whole = f"{date} 18:00"
        return whole, f"Write it with the time at which the text shall be posted: at: {whole}"
    with contextlib.suppress(Invalid):
        local_datetime(at)
        return at, "Remove it: the date stands in 'at:'."
    whole = f"{date} {wall_time(at):%H:%M}"
    return whole, f"Write date and time together, in place of both lines: at: {whole}"
