"""Texts without their links, for threads that are posted without any."""

from __future__ import annotations

from bot.core import links

_BLANK = " \t\xa0\u202f"
_BRACKETS = {"(": ")", "[": "]", "«": "»", "“": "”", "<": ">"}
_POINTERS = "👉➡▶⤵→:\ufe0f" + _BLANK
"""What points at a link, and at nothing once it is gone."""


def unlinked(text: str) -> str:
    """`text` without the links in it, nor the blanks, empty brackets and pointers that they would leave.

    A bare domain is a word of its sentence (``Booking.com rachète …``) and stays; with a path
    (``lemonde.fr/article``) it was meant as a link.
    """
    for url in reversed(links.urls(text)):
        if "/" in url.text:
            text = _cut(text, url.start, url.end)
    return text


def _cut(text: str, start: int, end: int) -> str:
    before, after = text[:start].rstrip(_BLANK), text[end:].lstrip(_BLANK)
    while before and after and _BRACKETS.get(before[-1]) == after[0]:
        before, after = before[:-1].rstrip(_BLANK), after[1:].lstrip(_BLANK)
    if not after or after.startswith("\n"):
        before = before.rstrip(_POINTERS)
    if not before.strip() or before.endswith("\n"):
        return before + (after.lstrip("\n") if _line_is_gone(before, after) else after)
    if not after or after[0] in "\n.,…)]”":
        return before + after
    return f"{before} {after}"


def _line_is_gone(before: str, after: str) -> bool:
    """Whether the link had a line to itself: then its line break goes as well."""
    return not after or after.startswith("\n") or not before.strip()
