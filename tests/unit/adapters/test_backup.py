"""Backups: complete, private, never over another file, and detected when restored."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.adapters.sql_ledger import Backup, backup, copy_database, locked, sqlite
from bot.core.model import EditionKey
from bot.errors import LedgerError, UsageError
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.adapters.sql_ledger import SqlLedger

LEASE = timedelta(seconds=60)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Iterator[SqlLedger]:
    made = make_ledger(tmp_path / "ledger.db", clock)
    made.plan(make_thread("un", "deux"), (START, START), START)
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path, ledger: SqlLedger) -> Path:
    assert ledger
    return tmp_path / "ledger.db"


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_backup_holds_all_and_is_its_makers_alone(
    tmp_path: Path, path: Path, ledger: SqlLedger, clock: FakeClock
) -> None:
    target = tmp_path / "copy.db"
    umask = os.umask(0)
    try:
        assert copy_database(path, target) == Backup(publications=1, size=path.stat().st_size)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names(tmp_path) == ["copy.db", "ledger.db"]
    copy = make_ledger(target, clock)
    assert copy.get(KEY) == ledger.get(KEY)
    assert copy.journal(KEY) == ledger.journal(KEY)
    copy.close()


@pytest.mark.parametrize("kind", ["a file", "a folder", "a link to nothing"])
def test_nothing_is_overwritten(tmp_path: Path, path: Path, kind: str) -> None:
    target = tmp_path / "copy.db"
    if kind == "a file":
        target.write_text("mine", "utf-8")
    elif kind == "a folder":
        target.mkdir()
    else:
        target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"copy\.db: the file already exists, and is never overwritten"):
        copy_database(path, target)
    assert names(tmp_path) == ["copy.db", "ledger.db"]
    if kind == "a file":
        assert target.read_text("utf-8") == "mine"


def test_a_file_that_comes_meanwhile_is_not_overwritten(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "copy.db"
    monkeypatch.setattr(backup, "sync", lambda _: target.write_text("mine", "utf-8"))
    with pytest.raises(UsageError, match="never overwritten"):
        copy_database(path, target)
    assert target.read_text("utf-8") == "mine"
    assert names(tmp_path) == ["copy.db", "ledger.db"]


@pytest.mark.parametrize(
    "name", ["ledger.db", "./ledger.db", "link.db", "ledger.db-journal", "ledger.db.generation"]
)
def test_the_ledger_and_what_belongs_to_it_are_no_targets(tmp_path: Path, path: Path, name: str) -> None:
    (tmp_path / "link.db").symlink_to(path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="this file belongs to the ledger itself"):
        copy_database(path, tmp_path / name)
    assert path.read_bytes() == before


def test_no_ledger_no_backup(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.db: there is no ledger to back up"):
        copy_database(tmp_path / "nothing.db", tmp_path / "copy.db")
    assert names(tmp_path) == []


def test_a_folder_that_is_not_there(tmp_path: Path, path: Path) -> None:
    with pytest.raises(LedgerError, match=r"cannot be copied there: .*No such file.* Check that the folder"):
        copy_database(path, tmp_path / "nowhere" / "copy.db")


def test_a_locked_ledger_is_told_as_such(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 10)
    monkeypatch.setattr(locked, "who_locks", lambda _: " (process 42: sqlite3)")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match=r"locked by another program \(process 42: sqlite3\)"):
            copy_database(path, tmp_path / "copy.db")
    assert names(tmp_path) == ["ledger.db"]


def test_a_damaged_ledger_makes_no_backup(tmp_path: Path, path: Path) -> None:
    """Posts that violate a constraint of their table: `VACUUM` copies them silently."""
    rule = "text VARCHAR NOT NULL"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_schema SET sql = replace(sql, ?, ?)", (rule, f"{rule} CHECK (text = '')"))
    with pytest.raises(LedgerError, match=r"the ledger is damaged: .* No backup was made"):
        copy_database(path, tmp_path / "copy.db")
    assert names(tmp_path) == ["ledger.db"]


def test_a_ledger_that_is_written_meanwhile_is_copied_whole(
    tmp_path: Path, path: Path, ledger: SqlLedger
) -> None:
    """Each copy has a publication with all of its posts and its journal, or none of them."""
    over = threading.Event()

    def write() -> None:
        for day in range(1, 1000):
            key = EditionKey("flashtweet", KEY.date + timedelta(days=day))
            ledger.plan(make_thread("un", "deux", key=key), (START, START), START)
            if over.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [copy_database(path, tmp_path / f"copy-{number}.db") for number in range(5)]
    finally:
        over.set()
        writer.join()
    for number, one in enumerate(made):
        with contextlib.closing(sqlite3.connect(tmp_path / f"copy-{number}.db")) as db:
            counts = db.execute(
                "SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM journal)"
            ).fetchone()
        assert counts == (2 * one.publications, one.publications)


@pytest.mark.parametrize("sidecar", ["stays", "is lost"])
def test_a_backup_that_is_put_back_is_noticed_within_one_generation(
    path: Path, ledger: SqlLedger, clock: FakeClock, sidecar: str
) -> None:
    """No claim was begun or ended between copy and restore: a plain copy would pass for the ledger."""
    before = ledger.claim(KEY, LEASE, clock.now())
    target = path.with_name("copy.db")
    copy_database(path, target)
    ledger.close()
    shutil.copy(target, path)
    if sidecar == "is lost":
        path.with_name("ledger.db.generation").unlink()
    clock.advance(timedelta(seconds=10))
    again = make_ledger(path, clock, owner="here:2:2:boot", dead=frozenset({"here:1:1:boot"}))
    after = again.claim(KEY, LEASE, clock.now())
    assert (before.vouched_since, after.vouched_since) == (
        clock.now() - timedelta(days=1, seconds=10),
        clock.now(),
    )
    again.close()
