"""The ledger in a SQL database, through SQLAlchemy Core."""

from __future__ import annotations

import contextlib
import itertools
import secrets
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.adapters.sql_ledger.claims import SECONDS_NOW, claimed_by_another, lasting, longest, shortened
from bot.adapters.sql_ledger.columns import DAMAGE, Damaged
from bot.adapters.sql_ledger.locked import is_full, is_locked, locked_remedy
from bot.adapters.sql_ledger.opening import (
    bring_up,
    get_metadata,
    instant_in,
    keep_copy,
    set_metadata,
    version_of,
)
from bot.adapters.sql_ledger.owner import Serving, noted, refuse_another
from bot.adapters.sql_ledger.probes import SqlProbes
from bot.adapters.sql_ledger.rate_limits import keep_limits, limits
from bot.adapters.sql_ledger.rows import PUBLICATIONS, RowWriter, at, journal_row
from bot.adapters.sql_ledger.schema import SCHEMA_VERSION, delivery, journal, pause, publication
from bot.core.model import MAIN_ACCOUNT, EditionKey
from bot.core.publishing.progress import is_untouched
from bot.core.publishing.publication import Publication, PublicationState
from bot.core.publishing.states import OPEN, DeliveryChange, apply
from bot.errors import ClaimLost, LedgerError, LedgerFull, LedgerLocked
from bot.ports import Claim, JournalEntry, Pause

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.adapters.sql_ledger.generation import Witness
    from bot.core.model import Thread
    from bot.core.publishing.probe import Measurement
    from bot.core.publishing.states import Change
    from bot.core.schedule.account_checks import Allowance, ToldLimit

_LAST_PAUSE = sa.select(pause).order_by(pause.c.id.desc()).limit(1)


