"""Templates and dates: ``Bonjour ! C'est l'heure du #FlashTweet du {date}``.

Only the named fields are replaced; any other brace stays as written (never ``str.format``, which would let a
text reach into the program).
"""

from __future__ import annotations

import difflib
import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from babel.dates import format_date

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = ("date", "period", "issue", "next_issue", "count")
"""All names that a template may use."""

_FIELD = re.compile(r"\{([a-z_]+)\}")
_FILLED = re.compile(r"\{(?:([a-z_]+)|count:([^{}|\n]*)\|([^{}|\n]*))\}")
"""A field, or the form of a word that depends on a count: ``{count:info|infos}``."""
_FORMS = re.compile(r"\{( ?[Cc]ount ?:[^{}\n]{0,40})\}")
_MOST_OF_ONE = 1
"""The largest count that takes the singular, as in French; a published edition never has 0 items."""
_FIELD_LIKE = re.compile(r"\{([^{}\n]{1,20})\}")
"""Braces perhaps meant as a field: ``{ date }``, ``{Date}``."""


def fields(day: date, locale: str, *, count: int, issue: int | None = None) -> dict[str, str]:
    """Return the field values for an edition on `day`; a daily one has no ``issue`` or ``next_issue``."""
    monday, friday = week_before(day)
    values = {
        "date": spoken_date(day, locale),
        "period": spoken_period(monday, friday, locale),
        "count": str(count),
    }
    if issue is not None:
        values |= {"issue": str(issue), "next_issue": str(issue + 1)}
    return values


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return `template` with its named fields replaced, in one pass: a value is never itself a template."""

    def filled(match: re.Match[str]) -> str:
        if match[1] is not None:
            return values.get(match[1], match[0])
        count = values.get("count")
        if count is None:
            return match[0]
        return match[2] if int(count) <= _MOST_OF_ONE else match[3]

    return _FILLED.sub(filled, template)


def stray_fields(text: str) -> tuple[str, ...]:
    """Return the fields in a text that is not a template and is posted as written."""
    found = (match[0][1:-1] for match in _FILLED.finditer(text))
    return tuple(name for name in dict.fromkeys(found) if name in FIELDS or ":" in name)


def unfilled(template: str, values: Mapping[str, str]) -> tuple[tuple[str, str | None], ...]:
    """Return the names in braces that `fill` would keep, each with the known field that it resembles."""
    found: list[tuple[str, str | None]] = [
        (forms, "count:one|many")
        for forms in dict.fromkeys(_FORMS.findall(template))
        if "count" not in values or not _FILLED.fullmatch(f"{{{forms}}}")
    ]
    for name in dict.fromkeys(_FIELD_LIKE.findall(template)):
        if name not in values and not _FORMS.fullmatch(f"{{{name}}}"):
            plain = name.strip().lower().replace(" ", "_")
            close = difflib.get_close_matches(plain, tuple(values), n=1, cutoff=0.6)
            if close or _FIELD.fullmatch(f"{{{name}}}"):
                found.append((name, close[0] if close else None))
    return tuple(found)


def week_before(day: date) -> tuple[date, date]:
    """Return Monday and Friday of the last working week that ended before `day`."""
    friday = day - timedelta(days=(day.weekday() - 5) % 7 + 1)
    return friday - timedelta(days=4), friday


@lru_cache(maxsize=64)
def spoken_date(day: date, locale: str) -> str:
    """Return ``vendredi 6 novembre`` or ``dimanche 1er novembre``."""
    if locale.startswith("fr"):
        return f"{format_date(day, 'EEEE', locale)} {_day(day, locale)} {format_date(day, 'MMMM', locale)}"
    return format_date(day, "EEEE d MMMM", locale)


def spoken_period(first: date, last: date, locale: str) -> str:
    """Return a range; in French ``du 2 au 6 novembre 2020``, ``du 28 décembre 2020 au 1er janvier 2021``."""
    if not locale.startswith("fr"):
        return f"{format_date(first, 'd MMMM y', locale)} – {format_date(last, 'd MMMM y', locale)}"
    end = f"{_day(last, locale)} {format_date(last, 'MMMM y', locale)}"
    start = _day(first, locale)
    if first.year != last.year:
        start += f" {format_date(first, 'MMMM y', locale)}"
    elif first.month != last.month:
        start += f" {format_date(first, 'MMMM', locale)}"
    return f"du {start} au {end}"


def _day(day: date, locale: str) -> str:
    return "1er" if day.day == 1 and locale.startswith("fr") else str(day.day)
