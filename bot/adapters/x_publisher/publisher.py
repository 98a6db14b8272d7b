"""Our account on X, through tweepy. The only module that imports tweepy.

tweepy 4.17 has no timeout, no base URL and no retries; our own session adds the first two, before the request
is signed, and a deadline for the whole request. tweepy's exceptions, as observed against a local server on
2026-11-23, determine what is known about the post: see `_classified`.
"""

from __future__ import annotations

import contextlib
import logging
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import requests
import tweepy

from bot import errors
from bot.adapters.x_publisher import parsing
from bot.adapters.x_publisher.body import ENCODINGS
from bot.adapters.x_publisher.deadline import Deadline, DeadlineAdapter, elapsed
from bot.adapters.x_publisher.failures import is_unreadable, never_sent, short
from bot.adapters.x_publisher.foreign_body import ODD_JSON, describe_body
from bot.adapters.x_publisher.rate_limits import allowances
from bot.adapters.x_publisher.refusals import Response, refusal
from bot.core.address import is_loopback
from bot.core.network import DIRECT, REQUEST_DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from bot.core.network import Network
    from bot.core.publishing.publication import RemotePost
    from bot.core.schedule.account_checks import Allowance

T = TypeVar("T")

CONNECT_TIMEOUT = 5.0
"""Seconds to connect to X; nothing is sent before."""
READ_TIMEOUT = 15.0
"""Seconds without a byte of X's answer."""
STALE = 10.0
"""Seconds after which an unused connection is replaced: if the server has closed it meanwhile, a request gets
no answer and its outcome is unknown. X does not document its own limit (2026-11-24)."""

PAGE = 100
"""Posts per page of the timeline, X's maximum.
Source: https://docs.x.com/x-api/users/get-posts (max_results 5 to 100), 2026-11-23."""

for _chatty in ("tweepy", "oauthlib", "requests_oauthlib"):
    logging.getLogger(_chatty).setLevel(logging.INFO)  # their DEBUG lines contain tokens and signatures


class _Session(requests.Session):
    """A session that sends all requests to `base_url` instead of tweepy's fixed host, within a deadline."""

    def __init__(
        self, base_url: str, timeouts: tuple[float, float], deadline: Deadline, network: Network
    ) -> None:
        super().__init__()
        self.deadline, self._adapter = deadline, DeadlineAdapter(deadline, network.ca_file)
        for scheme in ("https://", "http://"):
            self.mount(scheme, self._adapter)
        self.trust_env = False  # no proxy and no netrc from the environment
        self.headers["Accept-Encoding"] = ENCODINGS
        self.verify = network.ca_file or True
        if network.proxy is not None:
            self.proxies = {"https": network.proxy}
        self.answer: requests.Response | None = None
        self.within: float | None = None
        """Seconds allowed for the next request, if less than the usual deadline."""
        self._base_url, self._timeouts = base_url, timeouts
        self._used_at = -math.inf

    def request(  # type: ignore[override]
        self, method: str, url: str, **options: Any
    ) -> requests.Response:
        self.answer = None
        path = urlsplit(url)._replace(scheme="", netloc="").geturl()
        options |= {"timeout": self._timeouts, "allow_redirects": False}
        self._drop_stale()
        self.deadline.start(self.within)
        try:
            self.answer = super().request(method, self._base_url + path, **options)
        finally:
            self._used_at = elapsed()
        return self.answer

    def warm_up(self, within: float) -> None:
        """Open a connection within `within` seconds, unless one was used recently."""
        if not self._drop_stale():
            return
        self.deadline.start(min(within, self._timeouts[0]))
        self._adapter.open(self._base_url, verify=self.verify, proxies=self.proxies)
        self._used_at = elapsed()

    def _drop_stale(self) -> bool:
        """Close a connection that has been idle for too long; return True if none is left."""
        if elapsed() - self._used_at < STALE:
            return False
        self.close()
        return True


@dataclass(frozen=True, slots=True)
class OAuthCredentials:
    """OAuth 1.0a user credentials, in the order of tweepy's parameters."""

    api_key: str
    api_key_secret: str
    access_token: str
    access_token_secret: str

    def __repr__(self) -> str:
        return "Keys(…)"


