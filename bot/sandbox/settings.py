"""The rules the sandbox applies: X's limits, quirks and latency. Defaults are X's, with source and date."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import available_timezones

from bot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

_SECONDS = "_seconds"

READ_ONLY = "read"
ACCESS_LEVELS = (READ_ONLY, "read-write", "read-write-directmessages")
"""Values of the header ``x-access-level``, the permissions of the access token.
Source: https://groups.google.com/g/twitter-api-announce, 2011-06-30. Neither X's docs nor its OpenAPI spec
2.167 name it; `read` and `read-write` are reported on API v2 in 2026. Gathered 2026-11-24."""


@dataclass(frozen=True)
class SandboxSettings:
    """The rules of one sandbox. Durations are `timedelta`; in JSON they are seconds, named ``…_seconds``."""

    text_limit: int = 280
    """Weighted length of a post. Source: twitter-text 3.1, config v3. Premium accounts have 25,000."""
    max_cashtags: int = 1
    """Cashtags in one post on self-serve tiers. Source: X's docs, snapshot 2026-08-22."""
    duplicate_window: timedelta = timedelta(hours=18)
    """Time during which X refuses the same text again. Undocumented: 30 min to 24 h by third-party reports,
    gathered 2026-11-23. Zero disables the rule."""
    latency: timedelta = timedelta(0)
    """Added to every answer of the API, half of it before the request takes effect and half after."""
    timeline_lag: timedelta = timedelta(0)
    """Time during which reads do not show a new post, on X's clock. Live X's lag is unknown."""

    posts_per_15min: int = 100
    """``POST /2/tweets`` per user. Source, also for the next two: X's docs, snapshot 2026-08-22."""
    deletes_per_15min: int = 50
    timelines_per_15min: int = 900
    others_per_15min: int = 900
    """Each other endpoint separately. Not checked against X's docs (2026-11-23)."""
    app_posts_per_day: int = 10_000
    """``POST /2/tweets`` per app in 24 h. Source: X's docs, snapshot 2026-08-22."""
    user_posts_per_day: int = 10_000
    """``POST /2/tweets`` per user in 24 h. Undocumented; 100 has been seen, and 50 posts for unverified
    accounts reported (2026-11-23). The default never applies in practice: lower it to rehearse."""

    own_app: bool = False
    """True if the account owns the developer app: its own posts then cost $0.001 to read, not $0.005."""
    access_level: str = "read-write"
    """Permissions of the access token; with ``read``, X refuses all writes."""
    timezone: str = "Europe/Paris"
    """IANA zone of the times on the timeline page."""

    def to_json(self) -> dict[str, Any]:
        """Return all settings by their JSON names."""
        return {
            _json_name(field.name, value): value.total_seconds() if isinstance(value, timedelta) else value
            for field in fields(self)
            for value in (getattr(self, field.name),)
        }

    def changed(self, values: dict[str, Any]) -> Self:
        """Return a copy with the settings in `values`, by their JSON names, replaced.

        Raises:
            UsageError: an unknown name, or a value of the wrong type or below zero.

        """
        known = {
            _json_name(field.name, value): (field.name, value)
            for field in fields(self)
            for value in (getattr(self, field.name),)
        }
        changes: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise UsageError(f"settings: {name!r} is not a setting. Known: {', '.join(known)}.")
            attribute, old = known[name]
            changes[attribute] = _typed(name, value, old)
        return replace(self, **changes)


def _json_name(name: str, value: object) -> str:
    return name + _SECONDS if isinstance(value, timedelta) else name


def _typed(name: str, value: object, old: object) -> object:
    if isinstance(old, bool) or isinstance(value, bool):
        if isinstance(old, bool) and isinstance(value, bool):
            return value
    elif isinstance(old, str):
        if isinstance(value, str) and value in _choices(name):
            return value
    elif isinstance(value, int | float) and value >= 0:
        if isinstance(old, timedelta):
            return timedelta(seconds=value)
        if isinstance(value, int):
            return value
    words = "an IANA time zone" if name == "timezone" else f"one of {', '.join(ACCESS_LEVELS)}"
    wanted = {bool: "true or false", str: words, int: "a whole number from 0"}.get(
        type(old), "seconds from 0"
    )
    raise UsageError(f"settings: {name} is {value!r}; expected {wanted}.")


def _choices(name: str) -> Collection[str]:
    """Return the allowed values of the text setting `name`."""
    return available_timezones() if name == "timezone" else ACCESS_LEVELS
