"""The next step of a publication: one pure function from its state, the policy and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.policy import LONGEST_BACKOFF
from bot.core.publishing.progress import first_unsettled, has_posted, last_out, parent_of
from bot.core.publishing.publication import Cause, DeliveryState, PublicationState
from bot.core.publishing.states import OPEN, DeliveryEvent
from bot.core.schedule.local_times import when, when_over

if TYPE_CHECKING:
    from bot.core.publishing.policy import Policy
    from bot.core.publishing.publication import Delivery, Publication

_D = DeliveryState


@dataclass(frozen=True, slots=True)
class Send:
    """Send post `position` now."""

    position: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """Record that post `position` may exist; `event` is the cause."""

    position: int
    event: DeliveryEvent


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Search the timeline for post `position`."""

    position: int
    deadline: datetime
    """Nothing is sent after it, so a timeline that is unreadable until then is given up."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Finish:
    """Record that every post is sent or skipped."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Leave the decision to an operator; `reason` is the observation."""

    reason: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """Record that the slot's grace passed without a post."""

    reason: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Do nothing: only an operator can move the publication, or its state is final."""


Action = Send | Doubt | Reconcile | Wait | Finish | Hold | Miss

Step = Action | Rest

TICK = timedelta(milliseconds=1)

SEARCH_AFTER_REPLACEMENT = timedelta(days=1)
"""For this long after a ledger is replaced, search the timeline before every head post."""

LOOK_BACK = timedelta(hours=12)
"""The search for a head covers this long before: a thread may have been published by hand."""


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
    """Return what to do with `publication` at `now`.

    `since_last` is the time since the previous post was sent; None takes it from the wall clock.
    `paused` is the reason of a pause of all publishing; posts in doubt are still resolved during one.
    `vouched_since` is that of `bot.ports.Claim`; None means forever. `replaced` is True if another ledger
    was used here before.
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
            return Doubt(delivery.position, DeliveryEvent.LOST)
        case _D.REJECTED | _D.HELD:
            return Hold(f"post {delivery.position}: {delivery.reason}")
        case _D.IN_DOUBT:
            return Reconcile(delivery.position, _deadline(publication, policy))
    if vouched_since is not None and now <= _deadline(publication, policy):
        young = replaced and now < vouched_since + SEARCH_AFTER_REPLACEMENT
        if _is_unvouched(publication, delivery, policy, vouched_since, young=young):
            return Doubt(delivery.position, DeliveryEvent.UNVOUCHED)
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
    """Return True if the head of `publication`, not sent yet, can still be sent within slot and `grace`."""
    head = publication.deliveries[0]
    return max(now, head.due_at, head.not_before or now) <= publication.slot_at + grace


def may_leave(
    publication: Publication,
    position: int,
    policy: Policy,
    now: datetime,
    since_last: timedelta | None = None,
) -> bool:
    """Return True if post `position` may be created at `now`; `since_last` is that of `next_step`."""
    earliest, deadline = _window(publication, publication.delivery(position), policy, now, since_last)
    return earliest <= now <= deadline


def _window(
    publication: Publication,
    delivery: Delivery,
    policy: Policy,
    now: datetime,
    since_last: timedelta | None,
) -> tuple[datetime, datetime]:
    return _earliest(publication, delivery, policy, now, since_last), _deadline(publication, policy)


def _deadline(publication: Publication, policy: Policy) -> datetime:
    """Return the time after which only an operator can send anything of `publication`."""
    if _has_slot_ahead(publication, policy):
        return publication.slot_at + policy.grace
    return publication.deliveries[-1].due_at + policy.finish_within


def _has_slot_ahead(publication: Publication, policy: Policy) -> bool:
    """Return True if slot and grace decide when `publication` begins: it has not, and no operator asked."""
    return not policy.by_hand and not has_posted(publication)


def _earliest(
    publication: Publication,
    delivery: Delivery,
    policy: Policy,
    now: datetime,
    since_last: timedelta | None,
) -> datetime:
    at = max(delivery.due_at, delivery.not_before or delivery.due_at)
    if _has_slot_ahead(publication, policy):  # even if an operator set earlier due times
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
    """Return True if a copy of `delivery` may exist that the ledger does not contain.

    A reply to a post that was sent since then is certainly new. A head may exist from its slot on, for as
    long as a thread of this edition can be under way. An attempt from before proves nothing: a restored copy
    of the ledger lacks those that followed. `young` is True if this ledger replaced another one recently:
    any edition may have been published by hand before.
    """
    if any(at is not None and at >= vouched_since for at in (delivery.intent_at, delivery.doubt_since)):
        return False  # attempted or searched for since then
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
    """Return the stop as soon as it is certain, without waiting for a rate limit of a day to end."""
    why = f" The last answer: {delivery.reason}" if delivery.reason else ""
    limit = delivery.not_before
    if limit is not None and limit > deadline and limit - now > LONGEST_BACKOFF:  # X named that instant
        left = sum(d.state is _D.PENDING for d in publication.deliveries)
        posts = f"{left} of {len(publication.deliveries)} posts remain to be sent"
        reason = f"X takes no post of this account before {when_over(limit, policy.zone)}: {posts}.{why}"
        return _stop(publication, reason, Cause.LIMIT)
    why += f" Publishing is paused: {paused.rstrip('.')}." if paused is not None else ""
    if has_posted(publication):
        return Hold(f"the thread cannot be finished by {when(deadline, policy.zone)}.{why}", Cause.LATE)
    if policy.by_hand:
        return Hold(f"nothing could be sent by {when(deadline, policy.zone)}.{why}", Cause.LATE)
    reason = f"nothing can be sent within {_minutes(policy.grace)} after the slot.{why}"
    return _stop(publication, reason, Cause.LATE)


def _stop(publication: Publication, reason: str, cause: Cause) -> Step:
    return Miss(reason, cause) if publication.state is PublicationState.PLANNED else Hold(reason, cause)


def _minutes(duration: timedelta) -> str:
    minutes = duration / timedelta(minutes=1)
    return f"{minutes:g} {'minute' if minutes == 1 else 'minutes'}"
