"""Lines and signs of other formats in a file, or at the wrong place: fences, bullets, an outro."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.yamldoc.flow import made_safe

if TYPE_CHECKING:
    from bot.yamldoc.mended_lines import Sheet

_FENCE = re.compile(r"(?:```+|~~~+)[ \t]*\w*[ \t]*")
_BULLET = re.compile(r"[–—•·*▪●■‣→◦][ \t\u00a0\u202f]+(?=\S)")
_LEAVE = re.compile(
    r"(?:à (?:demain|bientôt|lundi|mardi|mercredi|jeudi|vendredi|ce soir|la semaine|plus)"
    r"|(?:bonne|belle|excellente) (?:journée|soirée|semaine|lecture)|bon (?:week|dimanche)"
    r"|merci |rendez-vous |rdv |c['’]est tout|cordialement)[^:]{0,100}$",
    re.IGNORECASE,
)
"""Words that end a thread."""


def drop_fences(sheet: Sheet) -> None:
    """Report the lines of backticks around a file that was copied from a chat or a page."""
    lines = sheet.lines
    filled = [n for n, line in enumerate(lines) if line.strip()]
    fences = [n for n in sorted({filled[0], filled[-1]}) if _FENCE.fullmatch(lines[n])]
    if fences:
        which = " and ".join(f"line {n + 1}" for n in fences)
        message = (
            f"'{lines[fences[0]].strip()}' is no part of the file, but of the page that it was copied from."
        )
        sheet.report("stray-line", fences[0], 0, message, f"Delete {which}.")
        sheet.drop(*fences)


def outro_of(sheet: Sheet, at: int) -> str | None:
    """Return the line at `at` as an outro where it ends the file and takes leave, and there is no outro."""
    shape = sheet.shape(at)
    is_end = sheet.next_filled(at + 1) == len(sheet.lines)
    if shape.indent or not is_end or not _LEAVE.match(shape.body):
        return None
    has_one = any(line.startswith("outro") for line in sheet.lines)
    return None if has_one else f"outro: {made_safe(shape.body)}"


def without_bullet(text: str) -> str:
    """Return `text` without the bullet that opens it in place of a dash."""
    match = _BULLET.match(text)
    return text[match.end() :] if match else text
