"""Tests of publishing: each post once, in order, under the right parent, whatever X answers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.model import EditionKey
from bot.core.publishing.next_actions import next_action
from bot.core.publishing.policy import Policy
from bot.core.publishing.publication import PublicationState
from bot.core.schedule.account_checks import Allowance, ToldLimit, Window
from bot.core.schedule.slots import due_times
from bot.ports import Interrupted
from bot.services.publish import PublishRun
from tests.fakes.clock import START
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.world import SETTLE, World, assert_whole
from tests.fakes.x import lost

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.ports import Claim


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_thread_goes_out_in_order_each_post_under_the_one_before(world: World) -> None:
    world.publish()
    assert_whole(world)
    assert [post.created_at - START for post in world.x.posts] == [timedelta(seconds=s) for s in (0, 2, 4)]
    assert world.events() == [
        "frozen", "start", "1send", "1confirmed", "2send", "2confirmed", "3send", "3confirmed", "finish",
    ]  # fmt: skip


def test_nothing_is_sent_before_the_slot(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.clock.advance(-timedelta(seconds=30))
    world.publish()
    assert world.x.posts[0].created_at == START


def test_the_connection_of_the_first_post_is_opened_shortly_before_the_slot(tmp_path: Path) -> None:
    """And never so late that opening it could last beyond the slot."""
    world = World(tmp_path)
    world.clock.jump(-timedelta(seconds=30))
    world.publish()
    assert world.x.posts[0].created_at == START
    before = [(START - at, within) for at, within in world.x.warmed if at < START]
    assert before
    assert all(within < ahead <= timedelta(seconds=4) for ahead, within in before)


def test_the_offset_of_the_clocks_and_the_round_trip_are_kept_for_every_post(world: World) -> None:
    world.x.offset = timedelta(seconds=3)
    world.x.before_create = lambda: world.clock.advance(timedelta(milliseconds=40))  # on its way to X
    world.publish()
    measured = [(one.offset_ms, one.round_trip_ms) for one in world.found().deliveries]
    assert measured == [(3020, 40)] * 3  # X receives it at the end of the 40 ms, not halfway


def test_publishing_again_sends_nothing(world: World) -> None:
    world.publish()
    assert world.publish().state is PublicationState.PUBLISHED
    assert_whole(world)


def test_the_intent_is_on_disk_before_the_request_and_the_id_before_the_next(world: World) -> None:
    seen: list[list[str]] = []

    def look() -> None:
        other = make_ledger(world.path, world.clock, owner="there:2:2:boot")
        publication = other.get(KEY)
        assert publication
        seen.append([delivery.state for delivery in publication.deliveries])
        other.close()

    world.x.before_create = look
    world.publish()
    assert seen == [
        ["SENDING", "PENDING", "PENDING"],
        ["SENT", "SENDING", "PENDING"],
        ["SENT", "SENT", "SENDING"],
    ]


def test_without_a_gap_one_commit_holds_an_id_and_the_next_intent(tmp_path: Path) -> None:
    world = World(tmp_path, make_thread("un", "deux", "trois", gap=timedelta(0)))
    world.publish()
    assert world.states() == ["PUBLISHED", "SENT", "SENT", "SENT"]
    assert [post.created_at for post in world.x.posts] == [START] * 3


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_lost_answer_is_found_in_the_timeline_and_not_sent_again(world: World, position: int) -> None:
    world.x.outcomes.extend([*[None] * position, lost()])
    world.publish()
    assert_whole(world)


def test_a_lost_answer_is_found_when_the_timeline_lags(world: World) -> None:
    world.x.lag = timedelta(seconds=60)
    world.x.outcomes.append(lost())
    world.publish()
    assert_whole(world)


def test_a_lost_request_is_sent_again_only_after_the_settle_window(world: World) -> None:
    world.x.outcomes.append(errors.InDoubt("the connection broke"))
    world.publish()
    assert_whole(world)
    assert world.x.posts[0].created_at >= START + SETTLE
    assert world.x.reads > 1


def test_a_read_that_fails_proves_nothing_and_starts_the_window_again(world: World) -> None:
    world.x.outcomes.append(errors.InDoubt("the connection broke"))
    world.x.read_errors.extend([errors.Unavailable("X cannot be reached")] * 6)
    world.publish()
    assert_whole(world)
    last_failure = START + 5 * SETTLE / 10  # a reading every tenth of the window, the first at once
    assert world.x.posts[0].created_at >= last_failure + SETTLE


def test_a_timeline_that_may_not_be_read_holds_at_once(world: World) -> None:
    world.x.outcomes.extend([None, lost()])
    world.x.read_errors.append(errors.AccountRefused("X answered 401"))
    assert world.publish().reason == (
        "post 2: unknown whether it was posted, and the timeline cannot be read: X answered 401"
    )
    assert world.states() == ["HELD", "SENT", "IN_DOUBT", "PENDING"]


def test_a_timeline_that_is_never_readable_holds_in_the_end(world: World) -> None:
    world.x.outcomes.extend([None, lost()])
    world.x.read_errors.extend([errors.Unavailable("X cannot be reached")] * 5000)
    world.policy = replace(world.policy, finish_within=timedelta(minutes=2))
    assert world.publish().state is PublicationState.HELD
    assert world.states() == ["HELD", "SENT", "IN_DOUBT", "PENDING"]


def test_a_post_that_comes_into_sight_after_the_settle_window_is_not_sent_twice(world: World) -> None:
    """The second attempt is refused as a duplicate, and the first one's post is found."""
    world.x.lag = 2 * SETTLE
    world.x.outcomes.append(lost())
    world.publish()
    assert_whole(world)


