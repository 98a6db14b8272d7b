"""What the timeline tells of a post whose answer was lost, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.adapters.x_publisher.refusals import Answer, refusal
from bot.core.model import Chain, EditionKey
from bot.core.publication import OnUnknown
from tests.fakes.clock import START
from tests.fakes.threads import KEY, make_thread
from tests.fakes.world import SETTLE, THREE, World, assert_whole
from tests.fakes.x import lost

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = errors.InDoubt("the connection broke")
"""Nothing was created; nobody knows."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.x.takes_duplicates = True
    return world


# ---- on_unknown --------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [1, 2])
def test_hold_leaves_a_send_of_which_nothing_is_seen_to_a_person(world: World, position: int) -> None:
    world.policy = replace(world.policy, on_unknown=OnUnknown.HOLD)
    world.x.outcomes.extend([*[None] * (position - 1), BROKEN])
    held = world.publish()
    assert (held.state, held.delivery(position).state) == ("HELD", "HELD")
    why = f"post {position}: X's answer was lost, and your timeline does not show the post."
    assert held.reason == why
    assert len(world.x.posts) == position - 1
    assert world.clock.now() >= START + SETTLE


def test_hold_adopts_what_is_seen_all_the_same(world: World) -> None:
    world.policy = replace(world.policy, on_unknown=OnUnknown.HOLD)
    world.x.outcomes.append(lost())
    world.publish()
    assert_whole(world)


# ---- unlinked posts ----------------------------------------------------------------------------------


def assert_unlinked(world: World) -> None:
    assert world.x.texts == list(THREE.texts)
    assert [post.replied_to for post in world.x.posts] == [None] * 3
    assert world.states() == ["PUBLISHED", "SENT", "SENT", "SENT"]


@pytest.mark.parametrize("position", [1, 2, 3])
@pytest.mark.parametrize("outcome", [lost(), BROKEN], ids=["created", "not-created"])
def test_unlinked_posts_are_found_or_sent_again_like_heads(
    world: World, position: int, outcome: errors.PublishError | tuple[errors.PublishError]
) -> None:
    world.policy = replace(world.policy, chain=Chain.STANDALONE)
    world.x.outcomes.extend([*[None] * (position - 1), outcome])
    world.publish()
    assert_unlinked(world)


def test_replies_that_x_does_not_let_us_make_hold_and_name_the_other_way(world: World) -> None:
    """As X says it, through the table of refusals."""
    said = {"detail": "You can only reply to this conversation if you are mentioned."}
    answer = Answer(403, "", said["detail"], {})
    world.x.outcomes.extend([None, refusal(answer, START)])
    held = world.publish()
    assert world.states() == ["HELD", "SENT", "PENDING", "PENDING"]
    assert held.reason
    assert "set 'chain: standalone' for the series in config.yaml" in held.reason


# ---- readings that fail ------------------------------------------------------------------------------


def test_a_reading_that_is_rate_limited_within_the_time_is_waited_for(world: World) -> None:
    until = START + timedelta(minutes=3)
    world.x.outcomes.extend([None, lost()])
    world.x.read_errors.append(errors.RateLimited("X answered 429", until))
    world.publish()
    assert_whole(world)
    assert world.x.posts[2].created_at >= until


def test_a_limit_that_has_passed_by_our_clock_is_not_waited_for(world: World) -> None:
    world.x.outcomes.extend([None, lost()])
    world.x.read_errors.append(errors.RateLimited("X answered 429", START - timedelta(minutes=1)))
    world.publish()
    assert_whole(world)


@pytest.mark.parametrize(
    ("position", "until"), [(1, timedelta(minutes=31)), (2, timedelta(hours=3))], ids=["head", "reply"]
)
def test_a_reading_that_is_rate_limited_beyond_the_time_holds_at_once(
    world: World, position: int, until: timedelta
) -> None:
    world.x.outcomes.extend([*[None] * (position - 1), lost()])
    world.x.read_errors.append(errors.RateLimited("X answered 429", START + until))
    held = world.publish()
    assert (held.state, held.delivery(position).state) == ("HELD", "IN_DOUBT")
    assert held.reason == (
        f"post {position}: it is unknown whether it is out, and the timeline cannot be read: X answered 429"
    )
    assert world.clock.now() <= START + timedelta(minutes=1)


def test_a_reading_that_breaks_off_midway_proves_nothing(world: World) -> None:
    """The first page is there, without the post; the second one is not."""
    world.x.outcomes.append(lost())
    timeline, left = world.x.timeline, [True]

    def one_page(since: object) -> object:
        if left:
            left.pop()
            world.x.reads += 1
            raise errors.Unavailable("the second page did not come")
        return timeline(since)  # type: ignore[arg-type]

    world.x.timeline = one_page  # type: ignore[method-assign, assignment]
    world.publish()
    assert_whole(world)
    assert "1unread" in world.events()


# ---- whose post it is --------------------------------------------------------------------------------


def test_of_two_posts_that_fit_the_older_is_adopted(world: World) -> None:
    """The first attempt came into sight after the second was made: a double is out, and is not made worse."""
    first = world.x.add("un", None)
    world.x.add("un", None)
    world.x.outcomes.append(BROKEN)
    world.publish()
    assert world.found().delivery(1).post_id == first.post_id


@pytest.mark.parametrize("spaces", ["un", "un "])
def test_a_post_by_hand_with_our_text_is_adopted_once_and_never_by_two(world: World, spaces: str) -> None:
    """Two editions begin with the same text; a person has posted it, too."""
    other = EditionKey("replay", KEY.date)
    world.ledger.plan(make_thread(spaces, key=other), [START], START)
    by_hand = world.x.add("un", None)
    world.x.outcomes.append(BROKEN)
    world.publish()
    assert world.found().delivery(1).post_id == by_hand.post_id
    world.x.outcomes.append(BROKEN)
    world.run()(other)
    second = world.ledger.get(other)
    assert second
    assert second.delivery(1).post_id == world.x.posts[-1].post_id != by_hand.post_id


def test_two_posts_of_one_thread_with_one_text_take_an_id_each(tmp_path: Path) -> None:
    world = World(tmp_path, make_thread("un", "un", "un"), chain=Chain.STANDALONE)
    world.x.takes_duplicates = True
    world.x.outcomes.extend([lost(), lost(), lost()])
    world.publish()
    assert [one.post_id for one in world.found().deliveries] == [post.post_id for post in world.x.posts]
    assert len(world.x.posts) == 3
