"""Ledger table of the post limits that X last reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.adapters.sql_ledger.schema import allowance
from bot.core.schedule.account_checks import Allowance, ToldLimit, Window

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def keep_limits(db: sa.Connection, reported: Collection[Allowance], now: datetime) -> None:
    """Replace the stored limits of the windows in `reported`."""
    if not reported:
        return
    db.execute(sa.delete(allowance).where(allowance.c.window.in_([one.window for one in reported])))
    rows = [
        {
            "window": one.window,
            "at": now,
            "limit": one.limit,
            "remaining": one.remaining,
            "reset_at": one.reset_at,
        }
        for one in reported
    ]
    db.execute(sa.insert(allowance), rows)


def limits(db: sa.Connection) -> tuple[ToldLimit, ...]:
    """Return the stored limits, ordered by window name."""
    return tuple(
        ToldLimit(row.at, Allowance(Window(row.window), row.limit, row.remaining, row.reset_at))
        for row in db.execute(sa.select(allowance).order_by(allowance.c.window))
    )
