"""Log lines and alerts for the changes of publications: a constant sentence and its fields."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind
from bot.core.outage import Outage
from bot.core.publishing.next_actions import is_by_hand, next_action
from bot.core.publishing.progress import LATE
from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.core.publishing.snowflake import created_at
from bot.core.publishing.states import DeliveryChange, DeliveryEvent, PublicationEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change, PublicationChange

log = logging.getLogger("flashtweet.publish")

_WORDS = {state: state.lower() for state in PublicationState} | {PublicationState.PUBLISHING: "begun"}

_OUTCOMES = {state: state.lower().replace("_", " ") for state in DeliveryState} | {
    DeliveryState.PENDING: "not created"
}

_ALERTS = {PublicationState.HELD: AlertKind.HELD, PublicationState.MISSED: AlertKind.MISSED}


class EventLog:
    """A narrator that writes one line for each notable event, with an `alert` if it needs an operator.

    Failing attempts of an edition are logged when they begin, every five minutes, and when they end.
    """

    def __init__(self, elapsed: Callable[[], float]) -> None:
        """Log nothing yet; `elapsed` is that of `bot.ports.Clock`."""
        self._elapsed = elapsed
        self._outages: dict[EditionKey, Outage] = {}

    def __call__(self, publication: Publication, change: Change) -> None:
        if not isinstance(change, DeliveryChange):
            if change.after not in (PublicationState.PLANNED, PublicationState.PUBLISHING):
                self._outages.pop(publication.key, None)  # the line about that state ends the outage
            log_event(publication, change)
        elif change.event in _FAILURES:
            self._failed(publication, change)
        else:
            log_event(publication, change)
            if change.event in (DeliveryEvent.CONFIRMED, DeliveryEvent.FOUND):
                self._over(publication)

    def _failed(self, publication: Publication, change: DeliveryChange) -> None:
        now = self._elapsed()
        outage = self._outages.setdefault(publication.key, Outage(since=now))
        # services/reconcile.py counts failed readings and reports one in five minutes at most.
        if outage.fails(change.event, now) or change.event is DeliveryEvent.UNREAD:
            _log_delivery(publication, change, _so_far(outage, now) if outage.is_long else {})

    def _over(self, publication: Publication) -> None:
        outage = self._outages.pop(publication.key, None)
        if outage is not None and outage.is_long:
            about = {"edition": str(publication.key), **_so_far(outage, self._elapsed())}
            log.info("posts are confirmed again", extra=about)


_FAILURES = (
    DeliveryEvent.NOT_CREATED,
    DeliveryEvent.LOST,
    DeliveryEvent.REPEATED,
    DeliveryEvent.UNREAD,
    DeliveryEvent.NOT_FOUND,
)
"""Events that repeat in a long outage."""


def _so_far(outage: Outage, now: float) -> dict[str, object]:
    return {"failures": outage.failed, "for_s": round(outage.lasted(now).total_seconds())}


def log_event(publication: Publication, change: Change) -> None:
    """Log `change` without throttling."""
    if isinstance(change, DeliveryChange):
        _log_delivery(publication, change, {})
    else:
        _log_publication(publication, change)


def _log_publication(publication: Publication, change: PublicationChange) -> None:
    fields: dict[str, object] = {"edition": str(publication.key)}
    if change.reason:
        fields["reason"] = change.reason
    kind = None if is_by_hand(publication) else _ALERTS.get(change.after)
    what = next_action(publication)
    if what is not None:
        fields["next"] = what
    if kind is not None:
        fields["alert"] = kind
    if change.event is PublicationEvent.REPLAN:
        fields["alert_over"] = AlertKind.MISSED
    log.log(logging.ERROR if kind else logging.INFO, f"edition {_WORDS[change.after]}", extra=fields)


def _log_delivery(publication: Publication, change: DeliveryChange, more: Mapping[str, object]) -> None:
    delivery = change.after
    fields: dict[str, object] = {
        "edition": str(publication.key),
        "post": f"{delivery.position}/{len(publication.deliveries)}",
    }
    if delivery.state is DeliveryState.SENT and delivery.post_id:
        late = created_at(int(delivery.post_id)) - delivery.due_at  # includes a pause; a release resets it
        fields |= {"id": delivery.post_id, "late_ms": round(late / timedelta(milliseconds=1))}
        found = change.event is DeliveryEvent.FOUND
        log.info("post found in the timeline" if found else "post sent", extra=fields)
        if late > LATE and _is_first_out(publication):
            _log_late(publication, late)
    elif change.event is DeliveryEvent.MOVED:
        advice = f"Nothing, if that was intended. To stop the thread, type: flashtweet hold {publication.key}"
        fields |= {"reason": change.reason, "next": advice, "alert": AlertKind.DELETED}
        log.warning("a post was deleted on X; the thread continues", extra=fields)
    elif change.event is DeliveryEvent.DELETED:
        log.warning("post deleted on X", extra=fields | {"id": delivery.post_id})
    elif delivery.state is not DeliveryState.SENDING and change.reason:
        if delivery.state is DeliveryState.IN_DOUBT and delivery.not_before is not None:
            fields["until"] = delivery.not_before  # when the timeline has settled
        log.warning(f"post {_OUTCOMES[delivery.state]}", extra={**fields, "reason": change.reason, **more})


def _is_first_out(publication: Publication) -> bool:
    return sum(one.state is DeliveryState.SENT for one in publication.deliveries) == 1


def _log_late(publication: Publication, late: timedelta) -> None:
    fields = {
        "edition": str(publication.key),
        "late_s": round(late.total_seconds()),
        "next": f"To read why, type: flashtweet log {publication.key}",
        "alert": AlertKind.LATE,
    }
    log.warning("the first post was sent late", extra=fields)
