"""The board logs each problem when it begins and when it is over, and an outage from time to time."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.core.problems import Problem, ProblemKind, failure, problem
from bot.daemon.problem_board import ProblemBoard
from bot.errors import LedgerFull, LedgerLocked

KEY = "flashtweet@2020-11-06"
LOOK = "check for due editions failed"


class Board(ProblemBoard):
    """A board on a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(lambda: self.now)


@pytest.fixture
def board(caplog: pytest.LogCaptureFixture) -> Board:
    caplog.set_level(logging.INFO, "flashtweet")
    return Board()


def late(reason: str = "why") -> Problem:
    about = [("edition", KEY), ("reason", reason)]
    return problem(ProblemKind.OVERDUE, KEY, about, "flashtweet log", version=reason)


def fields(record: logging.LogRecord) -> dict[str, Any]:
    known = vars(logging.makeLogRecord({})).keys() | {"message"}
    return {name: value for name, value in vars(record).items() if name not in known}


def test_a_problem_is_logged_when_it_begins_and_when_it_is_over(
    board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    for problems in ([late()], [late()], [], []):
        board.update("editions", problems)
    assert [(one.levelname, one.getMessage(), fields(one)) for one in caplog.records] == [
        (
            "WARNING",
            "post is late and not yet sent",
            {"edition": KEY, "reason": "why", "next": "flashtweet log", "alert": "late"},
        ),
        ("INFO", "thread no longer late", {"edition": KEY, "alert_over": "late"}),
    ]


def test_another_version_is_logged_again(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    for reason in ("one", "two", "one"):
        board.update("editions", [late(reason)])
    assert [vars(one)["reason"] for one in caplog.records] == ["one", "two"]


def test_a_begin_that_another_line_reports_is_not_logged(
    board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    held = problem(ProblemKind.HELD, KEY, [("edition", KEY)])
    board.update("editions", [held])
    assert caplog.messages == []
    board.update("editions")
    assert caplog.messages == ["edition no longer held"]


def test_a_source_keeps_the_problems_of_others(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    board.update("editions", [late()])
    board.hold(failure(ProblemKind.LOOK_FAILED, LedgerFull("full")))
    board.clear(ProblemKind.LOOK_FAILED)
    assert [one.kind for one in board.all()] == [ProblemKind.OVERDUE]
    assert "thread no longer late" not in caplog.messages


def test_a_dropped_problem_has_no_end_and_begins_anew(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    board.update("editions", [late()])
    board.drop(lambda one: one.subject == KEY)
    assert board.all() == ()
    board.update("editions", [late()])
    assert caplog.messages == ["post is late and not yet sent"] * 2


class TestOutages:
    def test_one_is_logged_every_five_minutes_with_a_count(
        self, board: Board, caplog: pytest.LogCaptureFixture
    ) -> None:
        for second in range(0, 700, 10):
            board.now = float(second)
            board.hold(failure(ProblemKind.LOOK_FAILED, LedgerLocked("ledger.db: locked.")))
        board.clear(ProblemKind.LOOK_FAILED)
        logged = [(one.getMessage(), fields(one)) for one in caplog.records]
        still = {"reason": "ledger.db: locked."}
        assert [message for message, _ in logged] == [
            LOOK,
            f"{LOOK} (still failing)",
            f"{LOOK} (still failing)",
            "check for due editions works again",
        ]
        assert [about for _, about in logged[1:]] == [
            {**still, "failures": 31, "for_s": 300},
            {**still, "failures": 61, "for_s": 600},
            {"failures": 70, "for_s": 690, "alert_over": "ledger"},
        ]

    def test_alternating_errors_are_one_outage_and_each_alert_ends(
        self, board: Board, caplog: pytest.LogCaptureFixture
    ) -> None:
        errors = (LedgerFull("full"), LedgerLocked("locked"), ZeroDivisionError("zero"))
        for second in range(300):
            board.now = float(second)
            board.hold(failure(ProblemKind.LOOK_FAILED, errors[second % 3]))
        assert caplog.messages == [LOOK, LOOK, f"{LOOK}: a bug"]
        caplog.clear()
        board.clear(ProblemKind.LOOK_FAILED)
        assert [vars(one)["alert_over"] for one in caplog.records] == ["bug", "ledger"]

    def test_a_single_failure_has_no_count(self, board: Board, caplog: pytest.LogCaptureFixture) -> None:
        board.hold(failure(ProblemKind.PUBLISHING_FAILED, LedgerFull("full"), KEY))
        board.clear(ProblemKind.PUBLISHING_FAILED, KEY)
        assert fields(caplog.records[-1]) == {"edition": KEY, "alert_over": "ledger"}


def test_what_is_remembered_of_a_problem_is_bounded(board: Board) -> None:
    for number in range(1000):
        board.hold(failure(ProblemKind.LOOK_FAILED, LedgerFull(f"attempt {number}")))
    [history] = board._histories.values()
    assert len(history.versions) <= 20
