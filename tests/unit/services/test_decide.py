"""Tests of operators' decisions: hold, release, cancel, resolve, pause; and those that the tables forbid."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.publishing.next_actions import next_action
from bot.core.publishing.policy import OnUnknown, Policy
from bot.core.publishing.publication import Delivery, PublicationState
from bot.core.publishing.snowflake import first_id_at
from bot.services.composing import read_desk, thread_for
from bot.services.freeze import freeze_anew, miss, plan_again
from bot.services.operator_actions import Decisions, Resolution
from bot.services.publish import PublishRun, policy_for
from bot.services.publish_now import publish_now
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger
from tests.fakes.x import FakeX, lost
from tests.unit.services.test_by_hand import PROGRAMME, Folder

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.ports import Claim

TEXTS = ("un", "deux", "trois")
LEASE = timedelta(seconds=60)


class World:
    """An editor's file, a real ledger, X in memory, one minute before the slot."""

    def __init__(self, tmp_path: Path) -> None:
        self.path = tmp_path / "ledger.db"
        self.clock = FakeClock(START - timedelta(minutes=1))
        self.x = FakeX(self.clock)
        self.ledger = make_ledger(self.path, self.clock)
        self.folder = Folder(*TEXTS)
        self.policy = Policy(settle=timedelta(seconds=90), on_unknown=OnUnknown.HOLD)

    def decisions(self) -> Decisions:
        desk = read_desk(self.folder.load(), PROGRAMME)
        return Decisions(self.ledger, self.clock, desk, timedelta(seconds=60))

    def carry_on(self) -> Publication:
        """Publish the edition as a daemon does."""
        run = PublishRun(self.ledger, self.x, self.clock, policy_for(KEY, PROGRAMME, self.policy))
        return run(KEY)

    def publish(self) -> Publication:
        run = PublishRun(self.ledger, self.x, self.clock, self.policy)
        return publish_now(KEY, read_desk(self.folder.load(), PROGRAMME), run)

    def delivery(self, position: int) -> Delivery:
        publication = self.ledger.get(KEY)
        assert publication
        return publication.delivery(position)

    def story(self) -> list[str]:
        return [f"{entry.position or ''}{entry.event}" for entry in self.ledger.journal(KEY)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def undecided(world: World) -> World:
    """Return a world with post 2 HELD: its answer was lost, and the timeline does not show it."""
    world.x.outcomes.extend([None, errors.InDoubt("the answer was lost")])
    assert world.publish().state is PublicationState.HELD
    assert world.delivery(2).state == "HELD"
    return world


def test_an_edition_that_is_held_before_its_slot_does_not_begin(world: World) -> None:
    held = world.decisions().hold(KEY, "breaking news")
    assert (held.state, held.reason) == ("HELD", "held by an operator: breaking news.")
    assert world.carry_on().state is PublicationState.HELD
    assert world.x.posts == []


def test_a_released_edition_waits_for_its_slot_and_goes_out_as_its_file_is_now(world: World) -> None:
    world.decisions().hold(KEY, "")
    world.folder = Folder("un", "deux, mieux dit", "trois")
    assert world.decisions().release(KEY).state is PublicationState.PUBLISHING
    world.carry_on()
    assert world.x.texts == ["un", "deux, mieux dit", "trois"]
    assert world.x.posts[0].created_at == START
    assert world.story()[:5] == ["frozen", "hold", "refrozen", "release", "1send"]


class TestFreezingAnew:
    """Half a minute before the slot, the daemon reads the file of a held and released edition again."""

    LEAD = timedelta(seconds=30)

    def wait(self, world: World) -> None:
        """The edition was held and released an hour before its slot; now it is 20 s before."""
        world.clock.jump(timedelta(hours=-1))
        world.decisions().hold(KEY, "")
        world.decisions().release(KEY)
        world.clock.jump(timedelta(hours=1, seconds=40))

    def anew(self, world: World) -> bool:
        known = world.ledger.get(KEY)
        assert known
        thread = thread_for(read_desk(world.folder.load(), PROGRAMME), KEY)
        return freeze_anew(known, thread, world.ledger, LEASE, world.clock.now(), self.LEAD)

    def test_what_editors_wrote_meanwhile_goes_out(self, world: World) -> None:
        self.wait(world)
        world.folder = Folder("un", "deux, mieux dit", "trois")
        assert self.anew(world)
        world.folder = Folder("un", "trop tard", "trois")
        assert not self.anew(world)
        world.carry_on()
        assert world.x.texts == ["un", "deux, mieux dit", "trois"]
        assert world.x.posts[0].created_at == START

    def test_where_nothing_was_written_nothing_is_done(self, world: World) -> None:
        self.wait(world)
        before = world.story()
        assert not self.anew(world)
        assert world.story() == before

    def test_what_was_frozen_on_a_clock_that_ran_ahead_goes_out_as_it_is_in_time(self, world: World) -> None:
        world.clock.jump(timedelta(hours=1))
        miss(thread_for(read_desk(world.folder.load(), PROGRAMME), KEY), world.ledger, "", world.clock.now())
        missed = world.ledger.get(KEY)
        assert missed
        assert plan_again(missed, world.ledger, LEASE, world.clock.now()) is None
        world.clock.jump(-timedelta(hours=1) + timedelta(seconds=40))
        there = make_ledger(world.path, world.clock, owner="there:2:2:boot")
        claim = there.claim(KEY, LEASE, world.clock.now())  # an operator publishes it by hand
        assert plan_again(missed, world.ledger, LEASE, world.clock.now()) is None
        there.release(claim)
        assert plan_again(missed, world.ledger, LEASE, world.clock.now())
        assert plan_again(missed, world.ledger, LEASE, world.clock.now()) is None  # it is now PLANNED
        world.folder = Folder("un", "deux, mieux dit", "trois")
        assert self.anew(world)
        world.folder = Folder("un", "trop tard", "trois")
        assert not self.anew(world)
        world.carry_on()
        assert world.x.texts == ["un", "deux, mieux dit", "trois"]
        assert world.story()[:4] == ["frozen", "replan", "refrozen", "start"]

    def test_after_the_slot_what_is_frozen_goes_out(self, world: World) -> None:
        self.wait(world)
        world.clock.jump(timedelta(seconds=20))
        world.folder = Folder("un", "trop tard", "trois")
        assert not self.anew(world)

    def test_where_a_post_is_out_it_stays(self, world: World) -> None:
        self.wait(world)
        world.x.outcomes.extend([None, errors.AccountRefused("X answered 402.")])
        world.publish()
        world.folder = Folder("un, autrement", "deux", "trois")
        assert not self.anew(world)

    def test_what_another_process_publishes_is_left_alone(self, world: World) -> None:
        self.wait(world)
        make_ledger(world.path, world.clock, owner="there:2:2:boot").claim(KEY, LEASE, world.clock.now())
        world.folder = Folder("un", "deux, mieux dit", "trois")
        assert not self.anew(world)


@pytest.mark.parametrize("texts", [TEXTS, ("un", "deux, mieux dit", "trois")])
def test_a_released_edition_goes_out_at_the_slot_that_its_file_has_now(
    world: World, texts: tuple[str, ...]
) -> None:
    world.decisions().hold(KEY, "")
    world.folder = Folder(*texts, at=time(8, 15))  # the slot was 07:30
    world.clock.advance(timedelta(minutes=40))  # beyond the grace of the old slot
    world.decisions().release(KEY)
    world.carry_on()
    assert world.x.texts == list(texts)
    assert world.x.posts[0].created_at == START + timedelta(minutes=45)
    known = world.ledger.get(KEY)
    assert known
    assert known.slot_at == START + timedelta(minutes=45)


def test_what_a_person_began_before_its_slot_does_not_wait_for_it(world: World) -> None:
    """The process that published by hand was killed; then a daemon starts."""

    class Killed(BaseException):
        pass

    def kill_at_the_second() -> None:
        if len(world.x.posts) == 1:
            raise Killed

    asked_at = world.clock.now()
    world.x.before_create = kill_at_the_second
    with pytest.raises(Killed):
        world.publish()
    world.x.before_create = lambda: None
    world.policy = replace(world.policy, on_unknown=OnUnknown.RESEND)
    assert world.carry_on().state is PublicationState.PUBLISHED
    assert world.x.texts == list(TEXTS)
    late = world.x.posts[1].created_at - asked_at
    assert world.policy.settle <= late < world.policy.settle + timedelta(seconds=10)


def test_a_thread_that_is_held_under_way_goes_on_from_now_when_it_is_released(world: World) -> None:
    def hold_after_the_first() -> None:
        if len(world.x.posts) == 1:
            world.ledger.ask_hold(KEY, "held by an operator.", world.clock.now())

    world.decisions().hold(KEY, "")
    world.decisions().release(KEY)
    world.x.before_create = hold_after_the_first
    assert world.carry_on().state is PublicationState.HELD
    assert world.x.texts == ["un", "deux"]
    world.x.before_create = lambda: None
    world.clock.advance(timedelta(hours=5))  # far beyond finish_within of the old times
    world.decisions().release(KEY)
    assert world.carry_on().state is PublicationState.PUBLISHED
    assert world.x.texts == list(TEXTS)


def test_nothing_is_released_before_a_limit_of_x_ends(world: World) -> None:
    """It would be held again at once: the message contains the time at which to type it."""
    world.decisions().hold(KEY, "")
    world.decisions().release(KEY)
    end = START + timedelta(hours=23, seconds=1)
    world.x.outcomes.extend([None, errors.RateLimited("X answered 429.", end)])
    assert world.carry_on().state is PublicationState.HELD
    before = world.ledger.get(KEY)
    with pytest.raises(errors.UsageError) as refused:
        world.decisions().release(KEY)
    assert str(refused.value) == (
        f"{KEY}: X takes no post of this account before Sat 2020-11-07 06:31: released before, it would be "
        f"held again. Nothing was changed. Type this then; to try anyway: flashtweet publish {KEY}"
    )
    after = world.ledger.get(KEY)
    assert before
    assert after
    assert (after.state, after.deliveries) == (before.state, before.deliveries)
    world.clock.advance(timedelta(hours=23))
    assert world.decisions().release(KEY).state is PublicationState.PUBLISHING
    assert world.carry_on().state is PublicationState.PUBLISHED
    assert world.x.texts == list(TEXTS)


def test_nothing_is_released_long_after_its_slot(world: World) -> None:
    world.decisions().hold(KEY, "")
    world.clock.advance(timedelta(hours=1))
    with pytest.raises(errors.UsageError, match=f"its slot is over.*flashtweet publish {KEY}"):
        world.decisions().release(KEY)
    world.publish()
    assert world.x.texts == list(TEXTS)


def test_hold_waits_for_the_process_that_publishes(world: World) -> None:
    """The command requests the hold; the process with the claim holds before its next post."""
    world.decisions().hold(KEY, "")
    world.decisions().release(KEY)
    other = make_ledger(world.path, world.clock, owner="there:2:2:boot")
    claim = other.claim(KEY, timedelta(seconds=60), START)
    run = PublishRun(other, world.x, world.clock, policy_for(KEY, PROGRAMME, world.policy))
    wait = world.clock.wait
    answered: list[object] = []

    def answer(until: datetime, at_most: timedelta | None = None) -> None:
        if not answered:
            answered.append(until)
            run.drive(claim)
        wait(until, at_most)

    world.clock.wait = answer  # type: ignore[method-assign]
    assert world.decisions().hold(KEY, "stop").reason == "held by an operator: stop."
    assert world.x.posts == []
    assert world.story()[-2:] == ["hold_asked", "hold"]


def test_a_hold_that_comes_after_the_last_post_says_that_it_is_out(world: World) -> None:
    """The request is written between the end of the thread and the release of its claim."""
    world.decisions().hold(KEY, "")
    world.decisions().release(KEY)
    other = make_ledger(world.path, world.clock, owner="there:2:2:boot")
    claim = other.claim(KEY, timedelta(minutes=10), START)
    ask = world.ledger.ask_hold

    def finish_first(key: EditionKey, reason: str, now: datetime) -> None:
        run = PublishRun(other, world.x, world.clock, policy_for(KEY, PROGRAMME, world.policy))
        run.drive(claim)
        ask(key, reason, now)

    world.ledger.ask_hold = finish_first  # type: ignore[method-assign]
    asked_at = world.clock.now()
    assert world.decisions().hold(KEY, "stop").state is PublicationState.PUBLISHED
    assert world.clock.now() - asked_at < timedelta(minutes=2)


def test_hold_tells_when_nobody_answers(world: World) -> None:
    world.decisions().hold(KEY, "")
    world.decisions().release(KEY)
    other = make_ledger(world.path, world.clock, owner="there:2:2:boot")
    other.claim(KEY, timedelta(minutes=10), START)
    with pytest.raises(errors.ClaimLost, match="was asked to hold it and has not answered yet"):
        world.decisions().hold(KEY, "stop")


def test_a_cancelled_edition_is_never_sent(world: World) -> None:
    assert world.decisions().cancel(KEY, "no news today").reason == "cancelled by an operator: no news today."
    assert world.carry_on().state is PublicationState.CANCELLED
    with pytest.raises(errors.UsageError, match="was cancelled"):
        world.publish()
    assert world.x.posts == []


@pytest.mark.parametrize(
    ("decide", "message"),
    [
        ("hold", "is PUBLISHED: only an edition that is PLANNED or PUBLISHING can be held"),
        ("release", "is PUBLISHED: only an edition that is HELD can be released"),
        ("cancel", "is PUBLISHED: only an edition that is PLANNED or HELD can be cancelled"),
    ],
)
def test_what_the_table_forbids_is_refused_and_changes_nothing(
    world: World, decide: str, message: str
) -> None:
    world.publish()
    before = world.story()
    method = getattr(world.decisions(), decide)
    with pytest.raises(errors.UsageError, match=message):
        method(KEY) if decide == "release" else method(KEY, "")
    assert world.story() == before


def test_who_would_cancel_what_is_going_out_is_told_to_hold_it_first(world: World) -> None:
    world.decisions().hold(KEY, "")
    world.decisions().release(KEY)
    with pytest.raises(errors.UsageError, match=f"To stop it first, type: flashtweet hold {KEY}"):
        world.decisions().cancel(KEY, "")


def test_a_post_that_was_given_up_before_a_crash_is_held_with_all_that_is_to_be_said(world: World) -> None:
    """The process dies between the two records."""

    class Killed(BaseException):
        pass

    def die_at_the_hold(publication: Publication, change: Change) -> None:
        if change.event == "given_up":
            raise Killed(publication.key)

    world.x.outcomes.extend([None, errors.InDoubt("the answer was lost")])
    run = PublishRun(world.ledger, world.x, world.clock, world.policy, narrate=die_at_the_hold)
    with pytest.raises(Killed):
        publish_now(KEY, read_desk(world.folder.load(), PROGRAMME), run)
    known = world.publish()
    assert known.state is PublicationState.HELD
    assert (known.reason or "").startswith("post 2: X's answer was lost")
    assert f"flashtweet resolve {KEY} --post 2 --posted ID" in (next_action(known) or "")


def test_what_changed_while_we_asked_for_the_claim_is_seen(world: World) -> None:
    """The table is consulted again under the claim."""
    world.decisions().hold(KEY, "")
    world.decisions().release(KEY)
    claim = world.ledger.claim

    def claim_late(*arguments: object) -> Claim:
        world.ledger.claim = claim  # type: ignore[method-assign]
        world.carry_on()
        return claim(*arguments)  # type: ignore[arg-type]

    world.ledger.claim = claim_late  # type: ignore[method-assign, assignment]
    with pytest.raises(errors.UsageError, match="is PUBLISHED"):
        world.decisions().hold(KEY, "")


def test_an_edition_that_nobody_knows(world: World) -> None:
    world.folder = Folder()
    with pytest.raises(errors.BotError):
        world.decisions().hold(KEY, "")
    with pytest.raises(errors.UsageError, match="not in the ledger"):
        world.decisions().release(KEY)


class TestResolve:
    def test_a_post_that_a_person_found_is_the_parent_of_the_next(self, undecided: World) -> None:
        mine = undecided.x.add("deux", undecided.x.posts[0].post_id)
        undecided.decisions().resolve(KEY, Resolution.POSTED, None, mine.post_id)
        assert undecided.delivery(2).post_id == mine.post_id
        assert undecided.publish().state is PublicationState.PUBLISHED
        assert undecided.x.texts == list(TEXTS)
        assert undecided.x.posts[2].replied_to == mine.post_id

    def test_a_post_that_is_not_there_is_sent_again(self, undecided: World) -> None:
        undecided.decisions().resolve(KEY, Resolution.RESEND)
        assert undecided.publish().state is PublicationState.PUBLISHED
        assert undecided.x.texts == list(TEXTS)

    def test_a_post_can_be_left_out(self, undecided: World) -> None:
        undecided.decisions().resolve(KEY, Resolution.SKIP, 2)
        assert undecided.publish().state is PublicationState.PUBLISHED
        assert undecided.x.texts == ["un", "trois"]
        assert undecided.x.posts[1].replied_to == undecided.x.posts[0].post_id

    def test_neither_publish_nor_release_steps_over_what_is_undecided(self, undecided: World) -> None:
        for go_on in (undecided.publish, lambda: undecided.decisions().release(KEY)):
            with pytest.raises(errors.UsageError, match=r"post 2: .*Look at your profile on X"):
                go_on()

    def test_a_refused_post_can_be_left_out_or_found_and_not_resent(self, world: World) -> None:
        world.x.outcomes.extend([None, errors.Rejected("X answered 400: too long.")])
        world.publish()
        with pytest.raises(errors.UsageError, match=r"X refused post 2: .*Correct its text"):
            world.decisions().resolve(KEY, Resolution.RESEND)
        world.decisions().resolve(KEY, Resolution.SKIP)
        assert world.publish().state is PublicationState.PUBLISHED
        assert world.x.texts == ["un", "trois"]

    def test_what_x_called_a_duplicate_can_be_pointed_out(self, world: World) -> None:
        """The timeline lagged longer than the settle window; the operator sees the post on the profile."""
        world.x.lag = timedelta(hours=1)
        world.x.outcomes.extend([None, lost(errors.Duplicate("X answered 403: duplicate content."))])
        assert world.publish().state is PublicationState.HELD
        assert world.delivery(2).state == "REJECTED"
        world.decisions().resolve(KEY, Resolution.POSTED, 2, world.x.posts[1].post_id)
        assert world.publish().state is PublicationState.PUBLISHED
        assert world.x.texts == list(TEXTS)

    @pytest.mark.parametrize("state", ["SENDING", "IN_DOUBT"])
    def test_a_doubt_is_given_up_first(self, world: World, state: str) -> None:
        outcome = errors.InDoubt("lost") if state == "IN_DOUBT" else None
        world.x.outcomes.extend([None, outcome])
        world.x.read_errors.append(errors.AccountRefused("X answered 401"))
        if state == "SENDING":

            def die() -> None:
                if len(world.x.posts) == 1:
                    raise KeyboardInterrupt

            world.x.before_create = die
            with pytest.raises(KeyboardInterrupt):
                world.publish()
            world.x.before_create = lambda: None
            world.decisions().hold(KEY, "")
        else:
            world.publish()
        assert world.delivery(2).state == state
        world.decisions().resolve(KEY, Resolution.SKIP)
        expected = ["2lost", "2given_up", "2skip"] if state == "SENDING" else ["2given_up", "2skip"]
        assert world.story()[-len(expected) :] == expected

    def test_an_id_must_fit(self, undecided: World) -> None:
        head, now = undecided.x.posts[0].post_id, undecided.clock.now()
        for post_id, message in (
            (head, f"the ledger has that id for another post, {KEY} post 1"),
            (str(first_id_at(now - timedelta(days=1))), "was created at Thu 2020-11-05"),
            (str(first_id_at(now + timedelta(days=1))), "was created at Sat 2020-11-07"),
        ):
            with pytest.raises(errors.UsageError, match=message):
                undecided.decisions().resolve(KEY, Resolution.POSTED, 2, post_id)

    @pytest.mark.parametrize(
        ("position", "message"), [(1, "post 1 is SENT; the post to resolve is 2"), (9, "does not exist")]
    )
    def test_only_what_needs_a_person_is_resolved(
        self, undecided: World, position: int, message: str
    ) -> None:
        with pytest.raises(errors.UsageError, match=message):
            undecided.decisions().resolve(KEY, Resolution.SKIP, position)

    def test_a_post_that_a_person_deleted_on_x_is_left_out(self, undecided: World) -> None:
        decisions = replace(undecided.decisions(), finder=undecided.x)
        with pytest.raises(errors.UsageError, match=r"post 1 is on X, as .* Delete it there first"):
            decisions.resolve(KEY, Resolution.SKIP, 1)
        gone = undecided.x.delete_by_hand(1)
        resolved = decisions.resolve(KEY, Resolution.SKIP, 1)
        assert (resolved.delivery(1).state, resolved.delivery(1).post_id) == ("SKIPPED", gone)
        assert undecided.story()[-1] == "1deleted"
        undecided.decisions().resolve(KEY, Resolution.RESEND, 2)
        undecided.publish()
        assert [post.replied_to for post in undecided.x.posts[1:]] == [None, undecided.x.posts[1].post_id]

    def test_a_lookup_that_fails_changes_nothing(self, undecided: World) -> None:
        undecided.x.find_errors.append(errors.Unavailable("X cannot be reached"))
        with pytest.raises(errors.Unavailable):
            replace(undecided.decisions(), finder=undecided.x).resolve(KEY, Resolution.SKIP, 1)
        assert undecided.delivery(1).state == "SENT"

    def test_it_must_be_held(self, world: World) -> None:
        world.publish()
        with pytest.raises(errors.UsageError, match="only posts of a HELD edition can be resolved"):
            world.decisions().resolve(KEY, Resolution.SKIP)

    def test_where_nothing_needs_a_person(self, world: World) -> None:
        world.decisions().hold(KEY, "")
        with pytest.raises(errors.UsageError, match="no post needs a decision"):
            world.decisions().resolve(KEY, Resolution.SKIP)


class TestPause:
    def test_nothing_is_sent_until_resume(self, world: World) -> None:
        world.decisions().hold(KEY, "")
        world.decisions().release(KEY)
        world.decisions().pause("mourning.")
        wait = world.clock.wait

        def resume_ten_minutes_later(until: datetime, at_most: timedelta | None = None) -> None:
            wait(until, at_most)
            if world.clock.now() >= START + timedelta(minutes=10) and world.ledger.paused():
                assert world.x.posts == []
                world.decisions().resume()

        world.clock.wait = resume_ten_minutes_later  # type: ignore[method-assign]
        assert world.carry_on().state is PublicationState.PUBLISHED
        assert world.x.posts[0].created_at >= START + timedelta(minutes=10)

    def test_publishing_by_hand_is_refused_too(self, world: World) -> None:
        world.decisions().pause("mourning.")
        with pytest.raises(errors.UsageError, match=r"publishing is paused: mourning\. To resume"):
            world.publish()

    def test_twice_is_once_too_often(self, world: World) -> None:
        with pytest.raises(errors.UsageError, match="is not paused"):
            world.decisions().resume()
        world.decisions().pause("mourning.")
        with pytest.raises(errors.UsageError, match="already paused: mourning"):
            world.decisions().pause("again")


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (errors.Rejected("too long"), "Correct the text of post 1 « un » in threads/2020-11-06.yaml"),
        (
            errors.InDoubt("lost"),
            "Look at your profile on X. If post 1 « un » is there, type: flashtweet resolve",
        ),
        (errors.AccountRefused("402"), f"Once that is fixed, type: flashtweet publish {KEY}"),
    ],
)
def test_what_is_held_says_what_to_type(world: World, outcome: errors.PublishError, told: str) -> None:
    world.x.outcomes.append(outcome)
    held = world.publish()
    assert told in (next_action(held) or "")
    assert next_action(replace(held, state=PublicationState.PUBLISHED)) is None
    assert "flashtweet publish" in (next_action(replace(held, state=PublicationState.MISSED)) or "")


