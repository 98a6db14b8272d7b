"""Checks of the account on X: credentials, permission, credits and rate limits."""

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

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication


class Window(StrEnum):
    """Rate-limit windows of X; the values are prefixes of header names.

    X counts each endpoint separately: the headers of a timeline answer concern timeline requests only.
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
"""Posts that X accepts: from a user in 15 minutes, from an app in 24 hours.
Source: https://docs.x.com/x-api/fundamentals/rate-limits, 2026-11-24."""

SIGNED_WITHIN = timedelta(minutes=1)
"""Clock offset from which a wrong clock is the likelier cause of a 401. X refuses OAuth signatures whose time
is too far off; five minutes are reported, X's docs give no limit (unverified, 2026-11-23)."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """One rate-limit window, from the headers of X's answer to a request."""

    window: Window
    limit: int
    remaining: int | None = None
    reset_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ToldLimit:
    """An allowance and the time of the answer that contained it."""

    at: datetime
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Account:
    """Our account on X."""

    user_id: str
    handle: str
    """Without @."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """Result of the request for our account: the account or the error, with the answer's headers."""

    answer: Account | PublishError
    status: int | None = None
    """HTTP status; None if X did not answer."""
    access_level: str | None = None
    """The header ``x-access-level``."""
    ahead: timedelta | None = None
    """X's clock minus ours, from the header ``date``; refusals have it too."""
    within: timedelta = timedelta(0)
    """Error bound of `ahead`: half a second, since the header has whole ones, and half the round trip."""


def credentials(greeting: Greeting, user_id: str, host: str, zone: str = "UTC") -> Check:
    """Check that X accepts the credentials and that they belong to `user_id`, the access token's account."""
    answer = greeting.answer
    if isinstance(answer, Account) and answer.user_id == user_id:
        return ok("credentials", f"accepted by {host}: @{answer.handle} ({user_id}).")
    if isinstance(answer, Account):
        observed = (
            f"{host} calls this account {answer.user_id} (@{answer.handle}), the access token {user_id}."
        )
        return failure("credentials", observed, "Copy the four X_… variables again, all from one app.")
    if isinstance(answer, RateLimited):
        end = when_over(answer.retry_at, zone)
        observed = f"X is limiting our requests until {end}; the account was not checked."
        return warning("credentials", observed, "Try again then; posting is limited separately.")
    if not isinstance(answer, AccountRefused):
        return of_error("x", answer)
    if greeting.status == HTTPStatus.PAYMENT_REQUIRED:
        return of_error("credits", answer)
    return of_error("credentials" if greeting.status in _ABOUT_US else "x", answer)


_ABOUT_US = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def permission(level: str | None, last_post: str | None, zone: str = "UTC") -> Check:
    """Check that the access token may create posts; `last_post` is the id of its latest post."""
    if level in CAN_WRITE:
        return ok("permission", f"the access token may write ({level}).")
    if level is not None:
        observed = f"the access token may not write ({level})."
        todo = (
            "Give the app read and write permission in X's developer console, then make new access tokens: "
            "a token keeps the permission it was created with."
        )
        return failure("permission", observed, todo)
    if last_post is not None:
        at = created_at(int(last_post))
        return ok("permission", f"X does not report it, but accepted a post of ours at {when(at, zone)}.")
    observed = "X does not report whether the access token may write."
    return warning("permission", observed, "To find out for sure: flashtweet doctor --live")


def credit(texts: Sequence[str]) -> Check:
    """Return the check of credits after a successful read, which X bills and refuses without credits.

    `texts` are the texts still to be posted.
    """
    cost = dollars(thread_price(texts).dollars)
    observed = f"not used up; X does not report how many are left. The posts checked here cost {cost}."
    return ok("credits", observed)


# -- rate limits ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ahead:
    """The posts of a thread that are still to be sent."""

    due: Mapping[int, datetime]
    """Due times, by position in the thread."""
    count: int
    """Number of posts in the thread, including those already sent."""


def counted(publications: Iterable[Publication], ahead: Collection[EditionKey] = ()) -> tuple[datetime, ...]:
    """Return the creation or due times of posts of `publications`; only of sent posts for keys in `ahead`."""
    return tuple(
        created_at(int(one.post_id)) if one.post_id else one.due_at
        for publication in publications
        for one in publication.deliveries
        if one.post_id or publication.key not in ahead
    )


def latest(limits: Iterable[ToldLimit]) -> tuple[ToldLimit, ...]:
    """Return the latest of `limits` for each window."""
    found: dict[Window, ToldLimit] = {}
    for one in sorted(limits, key=lambda one: one.at):
        found[one.allowance.window] = one
    return tuple(found[window] for window in _BY_LENGTH if window in found)


def headroom(
    key: EditionKey,
    ahead: Ahead,
    others: Iterable[datetime],
    limits: Mapping[Window, int],
    remaining: Sequence[ToldLimit] = (),
    zone: str = "UTC",
) -> Check:
    """Check that the posts `ahead` of a thread fit into X's limits beside the `others`.

    X's windows begin with a request, ours slide, so a thread that fits ours fits X's. Posts by other apps are
    known only through `remaining`, the latest limits from X's headers.
    """
    others, due = tuple(others), tuple(ahead.due.values())
    positions = tuple(ahead.due)
    for one in remaining:
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


def _first_without_room(due: Sequence[datetime], others: tuple[datetime, ...], seen: ToldLimit) -> int | None:
    """Return the index of the first post that is due before the reset of the window and exceeds it."""
    left, end = seen.allowance.remaining, seen.allowance.reset_at
    if left is None or end is None:
        return None
    for index, at in enumerate(due):
        if at >= end:
            break
        if index + 1 + sum(seen.at < one <= at for one in others) > left:
            return index
    return None


def _used_up(key: EditionKey, seen: ToldLimit, position: int, count: int, zone: str) -> Check:
    one = seen.allowance
    end = when_over(one.reset_at, zone) if one.reset_at is not None else ""
    observed = (
        f"post {position} of {count} must wait until {end}: of {one.limit:,} posts in {_SPANS[one.window]} X "
        f"had {one.remaining} left on {when(seen.at, zone)}"
    )
    if one.window is Window.QUARTER:
        return warning("rate", f"{observed}; it waits.", "Raise 'gap', or publish less at one time.", key)
    todo = f"Publish less before, or when that is over: flashtweet publish {key}"
    return failure("rate", f"{observed}. The thread is held there.", todo, key)


_SPANS = {Window.QUARTER: "15 min", Window.USER_DAY: "24 h", Window.APP_DAY: "24 h by all users of the app"}


def _first_over(
    due: Sequence[datetime], others: tuple[datetime, ...], length: timedelta, limit: int
) -> int | None:
    """Return the index of the first post that exceeds `limit` in the window ending with it."""
    for index, at in enumerate(due):
        before = sum(at - length < one <= at for one in others)
        if before + sum(at - length < one <= at for one in due[: index + 1]) > limit:
            return index
    return None


def _over(key: EditionKey, window: Window, limit: int, position: int, count: int) -> Check:
    observed = f"post {position} of {count} exceeds the {limit:,} posts that X accepts in {_SPANS[window]}"
    if window is Window.QUARTER:
        return warning("rate", f"{observed}: it waits.", "Raise 'gap', or publish less at one time.", key)
    return failure("rate", f"{observed}: the thread stops there.", "Publish less, or ask X for more.", key)
