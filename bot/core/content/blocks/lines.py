"""Lines of a block of items, by kind: text, separator, key, front matter."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from bot.core.content.blocks.key_forms import is_doubtful_with_space, is_sure_with_space
from bot.core.content.blocks.marks import signs_first, unquoted
from bot.core.text import entities

if TYPE_CHECKING:
    from collections.abc import Sequence

_INVISIBLE = ("C", "Z")
"""Unicode categories of characters that leave no ink."""

ITEM_KEYS = {
    **{name: name for name in ("text", "link", "image", "images", "alt", "rubric", "replay")},
    "texte": "text",
    "titre": "text",
    "lien": "link",
    "url": "link",
    "photo": "image",
    "légende": "alt",
    "legende": "alt",
    "rubrique": "rubric",
}
"""Keys of an item in a list, by the words that editors write for them."""
KEYS_OF_FILES = {
    **{name: name for name in ("date", "at", "intro", "items", "outro", "series", "draft")},
    **{name: name for name in ("top10", "issue", "article", "days", "clean")},
    "heure": "at",
    "brouillon": "draft",
    "série": "series",
    "serie": "series",
}
"""Keys of a file, by words that open no sentence."""

_SEPARATOR = re.compile(r"(?:[-*_=~+·•–—―─━▪◦∙∗⁎◆✦⸺⸻⁂]\s*)+")
_KEY = re.compile(
    r"(?:[-*•→]\ufe0f?\s{1,5})?"  # an entry of a list, or an arrow under an item
    r"(?P<key>[a-zà-ÿ]+(?:10)?)"  # a sentence begins with a capital letter,
    r"(?P<space>[ \u00a0\u202f]{0,3}):(?P<value>.*)"  # and a French colon has a space before it
)
_INDENTED = re.compile(
    r"(?:[-*•→]\ufe0f?\s{1,5})?(?P<key>[A-ZÀ-Þ][a-zà-ÿ]+)(?P<space> ?):\s*"
    r"(?P<value>https?://\S+$|[^\s/]+\.(?:jpe?g|png|gif|webp)$)"
)
"""A key with a capital letter under an item, before a value that is no word of a text."""
_KEY_ENDS = 20
"""Characters within which a key ends, including any sign before it."""
_BULLETS = frozenset("-*•–—▪◦·")
"""Signs that make a web address an item; other signs point from the item above to its link."""
_FENCE = "---"
_META = re.compile(r"[A-Za-z][\w-]*:|[ \t]|- |#")


class BlockLine(NamedTuple):
    """A line with text in it."""

    at: int
    """Index of the line in the block, from 0."""
    text: str
    """The line without surrounding white space."""
    indent: int
    has_gap: bool
    """True if it follows a blank line or a separator, or is the first line."""
    is_link: bool = False
    """True if it is only a web address, alone or after a sign as in ``👉 https://…``."""


class KeyLine(NamedTuple):
    """A line ``key: value``, which sets an attribute of the item above or was meant for the file."""

    at: int
    written: str
    name: str
    """The key that `written` stands for."""
    value: str
    is_sure: bool = True
    """False where it may be a text as well: ``outro : À demain !``. Then it is read as one."""

    @property
    def is_of_item(self) -> bool:
        """True if it describes an item, false if a file."""
        is_of_replay = self.name == "replay" and not self.value
        return self.written.lower() in ITEM_KEYS and not is_of_replay


class BlockLines(NamedTuple):
    """The lines of a block that hold something. Each is a text, a key, a separator, or front matter."""

    texts: list[BlockLine]
    keys: list[KeyLine]
    separators: list[BlockLine]
    doubtful: list[KeyLine]
    """Those of the texts that may be meant as keys."""
    quoted: Sequence[int]
    """Lines without the ``>`` of a quoted mail that they were written with."""
    front_matter: range
    """Lines from ``---`` to ``---`` at the top, with names and values between them."""


def lines_of(source: Sequence[str]) -> BlockLines:
    """Return the lines of `source` by kind."""
    source, quoted = unquoted(source)
    source = signs_first(source)
    front_matter = _front_matter(source)
    found = BlockLines([], [], [], [], quoted, front_matter)
    has_gap = True
    for at in range(front_matter.stop, len(source)):
        line = source[at]
        text = line.strip()
        is_word = text[:1].isalnum()
        if not text or (not is_word and is_blank(text)):
            has_gap = True
            continue
        key = _key(at, line) if text.find(":", 0, _KEY_ENDS) > 0 else None
        if key is not None and key.is_sure:
            found.keys.append(key)
        elif not is_word and _SEPARATOR.fullmatch(text):
            found.separators.append(BlockLine(at, text, 0, has_gap))
            has_gap = True
        else:
            indent = 0 if line[0] == text[0] else len(line) - len(line.lstrip())
            found.texts.append(BlockLine(at, text, indent, has_gap, _is_link(text)))
            found.doubtful.extend([key] if key else [])
            has_gap = False
    return found


def is_blank(text: str) -> bool:
    """Return True if nothing in `text` leaves ink."""
    return not text[:1].isalnum() and all(unicodedata.category(char)[0] in _INVISIBLE for char in text)


def _is_link(text: str) -> bool:
    if "." not in text:  # fast path for most lines
        return False
    if " " in text:
        sign, _, text = text.partition(" ")
        text = text.lstrip()
        if " " in text or sign in _BULLETS or any(char.isalnum() for char in sign):
            return False
    found = entities.urls(text)
    return len(found) == 1 and (found[0].start, found[0].end) == (0, len(text))


def ends_in_link(text: str) -> bool:
    """Return True if `text` ends in a web address."""
    if "." not in text.rsplit(" ", 1)[-1]:  # fast path for most lines
        return False
    found = entities.urls(text)
    return bool(found) and found[-1].end == len(text)


def _key(at: int, line: str) -> KeyLine | None:
    text = line.strip()
    if (
        line[0].isspace()
        and (match := _INDENTED.match(text))
        and (name := ITEM_KEYS.get(match["key"].lower()))
    ):
        return KeyLine(at, match["key"], name, match["value"])
    match = _KEY.match(text)
    name = match and (ITEM_KEYS.get(match["key"]) or KEYS_OF_FILES.get(match["key"]))
    if match is None or not name:
        return None
    value = match["value"].strip()
    is_sure = not match["space"] or is_sure_with_space(match["key"], name, value)
    if is_sure or is_doubtful_with_space(match["key"]):
        return KeyLine(at, match["key"], name, value, is_sure)
    return None


def _front_matter(source: Sequence[str]) -> range:
    """Return the range of the front matter's lines, empty if there is none."""
    first = next((n for n, line in enumerate(source) if line.strip()), len(source))
    if first == len(source) or source[first].strip() != _FENCE:
        return range(0)
    for n in range(first + 1, len(source)):
        if source[n].strip() == _FENCE:
            return range(first, n + 1) if n > first + 1 else range(0)
        if not _META.match(source[n]):
            break
    return range(0)
