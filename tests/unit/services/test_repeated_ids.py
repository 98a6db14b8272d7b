"""Tests of answers with the id of another post: the outcome of the request is unknown."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.model import EditionKey
from bot.core.publishing import states
from bot.core.publishing.next_actions import next_action
from bot.core.publishing.policy import OnUnknown
from bot.core.publishing.states import DeliveryEvent, PublicationEvent
from bot.services.publication_events import log_event
from tests.fakes.clock import START
from tests.fakes.threads import KEY, make_thread
from tests.fakes.world import SETTLE, THREE, World, assert_whole
from tests.fakes.x import lost

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from bot.core.publishing.publication import RemotePost

OTHER = EditionKey("focus", KEY.date)
AT_ONCE = make_thread(*THREE.texts, gap=timedelta(0))


@pytest.fixture(params=[THREE, AT_ONCE], ids=["with a gap", "at once"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    return World(tmp_path, request.param)


def send_another_edition(world: World, text: str = "ailleurs") -> RemotePost:
    """Record a post of another edition in the ledger; return it as X has it."""
    thread, now = make_thread(text, key=OTHER), world.clock.now()
    planned = world.ledger.plan(thread, [START], now)
    claim = world.ledger.claim(OTHER, timedelta(seconds=60), now)
    post = world.x.add(text, None)
    send = states.deliver(planned.delivery(1), DeliveryEvent.SEND, first_intent_at=now, intent_at=now)
    sent = states.deliver(send.after, DeliveryEvent.CONFIRMED, post_id=post.post_id)
    moves = [states.move(planned, PublicationEvent.START), send, sent]
    world.ledger.record(claim, planned, moves, now)
    world.ledger.release(claim)
    return post


@pytest.mark.parametrize("at", [1, 2, 3])
def test_such_an_answer_is_none_and_the_timeline_decides(world: World, at: int) -> None:
    other = send_another_edition(world)
    world.x.repeats = {at: other.post_id}
    world.publish()
    world.x.posts.remove(other)
    assert_whole(world)
    assert world.x.posts[at - 1].created_at >= START + SETTLE
    assert [one for one in world.events() if "repeated" in one] == [f"{at}repeated"]


def test_it_may_be_the_id_of_a_post_of_the_same_thread(world: World) -> None:
    def repeat_the_first() -> None:
        if world.x.requests == 1:
            world.x.repeats = {2: world.x.posts[0].post_id}

    world.x.before_create = repeat_the_first
    world.publish()
    assert_whole(world)


def test_where_x_has_the_post_it_is_adopted(world: World) -> None:
    other = send_another_edition(world)

    def create_all_the_same() -> None:
        if world.x.requests == 1:
            world.x.add(world.thread.texts[1], world.x.posts[-1].post_id)

    world.x.before_create, world.x.repeats = create_all_the_same, {2: other.post_id}
    world.publish()
    world.x.posts.remove(other)
    assert_whole(world)
    assert world.x.requests == 3


def test_at_the_second_time_a_person_is_asked(world: World) -> None:
    other = send_another_edition(world)
    world.x.repeats = dict.fromkeys(range(2, 100), other.post_id)
    held = world.publish()
    assert world.states() == ["HELD", "SENT", "HELD", "PENDING"]
    assert held.reason == (
        f"post 2: X returned the id of post 1 of {OTHER} again, {other.post_id} (2 times), "
        "and your timeline does not show the post."
    )
    assert (next_action(held) or "").startswith("Look at your profile on X. If post 2 ")
    assert world.x.requests == 3


def test_the_times_are_counted_over_restarts(world: World) -> None:
    other = send_another_edition(world)
    world.x.repeats = dict.fromkeys(range(1, 100), other.post_id)

    class Killed(BaseException):
        pass

    def die_at_the_second() -> None:
        if world.x.requests == 1:
            raise Killed

    world.x.before_create = die_at_the_second
    with pytest.raises(Killed):
        world.publish()
    world.x.before_create = lambda: None
    assert world.publish().state == "HELD"
    assert world.x.requests == 2


def test_a_config_may_have_it_held_at_the_first(world: World) -> None:
    other = send_another_edition(world)
    world.policy = replace(world.policy, on_unknown=OnUnknown.HOLD)
    world.x.repeats = {1: other.post_id}
    held = world.publish()
    assert held.reason == (
        f"post 1: X returned the id of post 1 of {OTHER} again, {other.post_id}, "
        "and your timeline does not show the post."
    )
    assert world.x.requests == 1


def test_the_log_says_which_post(world: World, caplog: pytest.LogCaptureFixture) -> None:
    other = send_another_edition(world)
    world.x.repeats = {2: other.post_id}
    with caplog.at_level(logging.INFO):
        replace(world.run(), narrate=log_event)(KEY)
    [told] = [vars(one) for one in caplog.records if one.message == "post in doubt"]
    assert told["reason"] == f"X returned the id of post 1 of {OTHER} again, {other.post_id}."


def test_a_post_that_another_edition_adopts_first_is_left_to_it(tmp_path: Path) -> None:
    """Both have the same text and search the timeline: the second to record it searches again."""
    world = World(tmp_path, make_thread("pareil"))
    recorded = world.ledger.recorded
    taken: list[RemotePost] = []

    def be_second(post_ids: Collection[str]) -> frozenset[str]:
        known = recorded(post_ids)
        if not taken:
            taken.append(send_another_edition_with(world.x.posts[0]))
        return known

    def send_another_edition_with(post: RemotePost) -> RemotePost:
        world.x.posts.remove(post)
        world.x.add = lambda *_: post  # type: ignore[method-assign]
        send_another_edition(world, "pareil")
        del world.x.add
        world.x.posts.append(post)
        return post

    world.x.takes_duplicates = True
    world.x.outcomes.append(lost(errors.InDoubt("the answer was lost")))
    world.ledger.recorded = be_second  # type: ignore[method-assign]
    world.publish()
    assert world.states() == ["PUBLISHED", "SENT"]
    assert world.found().delivery(1).post_id == world.x.posts[1].post_id
    assert "1repeated" not in world.events()
