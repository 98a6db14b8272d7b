"""Where config.yaml leaves the settle window to us, it follows what was measured on the account."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import wiring
from bot.adapters.sql_ledger import sqlite
from bot.config import load
from bot.core.publishing.probe import Lag, Measurement
from bot.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

SERIES = "series:\n  flashtweet: {at: 07:30, weekdays: mon-fri}\n"
KEYS = ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
ENVIRONMENT = dict.fromkeys(KEYS, "1-x")


def settles(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds before a lag of 50 s was measured, after a restart, and after reading the config again."""
    (folder / "config.yaml").write_text(text + SERIES, "utf-8")
    config = load(folder / "config.yaml", ENVIRONMENT, folder)
    access, clock = wiring.need_access(config), wiring.SystemClock()
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with wiring.newsroom(config, access, clock, config.ledger) as before:
        lag = Lag(timedelta(seconds=50), was_seen=True)
        before.ledger.probes.measure(Measurement(clock.now(), lag=lag))
        reread = wiring.reread(before)
        with wiring.newsroom(config, access, clock, config.ledger) as after:
            rooms = (before, after, reread)
            return [room.publish_run().policy.settle.total_seconds() for room in rooms]


@pytest.mark.parametrize("text", ["", "settle: auto\n"])
def test_left_to_us(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settles(tmp_path, text, monkeypatch) == [90, 150, 150]


def test_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settles(tmp_path, "settle: 20s\n", monkeypatch) == [20, 20, 20]


def test_a_configuration_that_is_read_again_while_the_ledger_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trouble is the ledger's: who types what helps with a configuration looks in the wrong place."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    (tmp_path / "config.yaml").write_text(SERIES, "utf-8")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    config = load(tmp_path / "config.yaml", ENVIRONMENT, tmp_path)
    with wiring.newsroom(config, wiring.need_access(config), wiring.SystemClock(), config.ledger) as before:
        with contextlib.closing(sqlite3.connect(config.ledger, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(LedgerError, match="locked by another program"):
                wiring.reread(before)
        assert wiring.reread(before).config.settle_is_auto
