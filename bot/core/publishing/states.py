"""The life of a publication and of its deliveries: two tables of moves, and what to do next.

The tables are the whole truth about states; docs/states.md draws them. An event that the table does not list
for a state raises `IllegalMove` and changes nothing. What must not live here: clocks, storage, X. A `Change`
carries the state after the event; the ledger stores it and appends it to the journal.

Why IN_DOUBT exists: X takes no idempotency key, so a request without an answer may or may not have created
a post. Only our own timeline can tell (services/reconcile.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.model import Cause, Chain, DeliveryState, PublicationState
from bot.core.schedule.local_times import when, when_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.core.model import Delivery, Publication


class DeliveryEvent(StrEnum):
    """What can happen to a post."""

    SEND = "send"
    """The intent is recorded; the request follows."""
    CONFIRMED = "confirmed"
    """X gave an id."""
    NOT_CREATED = "not_created"
    """It is proven that no post was created."""
    REFUSED = "refused"
    """X does not take this text."""
    LOST = "lost"
    """Nobody knows what became of the request."""
    REPEATED = "repeated"
    """X gave an id that another post has: nobody knows what became of the request."""
    UNVOUCHED = "unvouched"
    """The ledger is younger than the slot, or was put back: a post may be out that it does not know of."""
    FOUND = "found"
    """The timeline shows the post."""
    NOT_FOUND = "not_found"
    """The timeline does not show it, and the settle window is over."""
    UNREAD = "unread"
    """The timeline could not be read: that proves nothing, and the settle window starts again."""
    GIVEN_UP = "given_up"
    """Only a person can tell."""
    CORRECTED = "corrected"
    """A person changed the text that X refused."""
    POSTED = "posted"
    """A person says: it is out, under this id; or asks, and the timeline shows it now."""
    RESEND = "resend"
    """A person says: it is not out, send it."""
    SKIP = "skip"
    """A person says: leave it out."""
    DELETED = "deleted"
    """X does not have it: a person deleted it there. The ledger keeps its id."""
    MOVED = "moved"
    """The post above it is deleted: it goes under the nearest earlier one that is there."""


class PublicationEvent(StrEnum):
    """What can happen to an edition."""

    START = "start"
    """The intent of its first post is recorded, or its first post is found in the timeline."""
    FINISH = "finish"
    """Every post is out or left out."""
    HOLD = "hold"
    """It needs a person, or a person stopped it."""
    RELEASE = "release"
    """A person lets it go on."""
    MISS = "miss"
    """Its slot and grace went by without a post."""
    REPLAN = "replan"
    """It was missed on a clock that ran ahead: its time is still to come."""
    PUBLISH_LATE = "publish_late"
    """A person wants it out all the same."""
    CANCEL = "cancel"
    """A person does not want it out any more."""


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
"""States of what goes on by itself."""


class IllegalMove(ValueError):
    """The table does not allow this event in this state; nothing was changed."""

    def __init__(self, state: StrEnum, event: StrEnum) -> None:
        super().__init__(f"'{event}' cannot happen to what is {state}.")
        self.state = state
        self.event = event


@dataclass(frozen=True, slots=True)
class DeliveryChange:
    """One event of one post, and the delivery after it."""

    event: DeliveryEvent
    before: DeliveryState
    after: Delivery
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PublicationChange:
    """One event of one edition, and its state after it."""

    event: PublicationEvent
    before: PublicationState
    after: PublicationState
    reason: str | None = None
    cause: Cause | None = None

    @property
    def settles_hold(self) -> bool:
        """Whether it answers a hold that a person asked for; a start may only have crossed the wish."""
        return self.event is not PublicationEvent.START


Change = DeliveryChange | PublicationChange


def deliver(
    delivery: Delivery, event: DeliveryEvent, reason: str | None = None, **fields: object
) -> DeliveryChange:
    """The change that `event` makes to `delivery`, with `fields` of it set.

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
    """The change that `event` makes to `publication`.

    Raises:
        IllegalMove: the table does not allow it.
    """
    moves = PUBLICATION_MOVES[publication.state]
    if event not in moves:
        raise IllegalMove(publication.state, event)
    return PublicationChange(event, publication.state, moves[event], reason, cause)


