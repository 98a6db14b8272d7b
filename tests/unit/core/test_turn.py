"""Tables of one turn: facts, and what the daemon does and reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.alerts import AlertKind
from bot.core.model import Chapter, EditionKey, Issue, Programme, Thread
from bot.core.problems import Problem, ProblemKind, by_identity, problem
from bot.core.publishing.publication import (
    Delivery,
    DeliveryState,
    Publication,
    PublicationState,
)
from bot.core.turn import Checked, Facts, Start, Turn, decide
from bot.ports import Loaded
from bot.services.composing import Desk, read_desk
from tests.unit.core.newsroom import FRIDAY, PROGRAMME, daily

if TYPE_CHECKING:
    from bot.core.edition_source import Composed
    from bot.core.model import Edition

SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
"""07:30 in Paris."""
REPLAY_SLOT = datetime(2020, 11, 6, 18, 30, tzinfo=UTC)
KEY, REPLAY = EditionKey("flashtweet", FRIDAY), EditionKey("replay", FRIDAY)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
GRACE = PROGRAMME.format_of("flashtweet").grace
UNFIT = "x" + "\u0301" * 300
"""A single grapheme that is longer than a post."""


def desk(*chapters: Chapter, changed_at: datetime | None = None, programme: Programme = PROGRAMME) -> Desk:
    issues = tuple(Issue(f"threads/{one.series}.yaml", (one,)) for one in chapters)
    made = read_desk(Loaded(tuple(one.path for one in issues), issues, ()), programme)
    return replace(made, changed_at=lambda _: changed_at)


def special(name: str, text: str = "Une annonce.", at: time = time(7, 30)) -> Chapter:
    return Chapter(name, FRIDAY, at=at, text=text)


def thread_of(source: Desk, key: EditionKey = KEY) -> Thread:
    edition = source.find(key)
    assert edition
    thread = source.composed(edition)[0]
    assert thread
    return thread


def frozen(source: Desk, key: EditionKey = KEY, **changed: Any) -> Publication:
    """Return an edition of `source` as frozen, with all posts due at its slot."""
    thread = thread_of(source, key)
    slot_at = thread.edition.slot_at
    deliveries = tuple(
        Delivery(n, DeliveryState.PENDING, text, slot_at) for n, text in enumerate(thread.texts, 1)
    )
    return replace(Publication("1", key, PublicationState.PLANNED, slot_at, deliveries), **changed)


def facts(source: Desk | None, *known: Publication, **changed: Any) -> Facts:
    made = Facts(
        PROGRAMME,
        source,
        {one.key: one for one in known},
        born_at=SLOT - timedelta(days=3),
        started_at=SLOT - timedelta(days=1),
    )
    return replace(made, **changed)


def kinds(turn: Turn) -> list[tuple[ProblemKind, str]]:
    return [one.identity for one in turn.problems]


def the(turn: Turn, kind: ProblemKind) -> Problem:
    [found] = [one for one in turn.problems if one.kind is kind]
    return found


ONE = desk(daily("Un"))
THREAD = thread_of(ONE)


@pytest.mark.parametrize(
    ("now", "starts", "missed", "wake_at"),
    [
        pytest.param(SLOT - HOUR, (), (), SLOT - 30 * SECOND, id="ahead"),
        pytest.param(SLOT - 30 * SECOND, (Start(KEY, THREAD),), (), REPLAY_SLOT - 30 * SECOND, id="due"),
        pytest.param(SLOT + GRACE, (Start(KEY, THREAD),), (), REPLAY_SLOT - 30 * SECOND, id="within grace"),
        pytest.param(SLOT + GRACE + SECOND, (), (THREAD,), REPLAY_SLOT - 30 * SECOND, id="after its grace"),
    ],
)
def test_an_edition_through_its_day(
    now: datetime, starts: tuple[Start, ...], missed: tuple[Thread, ...], wake_at: datetime
) -> None:
    assert decide(facts(ONE), now) == Turn(starts, missed, wake_at=wake_at)


class TestStarts:
    @pytest.mark.parametrize(
        ("source", "start"),
        [(None, Start(KEY)), (desk(), Start(KEY)), (ONE, Start(KEY, THREAD))],
        ids=["a folder that was not read", "a file that is gone", "its file"],
    )
    def test_a_frozen_edition_needs_no_file(self, source: Desk | None, start: Start) -> None:
        assert decide(facts(source, frozen(ONE)), SLOT).starts == (start,)

    def test_the_file_of_a_begun_thread_does_not_count(self) -> None:
        known = frozen(ONE, state=PublicationState.PUBLISHING)
        head = replace(known.deliveries[0], state=DeliveryState.SENT, post_id="1")
        known = replace(known, deliveries=(head, *known.deliveries[1:]))
        assert decide(facts(ONE, known), SLOT).starts == (Start(KEY),)

    def test_series_come_first(self) -> None:
        source = desk(special("annonce", at=time(7, 29)), daily("Un"))
        assert [one.key for one in decide(facts(source), SLOT).starts] == [KEY, EditionKey("annonce", FRIDAY)]

    def test_an_edition_with_an_error_is_a_problem_of_its_file(self) -> None:
        turn = decide(facts(desk(daily(UNFIT))), SLOT)
        found = the(turn, ProblemKind.UNFIT)
        assert turn.starts == ()
        assert (found.subject, found.action) == (str(KEY), "flashtweet check threads/flashtweet.yaml")

    def test_another_error_in_the_file_is_another_version(self) -> None:
        one = the(decide(facts(desk(daily(UNFIT))), SLOT), ProblemKind.UNFIT)
        other = the(decide(facts(desk(daily(UNFIT + "\u0301"))), SLOT), ProblemKind.UNFIT)
        assert one.identity == other.identity
        assert one.version != other.version


class TestMissed:
    LATER = SLOT + GRACE + SECOND

    def test_an_edition_with_an_error_is_a_problem_until_its_file_is_fixed(self) -> None:
        turn = decide(facts(desk(daily(UNFIT))), self.LATER)
        assert turn.missed == ()
        assert kinds(turn) == [(ProblemKind.MISSED_UNFIT, str(KEY)), (ProblemKind.UNFIT, str(KEY))]
        assert dict(the(turn, ProblemKind.MISSED_UNFIT).about)["reason"] == (
            "its file has an error. Fix it: flashtweet check threads/flashtweet.yaml"
        )

    def test_an_earlier_daemon_has_reported_those_before_the_start(self) -> None:
        turn = decide(facts(desk(daily(UNFIT)), started_at=self.LATER), self.LATER)
        assert turn == replace(turn, missed=(), problems=())

    def test_one_in_the_ledger_stays_a_problem(self) -> None:
        known = frozen(ONE, state=PublicationState.MISSED, reason="its slot passed.")
        assert kinds(decide(facts(ONE, known), self.LATER)) == [(ProblemKind.MISSED, str(KEY))]

    def test_a_slot_before_the_ledger_is_not_missed(self) -> None:
        turn = decide(facts(ONE, born_at=SLOT + MINUTE), SLOT + 2 * MINUTE)
        assert (turn.starts, turn.missed) == ((), ())
        assert the(turn, ProblemKind.BEFORE_LEDGER).action == f"flashtweet publish {KEY}"


class TestSameText:
    """A copied special has the text of another edition."""

    ORIGINAL, COPY = EditionKey("annonce", FRIDAY), EditionKey("copie", FRIDAY)

    @pytest.mark.parametrize(
        ("state", "at", "is_copy"),
        [
            pytest.param(PublicationState.PUBLISHED, time(7, 30), True, id="posted"),
            pytest.param(PublicationState.CANCELLED, time(7, 30), True, id="cancelled, the same slot"),
            pytest.param(PublicationState.CANCELLED, time(7, 20), False, id="cancelled, another slot"),
            pytest.param(PublicationState.MISSED, time(7, 20), False, id="missed, another slot"),
            pytest.param(PublicationState.PUBLISHED, time(7, 20), True, id="posted, another slot"),
            pytest.param(PublicationState.HELD, time(7, 20), True, id="held, another slot"),
        ],
    )
    def test_a_copy_of_an_edition_of_the_ledger(
        self, state: PublicationState, at: time, is_copy: bool
    ) -> None:
        known = frozen(desk(special("annonce", at=at)), self.ORIGINAL, state=state)
        turn = decide(facts(desk(special("copie")), known), SLOT)
        assert (self.COPY in [one.key for one in turn.starts]) is not is_copy
        if is_copy:
            found = the(turn, ProblemKind.SAME_TEXT)
            assert dict(found.about)["same"] == str(self.ORIGINAL)
            assert found.subject == str(self.COPY)

    def test_of_two_copies_of_one_turn_the_first_is_posted(self) -> None:
        turn = decide(facts(desk(special("annonce"), special("copie"))), SLOT)
        started = [one.key for one in turn.starts]
        assert len(started) == 1
        assert {started[0], EditionKey.parse(the(turn, ProblemKind.SAME_TEXT).subject)} == {
            self.ORIGINAL,
            self.COPY,
        }

    def test_a_copy_is_not_missed(self) -> None:
        known = frozen(desk(special("annonce")), self.ORIGINAL, state=PublicationState.PUBLISHED)
        assert decide(facts(desk(special("copie")), known), SLOT + 2 * HOUR).missed == ()


class TestLateFiles:
    @pytest.mark.parametrize(
        ("changed_at", "kind", "more", "action"),
        [
            pytest.param(
                SLOT + 5 * MINUTE,
                ProblemKind.FILE_LATE,
                {"goes": "2020-11-06T07:36:00+01:00"},
                "To prevent it, set draft: true in the file",
                id="within its grace",
            ),
            pytest.param(
                SLOT + GRACE - 30 * SECOND,
                ProblemKind.FILE_TOO_LATE,
                {},
                f"flashtweet publish {KEY}",
                id="at its end",
            ),
        ],
    )
    def test_a_file_that_appears_after_its_slot(
        self, changed_at: datetime, kind: ProblemKind, more: dict[str, str], action: str
    ) -> None:
        turn = decide(facts(desk(daily("Un"), changed_at=changed_at)), changed_at + SECOND)
        found = the(turn, kind)
        assert turn.starts == ()
        assert found.action == action
        about = dict(found.about)
        assert about.pop("changed")
        assert about == {"edition": str(KEY), "slot": "2020-11-06T07:30:00+01:00"} | more


class TestLatePosts:
    """All posts were due at the slot; it is two minutes later."""

    NOW = SLOT + 2 * MINUTE
    LATE = (ProblemKind.OVERDUE, str(KEY))

    def late(self, **changed: Any) -> Facts:
        return facts(ONE, frozen(ONE, state=PublicationState.PUBLISHING), **changed)

    @pytest.mark.parametrize(
        ("why", "reason"),
        [("the ledger is locked", "the ledger is locked"), (None, "reason not yet known")],
    )
    def test_the_reason_is_the_worker_s(self, why: str | None, reason: str) -> None:
        found = the(decide(self.late(delays={KEY: why} if why else {}), self.NOW), ProblemKind.OVERDUE)
        assert dict(found.about) == {
            "edition": str(KEY),
            "post": "1/3",
            "state": "PENDING",
            "late_s": 120,
            "reason": reason,
        }

    @pytest.mark.parametrize(
        ("paused", "before", "holds"),
        [
            (None, (), True),
            ("mourning", (), False),
            ("mourning", (LATE,), True),
        ],
    )
    def test_a_pause_neither_raises_nor_clears_it(
        self, paused: str | None, before: tuple[Any, ...], holds: bool
    ) -> None:
        known = frozen(ONE, state=PublicationState.PUBLISHING, paused=paused)
        last = {one: problem(*one) for one in before}
        assert (self.LATE in kinds(decide(facts(ONE, known, before=last), self.NOW))) is holds

    @pytest.mark.parametrize("state", ["PUBLISHED", "HELD", "MISSED", "CANCELLED"])
    def test_a_thread_that_is_over_is_not_late(self, state: str) -> None:
        known = frozen(ONE, state=PublicationState(state))
        assert self.LATE not in kinds(decide(facts(ONE, known), self.NOW))


class TestWhatLasts:
    """A problem of an edition's file ends when it is solved, not when the file is out of sight."""

    LATER = SLOT + GRACE + SECOND

    def after(self, before: Turn, source: Desk | None, *known: Publication, now: datetime = LATER) -> Turn:
        return decide(facts(source, *known, before=by_identity(before.problems)), now)

    @pytest.mark.parametrize(
        ("source", "lasts"),
        [
            pytest.param(None, True, id="the folder was not read"),
            pytest.param(desk(), True, id="the file is gone"),
            pytest.param(desk(daily(UNFIT), changed_at=SLOT + 90 * SECOND), True, id="it was saved again"),
            pytest.param(desk(daily("Un"), changed_at=SLOT + 90 * SECOND), False, id="it was corrected"),
        ],
    )
    def test_an_error_in_a_file(self, source: Desk | None, lasts: bool) -> None:
        before = decide(facts(desk(daily(UNFIT))), SLOT)
        now = self.after(before, source, now=SLOT + 2 * MINUTE)
        assert ((ProblemKind.UNFIT, str(KEY)) in kinds(now)) is lasts

    def test_a_missed_edition_whose_file_had_an_error(self) -> None:
        before = decide(facts(desk(daily(UNFIT))), self.LATER)
        for source in (None, desk(), ONE):
            assert (ProblemKind.MISSED_UNFIT, str(KEY)) in kinds(self.after(before, source))
        known = frozen(ONE, state=PublicationState.MISSED)
        assert kinds(self.after(before, ONE, known)) == [(ProblemKind.MISSED, str(KEY))]

    def test_a_slot_before_the_ledger(self) -> None:
        before = decide(facts(ONE, born_at=SLOT + MINUTE), SLOT + 2 * MINUTE)
        assert kinds(self.after(before, None)) == [(ProblemKind.BEFORE_LEDGER, str(KEY))]
        assert kinds(self.after(before, ONE, frozen(ONE, state=PublicationState.PUBLISHED))) == []

    def test_a_copy_is_not_posted_because_its_original_is_cancelled(self) -> None:
        original = desk(special("annonce", at=time(7, 20)))
        known = frozen(original, TestSameText.ORIGINAL, state=PublicationState.HELD)
        copy = desk(special("copie"))
        before = decide(facts(copy, known), SLOT)
        cancelled = replace(known, state=PublicationState.CANCELLED)
        for now in (SLOT + MINUTE, SLOT + 2 * HOUR):
            turn = self.after(before, copy, cancelled, now=now)
            assert (turn.starts, turn.missed) == ((), ())
            assert (ProblemKind.SAME_TEXT, str(TestSameText.COPY)) in kinds(turn)
        changed = self.after(before, desk(special("copie", "Autre chose.")), cancelled, now=SLOT + MINUTE)
        assert [one.key for one in changed.starts] == [TestSameText.COPY]


