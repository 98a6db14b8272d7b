"""Tests that a hold or a pause stops a running publication within a second."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.publishing.states import PublicationEvent, move
from bot.ports import Interrupted
from tests.fakes.clock import START
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.world import World, assert_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from bot.adapters.sql_ledger import SqlLedger
    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.ports import Claim

SECOND = timedelta(seconds=1)


class Interfered(World):
    """A world in which an operator's process has the same ledger open."""

    def __init__(self, tmp_path: Path, gap: timedelta = timedelta(seconds=10)) -> None:
        super().__init__(tmp_path, make_thread("un", "deux", "trois", gap=gap))
        self.person = make_ledger(self.path, self.clock, owner="person:3:3:boot")

    def at(self, seconds: float, happen: Callable[[], None]) -> None:
        """Run an action that many seconds after the slot, while the run waits."""
        self.clock.at(START + timedelta(seconds=seconds), happen)

    def hold(self) -> None:
        self.person.ask_hold(KEY, "breaking news", self.clock.now())

    def pause(self) -> None:
        self.person.pause("mourning", self.clock.now())

    def resume(self) -> None:
        self.person.resume(self.clock.now())

    def before_intent(self, position: int, happen: Callable[[], None]) -> None:
        """Run an action right before the first intent of a post is committed."""
        record, left = self.ledger.record, [happen]

        def crossed(
            claim: Claim, publication: Publication, changes: tuple[Change, ...], now: datetime
        ) -> Publication:
            sends = [change.after.position for change in changes if change.event == "send"]  # type: ignore[union-attr]
            if position in sends and left:
                left.pop()()
            return record(claim, publication, changes, now)

        self.ledger.record = crossed  # type: ignore[method-assign, assignment]

    def seconds(self) -> list[float]:
        """Return the creation times of the posts, in seconds after the slot."""
        return [(post.created_at - START).total_seconds() for post in self.x.posts]


@pytest.fixture
def world(tmp_path: Path) -> Interfered:
    return Interfered(tmp_path)


# ---- hold --------------------------------------------------------------------------------------------


def test_a_hold_while_waiting_for_the_slot_is_heard_within_a_second(world: Interfered) -> None:
    world.clock.advance(-timedelta(minutes=5))
    world.at(-120, world.hold)
    held = world.publish()
    assert (held.state, held.reason, held.hold_asked) == ("HELD", "breaking news", None)
    assert world.clock.now() <= START - timedelta(seconds=119)
    assert world.x.posts == []


def test_a_hold_between_posts_is_heard_within_a_second(world: Interfered) -> None:
    world.at(13, world.hold)
    assert world.publish().reason == "breaking news"
    assert world.clock.now() <= START + timedelta(seconds=14)
    assert world.states() == ["HELD", "SENT", "SENT", "PENDING"]


@pytest.mark.parametrize("gap", [0, 10])
@pytest.mark.parametrize("during", [1, 2])
def test_a_hold_during_a_request_is_heard_before_the_next(tmp_path: Path, gap: int, during: int) -> None:
    world = Interfered(tmp_path, timedelta(seconds=gap))

    def hold() -> None:
        if len(world.x.posts) == during - 1:
            world.hold()

    world.x.before_create = hold
    assert world.publish().state == "HELD"
    assert len(world.x.posts) == during


@pytest.mark.parametrize("gap", [0, 10])
@pytest.mark.parametrize("position", [1, 2, 3])
def test_a_hold_that_crosses_the_intent_of_a_post_keeps_it_from_being_sent(
    tmp_path: Path, gap: int, position: int
) -> None:
    """The hold arrives after the run's last check and before the intent is on disk."""
    world = Interfered(tmp_path, timedelta(seconds=gap))
    world.before_intent(position, world.hold)
    held = world.publish()
    assert (held.state, held.reason) == ("HELD", "breaking news")
    assert len(world.x.posts) == position - 1


def test_a_hold_while_the_timeline_is_read_again_and_again_is_heard_within_a_second(
    world: Interfered,
) -> None:
    world.x.outcomes.append(errors.InDoubt("the connection broke"))
    world.at(30.5, world.hold)
    assert world.publish().reason == "breaking news"
    assert world.clock.now() <= START + timedelta(seconds=31.5)
    assert world.states() == ["HELD", "IN_DOUBT", "PENDING", "PENDING"]


def test_a_start_does_not_answer_a_hold_and_any_other_move_does(tmp_path: Path) -> None:
    world = Interfered(tmp_path)
    world.hold()
    claim = world.ledger.claim(KEY, timedelta(seconds=60), START)
    start = _move(world.ledger, PublicationEvent.START)
    known = world.ledger.get(KEY)
    assert known
    begun = world.ledger.record(claim, known, [start], START)
    assert begun.hold_asked == "breaking news"
    finish = _move(world.ledger, PublicationEvent.FINISH)
    assert world.ledger.record(claim, begun, [finish], START).hold_asked is None


def _move(ledger: SqlLedger, event: PublicationEvent) -> Change:
    found = ledger.get(KEY)
    assert found
    return move(found, event)


# ---- pause -------------------------------------------------------------------------------------------


