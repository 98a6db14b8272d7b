"""Tests that the gaps between posts stay the same if the wall clock is set during a thread."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.publishing.progress import overdue
from bot.ports import Interrupted
from tests.fakes.clock import START
from tests.fakes.threads import KEY, make_thread
from tests.fakes.world import World, assert_whole

if TYPE_CHECKING:
    from pathlib import Path

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STEPS = [-HOUR, -10 * MINUTE, -MINUTE / 2, -MINUTE / 60, MINUTE / 60, MINUTE / 2, 10 * MINUTE, 3 * HOUR]
GAPS = [timedelta(seconds=2), 5 * MINUTE]


class Timed(World):
    """A fake that records when each request left, on the boot clock."""

    def __init__(self, tmp_path: Path, gap: timedelta) -> None:
        super().__init__(tmp_path, make_thread("un", "deux", "trois", "quatre", gap=gap))
        self.sent: list[float] = []
        self.x.before_create = lambda: self.sent.append(self.clock.elapsed())

    def gaps(self) -> list[timedelta]:
        pairs = zip(self.sent, self.sent[1:], strict=False)
        return [timedelta(seconds=after - before) for before, after in pairs]


@pytest.mark.parametrize("gap", GAPS, ids=str)
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_step_between_two_posts_changes_no_gap(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, step: timedelta, gap: timedelta
) -> None:
    world = Timed(tmp_path, gap)
    world.clock.at(START + gap * 1.5, lambda: world.clock.jump(step))
    world.publish()
    assert world.gaps() == [gap] * 3
    assert_whole(world)
    told = [vars(one)["seconds"] for one in caplog.records if "clock was set" in one.getMessage()]
    assert told == [step.total_seconds()]


@pytest.mark.parametrize("step", [-HOUR, HOUR], ids=str)
def test_a_step_during_a_request_changes_no_gap(tmp_path: Path, step: timedelta) -> None:
    world = Timed(tmp_path, MINUTE)
    note = world.x.before_create

    def set_the_clock() -> None:
        note()
        if len(world.sent) == 2:
            world.clock.jump(step)

    world.x.before_create = set_the_clock
    world.publish()
    assert world.gaps() == [MINUTE] * 3


@pytest.mark.parametrize("step", [-HOUR, HOUR], ids=str)
def test_a_step_keeps_the_pause_before_another_try(tmp_path: Path, step: timedelta) -> None:
    world = Timed(tmp_path, MINUTE)
    world.x.outcomes.extend([None, errors.RateLimited("429", START + 11 * MINUTE)])
    world.clock.at(START + 3 * MINUTE, lambda: world.clock.jump(step))
    world.publish()
    assert world.gaps() == [MINUTE, 10 * MINUTE, MINUTE, MINUTE]


@pytest.mark.parametrize("step", [-HOUR, 3 * HOUR], ids=str)
def test_the_deadline_moves_along(tmp_path: Path, step: timedelta) -> None:
    """`finish_within` counts from the last post's due time, whatever the wall clock."""
    world = Timed(tmp_path, MINUTE)
    world.policy = replace(world.policy, finish_within=20 * MINUTE)
    world.x.outcomes.extend([None, *[errors.Unavailable("refused")] * 1000])
    world.clock.at(START + 2 * MINUTE, lambda: world.clock.jump(step))
    begin = world.clock.elapsed()
    assert world.publish().state == "HELD"
    took = timedelta(seconds=world.clock.elapsed() - begin)
    assert abs(took - 23 * MINUTE) <= MINUTE


def test_a_small_step_brings_no_two_posts_closer(tmp_path: Path) -> None:
    """It is too small to tell from the noise of reading two clocks."""
    world = Timed(tmp_path, timedelta(seconds=2))
    for second in (0.5, 1, 2.5, 3, 4.5):
        world.clock.at(START + timedelta(seconds=second), lambda: world.clock.jump(timedelta(seconds=0.4)))
    world.publish()
    assert min(world.gaps()) >= timedelta(seconds=2)


def test_before_the_first_post_the_slot_counts(tmp_path: Path) -> None:
    world = Timed(tmp_path, MINUTE)
    world.clock.jump(-MINUTE / 2)
    world.clock.at(START - timedelta(seconds=10), lambda: world.clock.jump(-10 * MINUTE))
    world.publish()
    assert world.x.posts[0].created_at == START
    assert world.gaps() == [MINUTE] * 3


@pytest.mark.parametrize("step", [-HOUR, -10 * MINUTE, -MINUTE / 2], ids=str)
@pytest.mark.parametrize("gap", GAPS, ids=str)
def test_a_clock_set_back_while_nobody_ran_costs_one_gap_more_at_most(
    tmp_path: Path, step: timedelta, gap: timedelta
) -> None:
    world = Timed(tmp_path, gap)
    world.clock.interrupt_at = START + gap * 1.5
    with pytest.raises(Interrupted):
        world.publish()
    world.clock.interrupt_at = None
    world.clock.jump(step)
    world.publish()
    first, second, third = world.gaps()
    assert (first, third) == (gap, gap)
    assert gap <= second <= 2 * gap + timedelta(seconds=1)
    assert_whole(world)


def test_so_does_one_set_back_while_it_was_unknown_whether_the_first_post_is_out(tmp_path: Path) -> None:
    """A process dies on a clock that runs ahead; the next one finds its post in the timeline."""
    world = Timed(tmp_path, MINUTE)
    world.clock.jump(HOUR)
    world.ledger.reschedule(
        claim := world.ledger.claim(KEY, 2 * MINUTE, START),
        [START + HOUR + n * MINUTE for n in range(4)],
        START,
    )
    world.ledger.release(claim)
    world.policy = replace(world.policy, by_hand=True)

    def die() -> None:
        world.x.add("un", None)
        raise KeyboardInterrupt

    note, world.x.before_create = world.x.before_create, die
    with pytest.raises(KeyboardInterrupt):
        world.publish()
    world.x.before_create = note
    world.clock.jump(-HOUR)
    world.x.offset = HOUR  # X's clock is never set
    begin = world.clock.elapsed()
    world.publish()
    assert world.x.texts == ["un", "deux", "trois", "quatre"]
    assert world.sent[0] - begin <= 2 * MINUTE.total_seconds()
    assert world.gaps() == [MINUTE] * 2


def test_who_looks_on_sees_nothing_late(tmp_path: Path) -> None:
    """The daemon raises an alert for overdue posts, by the wall clock."""
    world = Timed(tmp_path, 5 * MINUTE)
    seen: list[object] = []

    def look() -> None:
        seen.append(overdue(world.found(), world.clock.now()))

    world.clock.at(START + MINUTE, lambda: world.clock.jump(3 * HOUR))
    for minute in (2, 3, 7):
        world.clock.at(START + minute * MINUTE + 3 * HOUR, look)
    world.publish()
    assert seen == [None] * 3


def test_a_step_is_in_the_story(tmp_path: Path) -> None:
    world = Timed(tmp_path, MINUTE)
    world.clock.at(START + MINUTE / 2, lambda: world.clock.jump(-HOUR))
    world.publish()
    [line] = [line for line in world.ledger.journal(KEY) if line.event == "clock_set"]
    assert line.reason == "by -3600.0 s"


def test_a_steady_clock_is_not_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = Timed(tmp_path, MINUTE)
    replace(world.run())(KEY)
    assert [one.getMessage() for one in caplog.records if "clock" in one.getMessage()] == []
