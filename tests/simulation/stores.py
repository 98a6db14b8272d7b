"""Stores of a world's ledger: memory or a SQLite file. Both can be backed up, restored and lost."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import sqlalchemy as sa

from bot.adapters.sql_ledger import Sidecar, SqlLedger, connect
from tests.fakes.ledger import MemoryLedger, MemoryStore, MemoryWitness
from tests.simulation.ports import SimWitness

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.ports import Ledger, Pause
    from tests.simulation.conditions import Conditions
    from tests.simulation.hub import Hub


class Store(Protocol):
    """The storage of one ledger."""

    witness: SimWitness

    def open(self, owner: str, is_dead: Callable[[str], bool], now: datetime) -> Ledger:
        """Return one process's view, creating the ledger if necessary."""
        ...

    def generation(self) -> str:
        """Return the generation in the ledger."""
        ...

    def back_up(self) -> object:
        """Return a copy."""
        ...

    def put_back(self, backup: object) -> None:
        """Replace the ledger by a copy."""
        ...

    def delete(self) -> None:
        """Remove the ledger; its witness remains."""
        ...

    def close(self) -> None:
        """Release the store at the end of a world."""
        ...


class InMemory:
    """`Store` in memory."""

    def __init__(self, hub: Hub, conditions: Conditions, database_clock: Callable[[], float]) -> None:
        self._hub, self._database_clock = hub, database_clock
        self._store: MemoryStore | None = None
        self.witness = SimWitness(hub, MemoryWitness(), conditions)

    def open(self, owner: str, is_dead: Callable[[str], bool], now: datetime) -> Ledger:
        self._store = self._store or MemoryStore.made(now)
        return MemoryLedger(
            self._store,
            owner=owner,
            is_dead=is_dead,
            elapsed=lambda: self._hub.t / 1e6,
            database_clock=self._database_clock,
            witness=self.witness,
        )

    def generation(self) -> str:
        return self._store.generation if self._store else ""

    def back_up(self) -> object:
        assert self._store is not None
        return self._store.copy()

    def put_back(self, backup: object) -> None:
        assert isinstance(backup, MemoryStore)
        self._store = backup.copy()

    def delete(self) -> None:
        self._store = None

    def close(self) -> None:
        pass


class ReadOnce:
    """A cache of reads, dropped on every other call to the ledger by any process.

    Waiting processes poll every second; nine reads of ten would return the same as the one before.
    """

    def __init__(self, inner: SqlLedger, read: dict[object, Any]) -> None:
        self._inner, self._read = inner, read

    def get(self, key: EditionKey) -> Publication | None:
        if key not in self._read:
            self._read[key] = self._inner.get(key)
        return cast("Publication | None", self._read[key])

    def paused(self) -> Pause | None:
        if "paused" not in self._read:
            self._read["paused"] = self._inner.paused()
        return cast("Pause | None", self._read["paused"])

    def open_or_since(self, since: datetime) -> tuple[Publication, ...]:
        """Return the cached answer: all slots of a world are later than any `since` requested."""
        if "open" not in self._read:
            self._read["open"] = self._inner.open_or_since(since)
        return cast("tuple[Publication, ...]", self._read["open"])

    def __getattr__(self, name: str) -> Any:
        self._read.clear()
        return getattr(self._inner, name)


class InSqlite:
    """`Store` on the SQL ledger of the product."""

    def __init__(self, hub: Hub, conditions: Conditions, database_clock: Callable[[], float]) -> None:
        self._hub, self._database_clock = hub, database_clock
        self._folder = tempfile.TemporaryDirectory(prefix="flashtweet-world-")
        self._path = Path(self._folder.name) / "ledger.db"
        self._engine: sa.Engine | None = None
        self._read: dict[object, Any] = {}
        self.witness = SimWitness(hub, Sidecar(self._path), conditions)

    def open(self, owner: str, is_dead: Callable[[str], bool], now: datetime) -> Ledger:
        self._engine = self._engine or self._connect()
        ledger = SqlLedger(
            self._engine,
            name="ledger.db",
            now=now,
            owner=owner,
            is_dead=is_dead,
            elapsed=lambda: self._hub.t / 1e6,
            witness=self.witness,
        )
        return cast("Ledger", ReadOnce(ledger, self._read))

    def _connect(self) -> sa.Engine:
        engine = connect(self._path)

        @sa.event.listens_for(engine, "connect")
        def _simulate(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
            connection.create_function("julianday", 1, lambda _: self._database_clock() / 86400 + 2440587.5)
            cursor = connection.cursor()
            cursor.execute("PRAGMA synchronous = OFF")  # power cuts are tested elsewhere
            cursor.execute("PRAGMA journal_mode = MEMORY")
            cursor.close()

        return engine

    def generation(self) -> str:
        if self._engine is None:
            return ""
        with self._engine.connect().execution_options(only_reads=True) as db:
            return str(db.exec_driver_sql("SELECT value FROM meta WHERE name = 'generation'").scalar())

    def back_up(self) -> object:
        return self._path.read_bytes()

    def put_back(self, backup: object) -> None:
        assert isinstance(backup, bytes)
        self.delete()
        self._path.write_bytes(backup)

    def delete(self) -> None:
        self._read.clear()
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        shutil.rmtree(self._folder.name, ignore_errors=True)
        self._folder.cleanup()


KINDS: dict[str, type[InMemory | InSqlite]] = {"memory": InMemory, "sql": InSqlite}
