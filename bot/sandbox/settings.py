"""The rules the sandbox applies: X's limits, quirks and latency. Defaults are X's, with source and date."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.errors import UsageError
from bot.sandbox.schema import choices, problems_in

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

READ_ONLY = "read"
AccessLevel = Literal["read", "read-write", "read-write-directmessages"]
"""Values of the header ``x-access-level``, the permissions of the access token.
Source: https://groups.google.com/g/twitter-api-announce, 2011-06-30. Neither X's docs nor its OpenAPI spec
2.167 name it; `read` and `read-write` are reported on API v2 in 2026. Gathered 2026-11-24."""


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(name)
    return name


Count = Annotated[int, Field(ge=0, description="a whole number from 0")]
Seconds = Annotated[timedelta, Field(ge=timedelta(0), strict=False, description="seconds from 0")]
Zone = Annotated[str, AfterValidator(_zone), Field(description="an IANA time zone")]


class SandboxSettings(BaseModel):
    """The rules of one sandbox. Durations are `timedelta`; in JSON they are seconds, named ``…_seconds``."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, populate_by_name=True, ser_json_timedelta="float"
    )

    text_limit: Count = 280
    """Weighted length of a post. Source: twitter-text 3.1, config v3. Premium accounts have 25,000."""
    max_cashtags: Count = 1
    """Cashtags in one post on self-serve tiers. Source: X's docs, snapshot 2026-08-22."""
    duplicate_window: Seconds = Field(timedelta(hours=18), alias="duplicate_window_seconds")
    """Time during which X refuses the same text again. Undocumented: 30 min to 24 h by third-party reports,
    gathered 2026-11-23. Zero disables the rule."""
    latency: Seconds = Field(timedelta(0), alias="latency_seconds")
    """Added to every answer of the API, half of it before the request takes effect and half after."""
    timeline_lag: Seconds = Field(timedelta(0), alias="timeline_lag_seconds")
    """Time during which reads do not show a new post, on X's clock. Live X's lag is unknown."""

    posts_per_15min: Count = 100
    """``POST /2/tweets`` per user. Source, also for the next two: X's docs, snapshot 2026-08-22."""
    deletes_per_15min: Count = 50
    timelines_per_15min: Count = 900
    others_per_15min: Count = 900
    """Each other endpoint separately. Not checked against X's docs (2026-11-23)."""
    app_posts_per_day: Count = 10_000
    """``POST /2/tweets`` per app in 24 h. Source: X's docs, snapshot 2026-08-22."""
    user_posts_per_day: Count = 10_000
    """``POST /2/tweets`` per user in 24 h. Undocumented; 100 has been seen, and 50 posts for unverified
    accounts reported (2026-11-23). The default never applies in practice: lower it to rehearse."""

    own_app: Annotated[bool, Field(description="true or false")] = False
    """True if the account owns the developer app: its own posts then cost $0.001 to read, not $0.005."""
    access_level: AccessLevel = "read-write"
    """Permissions of the access token; with ``read``, X refuses all writes."""
    timezone: Zone = "Europe/Paris"
    """IANA zone of the times on the timeline page."""

    def to_json(self) -> dict[str, Any]:
        """Return all settings by their JSON names."""
        return self.model_dump(mode="json", by_alias=True)

    def changed(self, body: bytes) -> Self:
        """Return a copy with the settings in `body`, a JSON object, replaced.

        Raises:
            UsageError: it is no JSON object, or has an unknown name, a value of the wrong type or below zero.

        """
        try:
            wanted = type(self).model_validate_json(body)
        except ValidationError as error:
            problems = problems_in(error)
        else:
            return self.model_copy(update={name: getattr(wanted, name) for name in wanted.model_fields_set})
        raise UsageError("\n".join(f"settings: {_message(problem)}" for problem in problems))


def _message(problem: ErrorDetails) -> str:
    if problem["type"] == "json_invalid":
        return f"not JSON: {problem['ctx']['error']}."
    if not problem["loc"]:
        return 'expected a JSON object such as {"text_limit": 280}.'
    name = str(problem["loc"][0])
    known = {field.alias or name: field for name, field in SandboxSettings.model_fields.items()}
    if name not in known:
        return f"{name!r} is not a setting. Known: {', '.join(known)}."
    expected = known[name].description or f"one of {choices(problem)}"
    found = problem["input"]
    shown = found.total_seconds() if isinstance(found, timedelta) else found
    return f"{name} is {shown!r}; expected {expected}."
