"""Server-side verification of OAuth 1.0a signatures (HMAC-SHA1): keys, timestamp, nonce.

Written from RFC 5849, not with oauthlib, which signs for our clients: two independent implementations that
agree prove more than one that agrees with itself. (oauthlib's verifying endpoint also reads the system
clock.)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from bot.sandbox.refusals import unauthorized

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.sandbox.credentials import Credentials

TIMESTAMP_TOLERANCE = timedelta(minutes=5)
"""Allowed clock skew of a client. X's own tolerance is undocumented; five minutes are reported (unverified,
gathered 2026-11-23)."""

_FORM = "application/x-www-form-urlencoded"


class Verifier:
    """Verifier for one set of keys, which remembers nonces. For the event loop only."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._key = (
            f"{_escape(credentials.api_key_secret)}&{_escape(credentials.access_token_secret)}".encode()
        )
        self._nonces: dict[tuple[int, str], None] = {}

    def verify(
        self, method: str, url: str, query: str, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> None:
        """Check that a request is genuine and use up its nonce.

        `url` is scheme, host (with a non-default port) and path; all as sent.

        Raises:
            Refusal: 401, whatever the reason, as on X.

        """
        oauth = _authorization(headers.get("authorization", ""))
        if not self._ours(oauth):
            raise unauthorized()
        stamp = _whole_number(oauth.get("oauth_timestamp", ""))
        if abs(stamp - now.timestamp()) > TIMESTAMP_TOLERANCE.total_seconds():
            raise unauthorized()
        form = body.decode("latin-1") if headers.get("content-type", "").startswith(_FORM) else ""
        if not hmac.compare_digest(
            self._signature(method, url, query, form, oauth), oauth.get("oauth_signature", "")
        ):
            raise unauthorized()
        self._use(stamp, oauth.get("oauth_nonce", ""), now)

    def _ours(self, oauth: Mapping[str, str]) -> bool:
        return (
            oauth.get("oauth_consumer_key") == self._credentials.api_key
            and oauth.get("oauth_token") == self._credentials.access_token
            and oauth.get("oauth_signature_method") == "HMAC-SHA1"
            and oauth.get("oauth_version", "1.0") == "1.0"
        )

    def _signature(self, method: str, url: str, query: str, form: str, oauth: Mapping[str, str]) -> str:
        base = base_string(method, url, query, form, oauth)
        return base64.b64encode(hmac.new(self._key, base.encode(), hashlib.sha1).digest()).decode()

    def _use(self, stamp: int, nonce: str, now: datetime) -> None:
        if not nonce or (stamp, nonce) in self._nonces:
            raise unauthorized()
        self._nonces[stamp, nonce] = None
        oldest = now.timestamp() - TIMESTAMP_TOLERANCE.total_seconds()
        while (first := next(iter(self._nonces)))[0] < oldest:  # refused by its timestamp alone from now on
            del self._nonces[first]


def base_string(method: str, url: str, query: str, form: str, oauth: Mapping[str, str]) -> str:
    """Return the signature base string of RFC 5849, section 3.4.1."""
    pairs = [(name, value) for name, value in oauth.items() if name not in {"oauth_signature", "realm"}]
    for encoded in (query, form):
        pairs += parse_qsl(encoded, keep_blank_values=True)
    parameters = sorted((_escape(name), _escape(value)) for name, value in pairs)
    normalized = "&".join(f"{name}={value}" for name, value in parameters)
    return "&".join((method.upper(), _escape(url), _escape(normalized)))


def _authorization(header: str) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        raise unauthorized()
    parameters: dict[str, str] = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        if name in parameters:  # RFC 5849, section 3.1: each parameter once
            raise unauthorized()
        parameters[unquote(name)] = unquote(value.strip('"'))
    return parameters


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise unauthorized()
    return int(text)


def _escape(text: str) -> str:
    """Percent-encode all but letters, digits and ``-._~`` (RFC 5849, section 3.6)."""
    return quote(text, safe="~")
