"""Changes that a request for a post makes: before it is sent, when X confirms it, and when it is in doubt.

core/publishing/unconfirmed.py has the changes after an error.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing import progress, states, steps
from bot.core.publishing.snowflake import offset_of
from bot.core.publishing.states import DeliveryEvent, PublicationEvent

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.publishing.policy import Policy
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change

LONG_SINCE = timedelta(hours=1)
"""This long after a ledger replaced another, one reading shows everything sent before; no settle window is
needed. This trusts the wall clock: only a step forward of this size within that hour would mislead."""

_MS = timedelta(milliseconds=1)

_WHY_IN_DOUBT = {
    DeliveryEvent.LOST: "the sending process stopped before X's answer was recorded",
    DeliveryEvent.UNVOUCHED: "the ledger is new or was restored: your timeline is read first",
}


def start(publication: Publication) -> tuple[Change, ...]:
    """Return the change that begins `publication`; none if it has begun already."""
    if PublicationEvent.START in states.PUBLICATION_MOVES[publication.state]:
        return (states.move(publication, PublicationEvent.START),)
    return ()


def with_start(publication: Publication, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return `changes`, preceded by a start if a post was found: then the thread has begun."""
    found = any(change.event is DeliveryEvent.FOUND for change in changes)
    return (*start(publication), *changes) if found else changes


def intent(publication: Publication, position: int, policy: Policy, now: datetime) -> tuple[Change, ...]:
    """Return the changes to record before the request for `position` is sent."""
    delivery, parent = publication.delivery(position), progress.parent_of(publication, position, policy)
    intended = states.deliver(
        delivery,
        DeliveryEvent.SEND,
        first_intent_at=delivery.first_intent_at or now,
        intent_at=now,
        parent_id=parent.post_id if parent else None,
        attempts=delivery.attempts + 1,
        not_before=None,
        doubt_since=None,
        duplicate=False,
    )
    return (*start(publication), intended)


def confirmed(delivery: Delivery, post_id: str, sent_at: datetime, took: timedelta) -> Change:
    """Return the change of `delivery` when X created it as `post_id`; the answer took `took`."""
    return states.deliver(
        delivery,
        DeliveryEvent.CONFIRMED,
        post_id=post_id,
        offset_ms=round(offset_of(int(post_id), sent_at, took) / _MS),
        round_trip_ms=round(took / _MS),
    )


def doubted(
    publication: Publication,
    position: int,
    event: DeliveryEvent,
    policy: Policy,
    now: datetime,
    *,
    vouched_since: datetime,
    replaced: bool,
) -> Change:
    """Return the change that puts `position` in doubt; `event` is the cause.

    `vouched_since` is that of `bot.ports.Claim`. `replaced` is True if another ledger was used here before.
    """
    delivery, fields = publication.delivery(position), dict[str, object]()
    if event is DeliveryEvent.UNVOUCHED:
        parent, slot_at = progress.parent_of(publication, position, policy), publication.slot_at
        earliest = min(slot_at, vouched_since - steps.LOOK_BACK) if replaced else slot_at
        fields = {
            "doubt_since": max(now, vouched_since),  # marks the post as searched for since then
            "first_intent_at": min(delivery.first_intent_at or earliest, earliest),
            "parent_id": parent.post_id if parent else None,
        }
        if is_old(vouched_since, policy, now):
            fields["not_before"] = None
    common: dict[str, object] = {"doubt_since": now, "not_before": now + policy.settle}
    return states.deliver(delivery, event, _WHY_IN_DOUBT[event], **common | fields)


def is_old(vouched_since: datetime, policy: Policy, now: datetime) -> bool:
    """Return True if one reading shows every post sent before `vouched_since`, that of `bot.ports.Claim`."""
    return now >= vouched_since + policy.settle + LONG_SINCE
