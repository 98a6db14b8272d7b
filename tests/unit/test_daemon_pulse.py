"""The watchdog alerts a stalled loop, and logs when it runs again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.daemon.problem_board import ProblemBoard
from bot.daemon.watchdog import Watchdog
from tests.processes import until

if TYPE_CHECKING:
    import pytest


def test_a_stalled_loop_is_alerted_once_and_cleared(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "flashtweet")
    age, asked = 0.0, 0

    def ask() -> float:
        nonlocal asked
        asked += 1
        return age

    def asked_again() -> None:
        seen = asked
        until(lambda: asked > seen + 2, "it looked again")

    with Watchdog(ask, ProblemBoard(lambda: 0.0), patience=0.1):
        asked_again()
        assert caplog.messages == []
        age = 75.0
        asked_again()
        age = 85.0
        asked_again()
        age = 0.05
        asked_again()
    logged = [
        (one.getMessage(), vars(one).get("alert"), vars(one).get("alert_over")) for one in caplog.records
    ]
    assert logged == [
        ("daemon loop stalled", "ledger", None),
        ("daemon loop running again", None, "ledger"),
    ]
    assert "no turn for 75 s" in vars(caplog.records[0])["reason"]