def test_what_x_called_a_duplicate_is_looked_for_again(world: World) -> None:
    """The timeline lagged beyond the settle window, and shows the post when an operator publishes again."""
    world.x.lag = timedelta(minutes=10)
    world.x.outcomes.extend([None, lost(errors.Duplicate("X answered 403: duplicate content."))])
    held = world.publish()
    assert "Look at your profile on X first. If post 2 « deux » is there" in (next_action(held) or "")
    with pytest.raises(errors.Rejected, match=f"type: flashtweet resolve {KEY} --post 2 --posted ID"):
        world.publish()
    world.clock.advance(timedelta(minutes=10))
    assert world.publish().state is PublicationState.PUBLISHED
    assert world.x.texts == list(TEXTS)


@pytest.mark.parametrize("go_on", ["publish", "release"])
def test_a_doubt_stays_for_a_person_whoever_goes_on(world: World, go_on: str) -> None:
    """With `on_unknown: hold`, the timeline cannot be read at first, and then lags."""
    world.x.takes_duplicates = True
    world.x.outcomes.extend([None, lost()])
    world.x.read_errors.append(errors.AccountRefused("X answered 401"))
    assert world.publish().state is PublicationState.HELD
    world.x.lag = timedelta(minutes=10)
    if go_on == "publish":
        world.publish()
    else:
        world.decisions().release(KEY)
        world.carry_on()
    assert world.delivery(2).state == "HELD"
    assert world.x.texts == ["un", "deux"]


