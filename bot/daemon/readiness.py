"""Checks for /readyz, from the problems that the daemon knows; none sends a request to X."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind
from bot.core.problems import ProblemKind
from bot.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.daemon.preflight_worker import Rounds
    from bot.daemon.problem_board import ProblemBoard
    from bot.ports import Ledger
    from bot.services.clock_skew import ClockWatch


def readiness(
    board: ProblemBoard, rounds: Rounds, watch: ClockWatch, ledger: Callable[[], Ledger]
) -> dict[str, Callable[[], str | None]]:
    """Return the checks by name: each returns what is wrong, or None."""

    def clock() -> str | None:
        if rounds.has_passed("clock"):
            return None
        return _failed_check(board, "clock") or watch.trouble()

    return {
        "token": lambda: _failed_check(board, "credentials"),
        "clock": clock,
        "ledger": lambda: _ledger_problem(board, ledger()),
        "config": lambda: config_problem(board),
    }


def config_problem(board: ProblemBoard) -> str | None:
    """Return why the changed configuration is not in use; None if nothing is wrong with it."""
    found = board.find(ProblemKind.CONFIG_INVALID)
    return f"{dict(found.about)['consequence']}: {found.reason}" if found else None


def _failed_check(board: ProblemBoard, name: str) -> str | None:
    """Return the failure of the check `name` in the last round; a warning is none."""
    found = board.find(ProblemKind.CHECK_FAILED, name)
    if found is None or board.find(ProblemKind.CHECK_WARNED, name) is not None:
        return None
    return f"{dict(found.about)['observed']} {found.action}"


def _ledger_problem(board: ProblemBoard, ledger: Ledger) -> str | None:
    """Return why the ledger cannot be read, or why a worker could not write it (a full disk)."""
    try:
        ledger.paused()
    except LedgerError as error:
        return str(error)
    failed = board.of(ProblemKind.PUBLISHING_FAILED)
    return next((one.reason for one in failed if one.alert is AlertKind.LEDGER), None)
