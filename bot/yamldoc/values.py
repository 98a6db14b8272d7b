"""Types that texts are read as: dates, times, durations, flags, numbers; errors show their notation."""

from __future__ import annotations

import contextlib
import difflib
import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated

from babel.dates import get_month_names
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from bot.yamldoc.invalid import Invalid

if TYPE_CHECKING:
    from enum import StrEnum


def scalar_text(value: object) -> str:
    """Return a scalar as it was typed."""
    if not isinstance(value, str):
        raise PydanticCustomError("not_a_text", "not a text")
    return value


def _letters(word: str) -> str:
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower()


YEARS = range(2000, 2200)
"""Other years are typing errors, and dates near the calendar's ends have no neighbours."""


_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
"""Hyphens and dashes of typography, which look like those of a date."""
_TIME_MEANT = re.compile(r"([0-9]{1,2})\s*[.,;:hH_\uff1a\u2236-]\s*([0-9]{2})(?:\s*(?:min|mn|m))?")


def day(value: object) -> date:
    """Return a date like ``2020-11-06``; another notation is not guessed, but a date is suggested."""
    found = scalar_text(value).strip()
    read = _calendar_day(*found.split("-")) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found) else None
    if read:
        return read
    meant = meant_day(found.translate(_HYPHENS))
    hint = f"Did you mean {meant}?" if meant else "Write it as year-month-day: YYYY-MM-DD"
    if meant and str(meant) == found.translate(_HYPHENS):
        hint = f"Its hyphens are other characters; write {meant}"
    raise Invalid(str(value), "is not a date", hint)


@cache
def _months() -> dict[str, int]:
    """Return the months by their names in French and English; loaded only if a date is wrong."""
    return {
        _letters(name): number
        for locale in ("fr", "en")
        for number, name in get_month_names("wide", locale=locale).items()
    }


def meant_day(found: str) -> date | None:
    """Return the one date that `found` most likely means: 2020-11-6, 06/11/2020, vendredi 6 novembre 2020."""
    if match := re.fullmatch(r"([0-9]{4})[-/._ ]([0-9]{1,2})[-/._ ]([0-9]{1,2})", found):
        return _calendar_day(*match.groups())
    if match := re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", found):
        return _calendar_day(*match.groups())
    if match := re.fullmatch(r"([0-9]{1,2})[-/._ ]([0-9]{1,2})[-/._ ]([0-9]{4})", found):
        day_first = _calendar_day(match[3], match[2], match[1])
        return day_first or _calendar_day(match[3], match[1], match[2])
    if match := re.fullmatch(r"(?:\w+,? )?([0-9]{1,2})(?:er)? (\w+) ([0-9]{4})", found):
        return _calendar_day(match[3], str(_months().get(_letters(match[2]), 0)), match[1])
    return None


def _calendar_day(year: str, month: str, day_of_month: str) -> date | None:
    try:
        read = date(int(year), int(month), int(day_of_month))
    except ValueError:
        return None
    return read if read.year in YEARS else None


def wall_time(value: object) -> time:
    """Return a time of day: 07:30, 7:30, 7h30, 7 h 30, 7h."""
    match = re.fullmatch(r"([0-9]{1,2})(?::([0-9]{2})|\s*[hH](?:\s*([0-9]{2}))?)", scalar_text(value).strip())
    if match:
        with contextlib.suppress(ValueError):
            return time(int(match[1]), int(match[2] or match[3] or 0))
    meant = _meant_time(str(value)) or "07:30"
    raise Invalid(str(value), "is not a time of day", f"Write hours and minutes: {meant}")


def _meant_time(found: str) -> str | None:
    """Return the one time of day that `found` most likely means: 7.45, 7h45min."""
    match = _TIME_MEANT.fullmatch(found.strip())
    with contextlib.suppress(ValueError):
        return f"{time(int(match[1]), int(match[2])):%H:%M}" if match else None
    return None


def local_datetime(value: object) -> datetime:
    """Return a date with a time of day: 2020-11-08 18:00."""
    first, _, wall = scalar_text(value).strip().replace("T", " ").partition(" ")
    try:
        return datetime.combine(day(first), wall_time(wall))
    except Invalid:
        meant = meant_day(first.translate(_HYPHENS)), _meant_time(wall)
        both = " ".join(map(str, meant)) if all(meant) else "2020-11-08 18:00"
        raise Invalid(str(value), "is not a date with a time", f"Write both: {both}") from None


_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}


MAX_DURATION = timedelta(days=1)


def duration(value: object) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,8})\s*(ms|s|m|h)", scalar_text(value).strip())
    if match and (found := int(match[1]) * _UNITS[match[2]]) <= MAX_DURATION:
        return found
    if match:
        raise Invalid(str(value), "is longer than a day", "Write a shorter time: 500ms, 2s, 30m or 2h")
    raise Invalid(str(value), "is not a duration", "Write a number and its unit: 500ms, 2s, 30m or 2h")


def _flag(value: object) -> bool:
    word = scalar_text(value).strip().lower()
    if word in ("true", "yes", "oui"):
        return True
    if word in ("false", "no", "non"):
        return False
    raise Invalid(str(value), "is neither true nor false", "Write true or false.")


def _count(value: object) -> int:
    word = scalar_text(value).strip()
    if word.isascii() and word.isdigit() and len(word) < 10:  # noqa: PLR2004  (no issue has ten digits)
        return int(word)
    raise Invalid(str(value), "is not a whole number", "Write digits only: 53")


def one_of(choices: type[StrEnum]) -> BeforeValidator:
    """Return a validator for the names in `choices`."""

    def choose(value: object) -> StrEnum:
        try:
            return choices(scalar_text(value).strip())
        except ValueError:
            allowed = ", ".join(choices)
            close = difflib.get_close_matches(str(value), list(choices), n=1)
            hint = f"Did you mean '{close[0]}'?" if close else "Choose one of them."
            raise Invalid(str(value), f"is not one of {allowed}", hint) from None

    return BeforeValidator(choose)


Text = Annotated[str, BeforeValidator(scalar_text)]
Day = Annotated[date, BeforeValidator(day)]
WallTime = Annotated[time, BeforeValidator(wall_time)]
LocalTime = Annotated[datetime, BeforeValidator(local_datetime)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Count = Annotated[int, BeforeValidator(_count)]
