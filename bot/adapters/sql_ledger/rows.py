"""Publications, deliveries and journal entries as rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.adapters.sql_ledger.schema import delivery, journal, publication
from bot.core.model import Delivery, DeliveryState, EditionKey, Publication, PublicationState
from bot.errors import ClaimLost, LedgerChanged, LedgerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.core.model import Thread
    from bot.core.publication import DeliveryChange, PublicationChange
    from bot.ports import Claim


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one account, written in the name of one process, inside the caller's transaction."""

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
                date=edition.key.date.isoformat(),
                state=state,
                slot_at=edition.slot_at,
                path=edition.path,
                reason=reason,
                fence=0,
            )
            .returning(publication.c.id)
        ).scalar_one()
        self.insert_deliveries(db, row_id, thread, due)
        self.append(db, row_id, now, None, "frozen", "", state, reason)

    def insert_deliveries(
        self, db: sa.Connection, row_id: int, thread: Thread, due: Sequence[datetime]
    ) -> None:
        rows = [
            asdict(Delivery(post.position, DeliveryState.PENDING, post.text, due_at))
            | {"publication_id": row_id}
            for post, due_at in zip(thread.posts, due, strict=True)
        ]
        db.execute(sa.insert(delivery), rows)

    def touch(self, db: sa.Connection, claim: Claim, **values: object) -> int:
        """Check the fence of `claim`, set `values`, and give the row's id."""
        statement = (
            sa.update(publication)
            .where(*self.is_(claim.key), publication.c.fence == claim.fence)
            .values(fence=claim.fence, **values)
            .returning(publication.c.id)
        )
        row_id = db.execute(statement).scalar_one_or_none()
        if row_id is None:
            raise ClaimLost(f"{claim.key}: another process has taken this publication over.")
        return int(row_id)

    def store(self, db: sa.Connection, row_id: int, key: EditionKey, change: DeliveryChange) -> None:
        """Let a post be what it is after `change`.

        Raises:
            LedgerChanged: it is not what it was before `change`.
        """
        values = asdict(change.after)
        position = values.pop("position")
        known = sa.select(delivery.c.state).where(*at(row_id, position))
        changed = sa.update(delivery).where(*at(row_id, position), delivery.c.state == change.before)
        if not db.execute(changed.values(values)).rowcount:
            raise LedgerChanged(f"{key}: post {position}", db.scalar(known), change.before)

    def move(self, db: sa.Connection, row_id: int, key: EditionKey, change: PublicationChange) -> None:
        """Let a publication be what it is after `change`.

        Raises:
            LedgerChanged: it is not what it was before `change`.
        """
        values: dict[str, str | None] = {"state": change.after, "reason": change.reason}
        if change.settles_hold:
            values["hold_asked"] = None
        known = sa.select(publication.c.state).where(publication.c.id == row_id)
        changed = sa.update(publication).where(
            publication.c.id == row_id, publication.c.state == change.before
        )
        if not db.execute(changed.values(values)).rowcount:
            raise LedgerChanged(str(key), db.scalar(known), change.before)

    def append(
        self,
        db: sa.Connection,
        row_id: int,
        now: datetime,
        position: int | None,
        event: str,
        before: str,
        after: str,
        reason: str | None,
    ) -> None:
        row = {"event": event, "before": before, "after": after, "reason": reason, "by": self.owner}
        db.execute(sa.insert(journal).values(at=now, publication_id=row_id, position=position, **row))

    def is_(self, key: EditionKey) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            publication.c.account == self.account,
            publication.c.series == key.series,
            publication.c.date == key.date.isoformat(),
        )

    def find(self, db: sa.Connection, key: EditionKey) -> Publication | None:
        found = self.select(db, sa.select(publication).where(*self.is_(key)))
        return found[0] if found else None

    def get(self, db: sa.Connection, key: EditionKey) -> Publication:
        found = self.find(db, key)
        if found is None:
            raise LedgerError(f"{key}: the ledger has no such publication.")
        return found

    def select(self, db: sa.Connection, query: sa.Select[tuple[object, ...]]) -> tuple[Publication, ...]:
        rows = db.execute(query).all()
        by_id: dict[int, list[Delivery]] = {row.id: [] for row in rows}
        parts = sa.select(delivery).where(delivery.c.publication_id.in_(by_id)).order_by(delivery.c.position)
        names = [field.name for field in fields(Delivery)]
        for row in db.execute(parts).mappings():
            values = {name: row[name] for name in names} | {"state": DeliveryState(row["state"])}
            by_id[row["publication_id"]].append(Delivery(**values))
        return tuple(
            Publication(
                account=row.account,
                key=EditionKey(row.series, date.fromisoformat(row.date)),
                state=PublicationState(row.state),
                slot_at=row.slot_at,
                deliveries=tuple(by_id[row.id]),
                path=row.path,
                reason=row.reason,
                fence=row.fence,
                hold_asked=row.hold_asked,
            )
            for row in rows
        )


def at(row_id: int, position: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (delivery.c.publication_id == row_id, delivery.c.position == position)
