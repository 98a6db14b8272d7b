"""The body of an answer, read up to a limit.

requests reads a whole body before its caller can look at its size. Here at most `MAX_ANSWER_BYTES` are kept,
and decompressed no further than that: urllib3 stops at the amount that is asked for since 2.6.0
(https://github.com/urllib3/urllib3/security/advisories/GHSA-2xpw-w6gg-jr37, 2026-11-29).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

MAX_ANSWER_BYTES = 1 << 20
"""Bytes of a body. A page of the timeline, the longest answer that is asked for, has some 100 KiB."""

ENCODINGS = "gzip, deflate"
"""What we ask for, whatever else the installed libraries could decode."""

_ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
"""What is decoded. Several encodings one after another could unpack for hours and yield nothing."""

_PIECE = 64 * 1024


class UnreadableBody(OSError):
    """The body is too long, or encoded in a way that was not asked for."""


def read_within_limits(response: requests.Response) -> requests.Response:
    """Read the body of `response`, which was asked for as a stream, and return it with what was read.

    Raises:
        UnreadableBody: it is longer than `MAX_ANSWER_BYTES`, or in an encoding that is not decoded.
        Exception: the connection failed, or what came is no HTTP; urllib3 says of what kind.
    """
    try:
        body = _body(response)
    except BaseException:
        response.close()  # with its connection: what is left of the body is never read
        raise
    response.raw.release_conn()
    response.raw = io.BytesIO(body)
    # requests follows a redirect in part even where it is not to follow it, and stumbles over an odd address.
    response.headers.pop("location", None)
    return response


def _body(response: requests.Response) -> bytearray:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise UnreadableBody("it is encoded in a way that was not asked for")
    body = bytearray()
    for piece in response.raw.stream(_PIECE, decode_content=True):
        body += piece
        if len(body) > MAX_ANSWER_BYTES:
            raise UnreadableBody(f"it is longer than {MAX_ANSWER_BYTES // 1024} KiB")
    return body
