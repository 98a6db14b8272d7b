"""Conversion of X's error answers into our errors.

Bodies: docs.x.com and its OpenAPI spec 2.167, gathered 2026-11-23, and some that only
users report. A refusal counts only if its body is X's: an answer from a proxy, a firewall or a login
page on the way proves nothing about the post. Match on the ``type`` suffix, then on the status, then on the
text: X serves the same problem under api.twitter.com and api.x.com.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from bot import errors
from bot.adapters.x_publisher.foreign_body import ODD_JSON, describe_body, legible
from bot.adapters.x_publisher.parsing import Unreadable, document, mappings
from bot.core.schedule.account_checks import SIGNED_WITHIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RATE_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
"""Header prefixes; each has -limit, -remaining and -reset (seconds since 1970).
Source: https://docs.x.com/x-api/fundamentals/rate-limits, 2026-11-23; the 24-hour ones are undocumented."""

HALF_A_SECOND = timedelta(milliseconds=500)
"""Mean of the fraction that X's header ``date``, in whole seconds, cuts off."""

WITHOUT_RESET = timedelta(minutes=1)
"""Delay after a 429 without a reset time."""


@dataclass(frozen=True, slots=True)
class Response:
    """The relevant parts of an error answer."""

    status: int
    headers: Mapping[str, str]
    is_x: bool
    """True if the body is a problem document of X; any other refusal comes from an intermediary."""
    what: str
    """Description of a body that is not X's: ``an HTML page titled "Attention Required!"``."""
    type: str = ""
    """The last part of the problem's type, such as ``user-suspended``; empty if there is none."""
    codes: frozenset[int] = frozenset()
    """Codes of X's legacy error list."""
    text: str = ""
    """All sentences of X's message."""

    @classmethod
    def of(cls, status: int, body: bytes | str, headers: Mapping[str, str]) -> Self:
        """Parse an error answer."""
        try:
            content = document(body)
            problems = [content, *mappings(content.get("errors"))]
        except Unreadable:
            return cls(status, headers, is_x=False, what=describe_body(body))
        if not _is_x(content):
            return cls(status, headers, is_x=False, what=ODD_JSON)
        kinds = [
            str(p["type"]).rpartition("/")[2]
            for p in problems
            if p.get("type", "about:blank") != "about:blank"
        ]
        codes = frozenset(p["code"] for p in problems if type(p.get("code")) is int)
        sentences = [str(p[key]) for p in problems for key in ("detail", "message") if p.get(key)]
        text = legible(" ".join(dict.fromkeys(sentences)), _MAX_TEXT)
        return cls(status, headers, True, "X's JSON", kinds[0] if kinds else "", codes, text)


_MAX_TEXT = 500
"""Characters of X's message quoted in ours."""

_HOSTS = ("x.com", "twitter.com")


def _is_x(content: dict[str, Any]) -> bool:
    """Return True for a problem document of X: with a title, a type or errors, and no foreign type."""
    title, kind = content.get("title"), content.get("type")
    if isinstance(kind, str) and kind != "about:blank":
        host = kind.partition("://")[2].partition("/")[0]
        return any(host == one or host.endswith(f".{one}") for one in _HOSTS)
    return bool(kind == "about:blank" or (isinstance(title, str) and title) or content.get("errors"))


_Rule = tuple["Callable[[Response], bool]", "Callable[[str], errors.PublishError]"]


def _type(*kinds: str) -> Callable[[Response], bool]:
    return lambda answer: answer.type in kinds


def _says(*phrases: str) -> Callable[[Response], bool]:
    return lambda answer: any(phrase in answer.text.lower() for phrase in phrases)


def _status(*codes: int) -> Callable[[Response], bool]:
    return lambda answer: answer.status in codes


def _code(code: int) -> Callable[[Response], bool]:
    """Match one of X's legacy codes.

    The two in use are no longer in X's docs; users report them for 403 answers (unverified).

    Source: https://twittercommunity.com/t/code-326-how-do-you-deal-with-it/89348, 2026-11-29.
    """
    return lambda answer: code in answer.codes


def _account(remedy: str) -> Callable[[str], errors.PublishError]:
    return lambda message: errors.AccountRefused(f"{message} {remedy}")


def _content(remedy: str) -> Callable[[str], errors.PublishError]:
    return lambda message: errors.Rejected(f"{message} {remedy}")


def _unlinked(message: str) -> errors.PublishError:
    return errors.ReplyRefused(
        f"{message} X does not let this account reply to its own posts. To post the rest as numbered, "
        "unlinked posts, set 'chain: standalone' for the series in config.yaml; or ask X's support "
        "which plan allows replies."
    )


