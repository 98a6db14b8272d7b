"""Tests of observations and the checks that follow, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.model import EditionKey, Post, Thread
from bot.core.publishing.publication import Cause, Delivery, DeliveryState, Publication, PublicationState
from bot.core.schedule.calendar import Expected
from bot.core.schedule.clock_skew import ClockState
from bot.core.schedule.machine_checks import MIB, clock, disk, file_system, folder, ntp
from bot.core.schedule.preflight import (
    ABOUT_THE_FOLDER,
    Check,
    CheckResult,
    EditionFacts,
    daemon_check,
    failures,
    of_edition,
    of_error,
    ok,
    pause_check,
    warning,
    worst,
)
from bot.errors import Finding, LedgerError, Severity
from tests.unit.core.newsroom import FRIDAY, edition

KEY = EditionKey("flashtweet", FRIDAY)
SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
NOW = SLOT - timedelta(minutes=15)
THREAD = Thread(edition("Un"), (Post(1, "Bonjour"), Post(2, "Un https://example.com/a")))
ERROR = Finding("threads/a.yaml", 3, 5, Severity.ERROR, "too-long", "it weighs 291.", "Shorten it.")
WARNING = replace(ERROR, severity=Severity.WARNING, code="no-replay", message="odd.", remedy="Look at it.")
SEEN = EditionFacts(Expected(SLOT, KEY), "threads/a.yaml", THREAD)
NO_FILE = EditionFacts(Expected(SLOT, KEY))


def stored(state: PublicationState, reason: str | None = None) -> Publication:
    deliveries = tuple(Delivery(n, DeliveryState.PENDING, "Un", SLOT) for n in (1, 2))
    return Publication("main", KEY, state, SLOT, deliveries, "threads/a.yaml", reason)


def checked(seen: EditionFacts, *strays: Finding, now: datetime = NOW) -> list[tuple[str, str, str, str]]:
    return [
        (one.name, str(one.verdict), one.observed, one.remedy)
        for one in of_edition(seen, strays, now, "Europe/Paris")
    ]


FILE = ("file", "ok", "threads/a.yaml, due Fri 2020-11-06 07:30: 2 posts, $0.215.", "")
WRITE = "Write the file of flashtweet@2020-11-06, or name the day under 'pauses' in config.yaml."


class TestAnEdition:
    def test_a_sound_file(self):
        assert checked(SEEN) == [FILE, ("findings", "ok", "none.", "")]

    def test_a_finding(self):
        found = replace(SEEN, findings=(WARNING,))
        assert checked(found)[1] == ("findings", "warning", "threads/a.yaml:3:5: odd.", "Look at it.")

    def test_an_error_comes_before_warnings(self):
        found = replace(SEEN, thread=None, findings=(WARNING, ERROR))
        assert checked(found) == [
            ("file", "ok", "threads/a.yaml, due Fri 2020-11-06 07:30.", ""),
            (
                "findings",
                "failure",
                "threads/a.yaml:3:5: it weighs 291. 1 more finding: flashtweet check threads/a.yaml",
                "Shorten it.",
            ),
        ]

    def test_no_file(self):
        told = "no file for this edition; due Fri 2020-11-06 07:30."
        assert checked(NO_FILE) == [("file", "failure", told, WRITE)]

    def test_no_file_yet_while_there_is_time(self):
        [(_, verdict, told, _)] = checked(NO_FILE, now=SLOT - timedelta(hours=36, seconds=1))
        assert (verdict, told) == ("warning", "no file for this edition yet; due Fri 2020-11-06 07:30.")
        assert checked(NO_FILE, now=SLOT - timedelta(hours=36))[0][1] == "failure"

    def test_no_file_for_a_replay(self):
        replay = Expected(SLOT, EditionKey("replay", FRIDAY), comes_with=KEY)
        assert checked(EditionFacts(replay))[0][3] == WRITE

    def test_no_file_but_a_broken_one(self):
        told = (
            "no file for this edition; due Fri 2020-11-06 07:30. 1 error in other files, the first: "
            "threads/a.yaml:3:5: it weighs 291. Shorten it."
        )
        assert checked(NO_FILE, ERROR) == [("file", "failure", told, f"Run: flashtweet check. {WRITE}")]

    @pytest.mark.parametrize("path", ["threads/2020-11-06.yaml", "a/flashtweet-2020-11-06.yml"])
    def test_no_file_but_a_broken_one_of_its_name(self, path: str):
        """It is reported with its first error, whatever the position of other files' errors."""
        own = replace(ERROR, path=path)
        told = (
            f"no file for this edition; due Fri 2020-11-06 07:30. {path} has 2 errors, the first: "
            f"{path}:3:5: it weighs 291. Shorten it."
        )
        todo = f"Correct {path}, then type: flashtweet check {path}"
        others = (replace(ERROR, path="threads/2020-11-05.yaml"), ERROR)
        assert checked(NO_FILE, *others, own, replace(own, line=9)) == [("file", "failure", told, todo)]

    def test_no_file_but_a_broken_one_of_a_special(self):
        special = EditionFacts(Expected(SLOT, EditionKey("focus", FRIDAY)))
        [(_, _, told, _)] = checked(special, replace(ERROR, path="threads/focus.yaml"))
        assert "threads/focus.yaml has 1 error, the first: threads/focus.yaml:3:5:" in told

    @pytest.mark.parametrize("seen", [SEEN, NO_FILE])
    def test_what_is_over_needs_nothing(self, seen: EditionFacts):
        out = replace(seen, publication=stored(PublicationState.PUBLISHED))
        assert checked(out) == [("file", "ok", "already published.", "")]
        off = stored(PublicationState.CANCELLED, "deuil.")
        assert checked(replace(seen, publication=off)) == [("file", "ok", "it was cancelled: deuil.", "")]

    @pytest.mark.parametrize("code", ABOUT_THE_FOLDER)
    def test_a_folder_that_cannot_be_read_asks_nobody_for_a_file(self, code: str):
        unread = Finding("threads", 0, 0, Severity.ERROR, code, "it does not answer.", "Check its disk.")
        told = "unknown whether a file for this edition exists; due Fri 2020-11-06 07:30."
        told += " threads: it does not answer."
        assert checked(NO_FILE, ERROR, unread) == [("file", "failure", told, "Check its disk.")]

    def test_what_remains_of_a_frozen_thread_is_counted_and_priced(self):
        known = stored(PublicationState.HELD, "X answered 402.")
        sent = replace(known.deliveries[0], state=DeliveryState.SENT, post_id="1")
        part = replace(known, deliveries=(sent, *known.deliveries[1:]))
        told = "frozen with 2 posts; 1 still to be sent, for $0.015."
        assert checked(replace(SEEN, publication=part))[0][2] == told

    def test_what_is_frozen_needs_no_file_and_its_findings_are_late(self):
        frozen = stored(PublicationState.PLANNED)
        for seen in (NO_FILE, replace(SEEN, thread=None, findings=(ERROR,))):
            told = "frozen with 2 posts."
            assert checked(replace(seen, publication=frozen)) == [("file", "ok", told, "")]

    def test_what_a_person_holds_is_not_sent_by_itself(self):
        held = replace(stored(PublicationState.HELD, "held by an operator: attendre."), cause=Cause.PERSON)
        _, (name, verdict, told, todo) = checked(replace(SEEN, publication=held))
        assert (name, verdict, told) == ("state", "warning", "it is HELD: held by an operator: attendre.")
        assert "flashtweet release" in todo

    @pytest.mark.parametrize("now", [NOW, SLOT + timedelta(hours=1)])
    def test_what_trouble_holds_takes_a_person(self, now: datetime):
        held = stored(PublicationState.HELD, "X answered 402.")
        _, (name, verdict, told, todo) = checked(replace(SEEN, publication=held), now=now)
        assert (name, verdict, told) == ("state", "failure", "it is HELD: X answered 402.")
        assert todo == f"Once that is fixed, type: flashtweet publish {KEY}"

    @pytest.mark.parametrize(("now", "verdict"), [(NOW, "failure"), (SLOT, "warning")])
    def test_what_is_missed_before_its_slot_takes_a_person(self, now: datetime, verdict: str):
        """As after a clock ran ahead, or after its file moved it to a later time."""
        missed = stored(PublicationState.MISSED, "its slot went by.")
        _, state = checked(replace(SEEN, publication=missed), now=now)
        assert state[:3] == ("state", verdict, "it is MISSED: its slot went by.")

    def test_only_what_editors_mend_is_content(self):
        found = of_edition(replace(SEEN, findings=(ERROR,)), (), NOW, "Europe/Paris")
        assert [(one.name, one.is_content) for one in found] == [("file", False), ("findings", True)]
        assert of_edition(NO_FILE, (), NOW, "Europe/Paris")[0].is_content


