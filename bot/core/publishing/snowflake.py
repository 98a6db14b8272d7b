"""Creation times in X's post ids: 42 bits of milliseconds on X's clock, then 22 bits that order ids.

Source: https://github.com/twitter-archive/snowflake/tree/snowflake-2010 (epoch and layout), read 2026-11-23;
the epoch is still the one that ids of 2026 use (compared the same day).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH_MS = 1_288_834_974_657
"""2010-11-04T01:42:54.657Z, the instant whose first id is 0, in milliseconds since 1970."""

_SEQUENCE_BITS = 22
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def created_at(post_id: int) -> datetime:
    """Return the instant at which `post_id` was created, in whole milliseconds of X's clock."""
    return _UNIX + timedelta(milliseconds=(post_id >> _SEQUENCE_BITS) + EPOCH_MS)


def offset_of(post_id: int, asked_at: datetime, took: timedelta) -> timedelta:
    """Return how far X's clock is ahead of ours, ± half of `took`.

    `asked_at` is the time of the request on our clock, `took` its round trip.
    """
    return created_at(post_id) - (asked_at + took / 2)


def first_id_at(instant: datetime) -> int:
    """Return the lowest id that a post created in the millisecond of `instant` (aware) can have.

    Raises:
        ValueError: `instant` is before the epoch.
    """
    milliseconds = (instant - _UNIX) // _MILLISECOND - EPOCH_MS
    if milliseconds < 0:
        raise ValueError(
            f"{instant.isoformat()} is before 2010-11-04, the first instant that a post id can carry"
        )
    return milliseconds << _SEQUENCE_BITS