class SqlLedger:
    """Implementation of `bot.ports.Ledger`."""

    def __init__(
        self,
        engine: sa.Engine,
        *,
        name: str,
        now: datetime,
        owner: str,
        is_dead: Callable[[str], bool],
        elapsed: Callable[[], float],
        witness: Witness,
        account: str = MAIN_ACCOUNT,
    ) -> None:
        """Open the ledger in `engine`, creating its tables if it has none.

        `name` is the ledger's name in messages. `owner` names this process in claims and journal; `is_dead`
        returns True if such a name belongs to a process that is certainly gone. `elapsed` is
        `Clock.elapsed`. `witness` stores the ledger's generation outside it.

        Raises:
            LedgerError: the store cannot be used, or a newer flashtweet created it.
        """
        self._engine, self._name, self._owner = engine, name, owner
        self._reader = engine.execution_options(begin="BEGIN")
        self._alone = engine.execution_options(begin="BEGIN EXCLUSIVE")
        self._rows, self._witness = RowWriter(account, owner), witness
        self._is_dead, self._elapsed = is_dead, elapsed
        self._given_up: set[tuple[EditionKey, int]] = set()
        self._serving: Serving | None = None
        with self._reading() as db:
            version = version_of(get_metadata(db), name)
        if version < SCHEMA_VERSION:
            if version:
                keep_copy(engine, version)
            with self._writing() as db:
                bring_up(db, now, name, has_predecessor=witness.read() is not None)
        with self._reading() as db:
            known = get_metadata(db)
            self._born_at = instant_in(known, "born_at")
        self._has_predecessor = known.get("succeeds") == "yes"

    @property
    def born_at(self) -> datetime:
        return self._born_at

    @property
    def has_predecessor(self) -> bool:
        return self._has_predecessor

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(str(self._engine.url.database))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def serve(self, origin: str, user_id: str) -> None:
        wanted = Serving(origin, user_id)
        with self._reading() as db:
            is_noted = noted(db) == wanted
        if not is_noted:
            with self._writing() as db:
                refuse_another(db, self._name, wanted, self._is_dead)
                set_metadata(db, wanted.items())
        self._serving = wanted

    def refuse_another(self, origin: str, user_id: str) -> None:
        """Raise the error that `serve` would raise, without changing anything."""
        with self._reading() as db:
            refuse_another(db, self._name, Serving(origin, user_id), self._is_dead)

    # -- reading ---------------------------------------------------------------------------------------

    def get(self, key: EditionKey) -> Publication | None:
        with self._reading() as db:
            return self._rows.find(db, key)

    def recent(self, limit: int) -> tuple[Publication, ...]:
        query = PUBLICATIONS.order_by(publication.c.slot_at.desc(), publication.c.id).limit(limit)
        with self._reading() as db:
            return tuple(reversed(self._rows.select(db, query)))

    def open_or_since(self, since: datetime) -> tuple[Publication, ...]:
        chosen = publication.c.state.in_(OPEN) | (publication.c.slot_at >= since)
        query = PUBLICATIONS.where(chosen).order_by(publication.c.slot_at, publication.c.id)
        with self._reading() as db:
            return self._rows.select(db, query)

    def unfinished(self) -> tuple[Publication, ...]:
        """Return all publications that still need a daemon or an operator: PLANNED, PUBLISHING and HELD."""
        query = PUBLICATIONS.where(publication.c.state.in_((*OPEN, PublicationState.HELD)))
        with self._reading() as db:
            return self._rows.select(db, query.order_by(publication.c.slot_at, publication.c.id))

    def holders(self) -> dict[EditionKey, str]:
        table = publication
        query = sa.select(table.c.series, table.c.date, table.c.claimed_by).where(
            table.c.claimed_by.is_not(None), table.c.claimed_until > SECONDS_NOW
        )
        with self._reading() as db:
            rows = db.execute(query).all()
        return {
            EditionKey(row.series, row.date): row.claimed_by
            for row in rows
            if not self._is_dead(row.claimed_by)
        }

    def recorded(self, post_ids: Collection[str]) -> frozenset[str]:
        with self._reading() as db:
            return frozenset(
                db.scalars(sa.select(delivery.c.post_id).where(delivery.c.post_id.in_(post_ids)))
            )

    def paused(self) -> Pause | None:
        with self._reading() as db:
            row = db.execute(_LAST_PAUSE).one_or_none()
        return Pause(row.at, row.reason, row.by) if row is not None and row.paused else None

    def pauses(self) -> tuple[Pause, ...]:
        """Return every pause, oldest first, including a current one."""
        with self._reading() as db:
            rows = db.execute(sa.select(pause).order_by(pause.c.id)).all()
        return tuple(
            Pause(row.at, row.reason, row.by, *((end.at, end.by) if end is not None else (None, None)))
            for row, end in itertools.pairwise((*rows, None))
            if row is not None and row.paused
        )

    def journal(self, key: EditionKey) -> tuple[JournalEntry, ...]:
        query = (
            sa.select(journal)
            .join(publication, publication.c.id == journal.c.publication_id)
            .where(*self._rows.where_key(key))
            .order_by(journal.c.id)
        )
        with self._reading() as db:
            return tuple(
                JournalEntry(row.at, key, row.position, row.event, row.before, row.after, row.reason, row.by)
                for row in db.execute(query)
            )

    # -- writing ---------------------------------------------------------------------------------------

    def plan(self, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        with self._writing() as db:
            known = self._rows.find(db, thread.edition.key)
            if known is not None:
                return known
            self._rows.insert(db, thread, due, now, PublicationState.PLANNED, None)
            return self._rows.get(db, thread.edition.key)

    def record_missed(self, thread: Thread, due: Sequence[datetime], reason: str, now: datetime) -> bool:
        with self._writing() as db:
            if self._rows.find(db, thread.edition.key) is not None:
                return False
            self._rows.insert(db, thread, due, now, PublicationState.MISSED, reason)
            return True

    def claim(self, key: EditionKey, lease: timedelta, now: datetime) -> Claim:
        asked_at = self._elapsed()
        with self._writing(alone=True) as db:
            self._refuse_exchanged(db)
            row = db.execute(
                sa.select(
                    publication,
                    (publication.c.claimed_until - SECONDS_NOW).label("left"),
                    (SECONDS_NOW - publication.c.claimed_at).label("held"),
                ).where(*self._rows.where_key(key))
            ).one_or_none()
            if row is None:
                raise LedgerError(f"{key}: the ledger has no such publication.")
            if row.claimed_by is not None and row.left is None:
                raise Damaged(f"publication {row.id} has a claim without an end")
            is_taken = row.claimed_by is not None and row.left > 0 and not self._is_free(key, row)
            values = shortened(row, lease) if is_taken else self._own_claim(row, lease)
            if values:
                db.execute(sa.update(publication).where(publication.c.id == row.id).values(values))
            if not is_taken:
                vouched_since = self._vouched_since(db, now)
        if is_taken:
            raise claimed_by_another(key, row.claimed_by, row.held, min(row.left, longest(row, lease)))
        return Claim(key, row.fence + 1, asked_at + lease.total_seconds(), vouched_since)

    def _own_claim(self, row: sa.Row[Any], lease: timedelta) -> dict[str, object]:
        return {"fence": row.fence + 1, "claimed_by": self._owner, "claimed_at": SECONDS_NOW} | lasting(lease)

    def renew(self, claim: Claim, lease: timedelta) -> Claim:
        asked_at = self._elapsed()
        with self._writing() as db:
            self._rows.touch(db, claim, **lasting(lease))
        return replace(claim, valid_until=asked_at + lease.total_seconds())

    def release(self, claim: Claim) -> None:
        self._given_up.add((claim.key, claim.fence))
        with contextlib.suppress(ClaimLost), self._writing(alone=True) as db:
            self._rows.touch(db, claim, claimed_by=None, claimed_until=None, claimed_at=None, lease=None)
            self._begin_generation(db)
        self._given_up.discard((claim.key, claim.fence))

    def _is_free(self, key: EditionKey, row: sa.Row[tuple[object, ...]]) -> bool:
        """Return True if the claim's process is dead, or we released it and could not record that."""
        return (key, row.fence) in self._given_up or self._is_dead(row.claimed_by)

    def _refuse_exchanged(self, db: sa.Connection) -> None:
        """Raise if another account took over the ledger since `serve`, which is possible before any post."""
        now = noted(db)
        if self._serving is not None and now != self._serving:
            raise LedgerError(
                f"{self._name}: this ledger now serves {now}, not {self._serving}. "
                "Stop the process with the wrong keys, and restart the other."
            )

    def _vouched_since(self, db: sa.Connection, now: datetime) -> datetime:
        """Begin a new generation, and return the time since which this ledger has a record of every post."""
        known = get_metadata(db)
        known.setdefault("vouched_since", self._born_at.isoformat())
        if known.get("generation") != (self._witness.read() or ""):  # a new ledger has none, and no witness
            known["vouched_since"] = max(now, self._after_all_it_knows(db, known)).isoformat()
            set_metadata(db, {"vouched_since": known["vouched_since"]})
        self._begin_generation(db)
        return instant_in(known, "vouched_since")

    def _after_all_it_knows(self, db: sa.Connection, known: Mapping[str, str]) -> datetime:
        """Return an instant later than anything this ledger vouched for, attempted or searched for.

        The clock may have been set back since, and older records prove nothing about posts of another ledger.
        """
        latest = db.execute(sa.select(sa.func.max(delivery.c.intent_at), sa.func.max(delivery.c.doubt_since)))
        instants = (instant_in(known, "vouched_since"), self._born_at, *latest.one())
        return max(at for at in instants if at is not None) + timedelta.resolution

    def _begin_generation(self, db: sa.Connection) -> None:
        set_metadata(db, {"generation": self._witness.write(secrets.token_hex(8))})

    def record(
        self, claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
    ) -> Publication:
        changes = tuple(changes)
        with self._writing() as db:
            row_id, of_others = self._rows.fenced(db, claim)
            for change in changes:
                if isinstance(change, DeliveryChange):
                    self._rows.store(db, row_id, claim.key, change)
                else:
                    self._rows.move(db, row_id, claim.key, change)
            self._rows.append(db, row_id, now, *map(journal_row, changes))
        # Each change was checked against its row, and without the claim only these fields can change.
        return apply(replace(publication, **of_others), *changes)

    def reschedule(
        self, claim: Claim, due: Sequence[datetime], now: datetime, slot_at: datetime | None = None
    ) -> Publication:
        with self._writing() as db:
            row_id = self._rows.touch(db, claim, **({"slot_at": slot_at} if slot_at else {}))
            known = self._rows.get(db, claim.key)
            for one, due_at in zip(known.deliveries, due, strict=True):
                values: dict[str, object] = {"due_at": due_at}
                if one.post_id is None:
                    values |= {"attempts": 0, "not_before": None}
                db.execute(sa.update(delivery).where(*at(row_id, one.position)).values(values))
            self._rows.append(db, row_id, now, (None, "rescheduled", known.state, known.state, None))
            return self._rows.get(db, claim.key)

    def shift(self, claim: Claim, by: timedelta, now: datetime) -> Publication:
        with self._writing() as db:
            row_id = self._rows.touch(db, claim)
            known = self._rows.get(db, claim.key)
            for one in known.deliveries:
                if one.post_id is None:
                    not_before = None if one.not_before is None else one.not_before + by
                    values = {"due_at": one.due_at + by, "not_before": not_before}
                    db.execute(sa.update(delivery).where(*at(row_id, one.position)).values(values))
            reason = f"by {by.total_seconds():+.1f} s"
            self._rows.append(db, row_id, now, (None, "clock_set", known.state, known.state, reason))
            return self._rows.get(db, claim.key)

    def refreeze(self, claim: Claim, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        with self._writing() as db:
            row_id = self._rows.touch(db, claim, path=thread.edition.path, slot_at=thread.edition.slot_at)
            known = self._rows.get(db, claim.key)
            if not is_untouched(known):
                raise LedgerError(f"{claim.key}: a post is already on X; the text cannot be replaced.")
            db.execute(sa.delete(delivery).where(delivery.c.publication_id == row_id))
            self._rows.insert_deliveries(db, row_id, thread, due)
            self._rows.append(db, row_id, now, (None, "refrozen", known.state, known.state, None))
            return self._rows.get(db, claim.key)

    def ask_hold(self, key: EditionKey, reason: str, now: datetime) -> None:
        with self._writing() as db:
            known = self._rows.get(db, key)
            row_id = db.execute(
                sa.update(publication)
                .where(*self._rows.where_key(key))
                .values(hold_asked=reason)
                .returning(publication.c.id)
            ).scalar_one()
            self._rows.append(db, row_id, now, (None, "hold_asked", known.state, known.state, reason))

    def pause(self, reason: str, now: datetime) -> None:
        with self._writing() as db:
            db.execute(sa.insert(pause).values(at=now, paused=True, reason=reason, by=self._owner))

    def resume(self, now: datetime) -> None:
        with self._writing() as db:
            db.execute(sa.insert(pause).values(at=now, paused=False, by=self._owner))

    @property
    def probes(self) -> SqlProbes:
        """The records of ``flashtweet doctor --live``."""
        return SqlProbes(self._reading, self._writing, self._owner, self._is_dead)

    def measurements(self) -> tuple[Measurement, ...]:
        return self.probes.measurements()

    def keep_limits(self, reported: Collection[Allowance], now: datetime) -> None:
        with self._writing() as db:
            keep_limits(db, reported, now)

    def limits(self) -> tuple[ToldLimit, ...]:
        with self._reading() as db:
            return limits(db)

    def prove_writable(self, now: datetime) -> None:
        with self._writing() as db:
            set_metadata(db, {"proved_at": now.isoformat()})

    # -- transactions ---------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _writing(self, *, alone: bool = False) -> Iterator[sa.Connection]:
        """Yield a write transaction; with `alone` it waits for readers at its start, not in its commit.

        Transactions that also write the witness need that: a failed commit would leave the witness ahead.
        """
        with self._converting_errors(), (self._alone if alone else self._engine).begin() as db:
            yield db

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._converting_errors(), self._reader.connect() as db:
            yield db

    @contextlib.contextmanager
    def _converting_errors(self) -> Iterator[None]:
        try:
            yield
        except DAMAGE as error:
            raise LedgerError(
                f"{self._name}: the ledger is damaged: {error}. Nothing was written. "
                "Restore a backup, and check the disk."
            ) from error
        except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
            cause = getattr(error, "orig", None) or error
            if is_locked(cause):
                raise LedgerLocked(locked_remedy(self._name, self.path)) from error
            if is_full(cause):
                raise LedgerFull(
                    f"{self._name}: the disk of the ledger is full: {cause}. Nothing was written, and "
                    "nothing is lost. Free space; publishing then resumes by itself."
                ) from error
            raise LedgerError(
                f"{self._name}: the ledger cannot be used: {cause}. "
                "Check the disk, the file's owner and mode, or restore a backup."
            ) from error
