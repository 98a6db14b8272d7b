"""Links, hashtags, mentions, lists and cashtags in a text, as X's extractor finds them.

The grammar is X's, as defined by its conformance suite; the expressions are our own, and all of them run in
linear time.

Source: https://github.com/twitter/twitter-text/tree/master/conformance 2026-11-23
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from bot.core.text import domains, tables, url_scanner

if TYPE_CHECKING:
    from collections.abc import Iterator


class EntityKind(StrEnum):
    """Kinds of text that X links."""

    URL = "url"
    HASHTAG = "hashtag"
    MENTION = "mention"
    LIST = "list"
    CASHTAG = "cashtag"


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of text that X links: ``text[start:end]`` in code points, including its sign (#, @, $)."""

    kind: EntityKind
    start: int
    end: int
    text: str


_JOINING = "_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\xb7"
_WORD = f"{tables.LETTERS}{tables.DIGITS}{_JOINING}"
_HASHTAG = (
    f"(?:^|[\ufe0e\ufe0f]|[^{_WORD}&])"
    f"([#\uff03](?![\ufe0f\u20e3])[{tables.DIGITS}{_JOINING}]*+[{tables.LETTERS}][{_WORD}]*+)"
    f"(?P<broken>[#\uff03]|://)?"
)
# Names of up to 20 characters, list names of up to 25; X's limits for new names are lower.
# Source: https://github.com/twitter/twitter-text/tree/master/conformance (extract.yml), 2026-11-23
_MENTION = (
    "(?:^|[^A-Za-z0-9_!#$%&*@\uff20]|(?:^|[^A-Za-z0-9_+~.-])[Rr][Tt]:?)"
    "([@\uff20][A-Za-z0-9_]{1,20}(/[A-Za-z][A-Za-z0-9_-]{0,24})?)"
    f"(?P<broken>[@\uff20{tables.ACCENTED_UNFOLDED}]|://)?"
)
_CASHTAG = (
    rf"(?:^|[{domains.SPACES}])(\$[A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?)"
    r"(?=$|\s|[!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$])"
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile `pattern` on first use: letters of all scripts take long, and many texts contain no sign."""
    return re.compile(pattern)


def extract(text: str) -> tuple[Entity, ...]:
    """Return all entities of `text`, in order; of two that overlap, the first to start."""
    found = [
        *urls(text),
        *_mentions(text),
        *_tags(text, EntityKind.HASHTAG),
        *_tags(text, EntityKind.CASHTAG),
    ]
    found.sort(key=lambda entity: entity.start)
    kept: list[Entity] = []
    for entity in found:
        if not kept or kept[-1].end <= entity.start:
            kept.append(entity)
    return tuple(kept)


def urls(text: str) -> tuple[Entity, ...]:
    """Return the links of `text`, with and without protocol, in order."""
    links = url_scanner.scan(text, domains.candidates(text)[0])
    return tuple(Entity(EntityKind.URL, start, end, text[start:end]) for start, end, _ in links)


def _mentions(text: str) -> Iterator[Entity]:
    for start, end, match in _matches(_MENTION, text, "@\uff20"):
        kind = EntityKind.LIST if match[2] else EntityKind.MENTION
        yield Entity(kind, start, end, text[start:end])


def _tags(text: str, kind: EntityKind) -> Iterator[Entity]:
    pattern, signs = (_HASHTAG, "#\uff03") if kind is EntityKind.HASHTAG else (_CASHTAG, "$")
    for start, end, _ in _matches(pattern, text, signs):
        yield Entity(kind, start, end, text[start:end])


def _matches(pattern: str, text: str, signs: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Yield (start, end, match); the sign after a match may void it, and may begin the next match."""
    if not any(sign in text for sign in signs):
        return
    at, compiled = 0, _compiled(pattern)
    while match := compiled.search(text, at):
        at = match.end(1)
        if not match.groupdict().get("broken"):
            yield match.start(1), match.end(1), match


# ---- whole addresses -------------------------------------------------------------------------------

_UNRESERVED = "-A-Za-z\u0400-\u04ff0-9._~"
_PCHAR = rf"(?:[{_UNRESERVED}!$&'()*+,;=:|@]|%[0-9A-Fa-f]{{2}})"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_EDGE = r"[A-Za-z0-9\u0080-\U0010ffff]"
_INNER = r"[A-Za-z0-9\u0080-\U0010ffff-]*"
_ADDRESS = (
    rf"(?i:https?)://(?:(?:[{_UNRESERVED}!$&'()*+,;=:]|%[0-9A-Fa-f]{{2}})*@)?"
    rf"(?:{_OCTET}(?:\.{_OCTET}){{3}}|\[[A-Fa-f0-9:.]+\]"
    rf"|(?:{_EDGE}(?:[A-Za-z0-9\u0080-\U0010ffff_-]*{_EDGE})?\.)*{_EDGE}(?:{_INNER}{_EDGE})?"
    rf"\.(?:[A-Za-z\u0080-\U0010ffff](?:{_INNER}{_EDGE})?))(?::[0-9]{{1,5}})?"
    rf"(?:/{_PCHAR}*)*(?:\?(?:{_PCHAR}|[/?])*)?(?:\#(?:{_PCHAR}|[/?])*)?"
)


def is_url(text: str) -> bool:
    """Return True if `text` is a single web address with a protocol and nothing else."""
    return _compiled(_ADDRESS).fullmatch(text) is not None
