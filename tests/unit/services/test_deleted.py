"""Tests of posts deleted by hand on X while their thread is being posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.network import REQUEST_DEADLINE
from bot.core.publishing import states
from bot.core.publishing.next_actions import next_action
from bot.core.publishing.policy import OnDeleted
from bot.ports import Interrupted
from bot.services.publication_events import log_event
from tests.fakes.clock import START
from tests.fakes.threads import KEY, make_thread
from tests.fakes.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from bot.core.publishing.publication import RemotePost

GAP = timedelta(minutes=2)
FIVE = make_thread("un", "deux", "trois", "quatre", "cinq", gap=GAP)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, FIVE)


def delete(world: World, *positions: int, after: int) -> None:
    """Delete posts as by hand, half a gap after post number `after` was sent."""

    def act() -> None:
        for position in positions:
            world.x.delete_by_hand(position)

    world.clock.at(START + (after - 1) * GAP + GAP / 2, act)


def parents(world: World) -> list[int | None]:
    """Return, for each post on X, the number of its parent."""
    ids = [post.post_id for post in world.x.posts]
    return [ids.index(post.replied_to) + 1 if post.replied_to else None for post in world.x.posts]


def test_the_next_post_goes_under_the_nearest_that_is_there(world: World) -> None:
    delete(world, 3, after=3)
    world.publish()
    assert parents(world) == [None, 1, 2, 2, 4]
    assert world.states() == ["PUBLISHED", "SENT", "SENT", "SKIPPED", "SENT", "SENT"]
    assert world.events()[7:13] == [
        "3confirmed", "4send", "4not_created", "3deleted", "4moved", "4send",
    ]  # fmt: skip


def test_it_is_looked_up_at_the_first_refusal_and_costs_a_moment(world: World) -> None:
    delete(world, 3, after=3)
    world.publish()
    [third, second] = world.x.lookups
    assert [third, second] == [world.x.posts[2].post_id, world.x.posts[1].post_id]
    assert world.x.posts[3].created_at == START + 3 * GAP


def test_several_in_a_row_may_be_gone(world: World) -> None:
    delete(world, 2, 3, after=3)
    world.publish()
    assert parents(world) == [None, 1, 2, 1, 4]
    assert world.states() == ["PUBLISHED", "SENT", "SKIPPED", "SKIPPED", "SENT", "SENT"]


def test_one_further_up_that_is_gone_is_nobody_s_parent(world: World) -> None:
    """X keeps the replies to a deleted post."""
    delete(world, 2, after=3)
    world.publish()
    assert parents(world) == [None, 1, 2, 3, 4]
    assert world.x.lookups == []


def test_where_all_of_it_is_gone_a_person_is_asked(world: World) -> None:
    delete(world, 1, 2, after=2)
    held = world.publish()
    assert next_action(held) == (
        f"To send the rest as a thread of its own, type: flashtweet publish {KEY} "
        f"(or cancel it: flashtweet cancel {KEY})"
    )
    assert world.states() == ["HELD", "SKIPPED", "SKIPPED", "PENDING", "PENDING", "PENDING"]
    assert held.reason == "deleted on X: every post sent so far. Post 3 is next."


def test_a_config_may_have_it_held(world: World) -> None:
    world.policy = replace(world.policy, on_deleted=OnDeleted.HOLD)
    delete(world, 3, after=3)
    held = world.publish()
    assert (next_action(held) or "").startswith(
        f"To send the rest under post 2, type: flashtweet publish {KEY} "
    )
    assert world.states()[:5] == ["HELD", "SENT", "SENT", "SKIPPED", "PENDING"]
    assert held.reason == "deleted on X: post 3, directly before post 4."


def test_a_parent_that_is_there_is_waited_for(world: World) -> None:
    world.x.outcomes.extend([None, *[errors.ParentNotVisible("not visible")] * 3])
    world.publish()
    assert parents(world) == [None, 1, 2, 3, 4]
    assert set(world.x.lookups) == {world.x.posts[0].post_id}


def test_a_young_parent_that_is_not_shown_yet_is_not_taken_for_deleted(tmp_path: Path) -> None:
    """The lookup may lag as the reply did: "a few seconds"."""
    world = World(tmp_path, make_thread("un", "deux", "trois", gap=timedelta(seconds=2)))
    world.x.lag = timedelta(seconds=12)
    world.x.outcomes.extend([None, *[errors.ParentNotVisible("not visible")] * 3])
    world.publish()
    assert parents(world) == [None, 1, 2]
    assert "1deleted" not in world.events()


def test_a_young_parent_that_is_gone_is_believed_so_soon_after(tmp_path: Path) -> None:
    world = World(tmp_path, make_thread("un", "deux", "trois", gap=timedelta(seconds=2)))

    def act() -> None:
        world.x.delete_by_hand(2)

    world.clock.at(START + timedelta(seconds=3), act)
    world.publish()
    assert parents(world) == [None, 1, 1]
    assert world.x.posts[2].created_at - START <= timedelta(seconds=20)


def test_a_lookup_that_fails_is_done_again_at_the_next_refusal(world: World) -> None:
    delete(world, 3, after=3)
    world.x.find_errors.extend([errors.Unavailable("X cannot be reached")] * 2)
    world.publish()
    assert parents(world) == [None, 1, 2, 2, 4]


def test_all_lookups_after_a_refusal_have_the_time_of_one_request(world: World) -> None:
    """Posts found deleted are recorded: after the next refusal the search starts further up."""
    delete(world, 1, 2, 3, 4, after=4)
    world.x.lookup_takes = timedelta(seconds=7)
    begun: list[float] = []
    world.x.before_create = lambda: begun.append(world.clock.elapsed())
    held = world.publish()
    assert held.reason == "deleted on X: every post sent so far. Post 5 is next."
    ids = [post.post_id for post in world.x.posts]
    assert [ids.index(one) + 1 for one in world.x.lookups] == [4, 3, 2, 2, 1]
    assert begun[5] - begun[4] <= REQUEST_DEADLINE.total_seconds()


def test_a_stop_ends_the_lookups(world: World) -> None:
    delete(world, 1, 2, 3, after=3)
    real = world.x.find

    def stop_while_it_is_looked_up(post_id: str, within: timedelta | None = None) -> RemotePost | None:
        world.clock.is_stopped = True
        return real(post_id, within)

    world.x.find = stop_while_it_is_looked_up  # type: ignore[method-assign]
    with pytest.raises(Interrupted):
        world.publish()
    assert len(world.x.lookups) == 1
    assert world.states()[3:5] == ["SKIPPED", "PENDING"], "what it found is recorded"


def test_a_stop_during_the_refused_request_comes_before_the_lookups(world: World) -> None:
    delete(world, 3, after=3)

    def stop_in_the_fourth() -> None:
        world.clock.is_stopped = len(world.x.posts) == 3

    world.x.before_create = stop_in_the_fourth
    with pytest.raises(Interrupted):
        world.publish()
    assert world.x.lookups == []


class Killed(BaseException):
    """Simulate the end of the process."""


def raise_killed(*_: object) -> None:
    raise Killed


def test_a_run_that_died_before_its_lookup_leaves_it_to_the_next(world: World) -> None:
    delete(world, 3, after=3)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world.x, "find", raise_killed)
        with pytest.raises(Killed):
            world.publish()
    world.publish()
    assert parents(world) == [None, 1, 2, 2, 4]


def test_what_is_gone_keeps_its_id(world: World) -> None:
    delete(world, 1, 2, after=2)
    held = world.publish()
    assert held.delivery(2).post_id == world.x.posts[1].post_id
    assert world.ledger.recorded([world.x.posts[1].post_id])


def test_released_after_all_of_it_was_deleted_the_rest_is_a_thread_of_its_own(world: World) -> None:
    """The thread had begun: `finish_within` bounds it, not the grace of its slot."""
    delete(world, 1, 2, after=2)
    held = world.publish()
    claim = world.ledger.claim(KEY, timedelta(seconds=60), world.clock.now())
    world.clock.advance(timedelta(hours=1))
    released = states.move(held, states.PublicationEvent.RELEASE)
    world.ledger.record(claim, held, [released], world.clock.now())
    world.ledger.release(claim)
    world.publish()
    assert parents(world) == [None, 1, None, 3, 4]


def test_an_alert_says_that_a_post_was_deleted(world: World, caplog: pytest.LogCaptureFixture) -> None:
    delete(world, 3, after=3)
    replace(world.run(), narrate=log_event)(KEY)
    [told] = [vars(record) for record in caplog.records if getattr(record, "alert", None)]
    assert (told["alert"], told["msg"]) == ("deleted", "a post was deleted on X; the thread continues")
    assert told["reason"] == "deleted on X: post 3; this post now replies to post 2"
    assert told["next"].endswith(f"flashtweet hold {KEY}")
