"""Policy of publishing: durations, and choices that config.yaml leaves to the newsroom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.model import Chain

LEAST_LEASE = timedelta(seconds=40)
"""Shortest lease: a claim must outlast a request, and half of it may have passed when that begins."""


class OnUnknown(StrEnum):
    """The reaction to a request in doubt that the timeline does not show."""

    RESEND = "resend"
    HOLD = "hold"


class OnDeleted(StrEnum):
    """The reaction to a post of the thread that was deleted on X."""

    CONTINUE = "continue"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Policy:
    """The durations and choices of one publication."""

    gap: timedelta = timedelta(seconds=2)
    grace: timedelta = timedelta(minutes=30)
    """Latest time for the first post, after the slot."""
    by_hand: bool = False
    """True if an operator publishes at any time; only `finish_within` limits it."""
    finish_within: timedelta = timedelta(hours=2)
    """Latest time for any post, after the due time of the last one."""
    settle: timedelta = timedelta(seconds=90)
    """Time after which a post that exists is in the timeline. Unverified on live X; measure it there."""
    on_unknown: OnUnknown = OnUnknown.RESEND
    on_deleted: OnDeleted = OnDeleted.CONTINUE
    chain: Chain = Chain.REPLY
    backoff: timedelta = timedelta(seconds=2)
    """Delay after the first temporary refusal; it doubles with each, up to `LONGEST_BACKOFF`."""
    parent_attempts: int = 8
    """Attempts at a reply that X refuses for a parent that exists."""
    zone: str = "UTC"
    """IANA name of the newsroom's zone, for the instants in reasons."""


LONGEST_BACKOFF = timedelta(minutes=1)


def backoff(policy: Policy, attempts: int, now: datetime) -> datetime:
    """Return the time of the next attempt, after attempt number `attempts` got a temporary refusal."""
    wait: timedelta = min(policy.backoff * 2 ** min(attempts - 1, 10), LONGEST_BACKOFF)
    return now + wait
