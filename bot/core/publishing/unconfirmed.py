"""Changes after a request that X did not confirm; core/publishing/error_policy.py has the reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors
from bot.core.publishing import progress, states
from bot.core.publishing.error_policy import Reaction, reaction_to
from bot.core.publishing.policy import backoff
from bot.core.publishing.publication import Cause
from bot.core.publishing.states import DeliveryEvent, PublicationEvent

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.publishing.policy import Policy
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change


def outcome(
    publication: Publication,
    delivery: Delivery,
    error: errors.PublishError,
    policy: Policy,
    now: datetime,
) -> tuple[Change, ...]:
    """Return the changes after `error`, raised at `now` by the request for `delivery`."""
    why, reaction = str(error), reaction_to(error)
    if reaction in (Reaction.READ, Reaction.READ_OR_REFUSE):
        duplicate = reaction is Reaction.READ_OR_REFUSE
        return (_doubt(delivery, DeliveryEvent.LOST, why, policy, now, duplicate=duplicate),)
    if reaction is Reaction.REFUSE:
        return (states.deliver(delivery, DeliveryEvent.REFUSED, why),)
    held: str | None = None
    cause: Cause | None = None
    if reaction is Reaction.HOLD:
        held = f"post {delivery.position}: {why}"
    elif reaction is Reaction.SEEK_PARENT and delivery.attempts >= policy.parent_attempts:
        held = f"X does not let the thread continue with post {delivery.position}, "
        held += f"tried {delivery.attempts} times: {why}"
        cause = Cause.PARENT
    if held is not None:
        return (
            states.deliver(delivery, DeliveryEvent.NOT_CREATED),
            states.move(publication, PublicationEvent.HOLD, held, cause),
        )
    at = backoff(policy, delivery.attempts, now)
    if isinstance(error, errors.RateLimited):
        at = error.retry_at
    return (states.deliver(delivery, DeliveryEvent.NOT_CREATED, why, not_before=at),)


def after_repeated_id(
    publication: Publication, taken: errors.IdTaken, policy: Policy, now: datetime
) -> tuple[Change, ...]:
    """Return the changes after X answered the request in flight with the id of another post, `taken`."""
    delivery = progress.first_unsettled(publication)
    if delivery is None:
        raise ValueError(f"{publication.key}: no request is under way")
    why = f"X returned the id of {taken.owner} again, {taken.post_id}."
    return (_doubt(delivery, DeliveryEvent.REPEATED, why, policy, now),)


def _doubt(
    delivery: Delivery,
    event: DeliveryEvent,
    why: str,
    policy: Policy,
    now: datetime,
    *,
    duplicate: bool = False,
) -> Change:
    until = now + policy.settle
    return states.deliver(delivery, event, why, doubt_since=now, not_before=until, duplicate=duplicate)