class XPublisher:
    """Implementation of `bot.ports.Publisher`. For one thread at a time."""

    def __init__(
        self,
        base_url: str,
        user_id: str,
        keys: OAuthCredentials,
        now: Callable[[], datetime],
        *,
        timeouts: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
        deadline: float = REQUEST_DEADLINE.total_seconds(),
        network: Network = DIRECT,
    ) -> None:
        self._user_id, self._now, self._host = user_id, now, urlsplit(base_url).netloc
        self._is_local, self._way = is_loopback(urlsplit(base_url).hostname or ""), network
        self._session = _Session(base_url, timeouts, Deadline(deadline), network)
        self._client = tweepy.Client(
            consumer_key=keys.api_key,
            consumer_secret=keys.api_key_secret,
            access_token=keys.access_token,
            access_token_secret=keys.access_token_secret,
            return_type=requests.Response,  # parsed here, not by tweepy
            wait_on_rate_limit=False,  # recurses endlessly if the reset header is missing
        )
        self._client.session = self._session
        self._allowances: tuple[Allowance, ...] = ()

    def warm_up(self, within: timedelta) -> None:
        with contextlib.suppress(Exception):  # the next request connects itself, and reports the problem
            self._session.warm_up(within.total_seconds())

    def create(self, text: str, reply_to: str | None) -> str:
        self._allowances = ()
        try:
            return self._call(
                lambda: self._client.create_tweet(text=text, in_reply_to_tweet_id=reply_to, user_auth=True),
                parsing.created,
            )
        finally:
            if self._session.answer is not None:
                self._allowances = allowances(self._session.answer.headers)

    def allowances(self) -> tuple[Allowance, ...]:
        return self._allowances

    def find(self, post_id: str, within: timedelta | None = None) -> RemotePost | None:
        return self._call(
            lambda: self._client.get_tweet(
                post_id,
                tweet_fields=["author_id", "created_at", "referenced_tweets", "entities"],
                user_auth=True,
            ),
            lambda answer: parsing.post_of(answer, self._user_id),
            None if within is None else within.total_seconds(),
        )

    def timeline(self, since: datetime) -> Iterator[RemotePost]:
        whole, token = Deadline(self._session.deadline.seconds), None
        whole.start()
        while True:
            posts, token = self._next_page(since, token, whole)
            yield from posts
            if token is None:
                return

    def _next_page(
        self, since: datetime, token: str | None, whole: Deadline
    ) -> tuple[list[RemotePost], str | None]:
        """Return the posts of the page at `token`, and the next token; `whole` limits all pages together."""
        try:
            return self._call(lambda: self._page(since, token), parsing.page_of, whole.left)
        except errors.PublishError as error:
            if token is None or whole.left > 0:
                raise
            raise errors.InDoubt(f"X's timeline was not complete within {whole.seconds:g} s.") from error

    def _page(self, since: datetime, token: str | None) -> Any:
        return self._client.get_users_tweets(
            self._user_id,
            max_results=PAGE,
            start_time=since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            tweet_fields=["created_at", "referenced_tweets", "entities"],
            pagination_token=token,
            user_auth=True,
        )

    def _call(
        self,
        call: Callable[[], requests.Response],
        read: Callable[[dict[str, Any]], T],
        within: float | None = None,
    ) -> T:
        """Parse X's answer to `call`, which may take `within` seconds, with `read`.

        Raises:
            PublishError: the request failed, or its answer cannot be read.
        """
        self._session.within = within
        try:
            response = call()
        except Exception as error:
            raise self._classified(error) from error
        try:
            return read(parsing.document(response.content))
        except parsing.Unreadable as error:
            body = describe_body(response.content)
            what = "" if body == ODD_JSON else f" Status {response.status_code} with {body}."
            raise errors.InDoubt(f"X's answer cannot be understood: {error}.{what}") from error

    def _classified(self, error: Exception) -> errors.PublishError:
        """Convert an exception of tweepy into what is known about the post.

        If there was an answer, its status and body decide; tweepy may have failed on an unexpected body.
        Without an answer, only a request that was never sent is proven not to have created anything.
        """
        answer = self._session.answer
        if answer is not None:
            found = Response.of(answer.status_code, answer.content, answer.headers)
            return refusal(found, self._now(), is_rehearsal=self._is_local)
        if never_sent(error):
            way = " by the proxy of config.yaml" if self._way.proxy else ""
            where = f"X cannot be reached at {self._host}{way}"
            return errors.Unavailable(f"{where}: {short(error)}.{self._hint()}")
        if self._session.deadline.left <= 0:
            limit = f"{self._session.deadline.given:.3g} s"
            return errors.InDoubt(f"X's answer was not complete within {limit}.")
        if is_unreadable(error):
            return errors.InDoubt(f"X's answer cannot be read: {short(error)}.")
        return errors.InDoubt(f"the connection broke before X's answer came: {short(error)}.")

    def _hint(self) -> str:
        if self._is_local:
            return " Is 'flashtweet sandbox' running there?"
        return f" Is X_API_BASE_URL right?{self._way.about_environment()}"
