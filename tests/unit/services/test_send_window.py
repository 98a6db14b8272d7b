"""Tests that no request leaves before its slot or after its window, whatever the clocks do."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.publishing.publication import DeliveryState
from bot.ports import Interrupted
from tests.fakes.clock import START
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.world import SETTLE, World, assert_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.ports import Claim
    from bot.services.publish import PublishRun

HOUR = timedelta(hours=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def once_committed(world: World, position: int, happen: Callable[[], None]) -> PublishRun:
    """Return a run with an action between the commit of a post's first intent and its request."""
    left, record = [happen], world.ledger.record

    def and_then(
        claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
    ) -> Publication:
        after = record(claim, publication, changes, now)
        if after.delivery(position).state is DeliveryState.SENDING and left:
            left.pop()()
        return after

    world.ledger.record = and_then  # type: ignore[method-assign]
    return world.run()


@pytest.mark.parametrize("gap", [timedelta(0), timedelta(seconds=2)])
@pytest.mark.parametrize(
    ("stop", "state"),
    [
        (lambda world: world.ledger.pause("mourning", world.clock.now()), "PUBLISHING"),
        (lambda world: world.ledger.ask_hold(KEY, "held by an operator.", world.clock.now()), "HELD"),
    ],
)
def test_what_a_person_stops_while_narrators_are_slow_is_stopped(
    tmp_path: Path, stop: Callable[[World], None], state: str, gap: timedelta
) -> None:
    """Nothing takes time between the commit of the intent and the request."""
    world = World(tmp_path, make_thread("un", "deux", "trois", gap=gap))

    def dawdle(publication: Publication, change: Change) -> None:  # noqa: ARG001  (a Narrator)
        if change.event == "send" and change.after.position == 2:  # type: ignore[union-attr]
            stop(world)
            world.clock.advance(timedelta(seconds=20))
            world.clock.interrupt_at = world.clock.now() + timedelta(seconds=5)  # a pause lasts

    with contextlib.suppress(Interrupted):
        replace(world.run(), narrate=dawdle)(KEY)
    assert world.x.texts == ["un", "deux"]
    assert world.x.posts[1].created_at == START + gap
    assert world.states() == [state, "SENT", "SENT", "PENDING"]


@pytest.mark.parametrize("gap", [timedelta(0), timedelta(seconds=2)])
def test_an_intent_is_told_after_its_request_was_answered(tmp_path: Path, gap: timedelta) -> None:
    """Changes are reported in the order in which they were recorded."""
    world = World(tmp_path, make_thread("un", "deux", gap=gap))
    told: list[tuple[str, int]] = []

    def note(publication: Publication, change: Change) -> None:  # noqa: ARG001  (a Narrator)
        told.append((change.event, len(world.x.posts)))

    replace(world.run(), narrate=note)(KEY)
    between = 2 if gap == timedelta(0) else 1  # a burst records the first id with the next intent
    first = [("start", 1), ("send", 1), ("confirmed", between)]
    assert told == [*first, ("send", 2), ("confirmed", 2), ("finish", 2)]


def test_an_intent_is_told_where_its_request_ended_in_a_bug(world: World) -> None:
    """The narrator has received everything that the ledger has."""

    def fail() -> None:
        raise RuntimeError("a bug")

    world.x.before_create = fail
    with pytest.raises(RuntimeError):
        world.publish()
    assert [change.event for change in world.told] == ["start", "send"]
    assert world.states()[:2] == ["PUBLISHING", "SENDING"]


def test_a_clock_set_back_before_the_request_sends_nothing_before_the_slot(world: World) -> None:
    run = once_committed(world, 1, lambda: world.clock.jump(-timedelta(minutes=2)))
    run(KEY)
    assert_whole(world)
    assert world.x.posts[0].created_at == START
    assert world.events()[:5] == ["frozen", "start", "1send", "1not_created", "1send"]
    why = "its window was over, or the clock was set back, before the request"
    assert [entry.reason for entry in world.ledger.journal(KEY) if entry.event == "not_created"] == [why]


