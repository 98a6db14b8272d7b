"""What can go wrong between us and X, as data: the kinds of fault, and the file that lists them.

The shape is documented in docs/sandbox.md; `PARAMETERS` is the table that the file is checked against.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What happens to a request that is hit."""

    ANSWER_LOST = "answer-lost"
    """The request takes effect; the connection closes without a byte of an answer."""
    DROPPED = "dropped"
    """The connection closes before the request took effect."""
    REFUSED = "refused"
    """The listener closes for ``seconds``: clients see "connection refused", on kept connections too."""
    RATE_LIMIT = "rate-limit"
    """429; ``window`` says which limit is used up, ``reset_seconds`` when it reopens (null: no header)."""
    CREDITS = "credits"
    """402: the account has no credits."""
    UNAUTHORIZED = "unauthorized"
    """401."""
    FORBIDDEN = "forbidden"
    """403; ``reason`` says why."""
    UNAVAILABLE = "unavailable"
    """503, before or after the request took effect, as JSON or as an HTML page."""
    DELAY = "delay"
    """The answer takes ``seconds`` longer; ``when`` says on which side of the effect."""
    TRUNCATED = "truncated"
    """The request takes effect; its answer ends in mid-body."""
    ODD = "odd"
    """An answer that is not what it says: 2xx with HTML or nothing, 4xx with a JSON list."""
    TIMELINE_LAG = "timeline-lag"
    """The post is created, but reads do not show it before ``seconds`` have passed on X's clock."""
    PARENT_NOT_VISIBLE = "parent-not-visible"
    """The refusal of a reply whose parent X does not see yet."""


class RequestKind(StrEnum):
    """Which requests a fault is for."""

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
    """On which side of the request's effect a fault strikes."""

    BEFORE = "before"
    AFTER = "after"


class Forbidden(StrEnum):
    """The reasons of a 403."""

    SUSPENDED = "suspended"
    LOCKED = "locked"
    """X's code 326: a person has to log in."""
    AUTOMATED = "automated"
    """X's code 226: the post looks like an automated one; the account is not locked."""
    READ_ONLY_APP = "read-only-app"
    DUPLICATE = "duplicate"
    REPLY_NOT_ALLOWED = "reply-not-allowed"
    NOT_AUTHORIZED = "not-authorized"
    NOT_PERMITTED = "not-permitted"


class FaultedLimit(StrEnum):
    """The limit that a 429 speaks of."""

    QUARTER = "15min"
    USER_DAY = "user-24hour"
    APP_DAY = "app-24hour"


class Form(StrEnum):
    """The shape of an answer's body."""

    JSON = "json"
    HTML = "html"
    EMPTY = "empty"
    LIST = "list"
    CODE_88 = "code-88"


@dataclass(frozen=True)
class Fault:
    """One fault: which requests it hits, how often, and what it does to them.

    Of the last seven fields a fault reads those that `PARAMETERS` names for its kind.
    """

    fault: FaultKind
    request: RequestKind = RequestKind.CREATE
    after: int = 0
    """Requests of the kind, counted from the switching-on, that pass unharmed first."""
    times: int = 1
    """How many requests are hit; then the fault is over."""
    seconds: float = 1.0
    """Duration of a delay, a refusal (both real time) or a lag (X's clock)."""
    when: When | None = None
    """None: before the effect, but after it for an odd answer of 2xx."""
    reason: Forbidden = Forbidden.NOT_PERMITTED
    form: Form | None = None
    """None: the first of the kind's `FORMS`."""
    status: int | None = None
    """None: 403 for a parent that is not visible, 400 for an odd list, else the status of success."""
    window: FaultedLimit = FaultedLimit.QUARTER
    reset_seconds: float | None = 900
    """From the request to the reset that a 429 names, rounded to a second as X does; below zero is past."""

    def to_json(self) -> dict[str, Any]:
        """The fault as the file writes it, with only what its kind uses."""
        used = {"fault", "request", "after", "times", *PARAMETERS[self.fault]}
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name in used}
        return {name: value for name, value in values.items() if value is not None or name == "reset_seconds"}


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
"""The fields that each kind of fault reads, besides ``request``, ``after`` and ``times``."""

FORMS: dict[FaultKind, tuple[Form, ...]] = {
    FaultKind.RATE_LIMIT: (Form.JSON, Form.CODE_88),
    FaultKind.UNAVAILABLE: (Form.JSON, Form.HTML),
    FaultKind.ODD: (Form.HTML, Form.EMPTY, Form.LIST),
}
"""The bodies that a kind can play; the first is the default."""

STATUSES: dict[FaultKind, range] = {
    FaultKind.ODD: range(200, 600),
    FaultKind.PARENT_NOT_VISIBLE: range(400, 404),
}
"""The statuses that a kind can answer with."""
