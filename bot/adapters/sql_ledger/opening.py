"""Creation, migration or rejection of a ledger when it is opened."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.adapters.sql_ledger.columns import converting, parse_instant
from bot.adapters.sql_ledger.location import give_to_owner_of
from bot.adapters.sql_ledger.locked import is_locked, locked_remedy
from bot.adapters.sql_ledger.schema import MIGRATIONS, SCHEMA_VERSION, meta, metadata
from bot.errors import LedgerError, LedgerLocked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


def get_metadata(db: sa.Connection) -> dict[str, str]:
    """Return the ledger's metadata; empty if there is no ledger yet."""
    if not sa.inspect(db).has_table(meta.name):
        return {}
    return {row.name: row.value for row in db.execute(sa.select(meta))}


def set_metadata(db: sa.Connection, values: Mapping[str, str]) -> None:
    """Set `values` in the ledger's metadata."""
    db.execute(sa.delete(meta).where(meta.c.name.in_(values)))
    db.execute(sa.insert(meta), [{"name": name, "value": values[name]} for name in values])


def version_of(known: Mapping[str, str], name: str) -> int:
    """Return the schema version; 0 if there is no ledger yet.

    Raises:
        LedgerError: a newer flashtweet created the ledger.
    """
    with converting("schema_version"):
        version = int(known.get("schema_version", 0))
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"{name}: this ledger has schema {version}, this flashtweet knows {SCHEMA_VERSION}. "
            "Upgrade flashtweet."
        )
    return version


def instant_in(known: Mapping[str, str], name: str) -> datetime:
    """Return the instant stored under `name` in the ledger's metadata."""
    with converting(name):
        return parse_instant(known[name])


def bring_up(db: sa.Connection, now: datetime, name: str, *, has_predecessor: bool) -> None:
    """Create the tables, or migrate them to the current version, in the caller's transaction.

    `has_predecessor` is True if an earlier ledger was used at this path and is gone.
    """
    known = get_metadata(db)  # another process may have been faster
    version = version_of(known, name)
    for step in range(version + 1 if version else SCHEMA_VERSION + 1, SCHEMA_VERSION + 1):
        for statement in MIGRATIONS[step]:
            db.exec_driver_sql(statement)
    metadata.create_all(db)
    born = {"born_at": now.isoformat(), "vouched_since": now.isoformat(), "generation": ""}
    if not known:
        born["succeeds"] = "yes" if has_predecessor else "no"
    set_metadata(db, born | known | {"schema_version": str(SCHEMA_VERSION)})


def keep_copy(engine: sa.Engine, version: int) -> None:
    """Copy a SQLite file beside itself before its tables change, keeping an existing copy.

    The copy gets its name only when it is complete and on disk, and is readable by its owner only from the
    start. Several processes may do this at once: a process that finds the name taken may have copied tables
    that another one had already changed.

    Raises:
        LedgerError: the copy cannot be made; the ledger is unchanged.
    """
    ledger = Path(str(engine.url.database))
    copy = ledger.with_name(f"{ledger.name}.bak-v{version}")
    try:
        with tempfile.NamedTemporaryFile(dir=copy.parent, prefix=f"{copy.name}.", delete=False) as file:
            fresh = Path(file.name)  # mode 0600
            give_to_owner_of(ledger, file.fileno())
        try:
            with contextlib.closing(engine.raw_connection()) as connection:
                connection.cursor().execute("VACUUM INTO ?", (str(fresh),))
            if copy.is_symlink() or not copy.exists():  # a link is replaced, never written through
                sync(fresh)  # SQLite does not
                fresh.replace(copy)
            sync(copy.parent)
        finally:
            fresh.unlink(missing_ok=True)
    except (sqlite3.Error, sa.exc.SQLAlchemyError, OSError, UnicodeDecodeError) as error:
        if is_locked(getattr(error, "orig", error)):
            raise LedgerLocked(locked_remedy(ledger.name, ledger)) from error
        raise LedgerError(
            f"{copy}: the ledger cannot be copied before its tables are migrated: {error}. "
            "Free space on the disk, or check the folder's owner and mode."
        ) from error


def sync(path: Path) -> None:
    """Sync the file or folder to disk, so that it survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