_RULES: tuple[_Rule, ...] = (
    (
        _code(326),
        _account(
            "X has locked the account for now: log in to X with it in a browser, and follow X's instructions."
        ),
    ),
    (
        _code(226),
        _account(
            "X considers the post automated and refuses it for now; the account is not locked. Wait at least "
            "half an hour; if it happens again, log in to X with the account and look for a notice."
        ),
    ),
    (_type("credits"), _account("Buy credits in X's developer console.")),
    (_status(402), _account("Check credits and billing in X's developer console.")),
    (_type("user-suspended"), _account("The account is suspended: log in to X and follow its instructions.")),
    (
        _type("oauth1-permissions"),
        _account(
            "Give the app read and write permission in X's developer console, then create new access tokens."
        ),
    ),
    (_says("duplicate content"), errors.Duplicate),
    (_says("deleted or not visible"), errors.ParentNotVisible),
    (_says("too long"), _content("Shorten the text.")),
    (_says("cashtag"), _content("Use at most one cashtag ($ABC) per post.")),
    (
        _type("not-authorized-for-resource"),
        _account("X does not let this account reply here: check that the thread's first post still exists."),
    ),
    (
        _says("reply to this conversation", "only reply to"),
        _unlinked,
    ),
    (_status(403), _account("X denies access: check the account, the app's permissions and its plan.")),
    (_status(400, 413, 422), _content("Correct the text.")),
)


def refusal(answer: Response, now: datetime, *, is_rehearsal: bool = False) -> errors.PublishError:
    """Convert an error answer into one of our errors.

    `is_rehearsal` is True if X is a sandbox on this machine.
    """
    status = answer.status
    name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "unknown status"
    if not (answer.is_x or _names_a_limit(answer)):
        return _of_another(answer, f"{status} {name}")
    message = f"X answered {status} {name}"
    message += f": {answer.text.rstrip('.')}." if answer.text and answer.text != name else "."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.RateLimited(message, _retry_at(answer.headers, now))
    if status == HTTPStatus.REQUEST_TIMEOUT or not _REFUSED[0] <= status < _REFUSED[1]:
        return errors.InDoubt(message)
    if status == HTTPStatus.UNAUTHORIZED:
        return _unauthorized(message, answer, now, is_rehearsal=is_rehearsal)
    for applies, make in _RULES:
        if applies(answer):
            return make(message)
    return errors.AccountRefused(f"{message} Check X_API_BASE_URL, the account and its plan.")


_REFUSED = (400, 500)
"""Range of statuses that prove, if X itself sent them, that nothing was created."""


def _of_another(answer: Response, status: str) -> errors.InDoubt:
    """Return the error for an answer of unknown origin, which leaves the outcome of the request open."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        remedy = ""  # X's own servers send such pages when they are overloaded
    else:
        remedy = (
            " This is not from X but from something on the way (a proxy, a firewall, X's front door) or from "
            "another server under X_API_BASE_URL. If it persists, check the network and that address."
        )
    return errors.InDoubt(f"no valid answer from X: {status} with {answer.what}.{remedy}")


def _names_a_limit(answer: Response) -> bool:
    """Return True for a 429 whose body is not X's but whose headers are."""
    named = any(f"{window}-reset" in answer.headers for window in RATE_WINDOWS)
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS and named


def _unauthorized(
    message: str, answer: Response, now: datetime, *, is_rehearsal: bool
) -> errors.AccountRefused:
    """Convert a 401, which X sends without details for wrong keys and for a wrong time of the signature."""
    x_now = dated(answer.headers)
    if x_now is not None and abs(x_now - now) > SIGNED_WITHIN:
        off, side = abs(x_now - now), "ahead of" if now > x_now else "behind"
        return errors.AccountRefused(
            f"{message.rstrip('.')}, and this machine's clock is {_readable(off)} {side} X's. X refuses "
            "requests signed at a wrong time, whatever the keys: set the clock first (timedatectl shows it; "
            "timedatectl set-ntp true syncs it by NTP)."
        )
    new = "; each start of 'flashtweet sandbox' creates new ones" if is_rehearsal else ""
    return errors.AccountRefused(f"{message} X does not accept the keys: check the four X_… variables{new}.")


def _readable(duration: timedelta) -> str:
    """Format a duration as ``10 min 3 s``; without seconds from an hour on."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (0 if hours else seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def dated(headers: Mapping[str, str]) -> datetime | None:
    """Return X's time from the header ``date``, as the middle of that second."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC) + HALF_A_SECOND
    except (ValueError, TypeError, OverflowError):
        return None


def _retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return the latest reset of the exhausted windows, or of all windows if none is marked as exhausted."""
    resets: dict[str, datetime] = {}
    for window in RATE_WINDOWS:
        value = headers.get(f"{window}-reset", "")
        if value.isascii() and value.isdigit() and len(value) < 12:  # noqa: PLR2004  (a later date overflows)
            resets[window] = datetime.fromtimestamp(int(value), UTC)
    used_up = [at for window, at in resets.items() if headers.get(f"{window}-remaining") == "0"]
    last = max(used_up or resets.values(), default=now)
    return last if last > now else now + WITHOUT_RESET
