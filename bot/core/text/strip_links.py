"""Texts without their links, for threads posted without links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bot.core.text.intended_urls import addresses
from bot.core.text.link_labels import ends_in_label, points_at_link

if TYPE_CHECKING:
    from collections.abc import Iterator


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLANK = " \t\xa0\u202f"
_PAIRS = {
    "(": ")", "[": "]", "{": "}", "«": "»", "“": "”", "„": "“", "‘": "’", "<": ">",
    '"': '"', "'": "'", "*": "*", "_": "_", "`": "`",
}  # fmt: skip
_WHITE = _BLANK + "\n"
_MOST_APART = 8
"""White space between a bracket and the link in it, at most: each character is visited a few times only."""
_QUOTES = "\"'’*_`%"
_OPENING = "([{«“„‘"
_CLOSING = ")]}»”"
_STOPS = ".,;:!?…"
_SENTENCE_ENDS = ".!?…"
_GLUED_TO_WORDS = ".,…)]}”"
_BULLETS = "-–—•·*"
_TONE = "[\U0001f3fb-\U0001f3ff]?"

_POINTER = re.compile(rf"(?:[👉🔗]{_TONE}|[➡▶⤵]\ufe0f?|[→:,;|]|(?:(?<=[{_BLANK}])|(?<=\n)|\A)[-–—/+&·•])\Z")
"""Signs that point at a link or introduce it, and mean nothing once it is gone."""
_POINTS_AT_LINKS = "👉🔗➡▶⤵"
_MOST_OF_A_POINTER = 3
"""Characters: the sign, its tone or style, and the blank before it."""

_SHORTCODE = re.compile(r"(?:\A|[\s(]):[a-z0-9_+-]{2,}:\Z")
"""An emoji as Slack and GitHub write it, ``:tada:``: its second colon points at nothing."""
_LONGEST_SHORTCODE = 40
"""Characters, including the one before it."""
_DANGLING = re.compile(r"[⬇👇⤵↓]\ufe0f?\Z")
"""Signs that point at what follows, which may be another post."""

_SIGN = re.compile(rf"[.,!?…|→·•]|[:;](?!-?[()DPp](?!\w))|[-–—](?=[{_BLANK}\n]|\Z)")
"""Signs that may follow a link but cannot open a text."""
_POINTER_BACK = re.compile(rf"👈{_TONE}|[⬅◀⤴]\ufe0f?|←")

_CONJUNCTIONS = frozenset(
    ["et", "ou", "puis", "and", "or", "und", "oder", ",", ";", "/", "|", "&", "+", "·", "•", "-", "–", "—"]
)
"""Words and signs between two links that join nothing once the links are gone."""
_LONGEST_CONJUNCTION = 8
"""Characters, including blanks."""

_LEANING = _words("""
    à au aux de du des d en dans sur sous par pour avec sans chez via vers selon depuis et ou
    le la les l ce cet cette sa ses notre nos votre vos qu que
    ici voir lire cf source sources lien liens dessous adresse découvrir consulter cliquez cliquer télécharger
    at on in from to by of via the this see read here link links below click
    unter auf bei von siehe quelle
""")
"""Words that a link completes: a text reads oddly where nothing else follows them."""
_WORD = re.compile(r"(?:[^\W\d_]|[’'])+\Z")
_SEEN = 40
"""Characters examined and quoted on either side of a link's place."""


@dataclass(frozen=True, slots=True)
class Odd:
    """A place where a text may read oddly without its link, which began at `offset`."""

    offset: int
    words: str
    """The remaining words around it."""


class Remains(NamedTuple):
    """A text without its links, and the places where it may read oddly."""

    text: str
    odd: tuple[Odd, ...]


def unlinked(text: str) -> str:
    """Return `text` without its links and the blanks, brackets, quotes and signs that only they needed.

    A bare domain (``Booking.com rachète …``) is a word of its sentence and stays; with a path
    (``lemonde.fr/article``) it was meant as a link.
    """
    return remains(text).text


