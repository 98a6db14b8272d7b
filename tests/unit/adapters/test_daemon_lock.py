"""One daemon to a ledger: who holds the lock is told, and who only looks takes it from nobody."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from bot.adapters.processes import DaemonLock
from bot.errors import LedgerError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_nobody_holds_what_was_never_taken(ledger: Path) -> None:
    assert DaemonLock(ledger).holder() is None


def test_its_holder_is_told_until_it_ends(ledger: Path) -> None:
    with DaemonLock(ledger):
        assert DaemonLock(ledger).holder() == str(os.getpid())
    assert DaemonLock(ledger).holder() is None


def test_a_second_daemon_is_refused(ledger: Path) -> None:
    refused = rf"ledger\.db\.lock: another daemon \(process {os.getpid()}\) runs on this ledger"
    with DaemonLock(ledger), pytest.raises(UsageError, match=refused), DaemonLock(ledger):
        pass


def test_a_daemon_starts_while_others_look_who_runs(ledger: Path) -> None:
    """``watch flashtweet status`` does not keep it from starting."""
    with DaemonLock(ledger):
        pass
    over = threading.Event()

    def look() -> None:
        lock = DaemonLock(ledger)
        while not over.is_set():
            lock.holder()

    watchers = [threading.Thread(target=look) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    try:
        for _ in range(100):
            with DaemonLock(ledger):
                pass
    finally:
        over.set()
        for watcher in watchers:
            watcher.join()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"No such file or directory\. Make the folder"):
        DaemonLock(tmp_path / "nowhere" / "ledger.db").__enter__()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_lock_that_root_makes_belongs_to_the_owner_of_its_folder(ledger: Path) -> None:
    os.chown(ledger.parent, 65534, 65534)
    with DaemonLock(ledger):
        assert ledger.with_name("ledger.db.lock").stat().st_uid == 65534
