"""Our account on X, through tweepy. The only module that knows tweepy.

tweepy 4.17 has no timeout, no base URL and no retries; a session of our own adds the first two, before the
request is signed, and a deadline over the whole. What tweepy raises, seen running against a local server on
2026-11-23, decides what is known about the post: see `_classified`.
"""

from __future__ import annotations

import contextlib
import logging
import math
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import tweepy
import urllib3

from bot import errors
from bot.adapters.x_publisher.allowances import allowances
from bot.adapters.x_publisher.deadline import Deadline, DeadlineAdapter, elapsed
from bot.adapters.x_publisher.refusals import Answer, refusal
from bot.core.model import RemotePost
from bot.core.snowflake import created_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from bot.core.account import Allowance

CONNECT_TIMEOUT = 5.0
"""Seconds to reach X; nothing was sent before."""
READ_TIMEOUT = 15.0
"""Seconds without a byte of X's answer."""
REQUEST_DEADLINE = 18.0
"""Seconds for one whole request, from the lookup of the name to the last byte of the answer. Less than half
of the shortest lease (40 s): so much is left of a claim when a request begins."""

STALE = 10.0
"""Seconds after which an unused connection is not trusted: what a server has closed meanwhile gives a request
no answer, and nobody knows then what became of it. X's own limit is not documented (2026-11-24)."""

PAGE = 100
"""Posts a page of the timeline, the most that X gives.
Source: https://docs.x.com/x-api/users/get-posts (max_results 5 to 100), 2026-11-23."""

_END_OF_IDS = 1 << 63
"""Snowflakes are positive numbers of 64 bits; bot/core/snowflake.py names the source."""

for _chatty in ("tweepy", "oauthlib", "requests_oauthlib"):
    logging.getLogger(_chatty).setLevel(logging.INFO)  # their DEBUG lines print tokens and signatures


class _Session(requests.Session):
    """Goes to `base_url` instead of tweepy's fixed host, within a deadline, and to nowhere else."""

    def __init__(self, base_url: str, timeouts: tuple[float, float], deadline: Deadline) -> None:
        super().__init__()
        self.deadline, self._adapter = deadline, DeadlineAdapter(deadline)
        for scheme in ("https://", "http://"):
            self.mount(scheme, self._adapter)
        self.trust_env = False  # no proxy and no netrc from the environment
        self.answer: requests.Response | None = None
        self._base_url, self._timeouts = base_url, timeouts
        self._used_at = -math.inf

    def request(  # type: ignore[override]
        self, method: str, url: str, **options: Any
    ) -> requests.Response:
        self.answer = None
        path = urlsplit(url)._replace(scheme="", netloc="").geturl()
        options |= {"timeout": self._timeouts, "allow_redirects": False}
        self._drop_stale()
        self.deadline.start()
        try:
            self.answer = super().request(method, self._base_url + path, **options)
        finally:
            self._used_at = elapsed()
        return self.answer

    def warm_up(self, within: float) -> None:
        """Open a connection, within `within` seconds, where none was used lately."""
        if not self._drop_stale():
            return
        self.deadline.start(min(within, self._timeouts[0]))
        self._adapter.open(self._base_url, verify=self.verify)
        self._used_at = elapsed()

    def _drop_stale(self) -> bool:
        """Close a connection that was not used for long; whether there is none any more."""
        if elapsed() - self._used_at < STALE:
            return False
        self.close()
        return True


@dataclass(frozen=True, slots=True)
class Keys:
    """OAuth 1.0a user credentials, in the order of tweepy's parameters."""

    api_key: str
    api_key_secret: str
    access_token: str
    access_token_secret: str

    def __repr__(self) -> str:
        return "Keys(…)"


