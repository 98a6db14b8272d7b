"""Query strings of the API's reads, parsed strictly as on X, and the paging of timelines."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from bot.sandbox.refusals import invalid_request
from bot.sandbox.views import EXPANSIONS, TWEET_FIELDS, USER_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.sandbox.posts import SandboxPost

_ID = re.compile(r"[0-9]{1,19}")
_FIELDS = {"tweet.fields": TWEET_FIELDS, "user.fields": USER_FIELDS, "expansions": EXPANSIONS}
_PAGING = ("max_results", "pagination_token", "since_id", "until_id", "start_time", "end_time", "exclude")
MAX_IDS = 100
"""Maximum posts per lookup. Source, also for the limits of ``max_results``: OpenAPI spec 2.167."""
_MAX_RESULTS = range(5, 101)
_DEFAULT_RESULTS = 10


@dataclass(frozen=True)
class TimelinePage:
    """A page of a timeline, as requested. The ids and `end` are exclusive bounds, `start` is inclusive."""

    size: int = _DEFAULT_RESULTS
    since_id: int = 0
    until_id: int = 2**63
    start: datetime | None = None
    end: datetime | None = None
    exclude: frozenset[str] = frozenset()
    older_than: int | None = None
    newer_than: int | None = None

    def admits(self, post: SandboxPost) -> bool:
        """Return True if `post` belongs to the requested timeline."""
        return (
            self.since_id < int(post.id) < self.until_id
            and (self.start is None or post.created_at >= self.start)
            and (self.end is None or post.created_at < self.end)
            and not ("replies" in self.exclude and post.replied_to)
            and not ("retweets" in self.exclude and post.repost_of)
        )

    def cut(self, newest_first: Iterable[SandboxPost]) -> tuple[list[SandboxPost], str | None, str | None]:
        """Return the page's posts, the token of the next (older) page and of the previous (newer) page."""
        admitted = (post for post in newest_first if self.admits(post))
        if self.newer_than is not None:
            newer = [post for post in admitted if int(post.id) > self.newer_than]
            posts, older, newer_left = newer[-self.size :], True, len(newer) > self.size
        elif self.older_than is not None:
            below = list(islice((post for post in admitted if int(post.id) < self.older_than), self.size + 1))
            posts, older, newer_left = below[: self.size], len(below) > self.size, True
        else:
            first = list(islice(admitted, self.size + 1))
            posts, older, newer_left = first[: self.size], len(first) > self.size, False
        next_token = _token("older", posts[-1].id) if posts and older else None
        previous_token = _token("newer", posts[0].id) if posts and newer_left else None
        return posts, next_token, previous_token


def _token(direction: str, post_id: str) -> str:
    """Return an opaque base32hex token, as the spec requires; it holds the id at which the page begins."""
    return base64.b32hexencode(f"{direction}{post_id}".encode()).decode().rstrip("=").lower()


def _bound(token: str) -> dict[str, int]:
    padded = token.upper() + "=" * (-len(token) % 8)
    direction, post_id = base64.b32hexdecode(padded)[:5].decode(), base64.b32hexdecode(padded)[5:].decode()
    return {{"older": "older_than", "newer": "newer_than"}[direction]: int(post_id)}


class Query:
    """The parameters of one request. Collects problems; `done` raises them together."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = parameters
        self._problems: list[str] = []
        self._known: set[str] = set()

    def fields(self, name: str) -> frozenset[str]:
        """Return the comma-separated values of `name`."""
        self._known.add(name)
        values = frozenset(filter(None, self._parameters.get(name, "").split(",")))
        for value in sorted(values - _FIELDS[name]):
            self._problems.append(
                f"The `{name}` query parameter value [{value}] is not one of "
                f"[{','.join(sorted(_FIELDS[name]))}]"
            )
        return values

    def ids(self) -> tuple[str, ...]:
        """Return the values of ``ids``: 1 to 100."""
        self._known.add("ids")
        values = tuple(self._parameters.get("ids", "").split(","))
        if len(values) > MAX_IDS or not all(map(_ID.fullmatch, values)):
            self._problems.append(f"The `ids` query parameter must hold 1 to {MAX_IDS} ids of 1 to 19 digits")
        return values

    def page(self) -> TimelinePage:
        """Return the requested page of a timeline."""
        self._known.update(_PAGING)
        values: dict[str, object] = {}
        for name in _PAGING:
            if name in self._parameters:
                try:
                    values |= _page_value(name, self._parameters[name])
                except (ValueError, KeyError, binascii.Error, UnicodeDecodeError):
                    self._problems.append(
                        f"The `{name}` query parameter value [{self._parameters[name]}] is not valid"
                    )
        return TimelinePage(**values)  # type: ignore[arg-type]  # _page_value gives each field its type

    def done(self) -> None:
        """Raise `Refusal` (400) with all problems, unknown parameters included."""
        unknown = [name for name in self._parameters if name not in self._known]
        self._problems += [
            f"The query parameter [{name}] is not one of [{','.join(sorted(self._known))}]"
            for name in unknown
        ]
        if self._problems:
            raise invalid_request(*self._problems)


def _page_value(name: str, text: str) -> dict[str, object]:
    match name:
        case "max_results":
            return {"size": _MAX_RESULTS[_MAX_RESULTS.index(int(text))]}
        case "pagination_token":
            return dict(_bound(text))
        case "since_id" | "until_id":
            if not _ID.fullmatch(text):
                raise ValueError(text)
            return {name: int(text)}
        case "start_time" | "end_time":
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise ValueError(text)
            return {name.removesuffix("_time"): moment}
        case _:
            values = frozenset(text.split(","))
            if not values <= {"replies", "retweets"}:
                raise ValueError(text)
            return {"exclude": values}
