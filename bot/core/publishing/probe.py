"""Posts of ``flashtweet doctor --live``, and its measurements of behaviour that X does not document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.content import pricing
from bot.core.publishing.policy import Policy
from bot.core.publishing.snowflake import created_at
from bot.core.schedule.account_checks import ToldLimit
from bot.core.text.matching import CLOCK_ALLOWANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta
    from decimal import Decimal

    from bot.core.schedule.account_checks import Allowance

DEFAULT_SETTLE = Policy().settle
"""Settle window without a setting in config.yaml and without a measurement."""
SETTLE_PER_LAG = 3
"""Settle window, in multiples of the longest lag measured: a lag is no bound, and too short a window posts
twice."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One post of a live check, sent or about to be sent. It belongs to no edition, and none adopts it."""

    number: int
    at: datetime
    """Time just before the request."""
    text: str
    parent_id: str | None = None
    post_id: str | None = None
    """None if its answer never came."""

    @property
    def search_from(self) -> datetime:
        """The instant on X's clock before which X cannot have created the post."""
        known = self.post_id or self.parent_id
        return created_at(int(known)) if known else self.at - CLOCK_ALLOWANCE


def texts(token: str) -> tuple[str, str]:
    """Return the texts of a thread of two: no link, since that costs more; no hashtag; unique by `token`."""
    words = "Essai technique de flashtweet ({}/2) : ce message sera supprimé dans un instant. [{}]"
    return words.format(1, token), words.format(2, token)


def probe_price() -> Decimal:
    """Return the price in US dollars of creating, reading and deleting both posts."""
    return 2 * (pricing.POST_PRICE + pricing.READ + pricing.DELETE)


@dataclass(frozen=True, slots=True)
class Lag:
    """Time until the timeline showed a post, from X's answer to its creation."""

    at_most: timedelta
    """Up to the end of the first reading that showed it, or of the last reading if none did."""
    was_seen: bool


@dataclass(frozen=True, slots=True)
class Measurement:
    """Results of one run; a field is None if the run did not get that far."""

    at: datetime
    self_replies: bool | None = None
    """True if X lets the account reply to its own posts."""
    lag: Lag | None = None
    """The longer lag of the two posts."""
    ahead: timedelta | None = None
    """X's clock minus ours, from the first post's id; accurate to ± half the round trip."""
    round_trip: timedelta | None = None
    """From the request for the first post to X's answer."""
    limits: tuple[Allowance, ...] = ()
    """Rate limits in X's answer to a post."""


def longest_lag(measured: Iterable[Measurement]) -> timedelta | None:
    """Return the longest lag; a post that never appeared counts with the time it was searched for."""
    return max((one.lag.at_most for one in measured if one.lag is not None), default=None)


def settle_for(measured: Iterable[Measurement]) -> timedelta:
    """Return the settle window for ``settle: auto``."""
    lag = longest_lag(measured)
    return DEFAULT_SETTLE if lag is None else max(DEFAULT_SETTLE, SETTLE_PER_LAG * lag)


def told_by(measured: Iterable[Measurement]) -> Iterator[ToldLimit]:
    """Return the rate limits in X's answers to posts, in the order of `measured`."""
    return (ToldLimit(one.at, allowance) for one in measured for allowance in one.limits)
