"""What ``flashtweet doctor --live`` posts, and what it settles that no document of X's says."""

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
"""Where neither config.yaml nor a measurement says otherwise."""
SETTLE_PER_LAG = 3
"""Settle windows to the longest lag measured: a lag is no bound, and a window too short posts twice."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One post that a doctor made, or was about to make. It is no edition's, and none adopts it."""

    number: int
    at: datetime
    """When it was about to be sent."""
    text: str
    parent_id: str | None = None
    post_id: str | None = None
    """None: its answer never came."""

    @property
    def search_from(self) -> datetime:
        """The instant on X's clock before which the post cannot have been created."""
        known = self.post_id or self.parent_id
        return created_at(int(known)) if known else self.at - CLOCK_ALLOWANCE


def texts(token: str) -> tuple[str, str]:
    """A thread of two: no link, which is dearer; no hashtag; and, by `token`, the text of nothing else."""
    words = "Essai technique de flashtweet ({}/2) : ce message sera supprimé dans un instant. [{}]"
    return words.format(1, token), words.format(2, token)


def probe_price() -> Decimal:
    """US dollars for creating, reading and deleting both posts."""
    return 2 * (pricing.POST_PRICE + pricing.READ + pricing.DELETE)


@dataclass(frozen=True, slots=True)
class Lag:
    """How long the timeline took to show a post, counted from X's answer to its creation."""

    at_most: timedelta
    """To the end of the first reading that showed it; to the last reading, where none did."""
    was_seen: bool


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one run settled; None where it did not come so far."""

    at: datetime
    self_replies: bool | None = None
    """Whether X lets the account reply to its own post."""
    lag: Lag | None = None
    """The longest of both posts."""
    ahead: timedelta | None = None
    """X's clock minus ours, from the first post's id; true to ± half the round trip."""
    round_trip: timedelta | None = None
    """From the request for the first post to X's answer."""
    limits: tuple[Allowance, ...] = ()
    """What X's answer to a post said of its limits."""


def longest_lag(measured: Iterable[Measurement]) -> timedelta | None:
    """The longest lag of all; one that was not seen to its end counts as long as it was watched."""
    return max((one.lag.at_most for one in measured if one.lag is not None), default=None)


def settle_for(measured: Iterable[Measurement]) -> timedelta:
    """The settle window where config.yaml leaves it to us."""
    lag = longest_lag(measured)
    return DEFAULT_SETTLE if lag is None else max(DEFAULT_SETTLE, SETTLE_PER_LAG * lag)


def told_by(measured: Iterable[Measurement]) -> Iterator[ToldLimit]:
    """Return what X said of the limits of posts, oldest first as `measured` is."""
    return (ToldLimit(one.at, allowance) for one in measured for allowance in one.limits)
