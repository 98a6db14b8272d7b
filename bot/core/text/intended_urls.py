"""Addresses as their authors mean them, if X links only a part: ``https://example.com/l’été``."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from bot.core.text import entities
from bot.core.text.invisible import remove_invisible

_RUN = re.compile(r'[^\s"<>«»“”„—…]*')
_ENDS_NO_ADDRESS = ".,;:!?'’‘*~|"
"""Final characters that belong to the sentence, not to the address."""
_OPENING = {")": "(", "]": "[", "}": "{"}
_CONTINUES_A_HOST = ("/", "?", "#")

_HOST = re.compile(r"(?:https?://)?[^/?#]*", re.IGNORECASE)
_KEPT = "/?#=&%+-._~:@,;!$*"
"""Characters left as they are in a percent-encoded address: X links them all."""
_ENDS_NO_PART = re.compile(r"[^A-Za-z0-9=_#/?-](?=\?|\Z)")
"""Those of them with which X does not let a path or query end."""


class IntendedUrl(NamedTuple):
    """An address in a text: X links ``text[start:end]``, its author ends it at `meant`."""

    start: int
    end: int
    meant: int

    @property
    def is_cut(self) -> bool:
        """True if X links only a part of it."""
        return self.meant > self.end


def addresses(text: str) -> tuple[IntendedUrl, ...]:
    """Return the addresses of `text` that have a protocol or a path, in order.

    A bare domain (``Booking.com rachète …``) is a word of its sentence, not an address.
    """
    urls = [url for url in entities.urls(text) if "/" in url.text]
    stops = [*(url.start for url in urls), len(text)][1:]
    return tuple(
        IntendedUrl(url.start, url.end, _meant_end(text, url, stop))
        for url, stop in zip(urls, stops, strict=True)
    )


def _meant_end(text: str, url: entities.Entity, stop: int) -> int:
    """Return the end that the author means for the address that X links as `url`, at most `stop`."""
    run = _RUN.match(text, url.end, stop)
    end = run.end() if run else url.end
    has_path = "/" in url.text.partition("://")[2] or "?" in url.text or "://" not in url.text
    if end == url.end or not (has_path or text.startswith(_CONTINUES_A_HOST, url.end)):
        return url.end
    end = _balanced_end(text, url, end)
    while end > url.end and text[end - 1] in _ENDS_NO_ADDRESS:
        end -= 1
    return end


def _balanced_end(text: str, url: entities.Entity, end: int) -> int:
    """Return `end`, or the first bracket after `url` that has no partner in the address."""
    open_at: list[int] = []
    for at in range(url.start, end):
        char = text[at]
        if char in _OPENING.values():
            open_at.append(at)
        elif char in _OPENING:
            if open_at and text[open_at[-1]] == _OPENING[char]:
                open_at.pop()
            elif at >= url.end:
                end = at
                break
    return next((at for at in open_at if at >= url.end), end)


def whole(text: str) -> str | None:
    """Return the address to write instead of `text` if X links only a part of `text`, else None."""
    found = addresses(text)
    if len(found) == 1 and found[0].is_cut and (found[0].start, found[0].meant) == (0, len(text)):
        return encoded(text)
    return None


def encoded(address: str) -> str | None:
    """Return `address` percent-encoded so that X links all of it, or None if X never would."""
    address = remove_invisible(address).rstrip(_ENDS_NO_ADDRESS)
    host = _HOST.match(address)
    at = host.end() if host else 0
    rest = address[at:]
    if rest and not rest.startswith("/"):
        rest = f"/{rest}"
    written = address[:at] + quote(rest, safe=_KEPT, errors="replace")
    written = _ENDS_NO_PART.sub(lambda sign: f"%{ord(sign[0]):02X}", written)
    return written if [url.text for url in entities.urls(written)] == [written] else None