class XPublisher:
    """Fulfils `bot.ports.Publisher`. For one thread at a time."""

    def __init__(
        self,
        base_url: str,
        user_id: str,
        keys: Keys,
        now: Callable[[], datetime],
        *,
        timeouts: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
        deadline: float = REQUEST_DEADLINE,
    ) -> None:
        self._user_id, self._now, self._host = user_id, now, urlsplit(base_url).netloc
        self._session = _Session(base_url, timeouts, Deadline(deadline))
        self._client = tweepy.Client(
            consumer_key=keys.api_key,
            consumer_secret=keys.api_key_secret,
            access_token=keys.access_token,
            access_token_secret=keys.access_token_secret,
            return_type=dict,
            wait_on_rate_limit=False,  # it recurses without end where the reset header is missing
        )
        self._client.session = self._session
        self._allowances: tuple[Allowance, ...] = ()

    def warm_up(self, within: timedelta) -> None:
        with contextlib.suppress(Exception):  # the next request opens one itself, and tells what is wrong
            self._session.warm_up(within.total_seconds())

    def create(self, text: str, reply_to: str | None) -> str:
        self._allowances = ()
        try:
            answer = self._call(
                lambda: self._client.create_tweet(text=text, in_reply_to_tweet_id=reply_to, user_auth=True)
            )
        finally:
            if self._session.answer is not None:
                self._allowances = allowances(self._session.answer.headers)
        try:
            post_id = int(answer["data"]["id"])
        except (KeyError, TypeError, ValueError) as error:
            raise errors.InDoubt("X's answer holds no id.") from error
        if not 0 < post_id < _END_OF_IDS:
            raise errors.InDoubt(f"X's answer holds {post_id}, which is no id of a post.")
        return str(post_id)

    def allowances(self) -> tuple[Allowance, ...]:
        return self._allowances

    def find(self, post_id: str) -> RemotePost | None:
        answer = self._call(
            lambda: self._client.get_tweet(
                post_id,
                tweet_fields=["author_id", "created_at", "referenced_tweets", "entities"],
                user_auth=True,
            )
        )
        try:
            post = answer.get("data")
            if not post and not _is_missing(answer):
                raise errors.InDoubt("X's answer does not tell whether the post is there.")
            return _remote(post) if post and str(post.get("author_id")) == self._user_id else None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise errors.InDoubt("X's answer could not be understood.") from error

    def timeline(self, since: datetime) -> Iterator[RemotePost]:
        token: str | None = None
        while True:
            page = self._call(lambda: self._page(since, token))  # noqa: B023  (called before it changes)
            try:
                yield from [_remote(post) for post in page.get("data") or []]
                token = (page.get("meta") or {}).get("next_token")
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise errors.InDoubt("X's timeline could not be understood.") from error
            if token is None:
                return

    def _page(self, since: datetime, token: str | None) -> Any:
        return self._client.get_users_tweets(
            self._user_id,
            max_results=PAGE,
            start_time=since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            tweet_fields=["created_at", "referenced_tweets", "entities"],
            pagination_token=token,
            user_auth=True,
        )

    def _call(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except errors.BotError:
            raise
        except Exception as error:
            raise self._classified(error) from error

    def _classified(self, error: Exception) -> errors.PublishError:
        """What is known about the post when tweepy raised `error`.

        With an answer, its status and body decide; tweepy may have stumbled over an odd body. Without one,
        only a request that was never sent is proven not to have created anything.
        """
        if isinstance(error, requests.RequestException) and self._session.answer is None:
            if _never_sent(error):
                local = self._host.startswith(("127.", "localhost"))
                hint = " Is 'flashtweet sandbox' running there?" if local else " Is X_API_BASE_URL right?"
                return errors.Unavailable(f"X cannot be reached at {self._host}: {_short(error)}.{hint}")
            if self._session.deadline.left <= 0:
                limit = f"{self._session.deadline.seconds:g} s"
                return errors.InDoubt(f"X's answer was not complete within {limit}.")
            return errors.InDoubt(f"the connection broke before X's answer came: {_short(error)}.")
        answer = self._session.answer
        if answer is None:
            return errors.InDoubt(f"the request ended in {type(error).__name__}: {_short(error)}.")
        return refusal(Answer.of(answer.status_code, answer.text, answer.headers), self._now())


def _never_sent(error: requests.RequestException) -> bool:
    """Whether the connection could not be made: refused, no such host, broken off, bad certificate."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, urllib3.exceptions.MaxRetryError) else cause
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _short(error: Exception) -> str:
    """The innermost reason, in one line and without addresses of objects."""
    cause: object = error
    while isinstance(cause, BaseException):
        inner = getattr(cause, "reason", None)
        causes = [inner, *cause.args]
        deeper = next((one for one in causes if isinstance(one, BaseException)), None)
        if deeper is None:
            break
        cause = deeper
    words = [arg for arg in getattr(cause, "args", ()) if isinstance(arg, str)]  # urllib3 adds its objects
    lines = (words[-1] if words else str(cause)).splitlines()
    if not lines:
        return type(cause).__name__
    said = lines[0].rpartition("] ")[2].rpartition(": ")[2].rstrip(".")
    return said if "(" in said else said.rstrip(")")


def _is_missing(answer: dict[str, Any]) -> bool:
    """Whether X says that there is no such post; it also hides posts that it calls otherwise."""
    return any(str(one.get("type")).endswith("/resource-not-found") for one in answer.get("errors") or [])


def _remote(post: dict[str, Any]) -> RemotePost:
    post_id = str(post["id"])
    replied = [ref["id"] for ref in post.get("referenced_tweets") or [] if ref["type"] == "replied_to"]
    links = (post.get("entities") or {}).get("urls") or []
    return RemotePost(
        post_id=post_id,
        text=post["text"],
        created_at=created_at(int(post_id)),
        replied_to=str(replied[0]) if replied else None,
        expanded_urls=tuple((link["url"], link["expanded_url"]) for link in links if "expanded_url" in link),
    )
