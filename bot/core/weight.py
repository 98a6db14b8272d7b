"""The weighted length of a text: what X counts against its limit.

X brings a text into NFC, counts every link 23, every emoji sequence 2, characters of most scripts 1 and all
others 2. :func:`weight` gives the same number as X's own library, with two deliberate exceptions that never
count less: a link under a top-level domain that only that library or only ICANN knows counts as the dearer
reading, and so does all that such a link touches.

Source: https://docs.x.com/fundamentals/counting-characters and
https://github.com/twitter/twitter-text/tree/master/config (v1, v2, v3), 2026-11-23
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bot.core import glyphs, urlscan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIMIT = 280
URL_WEIGHT = 23

# Source: https://github.com/twitter/twitter-text/blob/master/config/v3.json, 2026-11-23
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


@dataclass(frozen=True, slots=True)
class Config:
    """One generation of X's rule."""

    limit: int
    heavy: int
    """Weight of a character outside `light`, and of an emoji sequence."""
    light: tuple[tuple[int, int], ...]
    """Ranges of code points, ends included, that weigh 1."""
    emoji: bool
    """Whether an emoji sequence counts as one character."""
    url: int = URL_WEIGHT


V1 = Config(limit=140, heavy=1, light=(), emoji=False)
V2 = Config(limit=LIMIT, heavy=2, light=_LIGHT, emoji=False)
V3 = Config(limit=LIMIT, heavy=2, light=_LIGHT, emoji=True)


class Span(NamedTuple):
    """A stretch of a text, ``[start:end]``, that does not weigh 1 per character."""

    start: int
    end: int
    weight: int


def weight(text: str, config: Config = V3) -> int:
    """What X counts for `text`, as it is: not stripped, in any normal form."""
    text = glyphs.nfc(text)
    dots = urlscan.candidates(text)
    if not dots:
        return _count(text, config)
    total = at = 0
    for span in _links(text, dots, config):
        total += _count(text[at : span.start], config) + span.weight
        at = span.end
    return total + _count(text[at:], config)


def spans(text: str) -> list[Span]:
    """The stretches of `text` that do not weigh 1 per character, in order. `text` is in NFC.

    A character outside all of them weighs 1, so prefix sums over these few give the weight of any part.
    """
    found: list[Span] = []
    at = 0
    for link in (*_links(text, urlscan.candidates(text), V3), Span(len(text), len(text), 0)):
        if _telling(V3).search(text, at, link.start):
            found += [Span(m.start(), m.end(), V3.heavy) for m in _tokens(V3).finditer(text, at, link.start)]
        found.append(link)
        at = link.end
    return found[:-1]


def _count(text: str, config: Config) -> int:
    """The weight of a text without links."""
    if text.isascii() or not _telling(config).search(text):
        return len(text)
    heavy = _tokens(config).findall(text)
    return len(text) + config.heavy * len(heavy) - len("".join(heavy))


@lru_cache
def _tokens(config: Config) -> re.Pattern[str]:
    """All that does not weigh 1 in a text without links."""
    if config.heavy == 1:
        return re.compile("(?!)")
    light = "".join(f"\\U{start:08x}-\\U{end:08x}" for start, end in config.light)
    if not config.emoji:
        return re.compile(f"[^{light}]")
    return re.compile(f"{glyphs.SEQUENCE}|{glyphs.LONE}|[^{light}]")


@lru_cache
def _telling(config: Config) -> re.Pattern[str]:
    """A quick test: a text without one of these weighs 1 per character."""
    if config.heavy == 1:
        return re.compile("(?!)")
    light = "".join(f"\\U{start:08x}-\\U{end:08x}" for start, end in config.light)
    return re.compile(f"[\xa9\xae{glyphs.KEYCAP}]|[^{light}]")


def _links(text: str, dots: list[int], config: Config) -> Iterable[Span]:
    if not dots:
        return ()
    if urlscan.disputed(text, dots):
        return _dearest(text, dots, config)
    return (Span(link.start, link.resume, config.url) for link in urlscan.scan(text, dots))


def _dearest(text: str, dots: list[int], config: Config) -> Iterator[Span]:
    """Where the lists of top-level domains disagree: each stretch at its dearest reading."""
    readings = [urlscan.scan(text, dots, known) for known in (urlscan.EITHER, urlscan.X, urlscan.ICANN)]
    for start, end in _merged(link for links in readings for link in links):
        costs = []
        for links in readings:
            cost, at = 0, start
            for link in links:
                if start <= link.start < end:
                    cost += _count(text[at : link.start], config) + config.url
                    at = link.resume
            costs.append(cost + _count(text[at:end], config))
        yield Span(start, end, max(costs))


def _merged(links: Iterable[urlscan.Link]) -> Iterator[tuple[int, int]]:
    """The stretches that overlapping links cover together."""
    start, end = -1, -1
    for link in sorted(links):
        if link.start > end and start >= 0:
            yield start, end
        if link.start > end or start < 0:
            start, end = link.start, link.end
        end = max(end, link.end)
    if start >= 0:
        yield start, end
