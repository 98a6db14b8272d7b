"""Lines of a YAML file as their author sees them: an indent, a dash, a key, a value."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bot.yamldoc.stray_quotes import unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BLANKS = re.compile(r"[ \t\u00a0\u202f]*")
_DASH = re.compile(r"-(?: +|[ \t\u00a0\u202f]+|$)")
_KEY = re.compile(r"""([^\s:#"'\[\]{}|>&*!%@`,-][^:"]{0,39}?)([ \u00a0\u202f]*):(?:([ \t]+)(?![ \t])|$)""")
_GLUED_KEY = re.compile(r"([a-z][a-z0-9_]*)([ \u00a0\u202f]?):(?=[^\s/]|[\u00a0\u202f])[\u00a0\u202f]*")
_GLUED_DASH = re.compile(r"-(?=[^\W\d])")
_WITHOUT_COLON = re.compile(r"([^\W\d]\w{0,15})(?:[ \u00a0]*=)?[ \u00a0]*(\|?)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """The keys of a kind of file."""

    top: frozenset[str]
    """Keys of the file itself and of mappings in it."""
    entries: frozenset[str]
    """Keys of an entry of a list."""
    texts: frozenset[str]
    """Those of both under which no further keys stand."""
    addresses: frozenset[str] = frozenset()
    """Those of both whose value is a web address."""
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Words that editors write for a key."""

    def meant(self, word: str) -> str:
        """Return the key that `word` is or stands for, or `word` itself, normalized."""
        found = normalized(word)
        return self.synonyms.get(found, found)

    def knows(self, word: str) -> bool:
        """Return True if `word` is a key, or a word for one."""
        found = self.meant(word)
        return found in self.top or found in self.entries


class Shape(NamedTuple):
    """A line, taken apart. All columns count from 0."""

    indent: int
    """Its indentation; a tab counts as two spaces."""
    body: str
    """The rest of the line, without trailing blanks."""
    blanks: str
    """The characters of its indentation."""

    @property
    def is_blank(self) -> bool:
        return not self.body

    @property
    def is_comment(self) -> bool:
        return self.body.startswith("#") and not self.body[1:2].isalnum()

    @property
    def dash(self) -> int:
        """Length of the dash that opens an entry of a list, and of the blanks after it; 0 without one."""
        match = _DASH.match(self.body)
        return match.end() if match else 0


class KeySpan(NamedTuple):
    """The key at the beginning of a text."""

    word: str
    gap: str
    """Blanks before the colon."""
    end: int
    """Start of its value."""

    @property
    def looks_like_prose(self) -> bool:
        """True if it looks like a word before a colon in French prose: ``Réseaux : …``."""
        return bool(self.gap) and self.word[0].isupper()


def shape_of(line: str) -> Shape:
    match = _BLANKS.match(line)
    blanks = match[0] if match else ""
    return Shape(len(blanks) + blanks.count("\t"), line[len(blanks) :].rstrip(" \t"), blanks)


def key_of(text: str) -> KeySpan | None:
    """Return the key at the beginning of `text`, as YAML sees it, or None."""
    match = _KEY.match(text)
    return KeySpan(match[1], match[2], match.end()) if match else None


def is_key(key: KeySpan | None, keys: KnownKeys) -> bool:
    """Return True if `key` is clearly meant as one."""
    if key is None or key.looks_like_prose:
        return False
    if keys.knows(key.word):
        return True
    return not key.gap and bool(_PLAIN_KEY.fullmatch(key.word) or _DAY.fullmatch(key.word))


def value_start(line: str) -> int:
    """Return the start of the text of `line`, after its dash and its key."""
    shape = shape_of(line)
    at = len(shape.blanks) + shape.dash
    key = key_of(line[at:])
    is_prose = key is None or key.looks_like_prose or (shape.dash and not _PLAIN_KEY.fullmatch(key.word))
    return at if key is None or is_prose else at + key.end


def requoted(line: str, at: int) -> str:
    """Return `line` with everything from `at` on in double quotes."""
    return line[:at] + yaml_quoted(unwrapped(line[at:].strip(" \t")))


def unglued(text: str, keys: KnownKeys) -> str | None:
    """Return `text` with a space after its key's colon, or its dash, or None if none is missing."""
    if (match := _GLUED_KEY.match(text)) and keys.knows(match[1]):
        return f"{match[1]}: {text[match.end() :]}"
    return f"- {text[1:]}" if _GLUED_DASH.match(text) else None


def with_colon(text: str, keys: KnownKeys) -> str | None:
    """Return `text`, a key and perhaps a bar, with the missing colon: ``items``, ``items = |``; else None."""
    match = _WITHOUT_COLON.fullmatch(text)
    if match is None or normalized(match[1]) not in keys.top:
        return None
    return f"{match[1]}: {match[2]}".rstrip()


def has_keys(lines: Iterable[str], keys: KnownKeys) -> bool:
    """Return True if `lines` contain a known key: a text without any is another kind of file."""
    bodies = (shape_of(line).body for line in lines)
    return any(is_key(key_of(body), keys) or unglued(body, keys) or _is_barred(body, keys) for body in bodies)


def _is_barred(text: str, keys: KnownKeys) -> bool:
    """Return True if `text` is a key and a bar, and lacks only the colon."""
    return text.endswith("|") and with_colon(text, keys) is not None


def normalized(word: str) -> str:
    """Return `word` in lower case, without accents and blanks: ``Brèves``, ``top 10``."""
    letters = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return "".join(letters.split()).lower()


def yaml_quoted(text: str) -> str:
    """Return `text` in double quotes, as YAML reads it."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'
