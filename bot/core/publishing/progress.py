"""Progress of a publication: which posts exist, which may, and which are still to be sent."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.model import Chain
from bot.core.publishing.publication import DeliveryState
from bot.core.publishing.states import OPEN

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.publishing.policy import Policy
    from bot.core.publishing.publication import Delivery, Publication

LATE = timedelta(seconds=60)
"""A post later than this after its due time is alerted: readers expect the first one at 07:30."""

_D = DeliveryState


def parent_of(publication: Publication, position: int, policy: Policy) -> Delivery | None:
    """Return the post that `position` replies to: the nearest earlier one that exists."""
    return publication.parent_of(position) if policy.chain is Chain.REPLY else None


def is_deleted(delivery: Delivery) -> bool:
    """Return True if `delivery` was sent and later deleted on X."""
    return delivery.state is _D.SKIPPED and delivery.post_id is not None


def last_out(publication: Publication, position: int) -> Delivery | None:
    """Return the nearest post before `position` that was sent, even if it was deleted since."""
    earlier = publication.deliveries[: position - 1]
    return next((d for d in reversed(earlier) if _was_sent(d)), None)


def has_posted(publication: Publication) -> bool:
    """Return True if a post was sent, even if it was deleted since."""
    return any(map(_was_sent, publication.deliveries))


def _was_sent(delivery: Delivery) -> bool:
    return delivery.state is _D.SENT or is_deleted(delivery)


def first_unsettled(publication: Publication) -> Delivery | None:
    """Return the first post that is neither sent nor skipped."""
    return next((d for d in publication.deliveries if d.state not in (_D.SENT, _D.SKIPPED)), None)


def has_begun(publication: Publication) -> bool:
    """Return True if a post exists or may exist: the rest does not wait for the slot."""
    begun = (_D.SENDING, _D.IN_DOUBT)
    return has_posted(publication) or any(d.state in begun for d in publication.deliveries)


def overdue(publication: Publication, now: datetime) -> tuple[Delivery, timedelta] | None:
    """Return the next post of an open publication and how late it is; None if it is not late.

    In a thread that began late and keeps its pace, later posts are not late.
    """
    delivery = first_unsettled(publication) if publication.state in OPEN else None
    if delivery is None:
        return None
    due_at, before = delivery.due_at, publication.parent_of(delivery.position)
    if before is not None and before.intent_at is not None and before.intent_at <= now:
        gap = min(two.due_at - one.due_at for one, two in pairwise(publication.deliveries))
        due_at = max(due_at, before.intent_at + gap)
    return (delivery, now - due_at) if now > due_at else None


MAY_BE_OUT = (_D.SENT, _D.SENDING, _D.IN_DOUBT, _D.HELD)
"""States of a post that X may have. A post that it called a duplicate may exist in any state."""


def is_untouched(publication: Publication) -> bool:
    """Return True if no post exists or may exist: the text can still change."""
    return all(d.state in (_D.PENDING, _D.REJECTED) for d in publication.deliveries)