def test_a_bug_about_one_edition_does_not_block_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    source, sound = desk(daily("Un"), special("annonce")), Desk.composed

    def composed(self: Desk, edition: Edition) -> Composed:
        if edition.key.series == "annonce":
            raise ZeroDivisionError
        return sound(self, edition)

    monkeypatch.setattr(Desk, "composed", composed)
    for now in (SLOT, SLOT + 2 * HOUR):
        turn = decide(facts(source), now)
        assert [one.key for one in turn.starts] + [one.edition.key for one in turn.missed] == [KEY]
        found = the(turn, ProblemKind.UNDECIDED)
        assert (found.subject, found.alert) == ("annonce@2020-11-06", AlertKind.BUG)


def test_a_missed_edition_is_a_problem_for_a_day() -> None:
    known = frozen(ONE, state=PublicationState.MISSED)
    assert kinds(decide(facts(ONE, known), SLOT + 24 * HOUR)) == [(ProblemKind.MISSED, str(KEY))]
    assert kinds(decide(facts(ONE, known), SLOT + 25 * HOUR)) == []


def test_a_pause_is_a_problem() -> None:
    found = the(decide(facts(ONE, pause="mourning"), SLOT - HOUR), ProblemKind.PAUSED)
    assert (found.about, found.action) == ((("reason", "mourning"),), "flashtweet resume")


def test_a_held_edition_is_a_problem() -> None:
    known = frozen(ONE, state=PublicationState.HELD, reason="X wants money.")
    assert kinds(decide(facts(ONE, known), SLOT)) == [(ProblemKind.HELD, str(KEY))]


class TestChecks:
    def due(self, checked: Checked | None, now: datetime = SLOT - 15 * MINUTE) -> list[list[EditionKey]]:
        turn = decide(facts(ONE, checked=checked), now)
        return [[one.key for one in round_.editions] for round_ in turn.checks]

    def test_they_are_due_a_quarter_of_an_hour_before_a_slot(self) -> None:
        assert self.due(Checked(), SLOT - 15 * MINUTE - SECOND) == []
        assert self.due(Checked()) == [[KEY]]

    def test_a_checked_slot_is_not_checked_again(self) -> None:
        assert self.due(Checked(slots={(KEY, SLOT): True})) == []

    def test_files_that_are_still_to_be_read_are_not_checked(self) -> None:
        assert self.due(None) == []
