"""Tables of one turn: facts, and what the daemon does and reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bot.core.model import Chapter, EditionKey, Issue, Programme, Thread
from bot.core.problems import Problem, ProblemKind
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
        found = the(decide(self.late(why_delayed=lambda _: why), self.NOW), ProblemKind.OVERDUE)
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
        assert (self.LATE in kinds(decide(facts(ONE, known, before=before), self.NOW))) is holds

    @pytest.mark.parametrize("state", ["PUBLISHED", "HELD", "MISSED", "CANCELLED"])
    def test_a_thread_that_is_over_is_not_late(self, state: str) -> None:
        known = frozen(ONE, state=PublicationState(state))
        assert self.LATE not in kinds(decide(facts(ONE, known), self.NOW))


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
