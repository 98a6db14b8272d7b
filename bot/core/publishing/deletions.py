"""Posts of a thread that were deleted on X, and the new parent of the next post."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing import states
from bot.core.publishing.policy import OnDeleted
from bot.core.publishing.publication import Cause, DeliveryState
from bot.core.publishing.states import DeliveryEvent, PublicationEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change

SHOWN_WITHIN = timedelta(seconds=15)
"""Time after which a lookup by id shows a new post; an earlier lookup proves nothing. Users report that the
same refusal of a reply, sent right after its parent, ends after "a few seconds" (read 2026-11-23).
X documents no bound (unverified)."""


def ancestors(publication: Publication, position: int) -> tuple[Delivery, ...]:
    """Return the posts before `position` that exist according to the ledger, nearest first."""
    earlier = publication.deliveries[: position - 1]
    return tuple(one for one in reversed(earlier) if one.state is DeliveryState.SENT)


def after_deletion(
    publication: Publication, position: int, gone: Sequence[Delivery], on_deleted: OnDeleted
) -> tuple[Change, ...]:
    """Return the changes after X lost `gone`, the nearest ancestors of `position`.

    The publication is held if no ancestor is left, or if `on_deleted` is HOLD.
    """
    if not gone:
        return ()
    changes: list[Change] = [deletion(one) for one in gone]
    left = ancestors(publication, position)[len(gone) :]
    if not left or on_deleted is OnDeleted.HOLD:
        reason = _reason(position, gone, left)
        changes.append(states.move(publication, PublicationEvent.HOLD, reason, Cause.DELETED))
    else:
        reply = publication.delivery(position)
        reason = f"deleted on X: {_numbers(gone)}; this post now replies to post {left[0].position}"
        changes.append(states.deliver(reply, DeliveryEvent.MOVED, reason, attempts=0, not_before=None))
    return tuple(changes)


def deletion(one: Delivery, reason: str | None = None, *, decided: bool = False) -> Change:
    """Return the change of `one`, which X does not have; `decided` is True if an operator said so."""
    reason = reason or f"deleted on X, where it was {one.post_id}"
    return states.deliver(one, DeliveryEvent.DELETED, reason, decided=decided)


def _numbers(gone: Sequence[Delivery]) -> str:
    posts = "post" if len(gone) == 1 else "posts"
    return f"{posts} {', '.join(str(one.position) for one in reversed(gone))}"


def _reason(position: int, gone: Sequence[Delivery], left: Sequence[Delivery]) -> str:
    if left:
        return f"deleted on X: {_numbers(gone)}, directly before post {position}."
    return f"deleted on X: every post sent so far. Post {position} is next."
