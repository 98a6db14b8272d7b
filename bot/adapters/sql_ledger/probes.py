"""Ledger tables of the probes and measurements of ``flashtweet doctor --live``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.adapters.sql_ledger.columns import converting
from bot.adapters.sql_ledger.schema import measurement, probe
from bot.core.publishing.probe import Lag, Measurement, Probe
from bot.core.schedule.account_checks import Allowance, Window

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class SqlProbes:
    """Implementation of `bot.ports.ProbeBook` in the transactions of a ledger."""

    reading: Callable[[], AbstractContextManager[sa.Connection]]
    writing: Callable[[], AbstractContextManager[sa.Connection]]
    owner: str
    is_dead: Callable[[str], bool]

    def begin(self, text: str, parent_id: str | None, now: datetime) -> Probe:
        values = {"at": now, "text": text, "parent_id": parent_id, "by": self.owner}
        with self.writing() as db:
            number = db.execute(sa.insert(probe).values(values).returning(probe.c.id)).scalar_one()
        return Probe(int(number), now, text, parent_id)

    def posted(self, one: Probe, post_id: str) -> None:
        with self.writing() as db:
            db.execute(sa.update(probe).where(probe.c.id == one.number).values(post_id=post_id))

    def gone(self, one: Probe, now: datetime) -> None:
        with self.writing() as db:
            db.execute(sa.update(probe).where(probe.c.id == one.number).values(gone_at=now))

    def orphans(self) -> tuple[Probe, ...]:
        query = sa.select(probe).where(probe.c.gone_at.is_(None)).order_by(probe.c.id.desc())
        with self.reading() as db:
            rows = db.execute(query).all()
        return tuple(
            Probe(row.id, row.at, row.text, row.parent_id, row.post_id)
            for row in rows
            if row.by == self.owner or self.is_dead(row.by)
        )

    def measure(self, found: Measurement) -> None:
        with self.writing() as db:
            db.execute(sa.insert(measurement).values(_row(found)))

    def measurements(self) -> tuple[Measurement, ...]:
        with self.reading() as db:
            rows = db.execute(sa.select(measurement).order_by(measurement.c.id)).all()
            with converting("a measurement"):
                return tuple(_measurement(row) for row in rows)


def _row(found: Measurement) -> dict[str, Any]:
    limits = [
        {
            "window": one.window,
            "limit": one.limit,
            "remaining": one.remaining,
            "reset": one.reset_at.timestamp() if one.reset_at else None,
        }
        for one in found.limits
    ]
    return {
        "at": found.at,
        "self_replies": found.self_replies,
        "lag_ms": _ms(found.lag.at_most) if found.lag else None,
        "lag_was_seen": found.lag.was_seen if found.lag else None,
        "ahead_ms": _ms(found.ahead),
        "round_trip_ms": _ms(found.round_trip),
        "limits": json.dumps(limits),
    }


def _measurement(row: Any) -> Measurement:
    limits = tuple(
        Allowance(
            Window(one["window"]),
            one["limit"],
            one["remaining"],
            datetime.fromtimestamp(one["reset"], UTC) if one["reset"] is not None else None,
        )
        for one in json.loads(row.limits)
    )
    lag = Lag(row.lag_ms * _MS, row.lag_was_seen) if row.lag_ms is not None else None
    return Measurement(
        row.at, row.self_replies, lag, _duration(row.ahead_ms), _duration(row.round_trip_ms), limits
    )


def _ms(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration / _MS)


def _duration(ms: int | None) -> timedelta | None:
    return None if ms is None else ms * _MS