def test_a_pause_that_ends_before_the_slot_changes_nothing(world: Interfered) -> None:
    world.clock.advance(-timedelta(minutes=5))
    world.at(-200, world.pause)
    world.at(-100, world.resume)
    world.publish()
    assert_whole(world)
    assert world.seconds() == [0, 10, 20]


def test_a_pause_at_the_slot_keeps_the_head_until_it_ends(world: Interfered) -> None:
    world.clock.advance(-timedelta(minutes=2))
    world.at(-60, world.pause)
    world.at(60, world.resume)
    world.publish()
    assert_whole(world)
    assert 60 <= world.seconds()[0] <= 61


def test_a_pause_between_posts_is_heard_before_the_next_and_its_end_within_a_second(
    world: Interfered,
) -> None:
    world.at(5, world.pause)
    world.at(60, world.resume)
    world.publish()
    assert_whole(world)
    assert world.seconds()[0] == 0
    assert 60 <= world.seconds()[1] <= 61


def test_a_pause_in_a_burst_lets_the_post_under_way_be_the_last(tmp_path: Path) -> None:
    world = Interfered(tmp_path, timedelta(0))

    def pause() -> None:
        if len(world.x.posts) == 1:
            world.pause()

    world.x.before_create = pause
    world.at(100, world.resume)
    world.publish()
    assert_whole(world)
    assert world.seconds()[:2] == [0, 0]
    assert 100 <= world.seconds()[2] <= 101


@pytest.mark.parametrize("gap", [0, 10])
@pytest.mark.parametrize("position", [1, 2, 3])
def test_a_pause_that_crosses_the_intent_of_a_post_keeps_it_until_its_end(
    tmp_path: Path, gap: int, position: int
) -> None:
    world = Interfered(tmp_path, timedelta(seconds=gap))
    world.before_intent(position, world.pause)
    world.at(60, world.resume)
    world.publish()
    assert_whole(world)
    assert 60 <= world.seconds()[position - 1] <= 61
    assert [entry.reason for entry in world.ledger.journal(KEY) if entry.event == "not_created"] == [
        "publishing was paused before the request"
    ]


def test_an_end_of_the_pause_that_crosses_the_decision_to_wait_is_heard(world: Interfered) -> None:
    """It arrives after the run has read the pause and before it waits."""
    world.pause()
    read = world.ledger.get

    def crossed(key: EditionKey) -> Publication | None:
        found = read(key)
        if found is not None and found.paused is not None:
            world.resume()
        return found

    world.ledger.get = crossed  # type: ignore[method-assign]
    world.publish()
    assert_whole(world)
    assert world.seconds()[0] <= 1


def test_a_pause_longer_than_grace_misses_the_edition_and_says_so(world: Interfered) -> None:
    world.policy = replace(world.policy, grace=timedelta(minutes=2))
    world.pause()
    missed = world.publish()
    assert missed.state == "MISSED"
    assert missed.reason == (
        "nothing can be sent within 2 minutes after the slot. Publishing is paused: mourning."
    )


def test_a_pause_longer_than_a_thread_may_take_holds_it_and_says_so(world: Interfered) -> None:
    world.policy = replace(world.policy, finish_within=timedelta(minutes=2))
    world.at(15, world.pause)
    held = world.publish()
    assert world.states() == ["HELD", "SENT", "SENT", "PENDING"]
    assert held.reason == (
        "the thread cannot be finished by Fri 2020-11-06 06:32. Publishing is paused: mourning."
    )


def test_in_a_pause_a_lost_answer_is_still_looked_for(world: Interfered) -> None:
    world.x.outcomes.append((errors.InDoubt("the answer was lost"),))
    world.x.before_create = world.pause
    world.x.lag = timedelta(seconds=30)
    world.at(200, lambda: setattr(world.x, "before_create", lambda: None))
    world.at(200, world.resume)
    world.publish()
    assert_whole(world)


# ---- stop --------------------------------------------------------------------------------------------


def test_a_stop_by_a_person_holds_the_edition(world: Interfered) -> None:
    world.clock.interrupt_at = START + 5 * SECOND
    with pytest.raises(Interrupted):
        replace(world.run(), hold_on_stop=True)(KEY)
    assert (world.found().state, world.found().reason) == ("HELD", "stopped by an operator.")


def test_a_stop_while_the_run_holds_by_itself_keeps_its_reason(world: Interfered) -> None:
    world.x.outcomes.append(errors.InDoubt("the connection broke"))
    world.x.read_errors.append(errors.AccountRefused("X answered 401"))
    run, told = world.run(), world.run().narrate

    def stop_when_held(publication: Publication, change: Change) -> None:
        told(publication, change)
        world.clock.is_stopped = change.after == "HELD"

    with pytest.raises(Interrupted):
        replace(run, hold_on_stop=True, narrate=stop_when_held)(KEY)
    assert world.found().reason == (
        "post 1: unknown whether it was posted, and the timeline cannot be read: X answered 401"
    )


def test_a_publication_that_is_gone_from_the_ledger_is_told(world: Interfered) -> None:
    claim = world.ledger.claim(KEY, timedelta(seconds=60), START)
    empty = make_ledger(world.path.with_name("empty.db"), world.clock)
    with pytest.raises(errors.LedgerError, match="is no longer in the ledger"):
        world.run(empty).drive(claim)
    assert world.x.posts == []
