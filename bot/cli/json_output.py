"""JSON documents of the commands. Ids are strings, instants RFC 3339; keys are added, never removed."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.core.model import MAIN_ACCOUNT, Chain
from bot.core.publishing.next_actions import next_action
from bot.core.publishing.progress import is_deleted
from bot.core.publishing.snowflake import created_at
from bot.core.schedule.preflight import worst
from bot.core.schedule.slots import due_times
from bot.core.text import entities
from bot.core.text.weight import weight

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import datetime

    from bot.core.model import Edition, EditionKey, Thread
    from bot.core.publishing.probe import Measurement
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.schedule.calendar import Expected
    from bot.core.schedule.not_out import NotOut
    from bot.core.schedule.preflight import Check
    from bot.errors import Finding
    from bot.ports import JournalEntry, Pause


def rfc3339(value: datetime) -> str:
    """Return `value` as RFC 3339 in UTC, with milliseconds unless they are zero."""
    value = value.astimezone(UTC)
    precision = "milliseconds" if value.microsecond else "seconds"
    return value.isoformat(timespec=precision).replace("+00:00", "Z")


def finding(value: Finding) -> dict[str, Any]:
    return {
        "severity": value.severity,
        "path": value.path,
        "line": value.line,
        "column": value.column,
        "code": value.code,
        "message": value.message,
        "remedy": value.remedy,
    }


def check_json(
    files: int, read: Sequence[tuple[Edition, Thread | None]], findings: Iterable[Finding]
) -> dict[str, Any]:
    """Return the document of `check`; in `read`, an edition with an error has no thread."""
    return {
        "files": files,
        "editions": len(read),
        "readings": [
            {
                "path": edition.path,
                "edition": str(edition.key),
                "items": len(edition.chapter.items) if edition.chapter.text is None else None,
                "posts": len(made.posts) if made else None,
            }
            for edition, made in read
        ],
        "findings": [finding(one) for one in findings],
    }


def preview_json(threads: Iterable[Thread], findings: Iterable[Finding], zone: str) -> dict[str, Any]:
    return {
        "editions": [thread_json(one, zone) for one in threads],
        "findings": [finding(one) for one in findings],
    }


def thread_json(value: Thread, zone: str) -> dict[str, Any]:
    edition = value.edition
    is_chained = edition.format.chain is Chain.REPLY
    due = due_times(edition.slot_at, edition.format.gap, len(value.posts))
    return {
        "edition": str(edition.key),
        "account": MAIN_ACCOUNT,
        "slot_at": rfc3339(edition.slot_at),
        "local": edition.slot_at.astimezone(ZoneInfo(zone)).isoformat(),
        "posts": [
            {
                "position": post.position,
                "text": post.text,
                "weight": weight(post.text),
                "reply_to": post.position - 1 or None if is_chained else None,
                "urls": len(entities.urls(post.text)),
                "media": [],
                "due_at": rfc3339(at),
            }
            for post, at in zip(value.posts, due, strict=True)
        ],
    }


def status_json(
    slots: Iterable[tuple[EditionKey, datetime]],
    made: Container[EditionKey],
    publications: Iterable[Publication],
    pause: Pause | None,
    daemon: str | None,
    others: Iterable[str] = (),
    by_hand: Iterable[tuple[EditionKey, str]] = (),
    not_out: Iterable[NotOut] = (),
) -> dict[str, Any]:
    """Return the document of `status`.

    `made` are the editions with a valid file; `daemon` is the id of the daemon's process on the ledger;
    `others` are ledgers beside it; `by_hand` are editions with the processes that publish them by hand;
    `not_out` are editions not out after their slots.
    """
    return {
        "daemon": daemon,
        "by_hand": [{"edition": str(key), "process": process} for key, process in by_hand],
        "other_ledgers": list(others),
        "paused": {"since": rfc3339(pause.since), "reason": pause.reason} if pause else None,
        "not_out": [
            {
                "edition": str(one.key),
                "slot_at": rfc3339(one.slot_at),
                "reason": one.reason,
                "remedy": one.remedy,
            }
            for one in not_out
        ],
        "next": [{"edition": str(key), "slot_at": rfc3339(at), "has_file": key in made} for key, at in slots],
        "publications": [publication_json(one) for one in publications],
    }


def publication_json(value: Publication) -> dict[str, Any]:
    return {
        "edition": str(value.key),
        "account": value.account,
        "state": value.state,
        "reason": value.reason,
        "remedy": next_action(value),
        "slot_at": rfc3339(value.slot_at),
        "posts": [
            {
                "position": one.position,
                "state": one.state,
                "id": one.post_id,
                "deleted": is_deleted(one),
                "lateness_ms": lateness_ms(one),
                "clock_offset_ms": one.offset_ms,
                "round_trip_ms": one.round_trip_ms,
            }
            for one in value.deliveries
        ],
    }


def journal_json(
    value: Publication, entries: Iterable[JournalEntry], pauses: Iterable[Pause], zone: str
) -> dict[str, Any]:
    """Return the document of `log`; `pauses` are those of all publishing that delayed the edition."""
    return {
        "edition": str(value.key),
        "state": value.state,
        "pauses": [
            {
                "since": rfc3339(one.since),
                "until": rfc3339(one.until) if one.until else None,
                "reason": one.reason,
                "by": one.by,
            }
            for one in pauses
        ],
        "journal": [
            {
                "at": rfc3339(one.at),
                "local": one.at.astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds"),
                "position": one.position,
                "event": one.event,
                "before": one.before,
                "after": one.after,
                "reason": one.reason,
                "by": one.by,
            }
            for one in entries
        ],
    }


def lateness_ms(delivery: Delivery) -> int | None:
    """Return the milliseconds from the post's due time to its creation on X's clock; None if it is not out.

    A pause, an outage or a rate limit does not change the due time, so it counts. A release, or publishing by
    hand, sets new due times for unsent posts (`reschedule` in `bot.ports`): earlier delays no longer count.
    """
    if delivery.post_id is None:
        return None
    return round((created_at(int(delivery.post_id)) - delivery.due_at) / timedelta(milliseconds=1))


def checks(found: Sequence[Check], editions: Iterable[Expected], now: datetime, zone: str) -> dict[str, Any]:
    """Return the document of `doctor`; `editions` were checked at `now`."""
    return {
        "verdict": worst(found),
        "checked_at": rfc3339(now),
        "editions": [
            {
                "edition": str(one.key),
                "slot_at": rfc3339(one.slot_at),
                "local": one.slot_at.astimezone(ZoneInfo(zone)).isoformat(),
            }
            for one in editions
        ],
        "checks": [
            {
                "name": one.name,
                "edition": str(one.edition) if one.edition else None,
                "verdict": one.verdict,
                "observed": one.observed,
                "remedy": one.remedy or None,
            }
            for one in found
        ],
    }


def measurement_json(value: Measurement) -> dict[str, Any]:
    return {
        "at": rfc3339(value.at),
        "self_replies": value.self_replies,
        "lag_ms": _ms(value.lag.at_most) if value.lag else None,
        "lag_was_seen": value.lag.was_seen if value.lag else None,
        "clock_ahead_ms": _ms(value.ahead),
        "round_trip_ms": _ms(value.round_trip),
        "limits": [
            {
                "window": one.window,
                "limit": one.limit,
                "remaining": one.remaining,
                "reset_at": rfc3339(one.reset_at) if one.reset_at else None,
            }
            for one in value.limits
        ],
    }


def _ms(value: timedelta | None) -> int | None:
    return None if value is None else round(value / timedelta(milliseconds=1))
