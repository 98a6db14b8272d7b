"""State tables of a publication and its deliveries.

The tables define every move; docs/states.md draws them. An event that the table does not list for a state
raises `IllegalMove` and changes nothing. Clocks, storage and X do not belong here. A `Change` carries the
state after the event; the ledger stores it and appends it to the journal.

Why IN_DOUBT exists: X takes no idempotency key, so a request without an answer may or may not have created
a post. Only our own timeline can show which (services/reconcile.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.core.publishing.publication import Cause, DeliveryState, PublicationState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.core.publishing.publication import Delivery, Publication


class DeliveryEvent(StrEnum):
    """Events of a post."""

    SEND = "send"
    """The intent is recorded; the request follows."""
    CONFIRMED = "confirmed"
    """X returned an id."""
    NOT_CREATED = "not_created"
    """It is proven that no post was created."""
    REFUSED = "refused"
    """X rejects this text."""
    LOST = "lost"
    """The outcome of the request is unknown."""
    REPEATED = "repeated"
    """X returned the id of another post: the outcome of the request is unknown."""
    UNVOUCHED = "unvouched"
    """The ledger is younger than the slot, or was restored: a post may exist that it does not contain."""
    FOUND = "found"
    """The timeline shows the post."""
    NOT_FOUND = "not_found"
    """The timeline does not show the post, and the settle window is over."""
    UNREAD = "unread"
    """The timeline could not be read. That proves nothing; the settle window starts again."""
    GIVEN_UP = "given_up"
    """Only an operator can find out."""
    CORRECTED = "corrected"
    """An editor changed the text that X rejected."""
    POSTED = "posted"
    """An operator gave the id of the post, or asked again and the timeline shows it now."""
    RESEND = "resend"
    """An operator decided to send it: it does not exist on X."""
    SKIP = "skip"
    """An operator decided to leave it out."""
    DELETED = "deleted"
    """It was deleted on X. The ledger keeps its id."""
    MOVED = "moved"
    """Its parent was deleted: it becomes a reply to the nearest earlier post that exists."""


class PublicationEvent(StrEnum):
    """Events of an edition."""

    START = "start"
    """The intent of its first post is recorded, or its first post is found in the timeline."""
    FINISH = "finish"
    """Every post is sent or skipped."""
    HOLD = "hold"
    """It needs an operator, or an operator stopped it."""
    RELEASE = "release"
    """An operator resumes it."""
    MISS = "miss"
    """Its slot and grace passed without a post."""
    REPLAN = "replan"
    """It was missed on a clock that was ahead; its slot is still to come."""
    PUBLISH_LATE = "publish_late"
    """An operator posts it late."""
    CANCEL = "cancel"
    """An operator decided not to post it."""


_D, _DE = DeliveryState, DeliveryEvent

DELIVERY_MOVES: Mapping[DeliveryState, Mapping[DeliveryEvent, DeliveryState]] = {
    _D.PENDING: {_DE.SEND: _D.SENDING, _DE.UNVOUCHED: _D.IN_DOUBT, _DE.MOVED: _D.PENDING},
    _D.SENDING: {
        _DE.CONFIRMED: _D.SENT,
        _DE.NOT_CREATED: _D.PENDING,
        _DE.REFUSED: _D.REJECTED,
        _DE.LOST: _D.IN_DOUBT,
        _DE.REPEATED: _D.IN_DOUBT,
    },
    _D.IN_DOUBT: {
        _DE.FOUND: _D.SENT,
        _DE.NOT_FOUND: _D.PENDING,
        _DE.UNREAD: _D.IN_DOUBT,
        _DE.REFUSED: _D.REJECTED,
        _DE.GIVEN_UP: _D.HELD,
    },
    _D.HELD: {_DE.POSTED: _D.SENT, _DE.RESEND: _D.PENDING, _DE.SKIP: _D.SKIPPED},
    _D.REJECTED: {_DE.CORRECTED: _D.PENDING, _DE.POSTED: _D.SENT, _DE.SKIP: _D.SKIPPED},
    _D.SENT: {_DE.DELETED: _D.SKIPPED},
    _D.SKIPPED: {},
}

_P, _PE = PublicationState, PublicationEvent

PUBLICATION_MOVES: Mapping[PublicationState, Mapping[PublicationEvent, PublicationState]] = {
    _P.PLANNED: {
        _PE.START: _P.PUBLISHING,
        _PE.HOLD: _P.HELD,
        _PE.MISS: _P.MISSED,
        _PE.CANCEL: _P.CANCELLED,
    },
    _P.PUBLISHING: {_PE.FINISH: _P.PUBLISHED, _PE.HOLD: _P.HELD},
    _P.HELD: {_PE.RELEASE: _P.PUBLISHING, _PE.CANCEL: _P.CANCELLED},
    _P.MISSED: {_PE.REPLAN: _P.PLANNED, _PE.PUBLISH_LATE: _P.PUBLISHING},
    _P.PUBLISHED: {},
    _P.CANCELLED: {},
}

OPEN = (_P.PLANNED, _P.PUBLISHING)
"""States in which the daemon acts without an operator."""


class IllegalMove(ValueError):
    """The table does not allow this event in this state; nothing changed."""

    def __init__(self, state: StrEnum, event: StrEnum) -> None:
        super().__init__(f"'{event}' cannot happen to what is {state}.")
        self.state = state
        self.event = event


@dataclass(frozen=True, slots=True)
class DeliveryChange:
    """One event of a post, and the delivery after it."""

    event: DeliveryEvent
    before: DeliveryState
    after: Delivery
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PublicationChange:
    """One event of an edition, and its state after it."""

    event: PublicationEvent
    before: PublicationState
    after: PublicationState
    reason: str | None = None
    cause: Cause | None = None

    @property
    def settles_hold(self) -> bool:
        """True if it ends an operator's request to hold; a start may cross one without knowing of it."""
        return self.event is not PublicationEvent.START


Change = DeliveryChange | PublicationChange


def deliver(
    delivery: Delivery, event: DeliveryEvent, reason: str | None = None, **fields: object
) -> DeliveryChange:
    """Return the change that `event` makes to `delivery`, with `fields` of it set.

    Raises:
        IllegalMove: the table does not allow it.
    """
    moves = DELIVERY_MOVES[delivery.state]
    if event not in moves:
        raise IllegalMove(delivery.state, event)
    fields = {"decided": False} | fields
    after = replace(delivery, state=moves[event], reason=reason, **fields)  # type: ignore[arg-type]
    return DeliveryChange(event, delivery.state, after, reason)


def move(
    publication: Publication, event: PublicationEvent, reason: str | None = None, cause: Cause | None = None
) -> Change:
    """Return the change that `event` makes to `publication`.

    Raises:
        IllegalMove: the table does not allow it.
    """
    moves = PUBLICATION_MOVES[publication.state]
    if event not in moves:
        raise IllegalMove(publication.state, event)
    return PublicationChange(event, publication.state, moves[event], reason, cause)


def apply(publication: Publication, *changes: Change) -> Publication:
    """Return `publication` after `changes`, applied in order."""
    for change in changes:
        if isinstance(change, PublicationChange):
            asked = None if change.settles_hold else publication.hold_asked
            publication = replace(
                publication, state=change.after, reason=change.reason, cause=change.cause, hold_asked=asked
            )
        else:
            at = change.after.position - 1
            deliveries = (*publication.deliveries[:at], change.after, *publication.deliveries[at + 1 :])
            publication = replace(publication, deliveries=deliveries)
    return publication
