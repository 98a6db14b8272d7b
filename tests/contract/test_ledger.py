"""Contract of every ledger. For a new store, add a class that creates one, and nothing else."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import stat
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.adapters.sql_ledger import SqlLedger, connect
from bot.core.model import EditionKey
from bot.core.publishing import states
from bot.core.publishing.publication import Cause, DeliveryState, PublicationState
from bot.core.publishing.states import DeliveryEvent, PublicationEvent
from bot.core.schedule.account_checks import Allowance, ToldLimit, Window
from bot.errors import ClaimLost, IdTaken, LedgerChanged, LedgerError, LedgerFull
from bot.ports import Pause
from tests.fakes.clock import START, FakeClock
from tests.fakes.ledger import MemoryLedger, MemoryStore, MemoryWitness
from tests.fakes.threads import KEY, make_ledger, make_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.core.model import Thread
    from bot.core.publishing.publication import Publication
    from bot.ports import Claim

    AnyLedger = SqlLedger | MemoryLedger

LEASE = timedelta(seconds=60)
THREAD = make_thread("un", "deux")
DUE = (START, START + timedelta(seconds=2))


class LedgerContract:
    """The promises of `bot.ports.Ledger`."""

    clock: FakeClock

    def open(self, owner: str = "here:1:1:boot", dead: frozenset[str] = frozenset()) -> AnyLedger:
        """Return another process's view of the same store."""
        raise NotImplementedError

    def back_up(self, *, whole: bool = False) -> Callable[[], None]:
        """Copy the current store, if `whole` with its witness; the returned function restores the copy."""
        raise NotImplementedError

    def set_clock_back(self, by: timedelta) -> None:
        """Set back the clock of the leases."""
        raise NotImplementedError

    def lose_witness(self) -> None:
        """Remove the witness, which keeps the generation outside the store."""
        raise NotImplementedError

    def lose(self) -> None:
        """Remove the store but keep its witness."""
        raise NotImplementedError

    def break_witness(self) -> Callable[[], None]:
        """Make the witness unwritable; the returned function undoes that."""
        raise NotImplementedError

    @pytest.fixture
    def ledger(self) -> Iterator[AnyLedger]:
        ledger = self.open()
        yield ledger
        ledger.close()

    def test_a_plan_can_be_read_back_whole(self, ledger: AnyLedger) -> None:
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        assert planned == ledger.get(KEY)
        assert (planned.account, planned.key, planned.state) == ("main", KEY, PublicationState.PLANNED)
        assert (planned.slot_at, planned.path) == (START, "threads/2020-11-06.yaml")
        assert [(d.position, d.text, d.state, d.due_at) for d in planned.deliveries] == [
            (1, "un", DeliveryState.PENDING, DUE[0]),
            (2, "deux", DeliveryState.PENDING, DUE[1]),
        ]

    def test_an_edition_is_planned_once(self, ledger: AnyLedger) -> None:
        first = ledger.plan(THREAD, DUE, self.clock.now())
        second = self.open("there:2:2:boot").plan(make_thread("autre chose"), DUE[:1], self.clock.now())
        assert second == first

    def test_what_is_not_there_is_none(self, ledger: AnyLedger) -> None:
        assert ledger.get(KEY) is None
        assert ledger.recent(5) == ()
        assert ledger.journal(KEY) == ()

    def test_changes_and_their_journal_are_stored_together(self, ledger: AnyLedger) -> None:
        sent = self.send_first(ledger)
        assert sent == ledger.get(KEY)
        assert (sent.state, sent.delivery(1).state, sent.delivery(1).post_id) == ("PUBLISHING", "SENT", "77")
        assert [(e.position, e.event, e.before, e.after, e.by) for e in ledger.journal(KEY)] == [
            (None, "frozen", "", "PLANNED", "here:1:1:boot"),
            (None, "start", "PLANNED", "PUBLISHING", "here:1:1:boot"),
            (1, "send", "PENDING", "SENDING", "here:1:1:boot"),
            (1, "confirmed", "SENDING", "SENT", "here:1:1:boot"),
        ]
        assert ledger.recorded({"77", "78"}) == {"77"}

    def test_a_failed_record_stores_nothing_of_it(self, ledger: AnyLedger) -> None:
        before = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        self.open("there:2:2:boot", dead=frozenset({"here:1:1:boot"})).claim(KEY, LEASE, START)
        start = states.move(before, PublicationEvent.START)
        with pytest.raises(ClaimLost):
            ledger.record(claim, before, [start], self.clock.now())
        assert len(ledger.journal(KEY)) == 1
        found = ledger.get(KEY)
        assert found
        assert found.state is PublicationState.PLANNED

    def test_a_post_that_is_not_as_it_was_read_is_not_changed(self, ledger: AnyLedger) -> None:
        """The changes were decided on data that was read, so they are compared with it first."""
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        start = states.move(planned, PublicationEvent.START)
        send = states.deliver(planned.delivery(1), DeliveryEvent.SEND, intent_at=START, attempts=1)
        sending = ledger.record(claim, planned, [start, send], self.clock.now())
        hold = states.move(sending, PublicationEvent.HOLD, "it waits")
        expected = "flashtweet@2020-11-06: post 1 is SENDING in the ledger, expected PENDING"
        with pytest.raises(LedgerChanged, match=expected):
            ledger.record(claim, planned, [hold, send], self.clock.now())
        assert ledger.get(KEY) == sending
        assert len(ledger.journal(KEY)) == 3

    def test_it_keeps_why_an_edition_stopped_and_what_a_person_decided(self, ledger: AnyLedger) -> None:
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        hold = states.move(planned, PublicationEvent.HOLD, "it waits", Cause.PERSON)
        send = states.deliver(planned.delivery(1), DeliveryEvent.SEND)
        refused = states.deliver(send.after, DeliveryEvent.REFUSED)
        left_out = states.deliver(refused.after, DeliveryEvent.SKIP, decided=True)
        ledger.record(claim, planned, [send, refused, left_out, hold], self.clock.now())
        found = ledger.get(KEY)
        assert found is not None
        assert (found.cause, found.delivery(1).decided, found.delivery(2).decided) == (
            Cause.PERSON,
            True,
            False,
        )
        released = states.move(found, PublicationEvent.RELEASE)
        assert ledger.record(claim, found, [released], self.clock.now()).cause is None

    def test_an_edition_that_is_not_as_it_was_read_is_not_changed(self, ledger: AnyLedger) -> None:
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        send = states.deliver(planned.delivery(1), DeliveryEvent.SEND, intent_at=START, attempts=1)
        hold = states.move(planned, PublicationEvent.HOLD, "it waits")
        held = ledger.record(claim, planned, [hold], self.clock.now())
        start = states.move(planned, PublicationEvent.START)
        expected = "flashtweet@2020-11-06 is HELD in the ledger, expected PLANNED"
        with pytest.raises(LedgerChanged, match=expected):
            ledger.record(claim, planned, [send, start], self.clock.now())
        assert ledger.get(KEY) == held
        assert len(ledger.journal(KEY)) == 2

    def test_a_post_that_is_not_there_any_more_is_not_changed(self, ledger: AnyLedger) -> None:
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        shorter = ledger.refreeze(claim, make_thread("un"), DUE[:1], self.clock.now())
        send = states.deliver(planned.delivery(2), DeliveryEvent.SEND, intent_at=START, attempts=1)
        with pytest.raises(LedgerChanged, match="post 2 is missing in the ledger, expected PENDING"):
            ledger.record(claim, planned, [send], self.clock.now())
        assert ledger.get(KEY) == shorter

    def test_nothing_can_be_recorded(self, ledger: AnyLedger) -> None:
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        assert ledger.record(claim, planned, [], self.clock.now()) == ledger.get(KEY)
        assert len(ledger.journal(KEY)) == 1

    def test_changes_are_compared_one_after_another(self, ledger: AnyLedger) -> None:
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        send = states.deliver(planned.delivery(1), DeliveryEvent.SEND, intent_at=START, attempts=1)
        back = states.deliver(send.after, DeliveryEvent.NOT_CREATED)
        held = states.move(planned, PublicationEvent.HOLD, "it waits")
        released = states.move(states.apply(planned, held), PublicationEvent.RELEASE)
        found = ledger.record(claim, planned, [send, held, back, released], self.clock.now())
        assert (found.state, found.delivery(1).state, found.delivery(1).attempts) == (
            "PUBLISHING",
            "PENDING",
            1,
        )

    def test_a_claim_keeps_others_out_until_it_is_released(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        other = self.open("there:2:2:boot")
        claim = ledger.claim(KEY, LEASE, START)
        with pytest.raises(ClaimLost, match="being published by process 1 on here"):
            other.claim(KEY, LEASE, START)
        with pytest.raises(ClaimLost):
            ledger.claim(KEY, LEASE, START)  # also for another thread of the same process
        ledger.release(claim)
        assert other.claim(KEY, LEASE, START).fence == claim.fence + 1

    def test_who_has_claims_is_named_while_it_lives(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        assert ledger.holders() == {}
        claim = ledger.claim(KEY, LEASE, START)
        assert self.open("there:2:2:boot").holders() == {KEY: "here:1:1:boot"}
        assert self.open("there:2:2:boot", dead=frozenset({"here:1:1:boot"})).holders() == {}
        ledger.release(claim)
        assert ledger.holders() == {}
        ledger.claim(KEY, timedelta(0), START)
        assert ledger.holders() == {}

    def test_the_claim_of_a_dead_process_is_taken_over_at_once(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        old = ledger.claim(KEY, LEASE, START)
        new = self.open("there:2:2:boot", dead=frozenset({"here:1:1:boot"})).claim(KEY, LEASE, START)
        assert new.fence > old.fence
        with pytest.raises(ClaimLost):
            ledger.renew(old, LEASE)
        ledger.release(old)  # no effect
        with pytest.raises(ClaimLost):
            ledger.claim(KEY, LEASE, START)

    def test_a_claim_whose_lease_ran_out_is_free(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        ledger.claim(KEY, timedelta(0), START)
        self.open("there:2:2:boot").claim(KEY, LEASE, START)

    def test_a_claim_from_before_the_clock_was_set_back_lasts_for_its_lease(self, ledger: AnyLedger) -> None:
        """Any caller shortens it: a live holder renews it, a dead one does not."""
        nothing = timedelta(0)
        ledger.plan(THREAD, DUE, self.clock.now())
        ledger.claim(KEY, nothing, START)
        self.set_clock_back(timedelta(hours=1))
        other = self.open("there:2:2:boot")
        with pytest.raises(ClaimLost, match="If there is no such process, retry in 1 s"):
            other.claim(KEY, nothing, START)
        assert other.claim(KEY, LEASE, START).fence == 2

    def test_who_has_a_claim_from_before_the_clock_was_set_back_keeps_it(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        self.set_clock_back(timedelta(hours=1))
        other = self.open("there:2:2:boot")
        for _ in range(3):
            with pytest.raises(ClaimLost):
                other.claim(KEY, LEASE, START)
        assert ledger.renew(claim, LEASE).fence == claim.fence

    def test_a_step_of_the_clock_moves_what_is_not_out(self, ledger: AnyLedger) -> None:
        done = self.send_first(ledger)
        claim, back = ledger.claim(KEY, LEASE, START), timedelta(minutes=-10)
        send = states.deliver(done.delivery(2), DeliveryEvent.SEND, attempts=1)
        refused = states.deliver(send.after, DeliveryEvent.NOT_CREATED, "429", not_before=START)
        ledger.record(claim, done, [send, refused], self.clock.now())
        found = ledger.shift(claim, back, self.clock.now())
        assert [one.due_at for one in found.deliveries] == [DUE[0], DUE[1] + back]
        assert (found.delivery(2).not_before, found.delivery(2).attempts) == (START + back, 1)
        assert found == ledger.get(KEY)
        [line] = [line for line in ledger.journal(KEY) if line.event == "clock_set"]
        assert (line.position, line.before, line.after) == (None, found.state, found.state)

    def test_of_each_limit_the_latest_is_kept(self, ledger: AnyLedger) -> None:
        day = Allowance(Window.USER_DAY, 50, 12, START + timedelta(hours=3))
        ledger.keep_limits([day, Allowance(Window.QUARTER, 100)], START)
        later = START + timedelta(minutes=1)
        ledger.keep_limits([replace(day, remaining=11)], later)
        ledger.keep_limits([], later)
        assert ledger.limits() == (
            ToldLimit(START, Allowance(Window.QUARTER, 100)),
            ToldLimit(later, replace(day, remaining=11)),
        )

    def test_a_claim_is_valid_for_its_lease_on_the_clock_that_never_jumps(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        assert claim.valid_until == self.clock.elapsed() + 60
        self.clock.advance(timedelta(seconds=30))
        assert ledger.renew(claim, LEASE).valid_until == self.clock.elapsed() + 60

    def test_missed_is_recorded_once_and_never_over_a_publication(self, ledger: AnyLedger) -> None:
        assert ledger.record_missed(THREAD, DUE, "its slot went by", self.clock.now())
        assert not ledger.record_missed(THREAD, DUE, "again", self.clock.now())
        found = ledger.get(KEY)
        assert found
        assert (found.state, found.reason) == ("MISSED", "its slot went by")
        assert tuple(one.due_at for one in found.deliveries) == DUE

    def test_publications_come_in_order_of_their_slots(self, ledger: AnyLedger) -> None:
        keys = [EditionKey("flashtweet", date(2020, 11, day)) for day in (4, 2, 3)]
        for key in keys:
            slot = START - timedelta(days=6 - key.date.day)
            ledger.plan(make_thread("x", key=key, slot_at=slot), [slot], self.clock.now())
        days = [publication.key.date.day for publication in ledger.recent(2)]
        assert days == [3, 4]
        ledger.record_missed(THREAD, DUE, "missed", self.clock.now())
        chosen = ledger.open_or_since(START - timedelta(hours=1))
        assert [publication.key.date.day for publication in chosen] == [2, 3, 4, 6]

    def test_new_due_times_give_what_is_not_out_a_clean_slate(self, ledger: AnyLedger) -> None:
        self.send_first(ledger)
        claim = ledger.claim(KEY, LEASE, START)
        later = [due + timedelta(hours=1) for due in DUE]
        found = ledger.reschedule(claim, later, self.clock.now())
        assert [(d.due_at, d.attempts) for d in found.deliveries] == [(later[0], 1), (later[1], 0)]
        assert found.slot_at == START
        moved = ledger.reschedule(claim, later, self.clock.now(), START + timedelta(hours=1))
        assert moved.slot_at == START + timedelta(hours=1)

    def test_frozen_text_is_replaced_only_while_nothing_is_out(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        later = START + timedelta(hours=1)
        thread = make_thread("un", "deux", "trois", slot_at=later)
        new = ledger.refreeze(claim, thread, [later] * 3, self.clock.now())
        assert [d.text for d in new.deliveries] == ["un", "deux", "trois"]
        assert new.slot_at == later
        ledger.release(claim)
        self.send_first(ledger)
        with pytest.raises(LedgerError, match="a post is already on X"):
            ledger.refreeze(ledger.claim(KEY, LEASE, START), THREAD, DUE, self.clock.now())

    @pytest.mark.parametrize(
        ("events", "duplicate"),
        [
            ([DeliveryEvent.LOST], False),
            ([DeliveryEvent.LOST, DeliveryEvent.GIVEN_UP], False),
            ([DeliveryEvent.LOST, DeliveryEvent.REFUSED], True),  # X reported that it already has the text
        ],
    )
    def test_an_account_that_may_have_a_post_is_not_exchanged(
        self, ledger: AnyLedger, events: list[DeliveryEvent], duplicate: bool
    ) -> None:
        ledger.serve("https://api.x.com", "42")
        known = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        for event in [DeliveryEvent.SEND, *events]:
            change = states.deliver(known.delivery(1), event, duplicate=duplicate, intent_at=START)
            known = ledger.record(claim, known, [change], self.clock.now())
        ledger.release(claim)
        with pytest.raises(LedgerError, match=r"serves account 42 at https://api\.x\.com"):
            self.open("there:2:2:boot").serve("https://api.x.com", "43")

    @pytest.mark.parametrize(
        "events",
        [
            [DeliveryEvent.UNVOUCHED],  # searched for in case another ledger sent it
            [DeliveryEvent.SEND, DeliveryEvent.NOT_CREATED],  # X did not accept the keys
        ],
    )
    def test_an_account_that_x_never_accepted_is_exchanged(
        self, ledger: AnyLedger, events: list[DeliveryEvent]
    ) -> None:
        ledger.serve("https://api.x.com", "42")
        known = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        for event in events:
            tried_at = START if event is DeliveryEvent.SEND else known.delivery(1).intent_at
            change = states.deliver(known.delivery(1), event, intent_at=tried_at)
            known = ledger.record(claim, known, [change], self.clock.now())
        ledger.release(claim)
        self.open("there:2:2:boot").serve("https://api.x.com", "43")
        self.open("there:3:3:boot").serve("https://api.x.com", "43")

    def test_an_account_is_not_exchanged_under_a_live_claim(self, ledger: AnyLedger) -> None:
        """A live holder may be about to send; a dead one never will."""
        ledger.serve("https://api.x.com", "42")
        ledger.plan(THREAD, DUE, self.clock.now())
        ledger.claim(KEY, LEASE, START)
        with pytest.raises(LedgerError, match="account 42 at"):
            self.open("there:2:2:boot").serve("https://api.x.com", "43")
        self.open("there:2:2:boot", dead=frozenset({"here:1:1:boot"})).serve("https://api.x.com", "43")

    def test_who_lost_the_ledger_to_another_account_claims_nothing(self, ledger: AnyLedger) -> None:
        """A daemon that waits for its first slot, and a command that is run with other keys."""
        ledger.serve("https://api.x.com", "42")
        ledger.plan(THREAD, DUE, self.clock.now())
        self.open("there:2:2:boot").serve("https://api.x.com", "43")
        with pytest.raises(LedgerError, match="this ledger now serves"):
            ledger.claim(KEY, LEASE, START)
        self.open("there:3:3:boot").claim(KEY, LEASE, START)  # commands for operators need no account

    def test_it_knows_whether_another_one_was_here_before(self, ledger: AnyLedger) -> None:
        assert not ledger.has_predecessor
        ledger.plan(THREAD, DUE, self.clock.now())
        ledger.release(ledger.claim(KEY, LEASE, START))
        assert not self.open("there:2:2:boot").has_predecessor
        self.lose()
        assert self.open("here:1:1:boot").has_predecessor
        assert self.open("there:2:2:boot").has_predecessor

    def test_it_serves_one_account_at_one_x(self, ledger: AnyLedger) -> None:
        ledger.serve("http://127.0.0.1:1", "42")  # a mistyped address; nothing was posted, so no harm is done
        ledger.serve("https://api.x.com", "42")
        self.send_first(ledger)
        ledger.serve("https://api.x.com", "42")
        for origin, user in (("https://api.x.com", "43"), ("http://127.0.0.1:1", "42")):
            with pytest.raises(LedgerError, match=r"serves account 42 at https://api\.x\.com"):
                self.open("there:2:2:boot").serve(origin, user)

    def test_it_remembers_when_it_was_born(self, ledger: AnyLedger) -> None:
        born = ledger.born_at
        self.clock.advance(timedelta(days=5))
        assert self.open("there:2:2:boot").born_at == born

    def test_an_id_is_recorded_once(self, ledger: AnyLedger) -> None:
        sent = self.send_first(ledger)
        claim = ledger.claim(KEY, LEASE, START)
        send = states.deliver(sent.delivery(2), DeliveryEvent.SEND, intent_at=START, attempts=1)
        under_way = states.apply(sent, send).delivery(2)
        again = states.deliver(under_way, DeliveryEvent.CONFIRMED, post_id="77")
        with pytest.raises(IdTaken, match=f"^77 is already the id of post 1 of {KEY} in the ledger") as taken:
            ledger.record(claim, sent, [send, again], self.clock.now())
        assert (taken.value.post_id, taken.value.owner) == ("77", f"post 1 of {KEY}")
        found = ledger.get(KEY)
        assert found
        assert found.delivery(2).state is DeliveryState.PENDING
        assert len(ledger.journal(KEY)) == 4

    def test_an_id_belongs_to_one_post_of_all_editions(self, ledger: AnyLedger) -> None:
        """Including a post found in the timeline; the rest is recorded in full then."""
        self.send_first(ledger)
        other = make_thread("un", key=EditionKey("flashtweet", KEY.date + timedelta(days=1)))
        claimed = self.doubted(ledger, other)
        found = states.deliver(claimed[1].delivery(1), DeliveryEvent.FOUND, post_id="77")
        with pytest.raises(IdTaken, match=f"post 1 of {KEY}"):
            ledger.record(*claimed, [found], self.clock.now())
        own = states.deliver(claimed[1].delivery(1), DeliveryEvent.FOUND, post_id="78")
        assert ledger.record(*claimed, [own], self.clock.now()).delivery(1).post_id == "78"

    def doubted(self, ledger: AnyLedger, thread: Thread) -> tuple[Claim, Publication]:
        """Return a claim of `thread` and its publication, whose first post is in doubt."""
        key = thread.edition.key
        planned = ledger.plan(thread, DUE[:1], self.clock.now())
        claim = ledger.claim(key, LEASE, self.clock.now())
        send = states.deliver(planned.delivery(1), DeliveryEvent.SEND, intent_at=START, attempts=1)
        lost = states.deliver(send.after, DeliveryEvent.LOST, doubt_since=START)
        start = states.move(planned, PublicationEvent.START)
        return claim, ledger.record(claim, planned, [start, send, lost], self.clock.now())

    def test_of_many_ids_those_that_are_recorded_are_told(self, ledger: AnyLedger) -> None:
        assert ledger.recorded(["77"]) == frozenset()
        self.send_first(ledger)
        assert ledger.recorded(["76", "77", "78"]) == {"77"}
        assert ledger.recorded([]) == frozenset()

    # -- vouching ----------------------------------------------------------------------------------

    def vouched(self, owner: str = "here:1:1:boot", dead: frozenset[str] = frozenset()) -> datetime:
        """Return `vouched_since` of a new claim, and release the claim."""
        ledger = self.open(owner, dead)
        claim = ledger.claim(KEY, LEASE, self.clock.now())
        ledger.release(claim)
        return claim.vouched_since

    def test_a_new_ledger_vouches_since_its_birth(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        assert self.vouched() == ledger.born_at
        assert ledger.born_at < self.clock.now()

    def test_a_ledger_that_goes_on_vouches_as_before(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        self.vouched()
        self.clock.advance(timedelta(hours=1))
        assert self.vouched("there:2:2:boot") == ledger.born_at

    def test_a_killed_process_leaves_it_vouching_as_before(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        ledger.claim(KEY, LEASE, self.clock.now())  # never released
        self.clock.advance(timedelta(hours=1))
        dead = frozenset({"here:1:1:boot"})
        assert self.vouched("there:2:2:boot", dead) == ledger.born_at

    @pytest.mark.parametrize("whole", [False, True])
    def test_a_backup_that_was_put_back_vouches_from_its_first_claim_on(
        self, ledger: AnyLedger, whole: bool
    ) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        self.vouched()
        put_back = self.back_up(whole=whole)
        self.vouched()
        put_back()
        self.clock.advance(timedelta(hours=1))
        noticed = self.clock.now()
        assert self.vouched() == noticed
        self.clock.advance(timedelta(hours=1))
        assert self.vouched("there:2:2:boot") == noticed

    def test_a_backup_vouches_for_nothing_before_its_birth_whatever_the_clock_says(
        self, ledger: AnyLedger
    ) -> None:
        """Its clock was set back meanwhile: the later instant is when the replacement was detected."""
        ledger.plan(THREAD, DUE, self.clock.now())
        self.vouched()
        self.lose_witness()
        self.clock.jump(timedelta(days=-3))
        assert self.vouched() > ledger.born_at

    def test_a_backup_vouches_for_nothing_that_it_has_whatever_the_clock_says(
        self, ledger: AnyLedger
    ) -> None:
        """The process that set the clock back had sent the first post, and maybe the second."""
        self.send_first(ledger)
        self.lose_witness()
        self.clock.jump(timedelta(minutes=-10))
        assert self.vouched() > START

    def test_a_backup_vouches_for_nothing_that_was_looked_for_before(self, ledger: AnyLedger) -> None:
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        looked_for = START + timedelta(hours=2)
        doubt = states.deliver(planned.delivery(1), DeliveryEvent.UNVOUCHED, doubt_since=looked_for)
        ledger.record(claim, planned, [doubt], self.clock.now())
        ledger.release(claim)
        self.lose_witness()
        assert self.vouched() > looked_for

    def test_what_a_backup_vouches_for_never_grows(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        self.vouched()
        self.lose_witness()
        noticed = self.vouched()
        self.lose_witness()
        self.clock.jump(timedelta(minutes=-10))
        assert self.vouched() > noticed

    def test_giving_a_claim_back_begins_a_new_generation(self, ledger: AnyLedger) -> None:
        """A backup made while a thread was being posted lacks the end of it."""
        ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, self.clock.now())
        put_back = self.back_up()
        ledger.release(claim)
        put_back()
        self.clock.advance(timedelta(hours=1))
        dead = frozenset({"here:1:1:boot"})
        assert self.vouched("there:2:2:boot", dead) == self.clock.now()

    def test_a_ledger_without_its_witness_vouches_from_now_on(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        self.vouched()
        self.lose_witness()
        self.clock.advance(timedelta(hours=1))
        assert self.vouched() == self.clock.now()

    def test_a_claim_that_cannot_be_witnessed_makes_the_next_one_look(self, ledger: AnyLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        self.vouched()
        mend = self.break_witness()
        assert self.vouched() == ledger.born_at
        for _ in range(2):
            self.clock.advance(timedelta(hours=1))
            assert self.vouched("there:2:2:boot") == self.clock.now()
        mend()
        self.clock.advance(timedelta(hours=1))
        noticed = self.clock.now()
        assert self.vouched() == noticed
        self.clock.advance(timedelta(hours=1))
        assert self.vouched() == noticed

    # -- requests of operators ---------------------------------------------------------------------

    def test_a_hold_that_is_asked_for_stands_until_the_publication_moves(self, ledger: AnyLedger) -> None:
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        self.open("person:3:3:boot").ask_hold(KEY, "breaking news", self.clock.now())
        assert ledger.get(KEY) == replace(planned, fence=1, hold_asked="breaking news")
        assert [(e.position, e.event, e.before, e.after, e.reason, e.by) for e in ledger.journal(KEY)][
            1:
        ] == [(None, "hold_asked", "PLANNED", "PLANNED", "breaking news", "person:3:3:boot")]
        send = states.deliver(planned.delivery(1), DeliveryEvent.SEND, intent_at=START, attempts=1)
        assert ledger.record(claim, planned, [send], self.clock.now()).hold_asked == "breaking news"
        hold = states.move(planned, PublicationEvent.HOLD, "breaking news")
        held = ledger.record(claim, states.apply(planned, send), [hold], self.clock.now())
        assert (held.state, held.reason, held.hold_asked) == ("HELD", "breaking news", None)
        assert held == ledger.get(KEY)

    def test_nobody_can_be_asked_to_hold_what_is_not_there(self, ledger: AnyLedger) -> None:
        with pytest.raises(LedgerError, match="has no such publication"):
            ledger.ask_hold(KEY, "breaking news", self.clock.now())

    def test_a_pause_lasts_until_it_is_ended(self, ledger: AnyLedger) -> None:
        assert ledger.paused() is None
        other = self.open("there:2:2:boot")
        ledger.pause("deuil national", START)
        assert other.paused() == Pause(START, "deuil national", "here:1:1:boot")
        other.pause("encore", START + timedelta(hours=1))
        assert ledger.paused() == Pause(START + timedelta(hours=1), "encore", "there:2:2:boot")
        ledger.resume(START + timedelta(hours=2))
        assert other.paused() is None

    def test_a_pause_is_seen_with_what_is_read_and_recorded(self, ledger: AnyLedger) -> None:
        """So that no extra query is needed right before a request."""
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        send = states.deliver(planned.delivery(1), DeliveryEvent.SEND, intent_at=START, attempts=1)
        other = self.open("there:2:2:boot")
        other.pause("deuil national", START)
        sending = ledger.record(claim, planned, [send], self.clock.now())
        seen = ledger.get(KEY)
        assert seen
        assert (planned.paused, sending.paused, seen.paused) == (None, "deuil national", "deuil national")
        other.resume(START)
        back = states.deliver(sending.delivery(1), DeliveryEvent.NOT_CREATED)
        assert ledger.record(claim, sending, [back], self.clock.now()).paused is None

    def send_first(self, ledger: AnyLedger) -> Publication:
        """Post post 1, and release the claim."""
        found = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        start = (
            [] if found.state is PublicationState.PUBLISHING else [states.move(found, PublicationEvent.START)]
        )
        first = found.delivery(1)
        send = states.deliver(first, DeliveryEvent.SEND, intent_at=START, attempts=1)
        known = ledger.record(claim, found, [*start, send], self.clock.now())
        under_way = states.apply(found, send).delivery(1)
        done = ledger.record(
            claim, known, [states.deliver(under_way, DeliveryEvent.CONFIRMED, post_id="77")], self.clock.now()
        )
        ledger.release(claim)
        return done


class TestSqlite(LedgerContract):
    """The default store: a file."""

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.clock = FakeClock()
        self.path = tmp_path / "ledger.db"

    def open(self, owner: str = "here:1:1:boot", dead: frozenset[str] = frozenset()) -> SqlLedger:
        return make_ledger(self.path, self.clock, owner=owner, dead=dead)

    def back_up(self, *, whole: bool = False) -> Callable[[], None]:
        copies = self.path.with_name("copies")
        copies.mkdir()
        for file in (self.path, self.path.with_name("ledger.db.generation"))[: 1 + whole]:
            shutil.copy2(file, copies)

        def put_back() -> None:
            for file in copies.iterdir():
                shutil.copy2(file, self.path.parent)

        return put_back

    def set_clock_back(self, by: timedelta) -> None:
        with contextlib.closing(sqlite3.connect(self.path)) as raw, raw:
            seconds = by.total_seconds()
            raw.execute(
                "UPDATE publication SET claimed_until = claimed_until + ?, claimed_at = claimed_at + ?",
                (seconds, seconds),
            )

    def lose_witness(self) -> None:
        self.path.with_name("ledger.db.generation").unlink()

    def lose(self) -> None:
        self.path.unlink()

    def break_witness(self) -> Callable[[], None]:
        obstacle = self.path.with_name("ledger.db.generation.new")
        obstacle.mkdir()
        return obstacle.rmdir

    def test_a_full_disk_is_named_and_loses_nothing(self, ledger: SqlLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        pages = ledger._engine.connect().exec_driver_sql("PRAGMA page_count").scalar()
        sa.event.listen(
            ledger._engine,
            "begin",
            lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}"),
        )
        many = make_thread(*["x" * 200] * 400, key=EditionKey("flashtweet", date(2020, 11, 9)))
        with pytest.raises(LedgerFull, match=r"disk of the ledger is full.*Free space"):
            ledger.plan(many, [START] * 400, self.clock.now())
        assert ledger.get(KEY)
        assert ledger.get(many.edition.key) is None

    def test_what_somebody_still_has_to_do_with_is_listed_however_old(self, ledger: SqlLedger) -> None:
        keys = [EditionKey("flashtweet", date(2020, 11, day)) for day in (4, 2, 3)]
        for key in keys:
            slot = START - timedelta(days=6 - key.date.day)
            ledger.plan(make_thread("x", key=key, slot_at=slot), [slot], self.clock.now())
        for key, event in ((keys[0], PublicationEvent.HOLD), (keys[2], PublicationEvent.CANCEL)):
            claim, known = ledger.claim(key, LEASE, START), ledger.get(key)
            assert known
            ledger.record(claim, known, [states.move(known, event)], self.clock.now())
        assert [one.key.date.day for one in ledger.unfinished()] == [2, 4]

    def test_every_pause_is_remembered_with_its_end(self, ledger: SqlLedger) -> None:
        minute = timedelta(minutes=1)
        ledger.pause("deuil national", START)
        ledger.resume(START + minute)
        ledger.pause("panne", START + 2 * minute)
        me = "here:1:1:boot"
        assert ledger.pauses() == (
            Pause(START, "deuil national", me, START + minute, me),
            Pause(START + 2 * minute, "panne", me),
        )

    def test_only_its_owner_can_read_it(self, ledger: SqlLedger) -> None:
        assert ledger
        assert stat.S_IMODE(self.path.stat().st_mode) == 0o600

    def test_commits_survive_a_power_cut(self, ledger: SqlLedger) -> None:
        with ledger._engine.connect() as connection:  # SQLite's own settings
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        assert settings == ["delete", 3, 1]  # 3 is EXTRA

    def test_a_newer_schema_is_left_alone(self, ledger: SqlLedger) -> None:
        ledger.close()
        with sqlite3.connect(self.path) as raw:
            raw.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
        with pytest.raises(LedgerError, match=r"has schema 99, this flashtweet knows 6\. Upgrade"):
            self.open()

    def test_a_file_that_is_no_ledger_is_refused(self) -> None:
        self.path.write_bytes(b"not a database at all, " * 50)
        with pytest.raises(
            LedgerError, match=r"ledger.db: the ledger cannot be used: file is not a database"
        ):
            self.open()

    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match=r"No such file or directory\. Create the folder"):
            connect(tmp_path / "nowhere" / "ledger.db")


class TestMemory(LedgerContract):
    """The fake ledger that the simulator runs by the thousand."""

    @pytest.fixture(autouse=True)
    def _place(self) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore.made(self.clock.now() - timedelta(days=1))
        self.witness = MemoryWitness()

    def open(self, owner: str = "here:1:1:boot", dead: frozenset[str] = frozenset()) -> MemoryLedger:
        return MemoryLedger(
            self.store,
            owner=owner,
            is_dead=dead.__contains__,
            elapsed=self.clock.elapsed,
            database_clock=self.clock.elapsed,
            witness=self.witness,
        )

    def back_up(self, *, whole: bool = False) -> Callable[[], None]:
        copy, mark = self.store.copy(), self.witness.read()

        def put_back() -> None:
            self.store.put_back(copy)
            if whole and mark:
                self.witness.put_back(mark)

        return put_back

    def set_clock_back(self, by: timedelta) -> None:
        for key, (holder, until) in self.store.claims.items():
            self.store.claims[key] = (holder, until + by.total_seconds())

    def lose_witness(self) -> None:
        self.witness.forget()

    def lose(self) -> None:
        self.store = MemoryStore.made(self.clock.now())

    def break_witness(self) -> Callable[[], None]:
        self.witness.is_broken = True
        return lambda: setattr(self.witness, "is_broken", False)

    def test_leases_run_on_the_clock_of_the_database(self) -> None:
        ledger, other = self.open(), self.open("there:2:2:boot")
        ledger.plan(THREAD, DUE, self.clock.now())
        ledger.claim(KEY, LEASE, START)
        self.clock.advance(LEASE - timedelta(seconds=1))
        with pytest.raises(ClaimLost):
            other.claim(KEY, LEASE, START)
        self.clock.advance(timedelta(seconds=1))
        assert other.claim(KEY, LEASE, START).fence == 2
