"""What happens to publications, as lines of the log: a constant sentence and its fields."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.model import DeliveryState, PublicationState
from bot.core.publication import DeliveryChange, DeliveryEvent
from bot.core.remedies import is_by_hand, remedy
from bot.core.snowflake import created_at

if TYPE_CHECKING:
    from bot.core.model import Publication
    from bot.core.publication import Change

log = logging.getLogger("flashtweet.publish")

_WORDS = {state: state.lower() for state in PublicationState} | {PublicationState.PUBLISHING: "begun"}


def log_event(publication: Publication, change: Change) -> None:
    """A narrator: one line for each event that a person wants to know of."""
    fields = {"edition": str(publication.key)}
    reason = f": {change.reason}" if change.reason else ""
    if not isinstance(change, DeliveryChange):
        serious = change.after in (PublicationState.HELD, PublicationState.MISSED)
        serious = serious and not is_by_hand(publication)
        what = remedy(publication)
        if what is not None:
            fields["next"] = what
        log.log(
            logging.ERROR if serious else logging.INFO,
            f"edition {_WORDS[change.after]}{reason}",
            extra=fields,
        )
        return
    delivery = change.after
    fields["post"] = f"{delivery.position}/{len(publication.deliveries)}"
    if delivery.state is DeliveryState.SENT and delivery.post_id:
        late = created_at(int(delivery.post_id)) - delivery.due_at  # a pause counts; a release starts anew
        fields |= {"id": delivery.post_id, "late_ms": str(round(late / timedelta(milliseconds=1)))}
        found = change.event is DeliveryEvent.FOUND
        log.info("post found in the timeline" if found else "post sent", extra=fields)
    elif delivery.state is not DeliveryState.SENDING and reason:
        log.warning(f"post {delivery.state.lower()}{reason}", extra=fields)
