"""What every ledger promises. A new store adds a class that makes one, and nothing else."""

from __future__ import annotations

import sqlite3
import stat
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.adapters.sql_ledger import SqlLedger, connect
from bot.core import publication as life
from bot.core.model import DeliveryState, EditionKey, PublicationState
from bot.core.publication import DeliveryEvent, PublicationEvent
from bot.errors import ClaimLost, LedgerError
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.core.model import Publication

LEASE = timedelta(seconds=60)
THREAD = make_thread("un", "deux")
DUE = (START, START + timedelta(seconds=2))


class LedgerContract:
    """The promises of `bot.ports.Ledger`."""

    clock: FakeClock

    def open(self, owner: str = "here:1:1:boot", dead: frozenset[str] = frozenset()) -> SqlLedger:
        """One process's view of one and the same store."""
        raise NotImplementedError

    @pytest.fixture
    def ledger(self) -> Iterator[SqlLedger]:
        ledger = self.open()
        yield ledger
        ledger.close()

    def test_a_plan_can_be_read_back_whole(self, ledger: SqlLedger) -> None:
        planned = ledger.plan(THREAD, DUE, self.clock.now())
        assert planned == ledger.get(KEY)
        assert (planned.account, planned.key, planned.state) == ("main", KEY, PublicationState.PLANNED)
        assert (planned.slot_at, planned.path) == (START, "threads/2020-11-06.yaml")
        assert [(d.position, d.text, d.state, d.due_at) for d in planned.deliveries] == [
            (1, "un", DeliveryState.PENDING, DUE[0]),
            (2, "deux", DeliveryState.PENDING, DUE[1]),
        ]

    def test_an_edition_is_planned_once(self, ledger: SqlLedger) -> None:
        first = ledger.plan(THREAD, DUE, self.clock.now())
        second = self.open("there:2:2:boot").plan(make_thread("autre chose"), DUE[:1], self.clock.now())
        assert second == first

    def test_what_is_not_there_is_none(self, ledger: SqlLedger) -> None:
        assert ledger.get(KEY) is None
        assert ledger.recent(5) == ()
        assert ledger.journal(KEY) == ()

    def test_changes_and_their_journal_are_stored_together(self, ledger: SqlLedger) -> None:
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

    def test_a_failed_record_stores_nothing_of_it(self, ledger: SqlLedger) -> None:
        before = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        self.open("there:2:2:boot", dead=frozenset({"here:1:1:boot"})).claim(KEY, LEASE, START)
        start = life.move(before, PublicationEvent.START)
        with pytest.raises(ClaimLost):
            ledger.record(claim, [start], self.clock.now())
        assert len(ledger.journal(KEY)) == 1
        found = ledger.get(KEY)
        assert found
        assert found.state is PublicationState.PLANNED

    def test_a_claim_keeps_others_out_until_it_is_released(self, ledger: SqlLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        other = self.open("there:2:2:boot")
        claim = ledger.claim(KEY, LEASE, START)
        with pytest.raises(ClaimLost, match="being published by here:1:1:boot"):
            other.claim(KEY, LEASE, START)
        with pytest.raises(ClaimLost):
            ledger.claim(KEY, LEASE, START)  # not even to another thread of the same process
        ledger.release(claim)
        assert other.claim(KEY, LEASE, START).fence == claim.fence + 1

    def test_the_claim_of_a_dead_process_is_taken_over_at_once(self, ledger: SqlLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        old = ledger.claim(KEY, LEASE, START)
        new = self.open("there:2:2:boot", dead=frozenset({"here:1:1:boot"})).claim(KEY, LEASE, START)
        assert new.fence > old.fence
        with pytest.raises(ClaimLost):
            ledger.renew(old, LEASE)
        ledger.release(old)  # harmless
        with pytest.raises(ClaimLost):
            ledger.claim(KEY, LEASE, START)

    def test_a_claim_whose_lease_ran_out_is_free(self, ledger: SqlLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        ledger.claim(KEY, timedelta(0), START)
        self.open("there:2:2:boot").claim(KEY, LEASE, START)

    def test_a_claim_is_valid_for_its_lease_on_the_clock_that_never_jumps(self, ledger: SqlLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        assert claim.valid_until == self.clock.elapsed() + 60
        self.clock.advance(timedelta(seconds=30))
        assert ledger.renew(claim, LEASE).valid_until == self.clock.elapsed() + 60

    def test_missed_is_recorded_once_and_never_over_a_publication(self, ledger: SqlLedger) -> None:
        assert ledger.record_missed(THREAD, "its slot went by", self.clock.now())
        assert not ledger.record_missed(THREAD, "again", self.clock.now())
        found = ledger.get(KEY)
        assert found
        assert (found.state, found.reason, len(found.deliveries)) == ("MISSED", "its slot went by", 2)

    def test_publications_come_in_order_of_their_slots(self, ledger: SqlLedger) -> None:
        keys = [EditionKey("flashtweet", date(2020, 11, day)) for day in (4, 2, 3)]
        for key in keys:
            slot = START - timedelta(days=6 - key.date.day)
            ledger.plan(make_thread("x", key=key, slot_at=slot), [slot], self.clock.now())
        days = [publication.key.date.day for publication in ledger.recent(2)]
        assert days == [3, 4]
        ledger.record_missed(THREAD, "missed", self.clock.now())
        chosen = ledger.open_or_since(START - timedelta(hours=1))
        assert [publication.key.date.day for publication in chosen] == [2, 3, 4, 6]

    def test_new_due_times_give_what_is_not_out_a_clean_slate(self, ledger: SqlLedger) -> None:
        self.send_first(ledger)
        claim = ledger.claim(KEY, LEASE, START)
        later = [due + timedelta(hours=1) for due in DUE]
        found = ledger.reschedule(claim, later, self.clock.now())
        assert [(d.due_at, d.attempts) for d in found.deliveries] == [(later[0], 1), (later[1], 0)]

    def test_frozen_text_is_replaced_only_while_nothing_is_out(self, ledger: SqlLedger) -> None:
        ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        new = ledger.refreeze(claim, make_thread("un", "deux", "trois"), [START] * 3, self.clock.now())
        assert [d.text for d in new.deliveries] == ["un", "deux", "trois"]
        ledger.release(claim)
        self.send_first(ledger)
        with pytest.raises(LedgerError, match="a post is out already"):
            ledger.refreeze(ledger.claim(KEY, LEASE, START), THREAD, DUE, self.clock.now())

    def test_it_serves_one_account_at_one_x(self, ledger: SqlLedger) -> None:
        ledger.serve("http://127.0.0.1:1", "42")  # a mistyped address; nothing is out, so it is no harm
        ledger.serve("https://api.x.com", "42")
        self.send_first(ledger)
        ledger.serve("https://api.x.com", "42")
        for origin, user in (("https://api.x.com", "43"), ("http://127.0.0.1:1", "42")):
            with pytest.raises(LedgerError, match=r"serves account 42 at https://api\.x\.com"):
                self.open("there:2:2:boot").serve(origin, user)

    def test_it_remembers_when_it_was_born(self, ledger: SqlLedger) -> None:
        born = ledger.born_at
        self.clock.advance(timedelta(days=5))
        assert self.open("there:2:2:boot").born_at == born

    def send_first(self, ledger: SqlLedger) -> Publication:
        """Post 1 is out; the claim is given back."""
        found = ledger.plan(THREAD, DUE, self.clock.now())
        claim = ledger.claim(KEY, LEASE, START)
        start = (
            [] if found.state is PublicationState.PUBLISHING else [life.move(found, PublicationEvent.START)]
        )
        first = found.delivery(1)
        send = life.deliver(first, DeliveryEvent.SEND, intent_at=START, attempts=1)
        ledger.record(claim, [*start, send], self.clock.now())
        under_way = life.apply(found, send).delivery(1)
        done = ledger.record(
            claim, [life.deliver(under_way, DeliveryEvent.CONFIRMED, post_id="77")], self.clock.now()
        )
        ledger.release(claim)
        return done


class TestSqlite(LedgerContract):
    """The default: a file."""

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.clock = FakeClock()
        self.path = tmp_path / "ledger.db"

    def open(self, owner: str = "here:1:1:boot", dead: frozenset[str] = frozenset()) -> SqlLedger:
        return make_ledger(self.path, self.clock, owner=owner, dead=dead)

    def test_only_its_owner_can_read_it(self, ledger: SqlLedger) -> None:
        assert ledger
        assert stat.S_IMODE(self.path.stat().st_mode) == 0o600

    def test_commits_survive_a_power_cut(self, ledger: SqlLedger) -> None:
        with ledger._engine.connect() as connection:  # what SQLite itself says
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        assert settings == ["delete", 3, 1]  # 3 is EXTRA

    def test_a_newer_schema_is_left_alone(self, ledger: SqlLedger) -> None:
        ledger.close()
        with sqlite3.connect(self.path) as raw:
            raw.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
        with pytest.raises(LedgerError, match=r"has schema 99, this flashtweet knows 2\. Upgrade"):
            self.open()

    def test_a_file_that_is_no_ledger_is_refused(self) -> None:
        self.path.write_bytes(b"not a database at all, " * 50)
        with pytest.raises(
            LedgerError, match=r"ledger.db: the ledger cannot be used: file is not a database"
        ):
            self.open()

    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match=r"No such file or directory\. Make the folder"):
            connect(tmp_path / "nowhere" / "ledger.db")
