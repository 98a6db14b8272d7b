"""Session that runs real tweepy against a served sandbox: rewrites the host before requests are signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import tweepy

if TYPE_CHECKING:
    from bot.sandbox import SandboxServer

TIMEOUT = 5.0


@dataclass(frozen=True)
class Exchange:
    """An answered request."""

    method: str
    path: str
    query: str
    sent: Any
    status: int
    body: Any


class RecordingSession(requests.Session):
    """A session that redirects requests for X to the sandbox, with a timeout, and records them."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.trust_env = False
        self.exchanges: list[Exchange] = []
        self._base_url = base_url

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        options.setdefault("timeout", TIMEOUT)
        target = url.replace("https://api.twitter.com", self._base_url)
        answer = super().request(method, target, **options)
        asked = urlsplit(str(answer.request.url))
        if "json" in answer.headers.get("content-type", ""):
            sent = options.get("json")
            exchange = Exchange(method, asked.path, asked.query, sent, answer.status_code, answer.json())
            self.exchanges.append(exchange)
        return answer


def tweepy_client(server: SandboxServer) -> tweepy.Client:
    keys = server.sandbox.credentials
    client = tweepy.Client(
        consumer_key=keys.api_key,
        consumer_secret=keys.api_key_secret,
        access_token=keys.access_token,
        access_token_secret=keys.access_token_secret,
    )
    client.session = RecordingSession(server.base_url)
    return client


def signature(server: SandboxServer) -> Any:
    """Call an endpoint that tweepy lacks: media v2."""
    keys = server.sandbox.credentials
    return tweepy.OAuth1UserHandler(
        keys.api_key, keys.api_key_secret, keys.access_token, keys.access_token_secret
    ).apply_auth()
