"""What X last said of the limits of posts, in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.adapters.sql_ledger.schema import allowance
from bot.core.schedule.account_checks import Allowance, ToldLimit, Window

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def keep_limits(db: sa.Connection, told: Collection[Allowance], now: datetime) -> None:
    """Replace what is known of the windows in `told`."""
    if not told:
        return
    db.execute(sa.delete(allowance).where(allowance.c.window.in_([one.window for one in told])))
    rows = [
        {
            "window": one.window,
            "at": now,
            "limit": one.limit,
            "remaining": one.remaining,
            "reset_at": one.reset_at,
        }
        for one in told
    ]
    db.execute(sa.insert(allowance), rows)


def limits(db: sa.Connection) -> tuple[ToldLimit, ...]:
    """Return what is known, in the order of the windows' names."""
    return tuple(
        ToldLimit(row.at, Allowance(Window(row.window), row.limit, row.remaining, row.reset_at))
        for row in db.execute(sa.select(allowance).order_by(allowance.c.window))
    )