def remains(text: str) -> Remains:
    """Return `text` as `unlinked` does, and the places that only its author can mend."""
    cut = addresses(text)
    if not cut:
        return Remains(text, ())
    rest = _Rest(text)
    stops = [*(address.start for address in cut[1:]), len(text)]
    for address, stop in zip(cut, stops, strict=True):
        rest.keep_until(address.start)
        rest.leave_out(address.meant, stop)
    return rest.remains()


class _Rest:
    """The kept part of a text, built from left to right; each character is visited a few times at most."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._first_ink = len(text) - len(text.lstrip())
        self._kept: list[str] = []
        """The kept characters."""
        self._at = 0
        """Position up to which the text has been kept or dropped."""
        self._places: list[tuple[int, int]] = []
        """For each link: its start, and the number of characters kept before it."""

    def keep_until(self, start: int) -> None:
        """Keep the text up to `start`."""
        self._kept.extend(self._text[self._at : start])
        self._at = start

    def leave_out(self, end: int, stop: int) -> None:
        """Drop the link up to `end`, and its leftovers on both sides, up to `stop`."""
        start, self._at = self._at, end
        before, after = self._strip(), self._skip(_BLANK, stop)
        while (
            self._drop_conjunction()
            or self._drop_pair(stop)
            or self._drop_pointer(stop)
            or self._drop_sign(stop)
        ):
            before, after = self._strip() or before, self._skip(_BLANK, stop) or after
        self._join(before, after, stop)
        self._places.append((start, len(self._kept)))

    def remains(self) -> Remains:
        """Return the whole result."""
        self._kept.extend(self._text[self._at :])
        if self._places[-1][1] >= len(self._kept):
            self._strip("\n" + _BLANK)
        text = "".join(self._kept)
        return Remains(text, tuple(self._odd(text)))

    def _next(self, stop: int) -> str:
        """Return the character after the link; "" at the end, and where the next link begins at once."""
        return self._text[self._at] if self._at < stop else ""

    def _ends_line(self, stop: int) -> bool:
        return self._at == len(self._text) or self._next(stop) == "\n"

    def _begins_line(self) -> bool:
        return len(self._kept) <= self._first_ink or self._kept[-1] == "\n"

    def _strip(self, characters: str = _BLANK) -> str:
        """Remove `characters` from the end of what is kept; return the first of them, or ""."""
        first = ""
        while self._kept and self._kept[-1] in characters:
            first = self._kept.pop()
        return first

    def _skip(self, characters: str, stop: int) -> str:
        """Skip the `characters` that follow; return the first of them, or ""."""
        start = self._at
        while self._at < stop and self._text[self._at] in characters:
            self._at += 1
        return self._text[start] if start < self._at else ""

    def _drop_conjunction(self) -> bool:
        """Drop the conjunction between the link and the previous one."""
        place = self._places[-1][1] if self._places else len(self._kept)
        if not 0 < len(self._kept) - place <= _LONGEST_CONJUNCTION:
            return False
        if "".join(self._kept[place:]).strip(_BLANK) not in _CONJUNCTIONS:
            return False
        del self._kept[place:]
        return True

    def _drop_pair(self, stop: int) -> bool:
        """Drop the brackets or quotes that contain only the link, also if they stand on other lines."""
        opened, closed = len(self._kept), self._at
        while opened > max(0, len(self._kept) - _MOST_APART) and self._kept[opened - 1] in _WHITE:
            opened -= 1
        while closed < min(stop, self._at + _MOST_APART) and self._text[closed] in _WHITE:
            closed += 1
        before = self._kept[opened - 1] if opened else ""
        is_apart = opened < len(self._kept) or closed > self._at
        if closed >= stop or _PAIRS.get(before) != self._text[closed]:
            return False
        if is_apart and before == self._text[closed]:  # the end of one quotation, and the start of another
            return False
        del self._kept[opened - 1 :]
        self._at = closed + 1
        return True

    def _drop_pointer(self, stop: int) -> bool:
        """Drop a sign before the link that joins it to nothing, or to another sign."""
        tail = "".join(self._kept[-_MOST_OF_A_POINTER:])
        match = _POINTER.search(tail)
        if not match or not self._points_at_nothing(match[0], stop):
            return False
        if match[0] == ":" and _SHORTCODE.search("".join(self._kept[-_LONGEST_SHORTCODE:])):
            return False
        del self._kept[len(self._kept) - len(tail) + match.start() :]
        return True

    def _points_at_nothing(self, pointer: str, stop: int) -> bool:
        """Return True if `pointer`, before the link, makes no sense before what follows the link."""
        following = self._next(stop)
        if self._ends_line(stop) or pointer[0] in _POINTS_AT_LINKS:
            return True
        if self._is_bullet():
            return False
        if following in [*_CLOSING, *_STOPS] or _SIGN.match(self._text, self._at, stop):
            return True
        return pointer in ":→" and (following.islower() or following in ("#", "@"))

    def _drop_sign(self, stop: int) -> bool:
        """Drop a sign after the link that joins it to nothing, or to another sign."""
        match = _POINTER_BACK.match(self._text, self._at, stop)
        if not match and (
            self._begins_line() or self._kept[-1] in _OPENING + _SENTENCE_ENDS or self._is_bullet()
        ):
            match = _SIGN.match(self._text, self._at, stop)
        self._at = match.end() if match else self._at
        return match is not None

    def _is_bullet(self) -> bool:
        """Return True if the kept text ends in a sign that opens its line."""
        return self._kept[-1:] != [] and self._kept[-1] in _BULLETS and self._kept[-2:-1] in ([], ["\n"])

    def _join(self, before: str, after: str, stop: int) -> None:
        """Insert a blank where two words would meet, and drop the line break of an empty line.

        `before` and `after` are the removed blanks.
        """
        following = self._next(stop)
        if self._begins_line():
            if self._ends_line(stop):
                self._skip("\n", stop)
            return
        if self._kept[-1] in _OPENING:
            self._kept.extend(before if self._kept[-1] == "«" else "")
        elif following and following not in _GLUED_TO_WORDS and not self._ends_line(stop):
            self._kept.extend(after or ("" if following in _STOPS + _CLOSING + _QUOTES else " "))

    def _odd(self, text: str) -> Iterator[Odd]:
        """Yield the places at which the kept text, `text`, may read oddly."""
        if not text.strip():
            return
        if not any(char.isalpha() for char in text):
            yield Odd(self._places[0][0], _around(text, ""))
            return
        place = len(self._text) + 1
        for start, kept in reversed(self._places):
            if kept >= place:
                continue
            place = min(kept, len(text))
            before, after = text[max(0, place - _SEEN) : place], text[place : place + _SEEN]
            following = after.lstrip(_BLANK)[:1]
            ends = not following.islower()
            sign = self._text[max(0, start - _MOST_OF_A_POINTER) : start]
            is_pointed = not following.isalnum() and points_at_link(sign)
            is_dangling = place == len(text) and _DANGLING.search(before) is not None
            is_label = ends_in_label(before, is_whole=ends and place <= _SEEN, is_pointed=is_pointed)
            if is_dangling or is_label or _leans(before) or _has_lost_its_beginning(before, after):
                yield Odd(start, _around(before, after))


def _leans(before: str) -> bool:
    """Return True if the link completed the words `before` it."""
    before = before.rstrip(_BLANK).lower()
    word = _WORD.search(before)
    if not word:
        return False
    last = word[0].replace("'", "’").rpartition("’")[2]
    return not last or last in _LEANING or before.endswith("savoir plus")


def _has_lost_its_beginning(before: str, after: str) -> bool:
    """Return True if a sentence began with the link."""
    before, after = before.rstrip(_BLANK), after.lstrip(_BLANK)
    return after[:1].islower() and (not before or before[-1] in "\n.!?")


def _around(before: str, after: str) -> str:
    """Return the last words of `before` and the first of `after`."""
    gap = "" if before == before.rstrip() and after == after.lstrip() else " "
    return f"{' '.join(before.split()[-3:])}{gap}{' '.join(after.split()[:2])}".strip()
