"""A settable clock, and a client that signs like X's clients but without tweepy's behaviour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import requests
from requests_oauthlib import OAuth1

if TYPE_CHECKING:
    from bot.sandbox import Credentials, Sandbox, SandboxServer


SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
"""07:30 in Paris on the Friday of issue 53's week."""
TIMEOUT = 10.0


class SettableClock:
    """A clock that only advances when moved."""

    def __init__(self, start: datetime = SLOT) -> None:
        self.instant = start

    def __call__(self) -> datetime:
        return self.instant

    def move(self, **duration: float) -> None:
        self.instant += timedelta(**duration)


def real_now() -> datetime:
    return datetime.now(UTC)


class Client:
    """Sender of signed requests to a served sandbox. Returns all answers unchanged, errors included."""

    def __init__(self, server: SandboxServer, credentials: Credentials | None = None) -> None:
        self.server = server
        self.keys = credentials or server.sandbox.credentials
        self.http = requests.Session()
        self.http.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        keys = self.keys
        auth = OAuth1(keys.api_key, keys.api_key_secret, keys.access_token, keys.access_token_secret)
        url = self.server.base_url + path
        return self.http.request(method, url, **{"auth": auth, "timeout": TIMEOUT, **options})

    def get(self, path: str, **parameters: str | int) -> Any:
        answer = self.request("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, text: str, reply_to: str | None = None, **more: Any) -> requests.Response:
        body: dict[str, Any] = {"text": text, **more}
        if reply_to:
            body["reply"] = {"in_reply_to_tweet_id": reply_to}
        return self.request("POST", "/2/tweets", json=body)

    def create(self, text: str, reply_to: str | None = None, **more: Any) -> str:
        """Create a post and return its id."""
        answer = self.post(text, reply_to, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def timeline(self, **parameters: str | int) -> Any:
        return self.get(f"/2/users/{self.server.sandbox.user_id}/tweets", **parameters)

    def control(self, method: str, name: str, **options: Any) -> requests.Response:
        url = f"{self.server.base_url}/_sandbox/{name}"
        return self.http.request(method, url, timeout=TIMEOUT, **options)


def texts(sandbox: Sandbox) -> list[str]:
    return [post.text for post in sandbox.posts()]
