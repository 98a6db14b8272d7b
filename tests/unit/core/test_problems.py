"""The difference of two sets of problems, and problems made of errors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.alerts import AlertKind
from bot.core.problems import Problem, ProblemKind, Transitions, by_identity, diff, failure, problem
from bot.errors import BotError, LedgerError, LedgerFull, LedgerLocked

LATE = problem(ProblemKind.OVERDUE, "a@2020-11-06", version="1")
HELD = problem(ProblemKind.HELD, "a@2020-11-06")
OTHER = problem(ProblemKind.HELD, "b@2020-11-06")
LATER = replace(LATE, version="2")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param([], [], Transitions(), id="nothing"),
        pytest.param([], [LATE], Transitions(raised=(LATE,)), id="raised"),
        pytest.param([LATE], [LATE], Transitions(), id="still there"),
        pytest.param([LATE], [LATER], Transitions(), id="another version"),
        pytest.param([LATE], [replace(LATE, action="other")], Transitions(), id="other words of one version"),
        pytest.param([LATE], [], Transitions(cleared=(LATE,)), id="cleared"),
        pytest.param(
            [LATE], [HELD], Transitions(raised=(HELD,), replaced=(LATE,)), id="replaced by a worse one"
        ),
        pytest.param(
            [LATE],
            [OTHER],
            Transitions(raised=(OTHER,), cleared=(LATE,)),
            id="not by that of another subject",
        ),
        pytest.param([HELD], [LATE], Transitions(raised=(LATE,), cleared=(HELD,)), id="not by a milder one"),
    ],
)
def test_transitions(before: list[Problem], now: list[Problem], expected: Transitions) -> None:
    assert diff(by_identity(before), by_identity(now)) == expected


@pytest.mark.parametrize(
    ("error", "alert", "action"),
    [
        (
            LedgerLocked("a.db: why"),
            AlertKind.LEDGER,
            "Close the program that has the ledger open (sqlite3, a backup); publishing continues then",
        ),
        (LedgerFull("a.db: why"), AlertKind.LEDGER, "df -h ."),
        (LedgerError("a.db: why"), AlertKind.LEDGER, "flashtweet doctor"),
        (
            ZeroDivisionError("secret"),
            AlertKind.BUG,
            "Look for waiting editions: flashtweet status. The traceback is in the log; report it",
        ),
    ],
)
def test_the_advice_follows_from_the_error(error: Exception, alert: AlertKind, action: str) -> None:
    found = failure(ProblemKind.LOOK_FAILED, error)
    assert (found.alert, found.action) == (alert, action)
    assert ("reason" in dict(found.about)) is isinstance(error, BotError)


def test_the_text_of_a_bug_is_in_no_message() -> None:
    """It may contain confidential data; the log has it in the traceback."""
    found = failure(ProblemKind.LOOK_FAILED, ZeroDivisionError("secret"))
    assert "secret" not in f"{found.message} {found.about} {found.action} {found.reason}"


def test_codes_are_unique() -> None:
    assert len({one.code for one in ProblemKind}) == len(ProblemKind)