class TestAPause:
    def told(self, seen: EditionFacts, now: datetime = NOW) -> tuple[str, str]:
        check = pause_check("deuil national.", (seen,), now)
        assert check.remedy == "To resume, type: flashtweet resume"
        return check.verdict, check.observed

    @pytest.mark.parametrize(
        "seen",
        [
            SEEN,
            replace(SEEN, publication=stored(PublicationState.PLANNED)),
            replace(NO_FILE, publication=stored(PublicationState.PUBLISHING)),
        ],
    )
    def test_that_keeps_back_what_is_due_within_the_quarter(self, seen: EditionFacts):
        told = "publishing is paused: deuil national. It blocks flashtweet@2020-11-06."
        assert self.told(seen) == ("failure", told)
        alone = ("warning", "publishing is paused: deuil national.")
        assert self.told(seen, SLOT - timedelta(minutes=15, seconds=1)) == alone
        assert self.told(seen, SLOT) == alone

    @pytest.mark.parametrize(
        "seen",
        [
            NO_FILE,
            replace(SEEN, thread=None, findings=(ERROR,)),
            *(
                replace(SEEN, publication=stored(state))
                for state in (
                    PublicationState.PUBLISHED,
                    PublicationState.HELD,
                    PublicationState.MISSED,
                    PublicationState.CANCELLED,
                )
            ),
        ],
    )
    def test_that_keeps_back_nothing_that_would_go_out(self, seen: EditionFacts):
        assert self.told(seen)[0] == "warning"

    def test_that_does_not_last(self):
        assert pause_check(None, (SEEN,), NOW) == ok("pause", "publishing is not paused.")


