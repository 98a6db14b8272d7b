"""Limits in the headers of X's answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.core.schedule.account_checks import Allowance, Window

if TYPE_CHECKING:
    from collections.abc import Mapping


def allowances(headers: Mapping[str, str]) -> tuple[Allowance, ...]:
    """Return the limits in `headers`; values that are not numbers are ignored."""
    return tuple(filter(None, (_allowance(window, headers) for window in Window)))


def _allowance(window: Window, headers: Mapping[str, str]) -> Allowance | None:
    limit, remaining, reset = (_number(headers, window, name) for name in ("limit", "remaining", "reset"))
    if limit is None:
        return None
    return Allowance(window, limit, remaining, datetime.fromtimestamp(reset, UTC) if reset else None)


def _number(headers: Mapping[str, str], window: Window, name: str) -> int | None:
    value = headers.get(f"{window}-{name}", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < _ABSURD else None


_ABSURD = 12
"""Number of digits from which a value is ignored; a date of so many seconds overflows."""
