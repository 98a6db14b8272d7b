"""Facts of a turn for a command, which decides like the daemon but has no workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.core.schedule.slots import MISSED_HORIZON
from bot.core.turn import Facts

if TYPE_CHECKING:
    from bot.core.edition_source import EditionSource
    from bot.ports import Ledger

_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def facts_beside(source: EditionSource, ledger: Ledger | None, now: datetime) -> Facts:
    """Return the facts of `ledger` and files at `now`; without a ledger, no edition was ever expected.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    if ledger is None:
        return Facts(source.programme, source, {}, born_at=_NEVER, started_at=_EVER, has_predecessor=True)
    pause = ledger.paused()
    return Facts(
        source.programme,
        source,
        {one.key: one for one in ledger.open_or_since(now - MISSED_HORIZON - timedelta(days=1))},
        born_at=ledger.born_at,
        started_at=_EVER,
        has_predecessor=ledger.has_predecessor,
        pause=pause.reason if pause else None,
    )
