"""The account and the API host of a ledger.

The binding becomes permanent with a post that X has, as its answer or the timeline showed, or with a request
whose answer is unknown. Until then another account may replace it, so a mistyped token or address does no
harm. While another process has a claim on a publication, its account stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.adapters.sql_ledger.claims import SECONDS_NOW
from bot.adapters.sql_ledger.opening import get_metadata
from bot.adapters.sql_ledger.schema import delivery, publication
from bot.core.publishing.progress import MAY_BE_OUT
from bot.core.publishing.publication import DeliveryState
from bot.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIED = (delivery.c.state == DeliveryState.SENDING) | delivery.c.intent_at.is_not(None)
"""Posts with a request. A post in doubt without one is searched for in case another ledger sent it."""
_UNKNOWN = delivery.c.state.in_(MAY_BE_OUT) & _TRIED
_KNOWN = delivery.c.post_id.is_not(None) | delivery.c.duplicate
"""Posts on X, including those that X refused as duplicates."""

_ANOTHER_LEDGER = (
    "for a different account, use a different ledger: 'ledger' in config.yaml, or FLASHTWEET_LEDGER"
)


@dataclass(frozen=True, slots=True)
class Serving:
    """The account and API host of a ledger, as one process expects them."""

    origin: str
    user_id: str

    def __str__(self) -> str:
        return f"account {self.user_id} at {self.origin}"

    def items(self) -> dict[str, str]:
        """Return the binding as ledger metadata."""
        return {"origin": self.origin, "user_id": self.user_id}


def noted(db: sa.Connection) -> Serving | None:
    """Return the account and API host recorded in the ledger, if any."""
    known = get_metadata(db)
    return Serving(known["origin"], known["user_id"]) if "origin" in known else None


def refuse_another(db: sa.Connection, name: str, wanted: Serving, is_dead: Callable[[str], bool]) -> None:
    """Raise if the ledger is bound to another account or host than `wanted`.

    Raises:
        LedgerError: it is, and the binding cannot be replaced.
    """
    now = noted(db)
    if now is None or now == wanted or not _can_be_a_user(now.user_id):
        return
    if known := db.scalar(sa.select(sa.func.count()).where(_KNOWN)):
        posts = "a post" if known == 1 else f"{known} posts"
        raise LedgerError(
            f"{name}: this ledger serves {now} and has {posts} there; it cannot serve {wanted}. "
            f"Correct the keys or X_API_BASE_URL; {_ANOTHER_LEDGER}."
        )
    if (row := db.execute(_UNKNOWN_POSTS).first()) is not None:
        edition = f"{row.series}@{row.date}"
        raise LedgerError(
            f"{name}: this ledger serves {now}, where post {row.position} of {edition} may have been posted; "
            f"it cannot serve {wanted}. Correct the keys or X_API_BASE_URL; {_ANOTHER_LEDGER}. "
            f"If the profile of account {now.user_id} does not show that post, type: "
            f"flashtweet resolve {edition} --post {row.position} --resend"
        )
    holders = (one for one in db.scalars(_CLAIMED) if not is_dead(one))
    if (holder := next(holders, None)) is not None:
        raise LedgerError(
            f"{name}: process {holder.split(':')[1]} is publishing for {now} from this ledger, which cannot "
            f"serve {wanted} meanwhile. Wait until it is done; {_ANOTHER_LEDGER}."
        )


def _can_be_a_user(user_id: str) -> bool:
    """Return False if X cannot have issued a token for `user_id`; an earlier version stored any text."""
    return user_id.isascii() and user_id.isdigit()


_UNKNOWN_POSTS = (
    sa.select(publication.c.series, publication.c.date, delivery.c.position)
    .join(publication, publication.c.id == delivery.c.publication_id)
    .where(_UNKNOWN)
    .order_by(publication.c.slot_at, delivery.c.position)
    .limit(1)
)
_CLAIMED = sa.select(publication.c.claimed_by).where(
    publication.c.claimed_by.is_not(None), publication.c.claimed_until > SECONDS_NOW
)