@pytest.mark.parametrize("seconds", [-300, -31, 31, 300])
@pytest.mark.parametrize("position", [0, 1])
def test_a_clock_that_is_off_makes_no_double(world: World, seconds: int, position: int) -> None:
    world.x.offset = timedelta(seconds=seconds)
    world.x.outcomes.extend([*[None] * position, lost()])
    world.publish()
    assert_whole(world)


def test_a_duplicate_refusal_of_our_own_post_adopts_it(world: World) -> None:
    world.x.outcomes.append(lost(errors.Duplicate("X answered 403")))
    world.publish()
    assert_whole(world)


def test_a_duplicate_of_a_post_that_the_ledger_knows_is_named(world: World) -> None:
    twin = EditionKey("hebdo", KEY.date)
    slot = world.clock.now()
    thread = make_thread("bonjour", "deux & <trois>", key=twin, slot_at=slot)
    world.ledger.plan(thread, due_times(slot, timedelta(seconds=2), 2), slot)
    assert PublishRun(world.ledger, world.x, world.clock, Policy(settle=SETTLE))(twin).state == "PUBLISHED"
    held = world.publish()
    assert held.reason == (
        f"post 2: X answered 403: duplicate content. {twin} post 2 has this text, and is out."
    )


def test_a_duplicate_refusal_of_another_text_holds_after_the_settle_window(world: World) -> None:
    world.x.add("deux & <trois>", None)  # an operator posted the same text by hand
    publication = world.publish()
    assert world.states() == ["HELD", "SENT", "REJECTED", "PENDING"]
    assert publication.reason == "post 2: X answered 403: duplicate content."
    assert world.clock.now() >= START + SETTLE
    assert world.x.texts == ["deux & <trois>", "un"]


@pytest.mark.parametrize(
    ("error", "states"),
    [
        pytest.param(errors.Rejected("too long"), ["HELD", "SENT", "REJECTED", "PENDING"], id="content"),
        pytest.param(
            errors.AccountRefused("no credits"), ["HELD", "SENT", "PENDING", "PENDING"], id="account"
        ),
    ],
)
def test_a_refusal_holds_the_thread_and_keeps_what_is_out(
    world: World, error: errors.PublishError, states: list[str]
) -> None:
    world.x.outcomes.extend([None, error])
    publication = world.publish()
    assert world.states() == states
    assert publication.reason == f"post 2: {error}"
    assert world.x.texts == ["un"]


