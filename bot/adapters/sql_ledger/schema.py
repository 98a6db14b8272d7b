"""The ledger's tables, and how older ones become them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Dialect

SCHEMA_VERSION = 5


class Instant(sa.TypeDecorator[datetime]):
    """An aware UTC instant as RFC 3339 text of one width: it sorts, and a person can read it."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.String, nullable=False),
)
"""schema_version, born_at, generation (the mark of its witness), vouched_since; origin and user_id once it
serves an account."""

publication = sa.Table(
    "publication",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account", sa.String, nullable=False),
    sa.Column("series", sa.String, nullable=False),
    sa.Column("date", sa.String(10), nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("slot_at", Instant, nullable=False),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("reason", sa.String),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("claimed_by", sa.String),
    sa.Column("claimed_until", sa.Float),  # seconds since 1970 on the database's clock
    sa.Column("hold_asked", sa.String),
    sa.Column("claimed_at", sa.Float),  # when the claim was made, on the same clock
    sa.Column("lease", sa.Float),  # seconds for which it was made or last renewed
    sa.UniqueConstraint("account", "series", "date"),  # an edition has one publication, whoever asks
    sa.Index("publication_by_slot", "slot_at"),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("publication_id", sa.ForeignKey("publication.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("first_intent_at", Instant),
    sa.Column("intent_at", Instant),
    sa.Column("parent_id", sa.String),
    sa.Column("post_id", sa.String, unique=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("doubt_since", Instant),
    sa.Column("duplicate", sa.Boolean, nullable=False),
    sa.Column("not_before", Instant),
    sa.Column("reason", sa.String),
    sa.Column("offset_ms", sa.Integer),
    sa.Column("round_trip_ms", sa.Integer),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("publication_id", sa.ForeignKey("publication.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer),
    sa.Column("event", sa.String, nullable=False),
    sa.Column("before", sa.String, nullable=False),
    sa.Column("after", sa.String, nullable=False),
    sa.Column("reason", sa.String),
    sa.Column("by", sa.String, nullable=False),
)
"""Every move, in order; only ever appended to."""

pause = sa.Table(
    "pause",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("reason", sa.String),
    sa.Column("by", sa.String, nullable=False),
)
"""Every pause and its end; only ever appended to, and the last row says what is."""

probe = sa.Table(
    "probe",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("parent_id", sa.String),
    sa.Column("post_id", sa.String),
    sa.Column("gone_at", Instant),
    sa.Column("by", sa.String, nullable=False),
)
"""Posts of ``flashtweet doctor --live``, written before they are sent: who dies midway leaves them here."""

measurement = sa.Table(
    "measurement",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("self_replies", sa.Boolean),
    sa.Column("lag_ms", sa.Integer),
    sa.Column("lag_was_seen", sa.Boolean),
    sa.Column("ahead_ms", sa.Integer),
    sa.Column("round_trip_ms", sa.Integer),
    sa.Column("limits", sa.String, nullable=False),
)
"""What it settled; `limits` is JSON. Only ever appended to."""

allowance = sa.Table(
    "allowance",
    metadata,
    sa.Column("window", sa.String, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("limit", sa.Integer, nullable=False),
    sa.Column("remaining", sa.Integer),
    sa.Column("reset_at", Instant),
)
"""What X last said of the limits of posts, one row a window."""

MIGRATIONS: Mapping[int, tuple[str, ...]] = {
    2: ("ALTER TABLE publication ADD COLUMN hold_asked VARCHAR",),
    3: (
        "ALTER TABLE delivery ADD COLUMN offset_ms INTEGER",
        "ALTER TABLE delivery ADD COLUMN round_trip_ms INTEGER",
    ),
    4: (),
    5: (
        "ALTER TABLE publication ADD COLUMN claimed_at FLOAT",
        "ALTER TABLE publication ADD COLUMN lease FLOAT",
    ),
}
"""What leads to each version from the one before, in SQL; tables that are missing are made afterwards."""
