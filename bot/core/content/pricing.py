"""Cost of a thread on X's price list.

Source: X's pricing page, pay-per-use since 2026-04-16, https://docs.x.com/x-api/getting-started/pricing,
as read on 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.core.text import entities

if TYPE_CHECKING:
    from collections.abc import Iterable

POST_PRICE = Decimal("0.015")
"""US dollars for a post without a link."""
POST_WITH_LINK = Decimal("0.200")
"""US dollars for a post with one link or more."""
READ = Decimal("0.005")
"""US dollars for reading a post back, once a UTC day."""
DELETE = Decimal("0.005")
"""US dollars for deleting a post. Source: X's price list of 2026-08-05, in the widget of its pricing page;
an earlier list had $0.010. Unverified on a real bill."""
PRICES_FROM = "2026-04-16"
"""Date of the price list."""


@dataclass(frozen=True, slots=True)
class Price:
    """The cost of a thread, and its cost without links."""

    posts: int
    linked: int

    @property
    def dollars(self) -> Decimal:
        return self.linked * POST_WITH_LINK + (self.posts - self.linked) * POST_PRICE

    @property
    def without_links(self) -> Decimal:
        return self.posts * POST_PRICE


def thread_price(texts: Iterable[str]) -> Price:
    """Return the cost of creating posts with these texts."""
    texts = tuple(texts)
    return Price(len(texts), sum(1 for text in texts if entities.urls(text)))


def dollars(amount: Decimal) -> str:
    """Return ``$0.55``, with tenths of cents if there are any: X's prices have three decimals."""
    return f"${amount:.2f}" if amount == round(amount, 2) else f"${amount:.3f}"