def test_what_was_proven_not_created_is_sent_again_after_a_while(world: World) -> None:
    world.x.outcomes.extend([None, errors.Unavailable("refused"), errors.Unavailable("refused")])
    world.publish()
    assert_whole(world)
    assert world.x.posts[1].created_at == START + timedelta(seconds=2 + 2 + 4)
    assert world.x.reads == 0


def test_a_rate_limit_is_waited_out(world: World) -> None:
    until = START + timedelta(minutes=3)
    world.x.outcomes.extend([None, errors.RateLimited("429", until)])
    world.publish()
    assert_whole(world)
    assert world.x.posts[1].created_at == until


def test_a_limit_of_a_day_holds_at_once_and_says_when_it_ends(world: World) -> None:
    world.policy = replace(world.policy, zone="Europe/Paris")
    end = START + timedelta(hours=23, seconds=1)
    world.x.outcomes.extend([None, errors.RateLimited("X answered 429.", end)])
    held = world.publish()
    assert (held.state, world.clock.now()) == ("HELD", START + timedelta(seconds=2))
    assert held.reason == (
        "X takes no post of this account before Sat 2020-11-07 06:31: 2 of 3 posts remain to be sent. "
        "The last answer: X answered 429."
    )
    assert next_action(held) == f"After that, type: flashtweet publish {KEY}"


def test_what_x_says_of_its_limits_is_left_to_other_processes(world: World) -> None:
    day = Allowance(Window.USER_DAY, 50, 0, START + timedelta(hours=23))
    world.x.told = (day, Allowance(Window.QUARTER, 100, 98, None))
    world.publish()
    other = make_ledger(world.path, world.clock, owner="there:2:2:boot")
    said = {one.allowance.window: one for one in other.limits()}
    assert said[Window.USER_DAY] == ToldLimit(world.clock.now(), day)
    world.ledger.keep_limits([replace(day, remaining=49)], START)
    assert [one.allowance.remaining for one in other.limits()] == [98, 49]


def test_a_note_of_the_limits_that_cannot_be_written_changes_nothing(world: World) -> None:
    def fail(*_: object) -> None:
        raise errors.LedgerError("a.db: locked")

    world.x.told = (Allowance(Window.QUARTER, 100),)
    world.ledger.keep_limits = fail  # type: ignore[method-assign, assignment]
    world.publish()
    assert_whole(world)


def test_a_parent_that_x_does_not_see_yet_is_waited_for(world: World) -> None:
    world.x.outcomes.extend([None, errors.ParentNotVisible("not visible")])
    world.publish()
    assert_whole(world)


def test_a_parent_that_x_never_takes_holds_the_thread(world: World) -> None:
    world.x.outcomes.extend([None, *[errors.ParentNotVisible("not visible")] * 8])
    held = world.publish()
    assert held.reason == "X does not let the thread continue with post 2, tried 8 times: not visible"
    assert next_action(held) == (
        "Look at your profile on X: is the post before it there, and can it be replied to? "
        f"To try again, type: flashtweet publish {KEY}"
    )
    assert world.states() == ["HELD", "SENT", "PENDING", "PENDING"]


def test_x_out_of_reach_for_the_whole_grace_sends_no_head_late(world: World) -> None:
    world.policy = replace(world.policy, grace=timedelta(minutes=3))
    world.x.outcomes.extend([errors.Unavailable("refused")] * 200)
    publication = world.publish()
    assert publication.state is PublicationState.HELD
    why = "nothing can be sent within 3 minutes after the slot. The last answer: refused"
    assert publication.reason == why
    assert world.x.posts == []


def test_an_orphaned_request_is_looked_for_and_not_sent_again(world: World) -> None:
    """A process dies between its POST and the record of the answer."""

    class Killed(BaseException):
        pass

    def die() -> None:
        world.x.add("un", None)
        raise Killed

    world.x.before_create = die
    with pytest.raises(Killed):
        world.publish()
    assert world.states() == ["PUBLISHING", "SENDING", "PENDING", "PENDING"]
    world.x.before_create = lambda: None
    world.publish()
    assert_whole(world)


