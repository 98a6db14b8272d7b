"""Records of an edition and its posts, as the ledger and X have them.

All datetimes are timezone-aware, in UTC. Positions of posts count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.model import EditionKey


class PublicationState(StrEnum):
    """States of an edition in the ledger; core/publishing/states.py has the table of moves."""

    PLANNED = "PLANNED"
    PUBLISHING = "PUBLISHING"
    PUBLISHED = "PUBLISHED"
    HELD = "HELD"
    MISSED = "MISSED"
    CANCELLED = "CANCELLED"


class DeliveryState(StrEnum):
    """States of a post in the ledger; core/publishing/states.py has the table of moves."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    IN_DOUBT = "IN_DOUBT"
    REJECTED = "REJECTED"
    HELD = "HELD"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post in the ledger."""

    position: int
    state: DeliveryState
    text: str
    due_at: datetime
    first_intent_at: datetime | None = None
    """Time at which the first attempt at this text was recorded: no post of it is older. The slot, if the
    ledger cannot vouch that there was no attempt before."""
    intent_at: datetime | None = None
    """Time at which the latest attempt was recorded, before its request."""
    parent_id: str | None = None
    """Id of the post that the latest attempt replied to."""
    post_id: str | None = None
    """X's id, once it is SENT."""
    attempts: int = 0
    """Requests since an operator or a new run last resumed it."""
    doubt_since: datetime | None = None
    """Time at which it became IN_DOUBT, or at which the timeline was last found unreadable."""
    duplicate: bool = False
    """True if X called the latest attempt a duplicate: if the timeline has none, the text is rejected."""
    not_before: datetime | None = None
    """Earliest time of the next attempt, after a temporary refusal. Of an IN_DOUBT delivery, for display:
    the end of the settle window, if the timeline stays readable."""
    reason: str | None = None
    """Result of the latest attempt, as text for people; no code depends on it."""
    decided: bool = False
    """True if the latest event was an operator's decision."""
    offset_ms: int | None = None
    """Milliseconds by which X's clock was ahead of ours, plus or minus half of `round_trip_ms`; None if the
    answer was lost."""
    round_trip_ms: int | None = None
    """Milliseconds that the creating request took."""


class Cause(StrEnum):
    """Cause of a stop, as far as the next action depends on it."""

    PERSON = "person"
    """An operator stopped it; nothing is wrong."""
    DELETED = "deleted"
    """Posts of it were deleted on X."""
    LIMIT = "limit"
    """One of X's limits lasts longer than the publication may wait."""
    PARENT = "parent"
    """X refuses a reply to a post that exists."""
    LATE = "late"
    """Its time has passed."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One edition in the ledger."""

    account: str
    key: EditionKey
    state: PublicationState
    slot_at: datetime
    deliveries: tuple[Delivery, ...]
    path: str = ""
    reason: str | None = None
    """Reason for HELD, MISSED or CANCELLED, as text for people; no code depends on it."""
    cause: Cause | None = None
    """The reason as code uses it."""
    fence: int = 0
    """Grows with every claim; a writer with an older fence is refused."""
    hold_asked: str | None = None
    """Reason of an operator's request to hold; the owner of the claim holds before the next post."""
    paused: str | None = field(default=None, compare=False)
    """Reason of a pause of all publishing, at the time of reading."""

    def delivery(self, position: int) -> Delivery:
        """Return the delivery at `position`, which counts from 1."""
        return self.deliveries[position - 1]

    def parent_of(self, position: int) -> Delivery | None:
        """Return the nearest earlier post that exists: the one that `position` replies to."""
        earlier = self.deliveries[: position - 1]
        return next((d for d in reversed(earlier) if d.state is DeliveryState.SENT), None)


@dataclass(frozen=True, slots=True)
class RemotePost:
    """A post as X returns it: HTML-escaped, its links rewritten."""

    post_id: str
    text: str
    created_at: datetime
    """From the snowflake: X's clock."""
    replied_to: str | None = None
    expanded_urls: tuple[tuple[str, str], ...] = ()
    """Pairs of a t.co link in `text` and its original."""
