"""Connections to a SQLite file, configured so that a returned commit survives a power cut.

``journal_mode=DELETE`` and ``synchronous=EXTRA``; no WAL, because SQLite before 3.51.3 has a WAL-reset race.
Source: https://www.sqlite.org/wal.html and https://www.sqlite.org/pragma.html#pragma_synchronous, 2026-11-23.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.adapters.sql_ledger.location import give_to_owner_of, network_file_system
from bot.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

BUSY_TIMEOUT_MS = 10_000
"""Milliseconds that a writer waits for another's commit."""


def connect(path: Path) -> sa.Engine:
    """Return an engine for the SQLite file at `path`, which is created (mode 0600) if missing.

    Raises:
        LedgerError: the file cannot be created, or is on a network file system.
    """
    remote = network_file_system(path.parent)
    if remote:
        raise LedgerError(
            f"{path}: this is a network file system ({remote}), whose locks are unreliable. "
            "Move the ledger to a local disk."
        )
    try:
        _make(path.resolve())
    except OSError as error:
        raise LedgerError(
            f"{path}: the ledger cannot be opened: {error.strerror}. "
            "Create the folder, or correct 'ledger' in config.yaml or FLASHTWEET_LEDGER."
        ) from error
    # No limit: one connection per thread, and none waits for another's. A pool timeout would be reported as a
    # ledger problem that does not exist.
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), pool_size=0)

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
        connection.isolation_level = None  # we issue BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = DELETE")
        cursor.execute("PRAGMA synchronous = EXTRA")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"))

    return engine


def _make(path: Path) -> None:
    """Create the file if it is missing, owned by the owner of its folder.

    An existing file is not even opened: closing it would drop the locks that this process may have on it.
    Source: https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_,
    2026-11-24.
    """
    with contextlib.suppress(FileExistsError):
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            give_to_owner_of(path.parent, file)
        finally:
            os.close(file)
