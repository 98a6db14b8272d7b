"""What X told of our account, and what follows for the editions ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.core.content.pricing import dollars, thread_price
from bot.core.publishing.snowflake import created_at
from bot.core.schedule.local_times import when, when_over
from bot.core.schedule.preflight import CAN_WRITE, Check, failure, of_error, ok, warning
from bot.errors import AccountRefused, PublishError, RateLimited

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.core.model import EditionKey, Publication


class Window(StrEnum):
    """What X counts requests in: the beginnings of its headers' names.

    Each endpoint is counted by itself: what the answer to a reading says is true of readings.
    Source: https://docs.x.com/x-api/fundamentals/rate-limits; the 24-hour headers are undocumented, and
    reported of answers to ``POST /2/tweets``. Read 2026-11-24.
    """

    QUARTER = "x-rate-limit"
    USER_DAY = "x-user-limit-24hour"
    APP_DAY = "x-app-limit-24hour"


LENGTHS = {
    Window.QUARTER: timedelta(minutes=15),
    Window.USER_DAY: timedelta(hours=24),
    Window.APP_DAY: timedelta(hours=24),
}
DOCUMENTED: Mapping[Window, int] = {Window.QUARTER: 100, Window.APP_DAY: 10_000}
"""Posts that X takes: of a user in 15 minutes, of an app in 24 hours.
Source: https://docs.x.com/x-api/fundamentals/rate-limits, 2026-11-24."""

SIGNED_WITHIN = timedelta(minutes=1)
"""X refuses OAuth signatures whose time is off by more than it allows; five minutes are reported, X's docs do
not say (unverified, 2026-11-23). From here on a wrong clock is the likelier reason of a 401."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What X's answer to a request said of one window."""

    window: Window
    limit: int
    remaining: int | None = None
    reset_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ToldLimit:
    """An allowance, and when X spoke of it."""

    at: datetime
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are on X."""

    user_id: str
    handle: str
    """Without @."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What came of asking X who we are: an answer, or why there is none."""

    answer: Account | PublishError
    status: int | None = None
    """HTTP's; None where there was no answer at all."""
    access_level: str | None = None
    """The header ``x-access-level``."""
    ahead: timedelta | None = None
    """X's clock minus ours, from the header ``date``; refusals have it too."""
    within: timedelta = timedelta(0)
    """How far `ahead` may be off: half a second, since X tells whole ones, and half the round trip."""


def credentials(greeting: Greeting, user_id: str, host: str, zone: str = "UTC") -> Check:
    """Are they accepted, and whose are they? `user_id` is what the access token says."""
    answer = greeting.answer
    if isinstance(answer, Account) and answer.user_id == user_id:
        return ok("credentials", f"accepted by {host}: @{answer.handle} ({user_id}).")
    if isinstance(answer, Account):
        told = f"{host} calls this account {answer.user_id} (@{answer.handle}), the access token {user_id}."
        return failure("credentials", told, "Copy the four X_… variables anew, all of one app.")
    if isinstance(answer, RateLimited):
        end = when_over(answer.retry_at, zone)
        told = f"X is limiting our requests until {end}; the account was not checked."
        return warning("credentials", told, "Try again then; this says nothing of posts.")
    if not isinstance(answer, AccountRefused):
        return of_error("x", answer)
    if greeting.status == HTTPStatus.PAYMENT_REQUIRED:
        return of_error("credits", answer)
    return of_error("credentials" if greeting.status in _ABOUT_US else "x", answer)


_ABOUT_US = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def permission(level: str | None, last_post: str | None, zone: str = "UTC") -> Check:
    """May this token create posts? `last_post` is the id of the latest one that it created."""
    if level in CAN_WRITE:
        return ok("permission", f"the access token may write ({level}).")
    if level is not None:
        told = f"the access token may not write ({level})."
        todo = (
            "Give the app read and write permission in X's developer console, then make new access tokens: "
            "a token keeps the permission that it was made with."
        )
        return failure("permission", told, todo)
    if last_post is not None:
        at = created_at(int(last_post))
        return ok("permission", f"X does not say, and took a post of ours at {when(at, zone)}.")
    told = "X does not say whether the access token may write."
    return warning("permission", told, "To find out for sure: flashtweet doctor --live")


def credit(texts: Sequence[str]) -> Check:
    """Return the check of credits after a reading, which X bills, and refuses where there are none.

    `texts` are still to be posted.
    """
    cost = dollars(thread_price(texts).dollars)
    told = f"not used up; how many are left X does not tell. What is looked at here costs {cost}."
    return ok("credits", told)


