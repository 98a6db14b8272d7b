"""Leases of claims on the database's clock, and the error about another process's claim."""

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
    """Return the column values of a claim that lasts for `lease` from now."""
    return {"claimed_until": SECONDS_NOW + lease.total_seconds(), "lease": lease.total_seconds()}


def longest(row: sa.Row[Any], lease: timedelta) -> float:
    """Return the lease of a claim in seconds; rows from before schema 5 have none, so assume `lease`."""
    return float(row.lease) if row.lease is not None else lease.total_seconds()


def shortened(row: sa.Row[Any], lease: timedelta) -> dict[str, object]:
    """Return the columns to update if another process's claim would outlast its lease; empty otherwise.

    Such a claim was made before the clock was set back. A live holder renews it in time.
    """
    most = longest(row, lease)
    return lasting(timedelta(seconds=most)) if row.left > most else {}


def claimed_by_another(key: EditionKey, holder: str, held: float | None, left: float) -> ClaimLost:
    """Return the error for a publication claimed by `holder`.

    `held` is the age of the claim in seconds, `left` the seconds until it expires unless it is renewed.
    """
    host, pid, *_ = f"{holder}:".split(":")
    since = f", which claimed it {_span(held)} ago" if held is not None and held >= 0 else ""
    message = (
        f"{key} is being published by process {pid} on {host}{since}. Wait for it; "
        f"'flashtweet status' shows its progress. If there is no such process, retry in "
        f"{_span(max(left, 1))}: its claim expires then."
    )
    return ClaimLost(message, holder)


def _span(seconds: float) -> str:
    """Format a duration: ``42 s``, ``3 min``, ``2 h``."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