def test_a_clock_set_forward_before_the_request_sends_no_head_after_grace(world: World) -> None:
    run = once_committed(world, 1, lambda: world.clock.jump(HOUR))
    held = run(KEY)
    assert world.x.posts == []
    assert (held.state, held.delivery(1).state) == ("HELD", "PENDING")
    assert held.reason
    assert held.reason.startswith("nothing can be sent within 30 minutes after the slot.")


@pytest.mark.parametrize(("position", "out"), [(1, 0), (2, 1)])
def test_a_commit_that_takes_hours_sends_nothing_after_it(world: World, position: int, out: int) -> None:
    """After a hanging disk or a suspension, the claim has expired too."""
    run = once_committed(world, position, lambda: world.clock.advance(3 * HOUR))
    held = run(KEY)
    assert len(world.x.posts) == out
    assert (held.state, held.delivery(position).state) == ("HELD", "PENDING")
    assert held.reason
    assert held.reason.endswith("The last answer: the claim expired before the request")


def test_a_commit_that_outlasts_the_claim_sends_once_it_is_renewed(world: World) -> None:
    run = once_committed(world, 2, lambda: world.clock.advance(timedelta(minutes=5)))
    run(KEY)
    assert_whole(world)
    assert "2not_created" in world.events()


def test_a_claim_that_ran_out_in_a_burst_is_renewed_before_the_next_post(tmp_path: Path) -> None:
    world = World(tmp_path, make_thread("un", "deux", "trois", gap=timedelta(0)))
    world.x.before_create = lambda: world.clock.advance(timedelta(seconds=40))
    world.publish()
    assert_whole(world)


@pytest.mark.parametrize("hours", [1, 5])
def test_a_clock_set_forward_during_the_settle_window_does_not_end_it(world: World, hours: int) -> None:
    """The time allowed for the timeline does not depend on our wall clock."""
    world.policy = replace(world.policy, grace=12 * HOUR, finish_within=12 * HOUR)
    world.x.outcomes.append(errors.InDoubt("the connection broke"))
    world.clock.at(START + timedelta(seconds=20), lambda: world.clock.jump(hours * HOUR))
    seen: dict[str, float] = {}

    def note(publication: Publication, change: Change) -> None:  # noqa: ARG001  (a Narrator)
        seen.setdefault(change.event, world.clock.elapsed())

    replace(world.run(), narrate=note)(KEY)
    assert_whole(world)
    window = seen["not_found"] - seen["lost"]
    assert SETTLE.total_seconds() <= window <= SETTLE.total_seconds() + 1


def test_a_stop_after_another_process_has_finished_changes_nothing(world: World) -> None:
    """Our machine is suspended beyond its lease; another one takes over and finishes."""

    def overtaken() -> None:
        world.clock.advance(timedelta(minutes=2))
        dead = frozenset({"here:1:1:boot"})
        world.run(make_ledger(world.path, world.clock, owner="there:2:2:boot", dead=dead))(KEY)
        raise Interrupted

    world.clock.at(START + timedelta(seconds=1), overtaken)
    with pytest.raises(Interrupted):
        replace(world.run(), hold_on_stop=True)(KEY)
    assert_whole(world)


def test_a_process_that_was_overtaken_while_it_slept_writes_and_sends_nothing(world: World) -> None:
    def overtaken() -> None:
        world.clock.advance(timedelta(minutes=2))
        dead = frozenset({"here:1:1:boot"})
        other = make_ledger(world.path, world.clock, owner="there:2:2:boot", dead=dead)
        other.claim(KEY, HOUR, world.clock.now())

    world.clock.at(START + timedelta(seconds=1), overtaken)
    with pytest.raises(errors.ClaimLost):
        world.publish()
    assert world.states() == ["PUBLISHING", "SENT", "PENDING", "PENDING"]
    assert world.x.texts == ["un"]
