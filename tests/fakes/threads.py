"""Threads and ledgers in the shapes that tests of publishing need."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.adapters.sql_ledger import Sidecar, SqlLedger, connect
from bot.core.model import Chapter, Edition, EditionKey, Format, Item, Post, Thread, Wording
from tests.fakes.clock import START, FakeClock

if TYPE_CHECKING:
    from pathlib import Path

KEY = EditionKey("flashtweet", date(2020, 11, 6))


def make_thread(
    *texts: str, key: EditionKey = KEY, slot_at: datetime = START, gap: timedelta = timedelta(seconds=2)
) -> Thread:
    """Return a thread of these texts."""
    chapter = Chapter(series=key.series, date=key.date, items=tuple(Item(text) for text in texts))
    edition = Edition(key, slot_at, Format(gap=gap), chapter, Wording(), "threads/2020-11-06.yaml")
    return Thread(edition, tuple(Post(position, text) for position, text in enumerate(texts, 1)))


def make_ledger(
    path: Path, clock: FakeClock, *, owner: str = "here:1:1:boot", dead: frozenset[str] = frozenset()
) -> SqlLedger:
    """Return a real SQLite ledger in `path`; the owners in `dead` are known to be dead."""
    return SqlLedger(
        connect(path),
        name=path.name,
        now=clock.now() - timedelta(days=1),
        owner=owner,
        is_dead=dead.__contains__,
        elapsed=clock.elapsed,
        witness=Sidecar(path),
    )
