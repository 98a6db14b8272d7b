"""Descriptions of bodies that are not from X, for messages. Their content is untrusted."""

from __future__ import annotations

import html

_TITLE = 80
"""Characters of a page title quoted in messages."""
ODD_JSON = "JSON that is not X's"
_HEAD = 64 * 1024
"""Bytes of a page that are searched for its title."""


def describe_body(body: bytes | str) -> str:
    """Describe `body`, as in ``an HTML page titled "Attention Required! | Cloudflare"``."""
    head = body[:_HEAD]
    page = head if isinstance(head, str) else head.decode("utf-8", "replace")
    if not page.strip():
        return "an empty body"
    lowered = page.lower()
    if len(lowered) == len(page) and (title := _between(page, lowered, "<title", "</title")):
        return f'an HTML page titled "{title}"'
    if "<html" in lowered or "<!doctype html" in lowered:
        return "an HTML page"
    if page.lstrip()[0] in "{[":
        return ODD_JSON
    return f'the text "{legible(page, _TITLE)}"'


def _between(page: str, lowered: str, start: str, end: str) -> str:
    """Return the content of the first element that begins with `start`, in linear time."""
    opened = lowered.find(start)
    begin = lowered.find(">", opened) + 1 if opened >= 0 else 0
    return legible(html.unescape(page[begin : max(lowered.find(end, begin), begin)]), _TITLE) if begin else ""


def legible(text: str, most: int) -> str:
    """Return `text` in one line of at most `most` characters, without terminal control characters."""
    shown = "".join(sign if sign.isprintable() and sign != '"' else " " for sign in text)
    words = " ".join(shown.split())
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