@pytest.mark.parametrize(
    ("ahead", "within", "verdict", "told"),
    [
        (0.2, 0.5, "ok", "it agrees with X's, within the error of measurement (± 0.5 s)."),
        (-1.4, 0.5, "ok", "it is 1.4 s ahead of X's (± 0.5 s)."),
        (1.5, 0.5, "ok", "it is 1.5 s behind X's (± 0.5 s)."),
        (1.6, 0.5, "warning", "it is 1.6 s behind X's (± 0.5 s): editions are posted late by as much."),
        (-30.5, 0.5, "warning", "it is 30.5 s ahead of X's (± 0.5 s): editions are posted early by as much."),
        (-31, 0.5, "failure", "it is 31.0 s ahead of X's (± 0.5 s): editions are posted early by as much."),
    ],
)
def test_the_clock(ahead: float, within: float, verdict: str, told: str):
    check = clock(timedelta(seconds=ahead), timedelta(seconds=within))
    assert (check.verdict, check.observed) == (verdict, told)
    assert bool(check.remedy) == (verdict != "ok")


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(100 * MIB, "ok"), (100 * MIB - 1, "warning"), (10 * MIB, "warning"), (10 * MIB - 1, "failure")],
)
def test_the_disk(free: int, verdict: str):
    assert disk(free, "flashtweet.db").verdict == verdict


def test_places():
    assert file_system(None, "flashtweet.db").verdict is CheckResult.OK
    assert file_system("nfs4", "flashtweet.db").verdict is CheckResult.FAILURE
    assert folder(None, "threads").verdict is CheckResult.OK
    gone = folder("it is not there", "threads")
    assert gone.observed == "threads cannot be read: it is not there."
    assert gone.remedy.startswith("Correct 'threads' in config.yaml")
    silent = folder("it does not answer within 5 s", "threads", hangs=True)
    assert silent.observed == "threads cannot be read: it does not answer within 5 s."
    assert silent.remedy == (
        "Check its disk or its file server, and its mount: does 'ls threads' answer? A running daemon "
        "publishes what it read before."
    )


def test_an_error_is_split_into_what_and_what_to_do():
    check = of_error("ledger", LedgerError("a.db: locked by process 7. Wait until it is done. Then again."))
    assert (check.observed, check.remedy) == (
        "a.db: locked by process 7.",
        "Wait until it is done. Then again.",
    )
    assert of_error("ledger", LedgerError("a.db: gone.")) == Check(
        "ledger", CheckResult.FAILURE, "a.db: gone.", ""
    )


def test_the_worst_of_all():
    fine, odd = ok("disk", "."), warning("clock", ".", "!")
    bad = of_error("ledger", LedgerError("gone."))
    assert [worst(all_) for all_ in ((), (fine,), (fine, odd, fine), (odd, bad, fine))] == [
        CheckResult.OK,
        CheckResult.OK,
        CheckResult.WARNING,
        CheckResult.FAILURE,
    ]
    assert failures((fine, odd, bad)) == (bad,)


@pytest.mark.parametrize(
    ("state", "verdict", "told"),
    [
        (
            ClockState(is_disciplined=True, max_error=timedelta(milliseconds=12)),
            "ok",
            "the clock is synchronized, to ± 0.012 s at most.",
        ),
        (
            ClockState(is_disciplined=False, max_error=timedelta(seconds=16)),
            "warning",
            "the clock is not synchronized, according to the kernel.",
        ),
        (None, "skipped", "unknown whether the clock is synchronized."),
    ],
)
def test_whether_something_keeps_the_clock_right(state: ClockState | None, verdict: str, told: str):
    check = ntp(state)
    assert (check.verdict, check.observed) == (verdict, told)
    assert bool(check.remedy) == (verdict != "ok")


@pytest.mark.parametrize(
    ("daemon", "before", "verdict", "told"),
    [
        ("17", timedelta(minutes=5), "ok", "it runs on a.db (process 17)."),
        (
            None,
            timedelta(hours=5),
            "warning",
            "no daemon is running on a.db: nothing is published automatically.",
        ),
        (
            None,
            timedelta(minutes=15),
            "failure",
            f"no daemon is running on a.db: nothing is published automatically. Due soon: {KEY}.",
        ),
    ],
)
def test_a_daemon_runs(daemon: str | None, before: timedelta, verdict: str, told: str) -> None:
    check = daemon_check(daemon, "a.db", (Expected(SLOT, KEY),), SLOT - before)
    assert (check.verdict, check.observed) == (verdict, told)
