"""Posts of other editions in the ledger, by id or by text."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.publication import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Delivery
    from bot.ports import Ledger

_LOOKED_BACK = timedelta(days=30)


def with_text(ledger: Ledger, text: str, key: EditionKey, position: int, now: datetime) -> str | None:
    """Return the other sent post with `text`, as ``hebdo@2026-12-06 post 3``; None if there is none."""
    return _named(
        ledger,
        now,
        lambda other, one: (
            one.text == text and one.state is DeliveryState.SENT and (other, one.position) != (key, position)
        ),
    )


def with_id(ledger: Ledger, post_id: str, now: datetime) -> str | None:
    """Return the post with `post_id`, as ``hebdo@2026-12-06 post 3``; None if there is none."""
    return _named(ledger, now, lambda _, one: one.post_id == post_id)


def _named(ledger: Ledger, now: datetime, is_it: Callable[[EditionKey, Delivery], bool]) -> str | None:
    known = sorted(ledger.open_or_since(now - _LOOKED_BACK), key=lambda one: one.slot_at, reverse=True)
    return next(
        (
            f"{publication.key} post {one.position}"
            for publication in known
            for one in publication.deliveries
            if is_it(publication.key, one)
        ),
        None,
    )