def apply(publication: Publication, *changes: Change) -> Publication:
    """`publication` after `changes`, in order."""
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


LEAST_LEASE = timedelta(seconds=40)
"""A claim must outlast a request, and half of it may have passed when the request begins."""


class OnUnknown(StrEnum):
    """What to do with a send of which the timeline shows nothing."""

    RESEND = "resend"
    HOLD = "hold"


class OnDeleted(StrEnum):
    """What to do with the rest of a thread of which a person deleted a post on X."""

    CONTINUE = "continue"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient we are. Durations."""

    gap: timedelta = timedelta(seconds=2)
    grace: timedelta = timedelta(minutes=30)
    """No head is sent later than this after the slot."""
    by_hand: bool = False
    """A person wants it out now: before its slot or after its grace. `finish_within` alone bounds it."""
    finish_within: timedelta = timedelta(hours=2)
    """No post is sent later than this after the last post's due time."""
    settle: timedelta = timedelta(seconds=90)
    """How long the timeline may take to show a post. Unverified on live X; a measured value belongs here."""
    on_unknown: OnUnknown = OnUnknown.RESEND
    on_deleted: OnDeleted = OnDeleted.CONTINUE
    chain: Chain = Chain.REPLY
    backoff: timedelta = timedelta(seconds=2)
    """Wait after the first refusal that passes; it doubles with each, up to a minute."""
    parent_attempts: int = 8
    """How often a reply is tried that X refuses for a parent that is there."""
    zone: str = "UTC"
    """IANA name of the zone of the instants in reasons: the newsroom's."""


@dataclass(frozen=True, slots=True)
class Send:
    """Post `position` now."""

    position: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """Nobody knows whether `position` is out: `event` says how that came."""

    position: int
    event: DeliveryEvent


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Read the timeline for `position`."""

    position: int
    deadline: datetime
    """Nothing is sent after it: a timeline that cannot be read by then is not waited for."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Finish:
    """Every post is out."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A person must decide; `reason` says what happened."""

    reason: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """The slot's grace is over and nothing was sent."""

    reason: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do: the publication is in a state that only a person moves, or none."""


Deed = Send | Doubt | Reconcile | Wait | Finish | Hold | Miss
Step = Deed | Rest

TICK = timedelta(milliseconds=1)

CONVALESCENCE = timedelta(days=1)
"""For so long after a ledger took another's place, each first post is looked for before it is sent."""

LOOK_BACK = timedelta(hours=12)
"""How long before that a thread may have been published by hand, whatever its slot."""


def next_step(
    publication: Publication,
    policy: Policy,
    now: datetime,
    *,
    paused: str | None = None,
    vouched_since: datetime | None = None,
    replaced: bool = False,
    since_last: timedelta | None = None,
) -> Step:
    """What to do with `publication` at `now`. Pure: same arguments, same step.

    `since_last` is how long ago the post before was sent; None: as the wall clock has it.
    `paused` is why a person stopped all publishing, if one did: what is unknown is still found out.
    `vouched_since` as in `bot.ports.Claim`; None: for ever. `replaced`: another ledger was used here before.
    """
    if publication.state not in OPEN:
        return Rest()
    if publication.hold_asked is not None:
        return Hold(publication.hold_asked, Cause.PERSON)
    delivery = first_unsettled(publication)
    if delivery is None:
        return Finish()
    match delivery.state:
        case _D.SENDING:
            return Doubt(delivery.position, _DE.LOST)
        case _D.REJECTED | _D.HELD:
            return Hold(f"post {delivery.position}: {delivery.reason}")
        case _D.IN_DOUBT:
            return Reconcile(delivery.position, _deadline(publication, policy))
    if vouched_since is not None and now <= _deadline(publication, policy):
        young = replaced and now < vouched_since + CONVALESCENCE
        if _is_unvouched(publication, delivery, policy, vouched_since, young=young):
            return Doubt(delivery.position, _DE.UNVOUCHED)
    window = _window(publication, delivery, policy, now, since_last)
    return _step_to_send(publication, delivery, policy, now, paused, window)


