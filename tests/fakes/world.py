"""One edition, a real ledger, X in memory, and a fake clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.policy import Policy
from bot.core.schedule.slots import due_times
from bot.services.publish import PublishRun
from tests.fakes.clock import FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.x import FakeX

if TYPE_CHECKING:
    from pathlib import Path

    from bot.adapters.sql_ledger import SqlLedger
    from bot.core.model import Thread
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change

SETTLE = timedelta(seconds=90)
THREE = make_thread("un", "deux & <trois>", "trois https://example.com/a")


class World:
    """The state at the slot of `thread`, which is planned."""

    def __init__(self, tmp_path: Path, thread: Thread = THREE, **policy: object) -> None:
        self.path, self.thread = tmp_path / "ledger.db", thread
        self.clock = FakeClock()
        self.x = FakeX(self.clock)
        self.policy = replace(Policy(gap=thread.edition.format.gap, settle=SETTLE), **policy)  # type: ignore[arg-type]
        self.ledger = make_ledger(self.path, self.clock)
        self.told: list[Change] = []
        self.plan()

    def plan(self) -> None:
        form = self.thread.edition.format
        due = due_times(self.thread.edition.slot_at, form.gap, len(self.thread.posts))
        self.ledger.plan(self.thread, due, self.clock.now())

    def run(self, ledger: SqlLedger | None = None) -> PublishRun:
        return PublishRun(
            ledger=ledger or self.ledger,
            publisher=self.x,
            clock=self.clock,
            policy=self.policy,
            narrate=lambda _, change: self.told.append(change),
        )

    def publish(self) -> Publication:
        return self.run()(KEY)

    def found(self) -> Publication:
        """Return the publication in the ledger."""
        found = self.ledger.get(KEY)
        assert found
        return found

    def states(self) -> list[str]:
        found = self.found()
        return [found.state, *(delivery.state for delivery in found.deliveries)]

    def events(self) -> list[str]:
        return [f"{entry.position or ''}{entry.event}" for entry in self.ledger.journal(KEY)]


def assert_whole(world: World) -> None:
    """Check that every post appears once, in order, each under the previous one, all in the ledger."""
    assert world.x.texts == list(world.thread.texts)
    ids = [post.post_id for post in world.x.posts]
    assert [post.replied_to for post in world.x.posts] == [None, *ids[:-1]]
    assert [delivery.post_id for delivery in world.found().deliveries] == ids
    assert world.states() == ["PUBLISHED", *(["SENT"] * len(world.thread.posts))]
