"""Bring the ledger in a database to the present version: made, migrated, or refused."""

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


def about(db: sa.Connection) -> dict[str, str]:
    """What the ledger says of itself; nothing if there is none yet."""
    if not sa.inspect(db).has_table(meta.name):
        return {}
    return {row.name: row.value for row in db.execute(sa.select(meta))}


def say(db: sa.Connection, values: Mapping[str, str]) -> None:
    """Let the ledger say `values` of itself from now on."""
    db.execute(sa.delete(meta).where(meta.c.name.in_(values)))
    db.execute(sa.insert(meta), [{"name": name, "value": values[name]} for name in values])


def version_of(told: Mapping[str, str], name: str) -> int:
    """The version of the schema; 0 where there is no ledger yet.

    Raises:
        LedgerError: a newer flashtweet made it.
    """
    with converting("schema_version"):
        version = int(told.get("schema_version", 0))
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"{name}: this ledger has schema {version}, this flashtweet knows {SCHEMA_VERSION}. "
            "Upgrade flashtweet."
        )
    return version


def instant_in(told: Mapping[str, str], name: str) -> datetime:
    """Return the instant that the ledger says of itself under `name`."""
    with converting(name):
        return parse_instant(told[name])


def bring_up(db: sa.Connection, now: datetime, name: str, *, succeeds: bool) -> None:
    """Make the tables, or lead them to the present version, in the caller's transaction.

    `succeeds`: whether a ledger that is gone was used at this place; of interest where this one is made.
    """
    told = about(db)  # another process may have been here first
    version = version_of(told, name)
    for step in range(version + 1 if version else SCHEMA_VERSION + 1, SCHEMA_VERSION + 1):
        for statement in MIGRATIONS[step]:
            db.exec_driver_sql(statement)
    metadata.create_all(db)
    born = {"born_at": now.isoformat(), "vouched_since": now.isoformat(), "generation": ""}
    if not told:
        born["succeeds"] = "yes" if succeeds else "no"
    say(db, born | told | {"schema_version": str(SCHEMA_VERSION)})


def keep_copy(engine: sa.Engine, version: int) -> None:
    """Copy a SQLite file beside itself, before its tables change; a copy that is there stays.

    The copy has its name only once it is whole and on the disk, and is its owner's alone from the start.
    Several processes may be here at once: who finds the name taken may have copied what another one had
    changed already.

    Raises:
        LedgerError: it cannot be made; the ledger is as it was.
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
            if copy.is_symlink() or not copy.exists():  # a link is replaced, and never written through
                sync(fresh)  # SQLite does not
                fresh.replace(copy)
            sync(copy.parent)
        finally:
            fresh.unlink(missing_ok=True)
    except (sqlite3.Error, sa.exc.SQLAlchemyError, OSError, UnicodeDecodeError) as error:
        if is_locked(getattr(error, "orig", error)):
            raise LedgerLocked(locked_remedy(ledger.name, ledger)) from error
        raise LedgerError(
            f"{copy}: the ledger cannot be copied before its tables are brought up to date: {error}. "
            "Make room on the disk, or check the folder's owner and mode."
        ) from error


def sync(path: Path) -> None:
    """Let the file or folder survive a power cut as it is now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
