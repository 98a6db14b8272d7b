"""Classification of requests that failed without an answer."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import requests
from urllib3 import exceptions as http

from bot.adapters.x_publisher.body import UnreadableBody
from bot.adapters.x_publisher.foreign_body import legible

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 200
"""Maximum characters of a reason, which may contain text from a server."""


def never_sent(error: Exception) -> bool:
    """Return True if no connection was made: refused, unknown host, aborted, bad certificate."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    if not isinstance(error, requests.RequestException):
        return False
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, http.MaxRetryError) else cause
    if isinstance(reason, http.ProxyError):
        reason = reason.original_error
    if isinstance(reason, http.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, http.NewConnectionError | http.ConnectTimeoutError)


def is_unreadable(error: Exception) -> bool:
    """Return True if the body of the answer was too long, or could not be decoded."""
    return any(isinstance(cause, UnreadableBody | http.DecodeError) for cause in _causes(error))


def short(error: Exception) -> str:
    """Return the innermost reason in one line, without object addresses."""
    *_, cause = _causes(error)
    words = [arg for arg in cause.args if isinstance(arg, str)]  # urllib3 adds its objects
    lines = (words[-1] if words else str(cause)).splitlines()
    if not lines:
        return type(cause).__name__
    reason = lines[0].rpartition("] ")[2].rpartition(": ")[2].rstrip(".")
    return legible(reason if "(" in reason else reason.rstrip(")"), _LONGEST)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and its nested exceptions, innermost last."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        inner = (getattr(cause, "reason", None), *cause.args)
        cause = next((one for one in inner if isinstance(one, BaseException)), None)
