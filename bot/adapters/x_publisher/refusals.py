"""What an answer of X's that is not a success says about the post, as one of our errors.

Bodies: docs.x.com and its OpenAPI spec 2.167, gathered 2026-11-23; those marked [rep] in our notes come
from reports by users. A refusal counts only where its body is X's: what a proxy, a firewall or a login page
on the way answers proves nothing of the post. Match on the ``type`` suffix, then on the status, then on the
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
"""X's header ``date`` has whole seconds: what it leaves off is half a second in the mean."""

WITHOUT_RESET = timedelta(minutes=1)
"""How long to wait where a 429 does not say until when."""


@dataclass(frozen=True, slots=True)
class Response:
    """The parts of an answer that tell what it means."""

    status: int
    headers: Mapping[str, str]
    is_x: bool
    """Whether its body is a problem as X describes one; any other refusal comes from something in between."""
    what: str
    """What the body is, where it is none of X's: ``an HTML page titled "Attention Required!"``."""
    type: str = ""
    """The last part of the problem's type: ``user-suspended``; empty where there is none."""
    codes: frozenset[int] = frozenset()
    """Numbers of X's older list of errors."""
    text: str = ""
    """What X says, all of its sentences."""

    @classmethod
    def of(cls, status: int, body: bytes | str, headers: Mapping[str, str]) -> Self:
        """Read an answer that is no success."""
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
        said = [str(p[key]) for p in problems for key in ("detail", "message") if p.get(key)]
        spoken = legible(" ".join(dict.fromkeys(said)), _SENTENCES)
        return cls(status, headers, True, "X's JSON", kinds[0] if kinds else "", codes, spoken)


_SENTENCES = 500
"""Characters of what X says that a message repeats."""

_HOSTS = ("x.com", "twitter.com")


def _is_x(content: dict[str, Any]) -> bool:
    """Whether a problem has what X's have: a title, a type or errors; a type of another house is none."""
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
    """X's older numbers. These two are no longer in its docs; users report them of answers 403 (unverified).

    Source: https://twittercommunity.com/t/code-326-how-do-you-deal-with-it/89348, 2026-11-29.
    """
    return lambda answer: code in answer.codes


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
        _code(326),
        _account(
            "X has locked the account for now: log in to X with it, in a browser, and do what X asks there."
        ),
    ),
    (
        _code(226),
        _account(
            "X takes the post for an automated one and refuses it for now; the account is not locked. Wait "
            "half an hour at least; if it happens again, log in to X with the account and look for a notice."
        ),
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


def refusal(answer: Response, now: datetime, *, is_rehearsal: bool = False) -> errors.PublishError:
    """Return the error that `answer`, which is no success, stands for.

    `is_rehearsal`: X is a sandbox on this machine.
    """
    status = answer.status
    name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "unknown status"
    if not (answer.is_x or _names_a_limit(answer)):
        return _of_another(answer, f"{status} {name}")
    said = f"X answered {status} {name}"
    said += f": {answer.text.rstrip('.')}." if answer.text and answer.text != name else "."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.RateLimited(said, _retry_at(answer.headers, now))
    if status == HTTPStatus.REQUEST_TIMEOUT or not _REFUSED[0] <= status < _REFUSED[1]:
        return errors.InDoubt(said)
    if status == HTTPStatus.UNAUTHORIZED:
        return _unauthorized(said, answer, now, is_rehearsal=is_rehearsal)
    for applies, make in _RULES:
        if applies(answer):
            return make(said)
    return errors.AccountRefused(f"{said} Check X_API_BASE_URL, the account and its plan.")


_REFUSED = (400, 500)
"""Statuses that prove that nothing was done, where X itself gives them."""


def _of_another(answer: Response, status: str) -> errors.InDoubt:
    """Who answered is not known, nor what became of the request before."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        remedy = ""  # X's own servers send such pages when they are overloaded
    else:
        remedy = (
            " That is not X, but something on the way to it (a proxy, a firewall, X's front door) or another "
            "server under X_API_BASE_URL. If it lasts, check the network and that address."
        )
    return errors.InDoubt(f"X could not be asked: {status} came with {answer.what}.{remedy}")


def _names_a_limit(answer: Response) -> bool:
    """Whether a 429 without X's words has X's headers."""
    named = any(f"{window}-reset" in answer.headers for window in RATE_WINDOWS)
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS and named


def _unauthorized(said: str, answer: Response, now: datetime, *, is_rehearsal: bool) -> errors.AccountRefused:
    """X answers 401 to wrong keys, and to a signature whose time is too far from its own; it says nothing."""
    x_now = dated(answer.headers)
    if x_now is not None and abs(x_now - now) > SIGNED_WITHIN:
        off, side = abs(x_now - now), "ahead of" if now > x_now else "behind"
        return errors.AccountRefused(
            f"{said.rstrip('.')}, and this machine's clock is {_spoken(off)} {side} X's. X refuses what is "
            "signed at another time, whatever the keys: set the clock right first (timedatectl shows it; "
            "timedatectl set-ntp true lets NTP keep it)."
        )
    new = "; each start of 'flashtweet sandbox' makes new ones" if is_rehearsal else ""
    return errors.AccountRefused(f"{said} X does not accept the keys: check the four X_… variables{new}.")


def _spoken(duration: timedelta) -> str:
    """``10 min 3 s``; without seconds from an hour on."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (0 if hours else seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def dated(headers: Mapping[str, str]) -> datetime | None:
    """Return X's time by the header ``date``: the middle of the second that it names."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC) + HALF_A_SECOND
    except (ValueError, TypeError, OverflowError):
        return None


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
