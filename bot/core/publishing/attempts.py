"""The changes that a request for a post makes before it is sent, when X confirms it, and when nobody knows.

core/publishing/unconfirmed.py has those that follow where X did not confirm it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing import progress, states, steps
from bot.core.publishing.snowflake import offset_of
from bot.core.publishing.states import DeliveryEvent, PublicationEvent

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.model import Delivery, Publication
    from bot.core.publishing.policy import Policy
    from bot.core.publishing.states import Change

LONG_SINCE = timedelta(hours=1)
"""A ledger that took another's place so long ago need not wait once more: one look shows what went before.
The wall clock tells; it would have to be set forward by as much, within that hour, to mislead."""

_MS = timedelta(milliseconds=1)

_WHY_IN_DOUBT = {
    DeliveryEvent.LOST: "its sender stopped before X's answer was recorded",
    DeliveryEvent.UNVOUCHED: "the ledger is new or was put back: your timeline is read first",
}


def start(publication: Publication) -> tuple[Change, ...]:
    """Return what begins `publication`, where it has not begun yet."""
    if PublicationEvent.START in states.PUBLICATION_MOVES[publication.state]:
        return (states.move(publication, PublicationEvent.START),)
    return ()


def with_start(publication: Publication, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return `changes`, with a start where a post is found: it has begun, whatever the ledger knew."""
    found = any(change.event is DeliveryEvent.FOUND for change in changes)
    return (*start(publication), *changes) if found else changes


def intent(publication: Publication, position: int, policy: Policy, now: datetime) -> tuple[Change, ...]:
    """Return what is recorded before the request for `position` is sent."""
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
    """Return the change that X created `delivery` as `post_id`, in an answer that took so long."""
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
    """Return the change that nobody knows whether `position` is out: `event` says how that came.

    `vouched_since` as in `bot.ports.Claim`; `replaced`: another ledger was used here before.
    """
    delivery, fields = publication.delivery(position), dict[str, object]()
    if event is DeliveryEvent.UNVOUCHED:
        parent, slot_at = progress.parent_of(publication, position, policy), publication.slot_at
        earliest = min(slot_at, vouched_since - steps.LOOK_BACK) if replaced else slot_at
        fields = {
            "doubt_since": max(now, vouched_since),  # which says that it is looked for
            "first_intent_at": min(delivery.first_intent_at or earliest, earliest),
            "parent_id": parent.post_id if parent else None,
        }
        if is_old(vouched_since, policy, now):
            fields["not_before"] = None
    common: dict[str, object] = {"doubt_since": now, "not_before": now + policy.settle}
    return states.deliver(delivery, event, _WHY_IN_DOUBT[event], **common | fields)


def is_old(vouched_since: datetime, policy: Policy, now: datetime) -> bool:
    """Return whether one look shows what was sent before `vouched_since`, as in `bot.ports.Claim`."""
    return now >= vouched_since + policy.settle + LONG_SINCE