def _step_to_send(
    publication: Publication,
    delivery: Delivery,
    policy: Policy,
    now: datetime,
    paused: str | None,
    window: tuple[datetime, datetime],
) -> Step:
    earliest, deadline = window
    if max(earliest, now) > deadline:
        return _too_late(publication, delivery, policy, now, deadline, paused)
    if paused is not None:
        return Wait(deadline + TICK)
    return Wait(earliest) if now < earliest else Send(delivery.position)


def may_begin(publication: Publication, grace: timedelta, now: datetime) -> bool:
    """Whether slot and `grace` of `publication`, of which nothing is out, let its first post go out still."""
    head = publication.deliveries[0]
    return max(now, head.due_at, head.not_before or now) <= publication.slot_at + grace


def may_leave(
    publication: Publication,
    position: int,
    policy: Policy,
    now: datetime,
    since_last: timedelta | None = None,
) -> bool:
    """Whether `now` is a time at which post `position` may be created; `since_last` as in `next_step`."""
    earliest, deadline = _window(publication, publication.delivery(position), policy, now, since_last)
    return earliest <= now <= deadline


def parent_of(publication: Publication, position: int, policy: Policy) -> Delivery | None:
    """The post that `position` replies to: the nearest earlier one that is out."""
    return publication.parent_of(position) if policy.chain is Chain.REPLY else None


def is_deleted(delivery: Delivery) -> bool:
    """Whether `delivery` was out, and a person deleted it on X."""
    return delivery.state is _D.SKIPPED and delivery.post_id is not None


def last_out(publication: Publication, position: int) -> Delivery | None:
    """The nearest post before `position` that went out, deleted since or not."""
    earlier = publication.deliveries[: position - 1]
    return next((d for d in reversed(earlier) if _went_out(d)), None)


def _begun(publication: Publication) -> bool:
    return any(map(_went_out, publication.deliveries))


def _went_out(delivery: Delivery) -> bool:
    return delivery.state is _D.SENT or is_deleted(delivery)


def _window(
    publication: Publication,
    delivery: Delivery,
    policy: Policy,
    now: datetime,
    since_last: timedelta | None,
) -> tuple[datetime, datetime]:
    return _earliest(publication, delivery, policy, now, since_last), _deadline(publication, policy)


def _deadline(publication: Publication, policy: Policy) -> datetime:
    """After this, nothing of `publication` is sent without a person."""
    if _has_slot_ahead(publication, policy):
        return publication.slot_at + policy.grace
    return publication.deliveries[-1].due_at + policy.finish_within


def _has_slot_ahead(publication: Publication, policy: Policy) -> bool:
    """Whether slot and grace say when `publication` may begin: it has not, and nobody asks for it now."""
    return not policy.by_hand and not _begun(publication)


def _earliest(
    publication: Publication,
    delivery: Delivery,
    policy: Policy,
    now: datetime,
    since_last: timedelta | None,
) -> datetime:
    at = max(delivery.due_at, delivery.not_before or delivery.due_at)
    if _has_slot_ahead(publication, policy):  # whatever the due times say: a person may have set them
        at = max(at, publication.slot_at)
    if since_last is not None:
        return max(at, now + policy.gap - since_last)
    before = last_out(publication, delivery.position)
    sent_at = before.intent_at if before is not None else None
    if sent_at is not None and sent_at <= now + policy.gap:  # else the clock has been set back since
        at = max(at, sent_at + policy.gap)
    return at


