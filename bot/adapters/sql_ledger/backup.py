"""Online backup of the ledger: complete, checked and synced to disk.

``VACUUM INTO`` copies a single state of the database, even if other processes write meanwhile; writers wait
for it, so the backup belongs on a fast disk. Source: https://www.sqlite.org/lang_vacuum.html, 2026-11-24.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.adapters.sql_ledger.locked import is_locked, locked_remedy
from bot.adapters.sql_ledger.opening import sync
from bot.adapters.sql_ledger.sqlite import connect
from bot.errors import LedgerError, LedgerLocked, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_A_BACKUP = "backup"
"""A generation that no witness returns. A restored ledger is always detected, even if it was copied in the
middle of a thread and its daemon killed in the same thread, so that the file beside it has not changed."""

_BESIDE = ("-journal", "-wal", "-shm", ".lock", ".generation", ".generation.new", ".alerts")
"""Suffixes of the files that belong to a ledger and must not be overwritten."""


@dataclass(frozen=True, slots=True)
class Backup:
    """The contents of a finished backup."""

    publications: int
    size: int
    """Size in bytes."""


def copy_database(ledger: Path, target: Path) -> Backup:
    """Copy the SQLite file `ledger` to the new file `target`, readable by its owner only (mode 0600).

    `target` appears only when all of it is on disk.

    Raises:
        UsageError: there is no ledger, or `target` already exists; nothing was changed.
        LedgerError: the ledger cannot be copied, or the copy is damaged; the copy was removed.
    """
    _check(ledger, target)
    try:
        with _passing(target) as fresh:
            _copy(ledger, fresh)
            made = _mark(fresh)
            sync(fresh)
            target.hardlink_to(fresh)  # unlike a rename, this never overwrites
        sync(target.parent)
    except FileExistsError as error:
        raise _taken(target) from error
    except (sqlite3.Error, sa.exc.SQLAlchemyError, OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "orig", None) or error
        if is_locked(cause):
            raise LedgerLocked(locked_remedy(ledger.name, ledger)) from error
        raise LedgerError(
            f"{target}: the ledger {ledger.name} cannot be copied there: {cause}. "
            "Check that the folder exists and is yours, and the disk; back up to a local disk, then copy."
        ) from error
    return made


def _check(ledger: Path, target: Path) -> None:
    if not ledger.is_file():
        raise UsageError(f"{ledger}: there is no ledger to back up. Is 'ledger' in config.yaml right?")
    place, own = target.resolve(), ledger.resolve()
    if place in (own, *(own.with_name(f"{own.name}{ending}") for ending in _BESIDE)):
        raise UsageError(f"{target}: this file belongs to the ledger itself. Name another file.")
    if target.exists() or target.is_symlink():
        raise _taken(target)


def _taken(target: Path) -> UsageError:
    return UsageError(f"{target}: the file already exists, and is never overwritten. Name another file.")


@contextlib.contextmanager
def _passing(target: Path) -> Iterator[Path]:
    """Yield an empty temporary file beside `target`, and remove it afterwards."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        fresh = Path(file.name)  # mode 0600
    try:
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def _copy(ledger: Path, fresh: Path) -> None:
    engine = connect(ledger)
    try:
        with contextlib.closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(fresh),))
    finally:
        engine.dispose()


def _mark(fresh: Path) -> Backup:
    """Mark the copy as a backup and check its integrity.

    Raises:
        LedgerError: the copy is damaged.
    """
    with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        db.execute("UPDATE meta SET value = ? WHERE name = 'generation'", (_OF_A_BACKUP,))
        [publications] = db.execute("SELECT count(*) FROM publication").fetchone()
        found = [row[0] for row in db.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise LedgerError(
            f"the ledger is damaged: {found[0]}. No backup was made. Keep existing backups; check the disk."
        )
    return Backup(publications, fresh.stat().st_size)
