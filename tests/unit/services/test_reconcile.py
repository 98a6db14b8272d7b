"""Tests of what the timeline proves about a post whose answer was lost."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.adapters.x_publisher.refusals import Response, refusal
from bot.core.model import Chain, EditionKey
from bot.core.publishing.policy import OnUnknown
from tests.fakes.clock import START
from tests.fakes.threads import KEY, make_thread
from tests.fakes.world import SETTLE, THREE, World, assert_whole
from tests.fakes.x import lost

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.core.publishing.publication import RemotePost

BROKEN = errors.InDoubt("the connection broke")
"""An outcome in doubt for which no post was created."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.x.takes_duplicates = True
    return world


class Flapping(deque[errors.PublishError]):
    """Yield outcomes of readings, every second one a failure, endlessly."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = 0

    def __bool__(self) -> bool:
        self._asked += 1
        return self._asked % 2 == 1

    def popleft(self) -> errors.PublishError:
        return errors.Unavailable("X answered 503")


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
    """The refusal in X's words, classified by the table of refusals."""
    body = (
        b'{"title": "Forbidden", "detail": "You can only reply to this conversation if you are mentioned."}'
    )
    answer = Response.of(403, body, {})
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
        f"post {position}: unknown whether it was posted, and the timeline cannot be read: X answered 429"
    )
    assert world.clock.now() <= START + timedelta(minutes=1)


def test_a_reading_that_breaks_off_midway_proves_nothing(world: World) -> None:
    """The first page can be read and lacks the post; the second cannot."""
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


def reads_of(world: World) -> list[timedelta]:
    """Return the list of reading times after the slot, which is filled as the world runs."""
    times: list[timedelta] = []
    timeline = world.x.timeline

    def told(since: datetime) -> Iterator[RemotePost]:
        times.append(world.clock.now() - START)
        return timeline(since)

    world.x.timeline = told  # type: ignore[method-assign]
    return times


def fail_until(world: World, end: timedelta) -> None:
    """Make every reading fail until `end` after the slot."""
    timeline = world.x.timeline

    def failing(since: datetime) -> Iterator[RemotePost]:
        if world.clock.now() < START + end:
            raise errors.Unavailable("X answered 503")
        return timeline(since)

    world.x.timeline = failing  # type: ignore[method-assign]


@pytest.mark.parametrize("settle", [timedelta(seconds=3), SETTLE], ids=["short", "default"])
def test_a_timeline_that_stays_unreadable_is_read_ever_more_rarely(world: World, settle: timedelta) -> None:
    world.policy = replace(world.policy, settle=settle)
    world.x.outcomes.append(BROKEN)
    fail_until(world, timedelta(minutes=5))
    times = reads_of(world)
    world.publish()
    assert_whole(world)
    failed = [at for at in times if at < timedelta(minutes=5)]
    pauses = [after - before for before, after in itertools.pairwise(failed)]
    assert len(failed) <= 20
    assert pauses == sorted(pauses)
    assert (min(pauses), max(pauses)) == (settle / 10, timedelta(seconds=30))


def test_an_unreadable_timeline_is_told_at_first_at_intervals_and_when_it_is_over(world: World) -> None:
    world.policy = replace(world.policy, settle=timedelta(seconds=3))
    world.x.outcomes.append(BROKEN)
    fail_until(world, timedelta(minutes=8))
    world.publish()
    told = [entry.reason for entry in world.ledger.journal(KEY) if entry.event in ("unread", "not_found")]
    assert told == [
        "the timeline could not be read: X answered 503",
        "the timeline could not be read, 17 times so far: X answered 503",
        "the timeline does not show it; 22 readings failed before",
    ]
    assert [change.reason for change in world.told if change.reason in told] == told


def test_a_timeline_that_comes_and_goes_does_not_fill_the_journal(world: World) -> None:
    """Every second reading fails, so that the settle window never ends."""
    world.policy = replace(world.policy, grace=timedelta(minutes=20))
    world.x.outcomes.append(BROKEN)
    world.x.read_errors = Flapping()
    assert world.publish().state == "HELD"
    assert world.x.reads > 100
    assert world.events().count("1unread") == 20 / 5


def test_a_first_success_late_in_the_window_still_settles(world: World) -> None:
    """A head is never sent after its grace: the last delay leaves time for a settle window."""
    world.policy = replace(world.policy, settle=timedelta(minutes=5))
    world.x.outcomes.append(BROKEN)
    fail_until(world, timedelta(minutes=25) - timedelta(seconds=11))
    world.publish()
    assert_whole(world)


def test_what_x_said_of_a_duplicate_outlives_a_reading_that_fails(world: World) -> None:
    world.x.outcomes.append(errors.Duplicate("X answered 403: duplicate content."))
    world.x.read_errors.append(errors.Unavailable("X answered 503"))
    held = world.publish()
    assert world.states()[:2] == ["HELD", "REJECTED"]
    assert held.reason == "post 1: X answered 403: duplicate content."


# ---- whose post it is --------------------------------------------------------------------------------


def test_of_two_posts_that_fit_the_older_is_adopted(world: World) -> None:
    """The first attempt becomes visible after the second: two posts exist, and no third is sent."""
    first = world.x.add("un", None)
    world.x.add("un", None)
    world.x.outcomes.append(BROKEN)
    world.publish()
    assert world.found().delivery(1).post_id == first.post_id


@pytest.mark.parametrize("spaces", ["un", "un "])
def test_a_post_by_hand_with_our_text_is_adopted_once_and_never_by_two(world: World, spaces: str) -> None:
    """Two editions begin with the same text, which an operator has also posted."""
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
