"""Claims on the database's clock, and those of other processes in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.errors import ClaimLost

if TYPE_CHECKING:
    from bot.core.model import EditionKey

SECONDS_NOW = sa.literal_column("(julianday('now') - 2440587.5) * 86400.0", sa.Float)
"""Seconds since 1970 on the database's clock. 2440587.5 is the Julian day of 1970-01-01."""


def lasting(lease: timedelta) -> dict[str, object]:
    """Return the values of a claim that lasts for `lease` from now on."""
    return {"claimed_until": SECONDS_NOW + lease.total_seconds(), "lease": lease.total_seconds()}


def longest(row: sa.Row[Any], lease: timedelta) -> float:
    """Return the seconds that a claim lasts without being renewed; one from before version 5 does not say."""
    return float(row.lease) if row.lease is not None else lease.total_seconds()


def shortened(row: sa.Row[Any], lease: timedelta) -> dict[str, object]:
    """Return what to change of the claim of another process that would outlast its lease; else nothing.

    It was made before the clock was set back. Whoever holds it renews it by then, as long as it lives.
    """
    most = longest(row, lease)
    return lasting(timedelta(seconds=most)) if row.left > most else {}


def in_other_hands(key: EditionKey, holder: str, held: float | None, left: float) -> ClaimLost:
    """Return the error of who wants a publication that `holder` has.

    `held` is since how many seconds, `left` for how many more unless it is renewed.
    """
    host, pid, *_ = f"{holder}:".split(":")
    since = f", which took it {_span(held)} ago" if held is not None and held >= 0 else ""
    message = (
        f"{key} is being published by process {pid} on {host}{since}. Wait for it; "
        f"'flashtweet status' shows how far it is. If there is no such process, type this again in "
        f"{_span(max(left, 1))}: what it holds is free then."
    )
    return ClaimLost(message, holder)


def _span(seconds: float) -> str:
    """``42 s``, ``3 min``, ``2 h``"""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
