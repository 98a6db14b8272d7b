"""Rows of publications, deliveries and journal entries.

Statements that run around every post are built only once: building one takes SQLAlchemy longer than executing
it takes SQLite.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.adapters.sql_ledger.columns import Damaged
from bot.adapters.sql_ledger.schema import delivery, journal, pause, publication
from bot.core.model import EditionKey
from bot.core.publishing.publication import Delivery, DeliveryState, Publication, PublicationState
from bot.errors import ClaimLost, IdTaken, LedgerChanged, LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.core.model import Thread
    from bot.core.publishing.states import Change, DeliveryChange, PublicationChange
    from bot.ports import Claim


_FIELDS = tuple(field.name for field in fields(Delivery))

_IS = (
    publication.c.account == sa.bindparam("of_account"),
    publication.c.series == sa.bindparam("of_series"),
    publication.c.date == sa.bindparam("of_date"),
)
_PAUSED = (
    sa.select(sa.case((pause.c.paused, pause.c.reason)))
    .order_by(pause.c.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("paused")
)
PUBLICATIONS = sa.select(publication, _PAUSED)
"""The query for `RowWriter.select`, to be filtered and ordered."""
_FIND = PUBLICATIONS.where(*_IS)
_PARTS = (
    sa.select(delivery.c.publication_id, *(delivery.c[name] for name in _FIELDS))
    .where(delivery.c.publication_id.in_(sa.bindparam("rows", expanding=True)))
    .order_by(delivery.c.position)
)
_CLAIMED = (*_IS, publication.c.fence == sa.bindparam("of_fence"))
_FENCED = sa.select(publication.c.id, publication.c.hold_asked, _PAUSED).where(*_CLAIMED).with_for_update()
_TOUCH = sa.update(publication).where(*_CLAIMED).returning(publication.c.id)
_STORE = sa.update(delivery).where(
    delivery.c.publication_id == sa.bindparam("of_row"),
    delivery.c.position == sa.bindparam("at_position"),
    delivery.c.state == sa.bindparam("before"),
)
_MOVE = sa.update(publication).where(
    publication.c.id == sa.bindparam("of_row"), publication.c.state == sa.bindparam("before")
)
_APPEND = sa.insert(journal)
_OWNER = (
    sa.select(delivery.c.position, publication.c.series, publication.c.date)
    .join(publication, publication.c.id == delivery.c.publication_id)
    .where(delivery.c.post_id == sa.bindparam("of_id"))
)

JournalRow = tuple["int | None", str, str, str, "str | None"]
"""Journal columns: position, event, before, after, reason."""
_LINE = ("position", "event", "before", "after", "reason")


def journal_row(change: Change) -> JournalRow:
    """Return the journal entry of `change`."""
    to = change.after
    position, after = (to.position, str(to.state)) if isinstance(to, Delivery) else (None, str(to))
    return position, change.event, change.before, after, change.reason


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Access to the rows of one account for one process, inside the caller's transaction."""

    account: str
    owner: str

    def insert(
        self,
        db: sa.Connection,
        thread: Thread,
        due: Sequence[datetime],
        now: datetime,
        state: PublicationState,
        reason: str | None,
    ) -> None:
        edition = thread.edition
        row_id = db.execute(
            sa.insert(publication)
            .values(
                account=self.account,
                series=edition.key.series,
                date=edition.key.date,
                state=state,
                slot_at=edition.slot_at,
                path=edition.path,
                reason=reason,
                fence=0,
            )
            .returning(publication.c.id)
        ).scalar_one()
        self.insert_deliveries(db, row_id, thread, due)
        self.append(db, row_id, now, (None, "frozen", "", state, reason))

    def insert_deliveries(
        self, db: sa.Connection, row_id: int, thread: Thread, due: Sequence[datetime]
    ) -> None:
        rows = [
            _values(Delivery(post.position, DeliveryState.PENDING, post.text, due_at))
            | {"publication_id": row_id}
            for post, due_at in zip(thread.posts, due, strict=True)
        ]
        db.execute(sa.insert(delivery), rows)

    def touch(self, db: sa.Connection, claim: Claim, **values: object) -> int:
        """Check the fence of `claim`, set `values`, and return the row's id."""
        return int(self._claimed(db, claim, _TOUCH.values(fence=publication.c.fence, **values)).id)

    def fenced(self, db: sa.Connection, claim: Claim) -> tuple[int, dict[str, Any]]:
        """Check the fence of `claim`; return the row's id and the fields that other processes may write."""
        row = self._claimed(db, claim, _FENCED)
        return row.id, {"fence": claim.fence, "hold_asked": row.hold_asked, "paused": row.paused}

    def _claimed(self, db: sa.Connection, claim: Claim, statement: sa.Executable) -> sa.Row[Any]:
        row = db.execute(statement, self._named(claim.key) | {"of_fence": claim.fence}).one_or_none()
        if row is None:
            raise ClaimLost(f"{claim.key}: another process has taken over this publication.")
        return row

    def store(self, db: sa.Connection, row_id: int, key: EditionKey, change: DeliveryChange) -> None:
        """Store a change of a post.

        Raises:
            LedgerChanged: the post is not in the state before `change`.
            IdTaken: another post has its id.
        """
        values = _values(change.after)
        position = values.pop("position")
        where = {"of_row": row_id, "at_position": position, "before": change.before}
        try:
            is_stored = db.execute(_STORE, values | where).rowcount
        except sa.exc.IntegrityError as error:
            raise self._taken(db, change.after.post_id) from error
        if not is_stored:
            known = sa.select(delivery.c.state).where(*at(row_id, change.after.position))
            raise LedgerChanged(f"{key}: post {position}", db.scalar(known), change.before)

    def _taken(self, db: sa.Connection, post_id: str | None) -> IdTaken:
        """Return the error for an id that another post has, the only constraint that a change can violate."""
        row = db.execute(_OWNER, {"of_id": post_id}).one()
        return IdTaken(str(post_id), f"post {row.position} of {EditionKey(row.series, row.date)}")

    def move(self, db: sa.Connection, row_id: int, key: EditionKey, change: PublicationChange) -> None:
        """Store a change of a publication.

        Raises:
            LedgerChanged: the publication is not in the state before `change`.
        """
        values: dict[str, object] = {"state": change.after, "reason": change.reason, "cause": change.cause}
        if change.settles_hold:
            values["hold_asked"] = None
        if not db.execute(_MOVE, values | {"of_row": row_id, "before": change.before}).rowcount:
            known = sa.select(publication.c.state).where(publication.c.id == row_id)
            raise LedgerChanged(str(key), db.scalar(known), change.before)

    def append(self, db: sa.Connection, row_id: int, now: datetime, *lines: JournalRow) -> None:
        """Add `lines` to the journal."""
        common = {"publication_id": row_id, "at": now, "by": self.owner}
        if lines:  # for no rows, SQLAlchemy would insert one with defaults
            db.execute(_APPEND, [common | dict(zip(_LINE, line, strict=True)) for line in lines])

    def where_key(self, key: EditionKey) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            publication.c.account == self.account,
            publication.c.series == key.series,
            publication.c.date == key.date,
        )

    def find(self, db: sa.Connection, key: EditionKey) -> Publication | None:
        found = self.select(db, _FIND, self._named(key))
        return found[0] if found else None

    def _named(self, key: EditionKey) -> dict[str, object]:
        return {"of_account": self.account, "of_series": key.series, "of_date": key.date}

    def get(self, db: sa.Connection, key: EditionKey) -> Publication:
        found = self.find(db, key)
        if found is None:
            raise LedgerError(f"{key}: the ledger has no such publication.")
        return found

    def select(
        self,
        db: sa.Connection,
        query: sa.Select[tuple[object, ...]],
        parameters: Mapping[str, object] | None = None,
    ) -> tuple[Publication, ...]:
        rows = db.execute(query, parameters).all()
        by_id: dict[int, list[Delivery]] = {row.id: [] for row in rows}
        for row_id, *fields_of_one in db.execute(_PARTS, {"rows": list(by_id)}):
            by_id[row_id].append(Delivery(*fields_of_one))
        for row_id, deliveries in by_id.items():
            _check_numbers(row_id, deliveries)
        return tuple(
            Publication(
                account=row.account,
                key=EditionKey(row.series, row.date),
                state=row.state,
                slot_at=row.slot_at,
                deliveries=tuple(by_id[row.id]),
                path=row.path,
                reason=row.reason,
                cause=row.cause,
                fence=row.fence,
                hold_asked=row.hold_asked,
                paused=row.paused,
            )
            for row in rows
        )


def _check_numbers(row_id: int, deliveries: Sequence[Delivery]) -> None:
    numbers = [one.position for one in deliveries]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise Damaged(f"publication {row_id} has posts {numbers}")


def _values(one: Delivery) -> dict[str, object]:
    return {name: getattr(one, name) for name in _FIELDS}


def at(row_id: int, position: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (delivery.c.publication_id == row_id, delivery.c.position == position)