def test_a_stop_between_posts_keeps_what_is_out_and_running_again_goes_on(world: World) -> None:
    world.clock.interrupt_at = START + timedelta(seconds=1)
    with pytest.raises(Interrupted):
        world.publish()
    assert world.states() == ["PUBLISHING", "SENT", "PENDING", "PENDING"]
    world.clock.interrupt_at = None
    world.publish()
    assert_whole(world)


@pytest.mark.parametrize("gap", [0, 2])
def test_a_stop_during_a_post_is_the_last_post(tmp_path: Path, gap: int) -> None:
    """Its answer takes so long that the next post is overdue, and is still not sent."""
    world = World(tmp_path, make_thread("un", "deux", "trois", gap=timedelta(seconds=gap)))

    def slow_answer_and_stop() -> None:
        world.clock.advance(timedelta(seconds=8))
        world.clock.is_stopped = len(world.x.posts) == 1

    world.x.before_create = slow_answer_and_stop
    with pytest.raises(Interrupted):
        world.publish()
    assert world.x.texts == ["un", "deux"]
    assert world.states() == ["PUBLISHING", "SENT", "SENT", "PENDING"]


def test_another_living_process_is_left_alone(world: World) -> None:
    other = make_ledger(world.path, world.clock, owner="there:2:2:boot")
    world.ledger.claim(KEY, timedelta(seconds=60), START)
    with pytest.raises(errors.ClaimLost, match="being published by process 1 on here"):
        world.run(other)(KEY)
    assert world.x.posts == []


def test_a_claim_that_ran_out_before_the_request_sends_nothing(world: World) -> None:
    """The machine was suspended between the commit of the intent and the POST."""
    stolen, record = [], world.ledger.record

    def suspend(
        claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
    ) -> Publication:
        after = record(claim, publication, changes, now)
        world.clock.advance(timedelta(minutes=5))
        thief = make_ledger(
            world.path, world.clock, owner="there:2:2:boot", dead=frozenset({"here:1:1:boot"})
        )
        stolen.append(thief.claim(KEY, timedelta(seconds=60), START))
        return after

    world.ledger.record = suspend  # type: ignore[method-assign]
    with pytest.raises(errors.ClaimLost):
        world.publish()
    assert stolen
    assert world.x.posts == []


def test_every_event_is_told_once_after_it_is_recorded(world: World) -> None:
    world.publish()
    told = [change.after if isinstance(change.after, str) else change.after.state for change in world.told]
    assert told == [
        "PUBLISHING", "SENDING", "SENT", "SENDING", "SENT", "SENDING", "SENT", "PUBLISHED",
    ]  # fmt: skip


def test_the_lease_is_kept_alive_through_a_long_wait(world: World) -> None:
    world.clock.advance(-timedelta(minutes=4))
    renewed = []
    original = world.ledger.renew
    world.ledger.renew = lambda claim, lease: renewed.append(claim) or original(claim, lease)  # type: ignore[method-assign, func-returns-value]
    world.publish()
    assert_whole(world)
    assert len(renewed) >= 4  # a lease of 60 s


@pytest.mark.parametrize("seed", range(15))
def test_any_mix_of_troubles_that_pass_ends_in_the_whole_thread(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    world = World(tmp_path)
    world.x.offset = timedelta(seconds=dice.choice([0, -60, 60]))
    world.x.lag = timedelta(seconds=dice.choice([0, 1, 30, 80]))
    for _ in range(dice.randrange(8)):
        world.x.outcomes.append(
            dice.choice(
                [
                    None,
                    lost(),
                    lost(errors.Duplicate("duplicate")),
                    errors.InDoubt("broke"),
                    errors.Unavailable("refused"),
                    errors.ParentNotVisible("not visible"),
                    errors.RateLimited("429", world.clock.now() + timedelta(seconds=dice.randrange(100))),
                ]
            )
        )
    world.publish()
    assert_whole(world)
