"""A claim whose release failed does not block the process that held it."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.adapters.sql_ledger import sqlite
from bot.errors import ClaimLost, LedgerError
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread

if TYPE_CHECKING:
    from pathlib import Path

    from bot.adapters.sql_ledger import SqlLedger
    from bot.ports import Claim

LEASE = timedelta(seconds=60)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> SqlLedger:
    made = make_ledger(path, FakeClock())
    made.plan(make_thread("un"), [START], START)
    return made


def fail_to_release(ledger: SqlLedger, claim: Claim, path: Path) -> None:
    """Release the claim while the ledger cannot be written."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="is locked"):
            ledger.release(claim)
        raw.execute("ROLLBACK")


def test_its_own_process_takes_it_up_again_at_once(ledger: SqlLedger, path: Path) -> None:
    claim = ledger.claim(KEY, LEASE, START)
    fail_to_release(ledger, claim, path)
    again = ledger.claim(KEY, LEASE, START)
    assert again.fence == claim.fence + 1
    with pytest.raises(ClaimLost):
        ledger.renew(claim, LEASE)


def test_what_it_takes_up_again_is_its_own_as_ever(ledger: SqlLedger, path: Path) -> None:
    """Another thread of the process does not get it."""
    fail_to_release(ledger, ledger.claim(KEY, LEASE, START), path)
    ledger.claim(KEY, LEASE, START)
    with pytest.raises(ClaimLost):
        ledger.claim(KEY, LEASE, START)


def test_another_process_waits_for_its_lease(ledger: SqlLedger, path: Path) -> None:
    fail_to_release(ledger, ledger.claim(KEY, LEASE, START), path)
    with pytest.raises(ClaimLost):
        make_ledger(path, FakeClock(), owner="there:2:2:boot").claim(KEY, LEASE, START)
