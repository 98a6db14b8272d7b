"""Tests that a probe posts two, reads them back and deletes them, whatever X does; with a real ledger."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.publishing.probe import Lag, texts
from bot.core.schedule.account_checks import Allowance, Window
from bot.ports import Interrupted
from bot.services.probe import FORGOTTEN, SEARCH_TIMEOUT, LiveProbe, Outcome
from tests.fakes.clock import FakeClock
from tests.fakes.threads import make_ledger
from tests.fakes.x import FakeX, lost

if TYPE_CHECKING:
    from pathlib import Path

SECOND = timedelta(seconds=1)
DAY = (Allowance(Window.USER_DAY, 100, 99),)
REPLY = errors.ReplyRefused("X answered 403. X does not let this account reply to its own posts.")
DOWN = errors.InDoubt("X answered 503.")
MINE = "here:1:1:boot"


class DeletingX(FakeX):
    """A `FakeX` with deletions: each takes one entry of `delete_errors`, and None succeeds."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.created: list[str] = []
        self.deleted: list[str] = []
        self.delete_errors: deque[errors.PublishError | None] = deque()

    def create(self, text: str, reply_to: str | None) -> str:
        self.created.append(text)
        self.clock.advance(SECOND / 5)
        return super().create(text, reply_to)

    def delete(self, post_id: str) -> None:
        error = self.delete_errors.popleft() if self.delete_errors else None
        if error is not None:
            raise error
        self.deleted.append(post_id)
        self.posts = [post for post in self.posts if post.post_id != post_id]

    def allowances(self) -> tuple[Allowance, ...]:
        return DAY


class World:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = FakeClock()
        self.x = DeletingX(self.clock)
        self.ledger = make_ledger(path, self.clock, owner=MINE)
        self.runs = 0

    def run(self, ledger=None) -> Outcome:
        self.runs += 1
        probe = LiveProbe(self.x, (ledger or self.ledger).probes, self.clock, f"token{self.runs}")
        return probe()

    def dies(self, ledger=None) -> None:
        with pytest.raises(Killed):
            self.run(ledger)


