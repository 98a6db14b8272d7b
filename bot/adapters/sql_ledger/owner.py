"""The account and the X that a ledger serves.

A ledger is bound by its posts: by one that X has, as its answer or its timeline showed, and by a request
whose answer is unknown. Until then a binding is a note, and another account may replace it: a mistyped token
or address leaves no mark. While another process holds a publication, its account stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.adapters.sql_ledger.claims import SECONDS_NOW
from bot.adapters.sql_ledger.opening import about
from bot.adapters.sql_ledger.schema import delivery, publication
from bot.core.model import DeliveryState
from bot.core.publishing.progress import MAY_BE_OUT
from bot.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIED = (delivery.c.state == DeliveryState.SENDING) | delivery.c.intent_at.is_not(None)
"""A post in doubt that was never tried is looked for because of what another ledger may have sent."""
_UNKNOWN = delivery.c.state.in_(MAY_BE_OUT) & _TRIED
_KNOWN = delivery.c.post_id.is_not(None) | delivery.c.duplicate
"""What X calls a duplicate it has, too."""

_ANOTHER_LEDGER = (
    "for an account of its own, name another ledger: 'ledger' in config.yaml, or FLASHTWEET_LEDGER"
)


@dataclass(frozen=True, slots=True)
class Serving:
    """Whom a ledger serves, for one process."""

    origin: str
    user_id: str

    def __str__(self) -> str:
        return f"account {self.user_id} at {self.origin}"

    def items(self) -> dict[str, str]:
        """Return what the ledger notes of it."""
        return {"origin": self.origin, "user_id": self.user_id}


def noted(db: sa.Connection) -> Serving | None:
    """Return whom the ledger serves, by its note."""
    told = about(db)
    return Serving(told["origin"], told["user_id"]) if "origin" in told else None


def refuse_another(db: sa.Connection, name: str, wanted: Serving, is_dead: Callable[[str], bool]) -> None:
    """Return if the ledger serves `wanted`, or can from now on.

    Raises:
        LedgerError: it is another account's.
    """
    now = noted(db)
    if now is None or now == wanted or not _can_be_a_user(now.user_id):
        return
    if known := db.scalar(sa.select(sa.func.count()).where(_KNOWN)):
        posts = "a post" if known == 1 else f"{known} posts"
        raise LedgerError(
            f"{name}: this ledger serves {now}, where X has {posts} of it, not {wanted}. "
            f"Correct the keys or X_API_BASE_URL; {_ANOTHER_LEDGER}."
        )
    if (row := db.execute(_UNKNOWN_POSTS).first()) is not None:
        edition = f"{row.series}@{row.date}"
        raise LedgerError(
            f"{name}: this ledger serves {now}, where post {row.position} of {edition} may be out, not "
            f"{wanted}. Correct the keys or X_API_BASE_URL; {_ANOTHER_LEDGER}. If the profile of account "
            f"{now.user_id} does not show that post, type: "
            f"flashtweet resolve {edition} --post {row.position} --resend"
        )
    holders = (one for one in db.scalars(_CLAIMED) if not is_dead(one))
    if (holder := next(holders, None)) is not None:
        raise LedgerError(
            f"{name}: process {holder.split(':')[1]} publishes for {now} from this ledger, not for {wanted}. "
            f"Wait until it is done, or {_ANOTHER_LEDGER}."
        )


def _can_be_a_user(user_id: str) -> bool:
    """Return whether X could have accepted a token of `user_id`; an earlier version took it from any text."""
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
