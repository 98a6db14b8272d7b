"""Two processes that open a new ledger simultaneously agree on its account."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing import states
from bot.core.publishing.states import DeliveryEvent
from tests.fakes.clock import FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa


def test_who_comes_second_finds_the_same_account_served(tmp_path: Path) -> None:
    """The other process binds the ledger and begins a post after we saw it unbound."""
    clock, path = FakeClock(), tmp_path / "ledger.db"
    first, second = make_ledger(path, clock), make_ledger(path, clock)
    writing = second._writing

    @contextlib.contextmanager
    def overtaken() -> Iterator[sa.Connection]:
        first.serve("http://x", "1")
        planned = first.plan(make_thread("un"), [clock.now()], clock.now())
        claim = first.claim(KEY, timedelta(seconds=60), clock.now())
        sent = states.deliver(planned.delivery(1), DeliveryEvent.SEND, intent_at=clock.now())
        first.record(claim, planned, [sent], clock.now())
        with writing() as db:
            yield db

    second._writing = overtaken  # type: ignore[method-assign, assignment]
    second.serve("http://x", "1")