def _is_unvouched(
    publication: Publication, delivery: Delivery, policy: Policy, vouched_since: datetime, *, young: bool
) -> bool:
    """Whether a copy of `delivery` may be out that the ledger does not know of.

    A reply to a post that we sent since then is new for certain; a head may be out from its slot on, while
    a thread of this edition can be under way at all. An attempt from before says nothing: of the one that
    followed it, a copy that was put back does not know. `young`: it took the place of another ledger not
    long ago; any edition may have been published by hand before.
    """
    if any(at is not None and at >= vouched_since for at in (delivery.intent_at, delivery.doubt_since)):
        return False  # attempted or looked for since then
    parent = parent_of(publication, delivery.position, policy)
    if parent is not None:
        return parent.intent_at is None or parent.intent_at < vouched_since
    if young:
        return True
    length = publication.deliveries[-1].due_at - publication.deliveries[0].due_at
    patience = max(policy.grace, length + policy.finish_within)
    return publication.slot_at <= vouched_since <= publication.slot_at + patience


def _too_late(
    publication: Publication,
    delivery: Delivery,
    policy: Policy,
    now: datetime,
    deadline: datetime,
    paused: str | None,
) -> Step:
    """Told as soon as it is certain: a rate limit of a day is not waited out in silence."""
    why = f" The last answer: {delivery.reason}" if delivery.reason else ""
    limit = delivery.not_before
    if limit is not None and limit > deadline and limit - now > LONGEST_BACKOFF:  # X named that instant
        left = sum(d.state is _D.PENDING for d in publication.deliveries)
        posts = f"{left} of {len(publication.deliveries)} posts remain to be sent"
        reason = f"X takes no post of this account before {when_over(limit, policy.zone)}: {posts}.{why}"
        return _stop(publication, reason, Cause.LIMIT)
    why += f" Publishing is paused: {paused.rstrip('.')}." if paused is not None else ""
    if _begun(publication):
        return Hold(f"the thread cannot be finished by {when(deadline, policy.zone)}.{why}", Cause.LATE)
    if policy.by_hand:
        return Hold(f"nothing could be sent by {when(deadline, policy.zone)}.{why}", Cause.LATE)
    reason = f"nothing can be sent within {_minutes(policy.grace)} after the slot.{why}"
    return _stop(publication, reason, Cause.LATE)


def _stop(publication: Publication, reason: str, cause: Cause) -> Step:
    return Miss(reason, cause) if publication.state is _P.PLANNED else Hold(reason, cause)


def _minutes(duration: timedelta) -> str:
    minutes = duration / timedelta(minutes=1)
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"


def first_unsettled(publication: Publication) -> Delivery | None:
    """The first post that is neither out nor skipped."""
    return next((d for d in publication.deliveries if d.state not in (_D.SENT, _D.SKIPPED)), None)


def has_begun(publication: Publication) -> bool:
    """Whether a post is out, or may be: what is left of it does not wait for its slot."""
    begun = (_D.SENDING, _D.IN_DOUBT)
    return _begun(publication) or any(d.state in begun for d in publication.deliveries)


def overdue(publication: Publication, now: datetime) -> tuple[Delivery, timedelta] | None:
    """The first post that is still to be sent of what goes on by itself, and how long it was due ago.

    A thread that began late and keeps its pace is not late with each of its posts.
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
"""States of a post that X may have. What it called a duplicate it may have as well, whatever the state."""


def is_untouched(publication: Publication) -> bool:
    """Whether no post is out, and none may be: its text can still change."""
    return all(d.state in (_D.PENDING, _D.REJECTED) for d in publication.deliveries)


LONGEST_BACKOFF = timedelta(minutes=1)


def backoff(policy: Policy, attempts: int, now: datetime) -> datetime:
    """When to try again after attempt number `attempts` was refused for a reason that passes."""
    wait: timedelta = min(policy.backoff * 2 ** min(attempts - 1, 10), LONGEST_BACKOFF)
    return now + wait
