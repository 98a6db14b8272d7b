"""The kinds of fault between flashtweet and X, as data.

docs/sandbox.md documents the file that lists them; `PARAMETERS` is the table it is validated against.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field


class FaultKind(StrEnum):
    """The effect of a fault on a request."""

    ANSWER_LOST = "answer-lost"
    """The request takes effect; the connection closes without a byte of an answer."""
    DROPPED = "dropped"
    """The connection closes before the request takes effect."""
    REFUSED = "refused"
    """The listener closes for ``seconds``: clients see "connection refused", even on kept-alive
    connections."""
    RATE_LIMIT = "rate-limit"
    """429; ``window`` names the exhausted limit, ``reset_seconds`` when it reopens (null: no header)."""
    CREDITS = "credits"
    """402: the account has no credits."""
    UNAUTHORIZED = "unauthorized"
    """401."""
    FORBIDDEN = "forbidden"
    """403, for ``reason``."""
    UNAVAILABLE = "unavailable"
    """503, before or after the request takes effect, as JSON or as an HTML page."""
    DELAY = "delay"
    """The answer takes ``seconds`` longer; ``when`` selects the side of the effect."""
    TRUNCATED = "truncated"
    """The request takes effect; its answer ends in mid-body."""
    ODD = "odd"
    """An answer that contradicts its status: 2xx with HTML or nothing, 4xx with a JSON list."""
    TIMELINE_LAG = "timeline-lag"
    """The post is created, but reads do not show it until ``seconds`` have passed on X's clock."""
    PARENT_NOT_VISIBLE = "parent-not-visible"
    """The refusal of a reply whose parent is not visible to X yet."""


class RequestKind(StrEnum):
    """The kind of request that a fault applies to."""

    ANY = "any"
    CREATE = "create"
    """``POST /2/tweets``"""
    DELETE = "delete"
    """``DELETE /2/tweets/:id``"""
    LOOKUP = "lookup"
    """``GET /2/tweets/:id`` and ``GET /2/tweets``"""
    ME = "me"
    """``GET /2/users/me``"""
    TIMELINE = "timeline"
    """``GET /2/users/:id/tweets``"""
    REPOST = "repost"
    """``POST /2/users/:id/retweets``"""
    UPLOAD = "upload"
    """``POST /2/media/upload``"""
    METADATA = "metadata"
    """``POST /2/media/metadata``"""


class When(StrEnum):
    """The side of the request's effect on which a fault strikes."""

    BEFORE = "before"
    AFTER = "after"


class Forbidden(StrEnum):
    """The reason for a 403."""

    SUSPENDED = "suspended"
    LOCKED = "locked"
    """X's code 326: the account's owner has to log in."""
    AUTOMATED = "automated"
    """X's code 226: the post looks automated; the account is not locked."""
    READ_ONLY_APP = "read-only-app"
    DUPLICATE = "duplicate"
    REPLY_NOT_ALLOWED = "reply-not-allowed"
    NOT_AUTHORIZED = "not-authorized"
    NOT_PERMITTED = "not-permitted"


class FaultedLimit(StrEnum):
    """The limit that a 429 names."""

    QUARTER = "15min"
    USER_DAY = "user-24hour"
    APP_DAY = "app-24hour"


class Form(StrEnum):
    """The form of an answer's body."""

    JSON = "json"
    HTML = "html"
    EMPTY = "empty"
    LIST = "list"
    CODE_88 = "code-88"


_Number = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True)
class Fault:
    """One fault: the requests it hits, how many, and its effect on them.

    Of the last seven fields, a fault uses those that `PARAMETERS` names for its kind.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(strict=True)

    fault: FaultKind
    request: RequestKind = RequestKind.CREATE
    after: Annotated[int, Field(ge=0)] = 0
    """Matching requests, counted from activation, that pass unharmed first."""
    times: Annotated[int, Field(ge=1)] = 1
    """Number of requests hit before the fault ends."""
    seconds: Annotated[_Number, Field(ge=0)] = 1.0
    """Duration of a delay or a refusal (both real time), or of a lag (X's clock)."""
    when: When | None = None
    """None: before the effect, or after it for an odd answer of 2xx."""
    reason: Forbidden = Forbidden.NOT_PERMITTED
    form: Form | None = None
    """None: the first of the kind's `FORMS`."""
    status: Annotated[int, Field(ge=100)] | None = None
    """None: 403 for a parent that is not visible, 400 for an odd list, else the success status."""
    window: FaultedLimit = FaultedLimit.QUARTER
    reset_seconds: _Number | None = 900
    """Seconds from the request to the reset in a 429, rounded to a second as on X; negative is in the
    past."""

    def to_json(self) -> dict[str, Any]:
        """Return the fault as in the file, with only the fields that its kind uses."""
        values = {name: getattr(self, name) for name in (*COMMON_FIELDS, *PARAMETERS[self.fault])}
        return {name: value for name, value in values.items() if value is not None or name == "reset_seconds"}


COMMON_FIELDS = ("fault", "request", "after", "times")
PARAMETERS: dict[FaultKind, tuple[str, ...]] = {
    FaultKind.ANSWER_LOST: (),
    FaultKind.DROPPED: (),
    FaultKind.REFUSED: ("seconds",),
    FaultKind.RATE_LIMIT: ("window", "reset_seconds", "form"),
    FaultKind.CREDITS: (),
    FaultKind.UNAUTHORIZED: (),
    FaultKind.FORBIDDEN: ("reason",),
    FaultKind.UNAVAILABLE: ("when", "form"),
    FaultKind.DELAY: ("seconds", "when"),
    FaultKind.TRUNCATED: (),
    FaultKind.ODD: ("when", "form", "status"),
    FaultKind.TIMELINE_LAG: ("seconds",),
    FaultKind.PARENT_NOT_VISIBLE: ("status",),
}
"""The fields that each kind of fault uses besides `COMMON_FIELDS`."""

FORMS: dict[FaultKind, tuple[Form, ...]] = {
    FaultKind.RATE_LIMIT: (Form.JSON, Form.CODE_88),
    FaultKind.UNAVAILABLE: (Form.JSON, Form.HTML),
    FaultKind.ODD: (Form.HTML, Form.EMPTY, Form.LIST),
}
"""The bodies available to each kind; the first is the default."""

STATUSES: dict[FaultKind, range] = {
    FaultKind.ODD: range(200, 600),
    FaultKind.PARENT_NOT_VISIBLE: range(400, 404),
}
"""The statuses available to each kind."""