def test_a_refused_post_is_not_released(world: World) -> None:
    world.x.outcomes.append(errors.Rejected("X answered 400: too long."))
    world.publish()
    with pytest.raises(errors.UsageError, match="Correct the text of post 1"):
        world.decisions().release(KEY)


def test_of_two_persons_who_decide_at_once_the_second_is_refused(undecided: World) -> None:
    mine = undecided.x.add("deux", undecided.x.posts[0].post_id)
    claim = undecided.ledger.claim

    def claim_late(*arguments: object) -> Claim:
        undecided.ledger.claim = claim  # type: ignore[method-assign]
        undecided.decisions().resolve(KEY, Resolution.POSTED, 2, mine.post_id)
        return claim(*arguments)  # type: ignore[arg-type]

    undecided.ledger.claim = claim_late  # type: ignore[method-assign, assignment]
    with pytest.raises(errors.UsageError, match="no post needs a decision"):
        undecided.decisions().resolve(KEY, Resolution.RESEND)
    assert undecided.delivery(2).post_id == mine.post_id


def test_what_was_attempted_is_remembered_while_its_text_stays(world: World) -> None:
    """The head became visible after the search for it had ended: a refusal as a duplicate finds it."""
    world.policy = replace(world.policy, on_unknown=OnUnknown.RESEND)
    world.x.lag = timedelta(minutes=10)
    world.x.outcomes.extend([lost(), errors.AccountRefused("X answered 402")])
    assert world.publish().state is PublicationState.HELD
    world.clock.advance(timedelta(minutes=40))
    assert world.publish().state is PublicationState.PUBLISHED
    assert world.x.texts == list(TEXTS)


def test_an_id_that_x_does_not_know_is_refused(undecided: World) -> None:
    class Nobody:
        def find(self, post_id: str, within: timedelta | None = None) -> None:  # noqa: ARG002
            return None

    made_up = str(first_id_at(undecided.clock.now()))
    decisions = replace(undecided.decisions(), finder=Nobody())
    with pytest.raises(errors.UsageError, match=r"as far as X shows.*do not --resend it"):
        decisions.resolve(KEY, Resolution.POSTED, 2, made_up)


def test_what_a_person_decided_is_not_asked_again(undecided: World) -> None:
    resolved = undecided.decisions().resolve(KEY, Resolution.RESEND)
    assert next_action(resolved) == f"The post is resolved. To resume, type: flashtweet publish {KEY}"
