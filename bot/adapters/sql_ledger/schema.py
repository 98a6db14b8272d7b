"""Tables of the ledger and the migrations of older ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import sqlalchemy as sa

from bot.adapters.sql_ledger.columns import (
    Choice,
    DateColumn,
    Instant,
    PostId,
    Seconds,
    SeriesName,
    TextColumn,
    Truth,
    Whole,
)
from bot.core.publishing.publication import Cause, DeliveryState, PublicationState
from bot.core.schedule.account_checks import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.adapters.sql_ledger.columns import Checked

SCHEMA_VERSION = 6


metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", TextColumn, primary_key=True),
    sa.Column("value", TextColumn, nullable=False),
)
"""Metadata: schema_version, born_at, generation (the mark of its witness), vouched_since; origin and user_id
once the ledger is bound to an account."""

publication = sa.Table(
    "publication",
    metadata,
    sa.Column("id", Whole, primary_key=True),
    sa.Column("account", TextColumn, nullable=False),
    sa.Column("series", SeriesName, nullable=False),
    sa.Column("date", DateColumn, nullable=False),
    sa.Column("state", Choice(PublicationState), nullable=False),
    sa.Column("slot_at", Instant, nullable=False),
    sa.Column("path", TextColumn, nullable=False),
    sa.Column("reason", TextColumn),
    sa.Column("cause", Choice(Cause)),
    sa.Column("fence", Whole, nullable=False),
    sa.Column("claimed_by", TextColumn),
    sa.Column("claimed_until", Seconds),  # seconds since 1970 on the database's clock
    sa.Column("hold_asked", TextColumn),
    sa.Column("claimed_at", Seconds),  # when the claim was made, on the same clock
    sa.Column("lease", Seconds),  # seconds for which it was made or last renewed
    sa.UniqueConstraint("account", "series", "date"),  # an edition has one publication
    sa.Index("publication_by_slot", "slot_at"),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("publication_id", sa.ForeignKey("publication.id"), primary_key=True),
    sa.Column("position", Whole, primary_key=True),
    sa.Column("state", Choice(DeliveryState), nullable=False),
    sa.Column("text", TextColumn, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("first_intent_at", Instant),
    sa.Column("intent_at", Instant),
    sa.Column("parent_id", PostId),
    sa.Column("post_id", PostId, unique=True),
    sa.Column("attempts", Whole, nullable=False),
    sa.Column("doubt_since", Instant),
    sa.Column("duplicate", Truth, nullable=False),
    sa.Column("not_before", Instant),
    sa.Column("reason", TextColumn),
    sa.Column("decided", Truth, nullable=False, server_default=sa.false()),
    sa.Column("offset_ms", Whole),
    sa.Column("round_trip_ms", Whole),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", Whole, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("publication_id", sa.ForeignKey("publication.id"), nullable=False, index=True),
    sa.Column("position", Whole),
    sa.Column("event", TextColumn, nullable=False),
    sa.Column("before", TextColumn, nullable=False),
    sa.Column("after", TextColumn, nullable=False),
    sa.Column("reason", TextColumn),
    sa.Column("by", TextColumn, nullable=False),
)
"""Every transition, in order; append-only."""

pause = sa.Table(
    "pause",
    metadata,
    sa.Column("id", Whole, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("paused", Truth, nullable=False),
    sa.Column("reason", TextColumn),
    sa.Column("by", TextColumn, nullable=False),
)
"""The start and end of every pause; append-only. The last row is the current state."""

probe = sa.Table(
    "probe",
    metadata,
    sa.Column("id", Whole, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("text", TextColumn, nullable=False),
    sa.Column("parent_id", PostId),
    sa.Column("post_id", PostId),
    sa.Column("gone_at", Instant),
    sa.Column("by", TextColumn, nullable=False),
)
"""Posts of ``flashtweet doctor --live``, recorded before they are sent, so that a crash leaves them here."""

measurement = sa.Table(
    "measurement",
    metadata,
    sa.Column("id", Whole, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("self_replies", Truth),
    sa.Column("lag_ms", Whole),
    sa.Column("lag_was_seen", Truth),
    sa.Column("ahead_ms", Whole),
    sa.Column("round_trip_ms", Whole),
    sa.Column("limits", TextColumn, nullable=False),
)
"""Results of ``flashtweet doctor --live``; `limits` is JSON. Append-only."""

allowance = sa.Table(
    "allowance",
    metadata,
    sa.Column("window", Choice(Window), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("limit", Whole, nullable=False),
    sa.Column("remaining", Whole),
    sa.Column("reset_at", Instant),
)
"""Post limits that X last reported, one row per window."""

for _table in metadata.tables.values():
    for _column in _table.columns:
        cast("Checked", _column.type).may_be_null = bool(_column.nullable)

_CAUSES_BY_REASON = {
    "held by a person": Cause.PERSON,
    "stopped by a person": Cause.PERSON,
    "deleted on X": Cause.DELETED,
    "X takes no post of this account before": Cause.LIMIT,
    "X does not let the thread continue with": Cause.PARENT,
    "the thread cannot be finished": Cause.LATE,
    "nothing could be sent": Cause.LATE,
    "nothing can be sent": Cause.LATE,
}
"""Causes by the first words of the reasons in ledgers before schema 6."""

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
    6: (
        "ALTER TABLE publication ADD COLUMN cause VARCHAR",
        "ALTER TABLE delivery ADD COLUMN decided BOOLEAN NOT NULL DEFAULT FALSE",
        "UPDATE delivery SET decided = TRUE WHERE reason = 'decided by a person'",
        *(
            f"UPDATE publication SET cause = '{cause}' WHERE substr(reason, 1, {len(start)}) = '{start}'"  # noqa: S608 (constants)
            for start, cause in _CAUSES_BY_REASON.items()
        ),
    ),
}
"""SQL statements that migrate to each version; missing tables are created afterwards."""
