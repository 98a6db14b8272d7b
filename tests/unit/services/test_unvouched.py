"""Tests of a ledger that was lost, restored or created late: posts are searched for, never sent twice.

X in memory accepts duplicates here, so that its own rule cannot hide a second post.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.model import Chain
from bot.core.publishing.policy import OnUnknown
from bot.ports import Interrupted
from tests.fakes.clock import START
from tests.fakes.threads import make_ledger, make_thread
from tests.fakes.world import SETTLE, THREE, World, assert_whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.x.takes_duplicates = True
    return world


def begin_anew(world: World) -> None:
    """Delete the ledger and the files beside it, and create a new one now."""
    world.ledger.close()
    for path in world.path.parent.iterdir():
        path.unlink()
    world.clock.advance(timedelta(days=1))  # `make_ledger` makes one created a day ago
    ledger = make_ledger(world.path, world.clock)
    world.clock.advance(-timedelta(days=1))
    world.ledger = ledger
    world.plan()


def stop_after(world: World, posts: int) -> None:
    """Publish `posts` posts, then stop."""
    world.clock.interrupt_at = START + timedelta(seconds=2 * posts - 1)
    with pytest.raises(Interrupted):
        world.publish()
    world.clock.interrupt_at = None
    assert len(world.x.posts) == posts


@pytest.mark.parametrize("copied_after", [0, 1, 2, 3])
def test_a_copy_of_the_ledger_that_was_put_back_sends_nothing_twice(world: World, copied_after: int) -> None:
    if 0 < copied_after < len(THREE.posts):
        stop_after(world, copied_after)
    elif copied_after:
        world.publish()
    world.ledger.close()
    copy = shutil.copy(world.path, world.path.with_name("copy.db"))
    world.publish()
    assert_whole(world)
    world.ledger.close()
    shutil.copy(copy, world.path)
    world.clock.advance(timedelta(minutes=1))
    world.publish()
    assert_whole(world)


def test_what_was_attempted_in_vain_before_the_copy_is_looked_for_as_well(world: World) -> None:
    world.x.outcomes.append(errors.Unavailable("X cannot be reached."))
    world.clock.interrupt_at = START + timedelta(seconds=1)
    with pytest.raises(Interrupted):
        world.publish()
    world.clock.interrupt_at = None
    world.ledger.close()
    copy = shutil.copy(world.path, world.path.with_name("copy.db"))
    world.publish()
    assert_whole(world)
    world.ledger.close()
    shutil.copy(copy, world.path)
    world.publish()
    assert_whole(world)


def test_a_copy_put_back_midway_adopts_what_is_out_and_sends_the_rest(world: World) -> None:
    world.ledger.close()
    copy = shutil.copy(world.path, world.path.with_name("copy.db"))
    stop_after(world, 2)
    world.ledger.close()
    shutil.copy(copy, world.path)
    world.clock.advance(timedelta(minutes=1))
    world.publish()
    assert_whole(world)
    assert world.events() == [
        "frozen", "1unvouched", "start", "1found", "2unvouched", "2found", "3unvouched", "3not_found",
        "3send", "3confirmed", "finish",
    ]  # fmt: skip


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_a_ledger_begun_anew_after_the_slot_goes_on_where_the_old_one_was(world: World, sent: int) -> None:
    if sent:
        stop_after(world, sent)
    world.clock.advance(timedelta(minutes=1))
    begin_anew(world)
    began_at = world.clock.now()
    world.publish()
    assert_whole(world)
    assert world.x.posts[sent].created_at >= began_at + SETTLE  # not found for that long


def test_a_thread_that_is_wholly_out_is_adopted_whole(world: World) -> None:
    world.publish()
    begin_anew(world)
    world.publish()
    assert_whole(world)
    assert world.events() == [
        "frozen", "1unvouched", "start", "1found", "2unvouched", "2found", "3unvouched", "3found", "finish",
    ]  # fmt: skip


def test_the_settle_window_is_waited_for_once_not_for_each_post(world: World) -> None:
    begin_anew(world)
    world.publish()
    assert_whole(world)
    seconds = [(post.created_at - START).total_seconds() for post in world.x.posts]
    assert seconds == [90, 92, 94]


def test_what_comes_into_sight_within_the_window_is_adopted(world: World) -> None:
    stop_after(world, 1)
    world.x.lag = SETTLE - timedelta(seconds=20)
    begin_anew(world)
    world.publish()
    assert_whole(world)


def test_nothing_is_looked_for_before_the_slot(world: World) -> None:
    """A ledger created before the slot has the whole edition."""
    world.clock.advance(-timedelta(minutes=5))
    begin_anew(world)
    world.publish()
    assert_whole(world)
    assert (world.x.reads, world.x.posts[0].created_at) == (0, START)


def test_a_ledger_without_its_sidecar_looks_only_for_what_it_does_not_know(world: World) -> None:
    stop_after(world, 2)
    world.path.with_name("ledger.db.generation").unlink()
    world.publish()
    assert_whole(world)
    assert [event for event in world.events() if event.endswith(("unvouched", "found"))] == [
        "3unvouched", "3not_found",
    ]  # fmt: skip


def test_an_unvouched_head_that_is_not_found_until_grace_is_over_is_missed(world: World) -> None:
    world.clock.advance(timedelta(minutes=29, seconds=30))
    begin_anew(world)
    assert world.publish().state == "MISSED"
    assert world.x.posts == []


def test_what_was_never_tried_is_sent_even_where_a_lost_answer_is_held(world: World) -> None:
    """`on_unknown: hold` concerns our own requests without an answer."""
    world.policy = replace(world.policy, on_unknown=OnUnknown.HOLD)
    begin_anew(world)
    world.publish()
    assert_whole(world)


def test_unlinked_posts_are_looked_for_each_by_itself(world: World) -> None:
    world.policy = replace(world.policy, chain=Chain.STANDALONE)
    stop_after(world, 2)
    begin_anew(world)
    world.publish()
    assert world.x.texts == list(THREE.texts)
    assert [post.replied_to for post in world.x.posts] == [None] * 3
    assert world.states() == ["PUBLISHED", "SENT", "SENT", "SENT"]


def test_unlinked_posts_far_apart_are_looked_for_as_long_as_their_thread_lasts(tmp_path: Path) -> None:
    """The gap between two posts is longer than `finish_within`, which counts from the last one."""
    gap = timedelta(minutes=4)
    world = World(tmp_path, make_thread("un", "deux", "trois", gap=gap), chain=Chain.STANDALONE)
    world.policy = replace(world.policy, grace=timedelta(minutes=3), finish_within=timedelta(minutes=3))
    world.x.takes_duplicates = True
    world.clock.interrupt_at = START + gap + timedelta(seconds=1)
    with pytest.raises(Interrupted):
        world.publish()
    world.clock.interrupt_at = None
    begin_anew(world)
    world.policy = replace(world.policy, by_hand=True)
    world.publish()
    assert world.x.texts == ["un", "deux", "trois"]
