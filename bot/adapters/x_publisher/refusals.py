"""What an answer of X's that is not a success says about the post, as one of our errors.

Bodies: docs.x.com and its OpenAPI spec 2.167, gathered 2026-11-23; those marked [rep] in our notes come
from reports by users. Match on the ``type`` suffix, then on the status, then on the text: X serves the
same problem under api.twitter.com and api.x.com.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from bot import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RATE_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
"""Header prefixes; each has -limit, -remaining and -reset (seconds since 1970).
Source: https://docs.x.com/x-api/fundamentals/rate-limits, 2026-11-23; the 24-hour ones are undocumented."""

WITHOUT_RESET = timedelta(minutes=1)
"""How long to wait where a 429 does not say until when."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of an answer that tell what it means."""

    status: int
    type: str
    """The last part of the problem's type: ``user-suspended``; empty where there is none."""
    text: str
    """What X says, all of its sentences."""
    headers: Mapping[str, str]

    @classmethod
    def of(cls, status: int, body: str, headers: Mapping[str, str]) -> Self:
        """Read an answer; a body that is not X's JSON has no type and no text."""
        try:
            content: Any = json.loads(body)
        except ValueError:
            content = {}
        problems = [content, *_listed(content)] if isinstance(content, dict) else _listed({"errors": content})
        kinds = [
            str(p["type"]).rpartition("/")[2]
            for p in problems
            if p.get("type", "about:blank") != "about:blank"
        ]
        said = [str(p[key]) for p in problems for key in ("detail", "message") if p.get(key)]
        return cls(status, kinds[0] if kinds else "", " ".join(dict.fromkeys(said)), headers)


def _listed(content: dict[str, Any]) -> list[dict[str, Any]]:
    found = content.get("errors")
    return [problem for problem in found if isinstance(problem, dict)] if isinstance(found, list) else []


_Rule = tuple["Callable[[Answer], bool]", "Callable[[str], errors.PublishError]"]


def _type(*kinds: str) -> Callable[[Answer], bool]:
    return lambda answer: answer.type in kinds


def _says(*phrases: str) -> Callable[[Answer], bool]:
    return lambda answer: any(phrase in answer.text.lower() for phrase in phrases)


def _status(*codes: int) -> Callable[[Answer], bool]:
    return lambda answer: answer.status in codes


def _account(remedy: str) -> Callable[[str], errors.PublishError]:
    return lambda said: errors.AccountRefused(f"{said} {remedy}")


def _content(remedy: str) -> Callable[[str], errors.PublishError]:
    return lambda said: errors.Rejected(f"{said} {remedy}")


def _unlinked(said: str) -> errors.PublishError:
    return errors.ReplyRefused(
        f"{said} X does not let this account reply to its own posts. To send the rest as numbered posts "
        "that are not linked, set 'chain: standalone' for the series in config.yaml; or ask X's support "
        "which plan may."
    )


_RULES: tuple[_Rule, ...] = (
    (
        _status(401),
        _account("X does not accept the keys: check the four X_… variables (a sandbox makes new ones)."),
    ),
    (_type("credits"), _account("Buy credits in X's developer console.")),
    (_status(402), _account("Check credits and billing in X's developer console.")),
    (_type("user-suspended"), _account("The account is suspended: log in to X and see what it asks for.")),
    (
        _type("oauth1-permissions"),
        _account(
            "Give the app read and write permission in X's developer console, then make new access tokens."
        ),
    ),
    (_says("duplicate content"), errors.Duplicate),
    (_says("deleted or not visible"), errors.ParentNotVisible),
    (_says("too long"), _content("Shorten the text.")),
    (_says("cashtag"), _content("Keep one cashtag ($ABC) to a post.")),
    (
        _type("not-authorized-for-resource"),
        _account("X does not let this account reply here: check that the thread's first post still exists."),
    ),
    (
        _says("reply to this conversation", "only reply to"),
        _unlinked,
    ),
    (_status(403), _account("X forbids it: check the account, the app's permissions and its plan.")),
    (_status(400, 413, 422), _content("Correct the text.")),
)


def refusal(answer: Answer, now: datetime) -> errors.PublishError:
    """The error that `answer`, which is no success, stands for."""
    status = answer.status
    name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "unknown status"
    said = f"X answered {status} {name}"
    said += f": {answer.text.rstrip('.')}." if answer.text and answer.text != name else "."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.RateLimited(said, _retry_at(answer.headers, now))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.MULTIPLE_CHOICES:
        return errors.InDoubt(said)
    if status < HTTPStatus.BAD_REQUEST:
        return errors.AccountRefused(f"{said} That is no X: check X_API_BASE_URL.")
    for applies, make in _RULES:
        if applies(answer):
            return make(said)
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return errors.InDoubt(said)
    return errors.AccountRefused(f"{said} Check X_API_BASE_URL, the account and its plan.")


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """The last reset of the windows that are used up; of all that are named, where none says so."""
    resets: dict[str, datetime] = {}
    for window in RATE_WINDOWS:
        value = headers.get(f"{window}-reset", "")
        if value.isascii() and value.isdigit() and len(value) < 12:  # noqa: PLR2004  (a later date overflows)
            resets[window] = datetime.fromtimestamp(int(value), UTC)
    used_up = [at for window, at in resets.items() if headers.get(f"{window}-remaining") == "0"]
    last = max(used_up or resets.values(), default=now)
    return last if last > now else now + WITHOUT_RESET