class Killed(BaseException):
    """The process has been killed."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "ledger.db")


def told(outcome: Outcome) -> list[str]:
    return [f"{one.name} {one.verdict}" for one in outcome.checks]


CLEAN = ["cleanup ok", "cleanup ok"]
MEASURED = ["self-replies ok", "lag ok", "round-trip ok", "limits ok"]


def test_a_thread_is_posted_read_back_and_deleted(world: World):
    world.x.lag = 2 * SECOND
    world.x.offset = 3 * SECOND
    outcome = world.run()
    assert told(outcome) == [*CLEAN, *MEASURED]
    assert (world.x.created, world.x.posts) == (list(texts("token1")), [])
    [found] = world.ledger.measurements()
    assert found == outcome.found
    assert (found.self_replies, found.limits) == (True, DAY)
    assert found.lag
    assert found.lag.was_seen
    assert 2 * SECOND <= found.lag.at_most < 4 * SECOND
    assert found.round_trip == SECOND / 5
    assert found.ahead
    assert abs(found.ahead - 3 * SECOND) <= found.round_trip / 2
    assert world.ledger.probes.orphans() == ()


def test_the_reply_replies_to_the_head_and_goes_first(world: World):
    world.x.delete_errors.extend([errors.AccountRefused("no."), errors.AccountRefused("no.")])
    world.run()
    head, reply = world.x.posts
    assert (head.replied_to, reply.replied_to) == (None, head.post_id)
    world.run()
    assert world.x.deleted[:2] == [reply.post_id, head.post_id]  # no reply is ever left alone


def test_an_account_that_may_not_reply_to_itself(world: World):
    world.x.outcomes.extend([None, REPLY])
    outcome = world.run()
    assert told(outcome) == ["cleanup ok", "self-replies failure", "lag ok", "round-trip ok", "limits ok"]
    assert outcome.found
    assert outcome.found.self_replies is False
    assert world.x.posts == []


def test_a_timeline_that_never_shows_it(world: World):
    world.x.lag = timedelta(days=1)
    outcome = world.run()
    assert told(outcome)[2:4] == ["self-replies ok", "lag warning"]
    assert outcome.found
    assert outcome.found.lag
    assert not outcome.found.lag.was_seen
    assert SEARCH_TIMEOUT <= outcome.found.lag.at_most < SEARCH_TIMEOUT + timedelta(seconds=10)
    assert world.x.posts == []


def test_readings_that_fail_for_a_while(world: World):
    world.x.read_errors.extend([DOWN, errors.RateLimited("429", world.clock.now()), errors.Unavailable("no")])
    outcome = world.run()
    assert told(outcome) == [*CLEAN, *MEASURED]
    assert outcome.found
    assert outcome.found.lag
    assert outcome.found.lag.at_most >= 1.75 * SECOND


def test_a_reading_that_x_refuses_ends_it_and_the_post_is_deleted(world: World):
    world.x.read_errors.append(errors.AccountRefused("X answered 402. Buy credits."))
    outcome = world.run()
    assert told(outcome)[:2] == ["live failure", "cleanup ok"]
    assert (len(world.x.created), world.x.posts) == (1, [])


@pytest.mark.parametrize("n", [0, 1])
def test_a_post_that_is_refused_ends_it_and_what_is_out_is_deleted(world: World, n: int):
    world.x.outcomes.extend([None] * n)
    world.x.outcomes.append(errors.AccountRefused("X answered 402. Buy credits."))
    outcome = world.run()
    assert told(outcome)[: n + 1] == ["live failure", *CLEAN][: n + 1]
    assert (world.x.posts, world.ledger.probes.orphans()) == ([], ())
    assert len(world.ledger.measurements()) == n


def test_a_parent_that_is_not_visible_yet(world: World):
    world.x.outcomes.extend([None, errors.ParentNotVisible("403"), errors.ParentNotVisible("403")])
    assert told(world.run()) == [*CLEAN, *MEASURED]
    world.x.outcomes.extend([None, *[errors.ParentNotVisible("403")] * 5])
    assert told(world.run())[:2] == ["live failure", "cleanup ok"]
    assert (world.x.posts, world.ledger.probes.orphans()) == ([], ())


@pytest.mark.parametrize("n", [0, 1])
def test_a_lost_answer_is_found_in_the_timeline(world: World, n: int):
    world.x.lag = 2 * SECOND
    world.x.outcomes.extend([*[None] * n, lost()])
    assert [one for one in told(world.run()) if "cleanup" in one] == CLEAN
    assert world.x.posts == []


def test_an_answer_that_says_nothing_and_a_post_that_is_not_there(world: World):
    """Each run searches again until an hour has shown that the post was never created."""
    world.x.outcomes.append(DOWN)
    assert told(world.run()) == ["live failure", "cleanup warning"]
    [orphan] = world.ledger.probes.orphans()
    assert told(world.run())[0] == "cleanup warning"
    assert world.ledger.probes.orphans() == (orphan,)
    world.clock.advance(FORGOTTEN)
    assert told(world.run()) == [*CLEAN, *MEASURED]
    assert world.ledger.probes.orphans() == ()


def test_deletions_are_tried_again(world: World):
    world.x.delete_errors.extend([DOWN, errors.Unavailable("no"), DOWN, DOWN])
    assert told(world.run())[:2] == CLEAN
    assert world.x.posts == []


def test_what_cannot_be_deleted_is_said_with_its_id_and_nothing_more_is_posted(world: World):
    world.x.delete_errors.extend([errors.AccountRefused("X answered 401.")] * 4)
    outcome = world.run()
    left = {post.post_id for post in world.x.posts}
    failed = [one for one in outcome.checks if one.name == "cleanup"]
    assert [one.verdict for one in failed] == ["failure", "failure"]
    assert all(any(post_id in one.observed and post_id in one.remedy for post_id in left) for one in failed)
    assert told(world.run()) == ["cleanup failure", "cleanup failure"]
    assert len(world.x.created) == 2
    assert told(world.run()) == [*CLEAN, *CLEAN, *MEASURED]
    assert world.x.posts == []


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_stop_deletes_what_is_out(world: World, after: int):
    """Press Ctrl-C while the timeline is watched, or before."""
    world.x.lag = timedelta(seconds=30)
    world.clock.interrupt_at = world.clock.now() + [timedelta(0), 10 * SECOND, 40 * SECOND][after]
    with pytest.raises(Interrupted):
        world.run()
    assert world.x.created
    assert (world.x.posts, world.ledger.probes.orphans()) == ([], ())


class Deadly(DeletingX):
    """A fake that kills the process at one of its requests, before or after it takes effect."""

    def __init__(self, clock: FakeClock, at: str, *, effect: bool) -> None:
        super().__init__(clock)
        self.at, self.effect, self.is_dead = at, effect, False

    def create(self, text: str, reply_to: str | None) -> str:
        self._strike(f"create {len(self.created) + 1}", lambda: super(Deadly, self).create(text, reply_to))
        return super().create(text, reply_to)

    def delete(self, post_id: str) -> None:
        self._strike(f"delete {len(self.posts)}", lambda: super(Deadly, self).delete(post_id))
        super().delete(post_id)

    def _strike(self, request: str, take_effect) -> None:
        if self.is_dead:
            raise Killed
        if request == self.at:
            self.is_dead = True
            if self.effect:
                take_effect()
            raise Killed


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("at", ["create 1", "create 2", "delete 2", "delete 1"])
def test_a_killed_run_leaves_its_posts_to_the_next(world: World, at: str, effect: bool):
    deadly = Deadly(world.clock, at, effect=effect)
    deadly_world_x, world.x = world.x, deadly
    world.dies()
    world.x = deadly_world_x
    world.x.posts = deadly.posts
    other = make_ledger(world.path, world.clock, owner="here:2:2:boot", dead=frozenset({MINE}))
    world.clock.advance(FORGOTTEN)
    outcome = world.run(other)
    assert told(outcome)[-4:] == MEASURED
    assert (world.x.posts, other.probes.orphans()) == ([], ())


def test_a_run_that_lives_is_left_alone(world: World):
    """Of two doctors at the same time, neither deletes the posts of the other."""
    other = make_ledger(world.path, world.clock, owner="here:2:2:boot")
    first = world.ledger.probes.begin("un", None, world.clock.now())
    world.ledger.probes.posted(first, world.x.create("un", None))
    assert told(world.run(other)) == [*CLEAN, *MEASURED]
    assert [post.text for post in world.x.posts] == ["un"]


def test_a_measurement_is_kept_as_it_is(world: World):
    assert world.ledger.measurements() == ()
    world.run()
    world.x.lag = timedelta(days=1)
    world.x.outcomes.extend([None, REPLY])
    second = world.run().found
    assert second
    assert world.ledger.measurements()[1] == second
    assert second.lag == Lag(second.lag.at_most if second.lag else SECOND, was_seen=False)
