"""Texts without their links, for threads that are posted without any."""

from __future__ import annotations

from bot.core import links

_BLANK = " \t\xa0\u202f"
_BRACKETS = {"(": ")", "[": "]", "«": "»", "“": "”", "<": ">"}
_POINTERS = "👉➡▶⤵→:\ufe0f" + _BLANK
"""What points at a link, and at nothing once it is gone."""


def unlinked(text: str) -> str:
    """Return `text` without its links, nor the blanks, empty brackets and pointers that they would leave.

    A bare domain is a word of its sentence (``Booking.com rachète …``) and stays; with a path
    (``lemonde.fr/article``) it was meant as a link.
    """
    cut = [url for url in links.urls(text) if "/" in url.text]
    if not cut:
        return text
    first_ink = len(text) - len(text.lstrip())
    rest = _Rest(text)
    at = len(text)  # what follows is in `rest`
    for url in reversed(cut):
        rest.prepend(min(url.end, at), at)
        at = _cut(text, url.start, rest, first_ink)
    rest.prepend(0, at)
    return rest.text()


def _cut(text: str, at: int, rest: _Rest, first_ink: int) -> int:
    """Take away what a link at `at` leaves around its place; return where the text before it ends now."""
    at = _stripped(text, at, _BLANK)
    rest.strip(_BLANK)
    while at and rest.first() and _BRACKETS.get(text[at - 1]) == rest.first():
        rest.drop_first()
        rest.strip(_BLANK)
        at = _stripped(text, at - 1, _BLANK)
    ends_line = rest.first() in ("", "\n")
    if ends_line:
        at = _stripped(text, at, _POINTERS)
    begins_text = at <= first_ink
    if begins_text or text[at - 1] == "\n":
        if ends_line or begins_text:  # the link had a line to itself: its line break goes as well
            rest.strip("\n")
    elif not ends_line and rest.first() not in ".,…)]”":
        rest.prepend_space()
    return at


def _stripped(text: str, end: int, characters: str) -> int:
    """Return where ``text[:end]`` ends without the `characters` at its end."""
    while end and text[end - 1] in characters:
        end -= 1
    return end


class _Rest:
    """What comes after the link at hand, as stretches of the text in reverse: each character is met once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stretches: list[tuple[str, int, int]] = []
        """(of what, start, end); the last is the first of the rest; none is empty."""

    def prepend(self, start: int, end: int) -> None:
        """Put ``text[start:end]`` before the rest."""
        if start < end:
            self._stretches.append((self._text, start, end))

    def prepend_space(self) -> None:
        """Put a space before the rest."""
        self._stretches.append((" ", 0, 1))

    def first(self) -> str:
        """Return the first character of the rest; "" where there is none."""
        if not self._stretches:
            return ""
        source, start, _ = self._stretches[-1]
        return source[start]

    def drop_first(self) -> None:
        """Take the first character away."""
        source, start, end = self._stretches.pop()
        if start + 1 < end:
            self._stretches.append((source, start + 1, end))

    def strip(self, characters: str) -> None:
        """Take away those of `characters` that the rest begins with."""
        while (first := self.first()) and first in characters:
            self.drop_first()

    def text(self) -> str:
        """Return the whole of it."""
        return "".join(source[start:end] for source, start, end in reversed(self._stretches))
