"""Size-limited reading of response bodies.

requests reads a whole body before its caller can check its size. Here at most `MAX_ANSWER_BYTES` are kept,
and decompression stops there: since 2.6.0 urllib3 stops at the requested amount
(https://github.com/urllib3/urllib3/security/advisories/GHSA-2xpw-w6gg-jr37, 2026-11-29).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

MAX_ANSWER_BYTES = 1 << 20
"""Maximum bytes of a body. A page of the timeline, the longest expected answer, has about 100 KiB."""

ENCODINGS = "gzip, deflate"
"""Encodings we accept, regardless of what else the installed libraries can decode."""

_ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
"""Encodings we decode. Stacked encodings could take hours to decompress and yield nothing."""

_PIECE = 64 * 1024


class UnreadableBody(OSError):
    """The body is too long, or in an encoding that was not requested."""


def read_within_limits(response: requests.Response) -> requests.Response:
    """Read the body of `response`, which was requested as a stream, and return the response with it.

    Raises:
        UnreadableBody: the body is longer than `MAX_ANSWER_BYTES`, or in an unsupported encoding.
        Exception: the connection failed, or the answer is not HTTP; see urllib3 for the types.
    """
    try:
        body = _body(response)
    except BaseException:
        response.close()  # with its connection: the rest of the body is never read
        raise
    response.raw.release_conn()
    response.raw = io.BytesIO(body)
    # requests parses the redirect target even if redirects are disabled, and fails on a malformed address.
    response.headers.pop("location", None)
    return response


def _body(response: requests.Response) -> bytearray:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise UnreadableBody("it has an encoding that was not requested")
    body = bytearray()
    for piece in response.raw.stream(_PIECE, decode_content=True):
        body += piece
        if len(body) > MAX_ANSWER_BYTES:
            raise UnreadableBody(f"it is longer than {MAX_ANSWER_BYTES // 1024} KiB")
    return body