# -- rate limits ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ahead:
    """The posts of a thread that are still to be sent."""

    due: Mapping[int, datetime]
    """When, by their positions in the thread."""
    count: int
    """How many posts the thread has, with those that are out."""


def counted(publications: Iterable[Publication], ahead: Collection[EditionKey] = ()) -> tuple[datetime, ...]:
    """Return when the posts of `publications` went out, or are due to; of those in `ahead` what is out."""
    return tuple(
        created_at(int(one.post_id)) if one.post_id else one.due_at
        for publication in publications
        for one in publication.deliveries
        if one.post_id or publication.key not in ahead
    )


def latest(told: Iterable[ToldLimit]) -> tuple[ToldLimit, ...]:
    """Return what X said last of each window."""
    found: dict[Window, ToldLimit] = {}
    for one in sorted(told, key=lambda one: one.at):
        found[one.allowance.window] = one
    return tuple(found[window] for window in _BY_LENGTH if window in found)


def headroom(
    key: EditionKey,
    ahead: Ahead,
    others: Iterable[datetime],
    limits: Mapping[Window, int],
    told: Sequence[ToldLimit] = (),
    zone: str = "UTC",
) -> Check:
    """Return whether the posts of a thread that are `ahead` fit into X's limits beside the `others`.

    X's windows begin with a request, ours slide: what fits here fits there. Other apps' posts are not known,
    but where X has `told` what is left: of that too much may be used already.
    """
    others, due = tuple(others), tuple(ahead.due.values())
    positions = tuple(ahead.due)
    for one in told:
        at = _first_without_room(due, others, one)
        if at is not None:
            return _used_up(key, one, positions[at], ahead.count, zone)
    for window in _BY_LENGTH:
        limit = limits.get(window)
        at = _first_over(due, others, LENGTHS[window], limit) if limit is not None else None
        if at is not None:
            return _over(key, window, limit or 0, positions[at], ahead.count)
    fits = ", ".join(f"{limits[window]:,} in {_SPANS[window]}" for window in limits)
    return ok("rate", f"{len(due)} posts fit into X's limits ({fits}).", key)


_BY_LENGTH = (Window.USER_DAY, Window.APP_DAY, Window.QUARTER)


def _first_without_room(due: Sequence[datetime], others: tuple[datetime, ...], told: ToldLimit) -> int | None:
    """Return the index of the first post that is due while the window is open, and has nothing left."""
    left, end = told.allowance.remaining, told.allowance.reset_at
    if left is None or end is None:
        return None
    for index, at in enumerate(due):
        if at >= end:
            break
        if index + 1 + sum(told.at < one <= at for one in others) > left:
            return index
    return None


def _used_up(key: EditionKey, told: ToldLimit, position: int, count: int, zone: str) -> Check:
    one = told.allowance
    end = when_over(one.reset_at, zone) if one.reset_at is not None else ""
    seen = (
        f"post {position} of {count} must wait until {end}: of {one.limit:,} posts in {_SPANS[one.window]} X "
        f"had {one.remaining} left on {when(told.at, zone)}"
    )
    if one.window is Window.QUARTER:
        return warning("rate", f"{seen}; it waits.", "Raise 'gap', or publish less at one time.", key)
    todo = f"Publish less before, or when that is over: flashtweet publish {key}"
    return failure("rate", f"{seen}. The thread is held there.", todo, key)


_SPANS = {Window.QUARTER: "15 min", Window.USER_DAY: "24 h", Window.APP_DAY: "24 h by all users of the app"}


def _first_over(
    due: Sequence[datetime], others: tuple[datetime, ...], length: timedelta, limit: int
) -> int | None:
    """Return the index of the first post that is one too many in the window that ends with it."""
    for index, at in enumerate(due):
        before = sum(at - length < one <= at for one in others)
        if before + sum(at - length < one <= at for one in due[: index + 1]) > limit:
            return index
    return None


def _over(key: EditionKey, window: Window, limit: int, position: int, count: int) -> Check:
    told = f"post {position} of {count} is more than the {limit:,} posts that X takes in {_SPANS[window]}"
    if window is Window.QUARTER:
        return warning("rate", f"{told}: it waits.", "Raise 'gap', or publish less at one time.", key)
    return failure("rate", f"{told}: the thread stops there.", "Publish less, or ask X for more.", key)
