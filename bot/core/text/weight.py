"""Weighted length of a text, as X counts it against its limit.

X converts a text to NFC and counts each link as 23, each emoji sequence as 2, characters of most scripts as 1
and all others as 2. :func:`weight` returns the same number as X's own library, or a greater one in case of
doubt: a link under a top-level domain that only that library or only ICANN knows gets the more expensive of
both readings, and emoji inside a domain without protocol, which X's counter takes apart, count separately.

Source: https://docs.x.com/fundamentals/counting-characters and
https://github.com/twitter/twitter-text/tree/master/config (v1, v2, v3), 2026-11-23
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bot.core.text import domains, graphemes, url_scanner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIMIT = 280
URL_WEIGHT = 23

# Source: https://github.com/twitter/twitter-text/blob/master/config/v3.json, 2026-11-23
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


@dataclass(frozen=True, slots=True)
class WeightRules:
    """One version of X's counting rules."""

    limit: int
    heavy: int
    """Weight of a character outside `light`, and of an emoji sequence."""
    light: tuple[tuple[int, int], ...]
    """Ranges of code points, ends included, that weigh 1."""
    emoji: bool
    """True if an emoji sequence counts as one character."""
    url: int = URL_WEIGHT


V1 = WeightRules(limit=140, heavy=1, light=(), emoji=False)
V2 = WeightRules(limit=LIMIT, heavy=2, light=_LIGHT, emoji=False)
V3 = WeightRules(limit=LIMIT, heavy=2, light=_LIGHT, emoji=True)


class Span(NamedTuple):
    """A stretch of a text, ``[start:end]``, that does not weigh 1 per character."""

    start: int
    end: int
    weight: int


def weight(text: str, config: WeightRules = V3) -> int:
    """Return the weight that X counts for `text` as it is: unstripped, in any normal form."""
    text = graphemes.nfc(text)
    dots, disputed = domains.candidates(text)
    if not dots:
        return _count(text, config)
    total = at = 0
    for start, end, cost in _links(text, dots, disputed, config):
        total += cost
        if at < start:
            total += _count(text[at:start], config)
        at = end
    return total + _count(text[at:], config) if at < len(text) else total


def spans(text: str) -> list[Span]:
    """Return the stretches of `text` that do not weigh 1 per character, in order; `text` is in NFC.

    Any other character weighs 1, so prefix sums over these few give the weight of any part.
    """
    found: list[Span] = []
    at = 0
    for start, end, cost in _links(text, *domains.candidates(text), V3):
        found += _uneven(text, at, start)
        found.append(Span(start, end, cost))
        at = end
    found += _uneven(text, at, len(text))
    return found


# ---- texts without links ---------------------------------------------------------------------------

_SMALL = re.compile(graphemes.SMALL_SEQUENCE)
_SMALL_SIGN = re.compile(f"[{graphemes.KEYCAP}\ufe0f]")
_TELLTALE = re.compile(f"[{graphemes.TELLTALE}]")
_STAND_IN = "\u4e00"  # weighs as much as an emoji, and is part of none


def _count(text: str, config: WeightRules) -> int:
    """Return the weight of a text without links."""
    if text.isascii():
        return len(text)
    runs, tokens = _patterns(config)
    shrunk = text
    if config.emoji and (graphemes.KEYCAP in text or "\ufe0f" in text):
        shrunk = _SMALL.sub(_STAND_IN, text)
    heavy = "\n".join(runs.findall(shrunk))
    # Search for emoji only where heavy characters are adjacent, which keeps plain text fast.
    if config.emoji and _TELLTALE.search(heavy):
        found = tokens.findall(heavy)
        return len(shrunk) + config.heavy * len(found) - len("".join(found))
    return len(shrunk) + (config.heavy - 1) * (len(heavy) - heavy.count("\n"))


def _uneven(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the heavy characters and emoji of a stretch without links, in order."""
    runs, tokens = _patterns(V3)
    small = _SMALL.finditer(text, start, end) if _SMALL_SIGN.search(text, start, end) else ()
    for small_start, small_end in (*(m.span() for m in small), (end, end)):
        for run in runs.finditer(text, start, small_start):
            for m in tokens.finditer(text, run.start(), run.end()):
                yield Span(m.start(), m.end(), V3.heavy)
        if small_start < end:
            yield Span(small_start, small_end, V3.heavy)
        start = small_end


_NOTHING = re.compile("(?!)")


@lru_cache
def _patterns(config: WeightRules) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of runs of heavy characters, and of the units in them that weigh as one."""
    if config.heavy == 1:
        return _NOTHING, _NOTHING
    light = "".join(f"\\U{start:08x}-\\U{end:08x}" for start, end in config.light)
    heavy = f"[^{light}]"
    if not config.emoji:
        return re.compile(f"{heavy}+"), re.compile(heavy)
    joiner_too = light.replace("-\\U0000200d", "-\\U0000200c")
    return re.compile(f"{heavy}[^{joiner_too}]*+"), re.compile(f"{graphemes.SEQUENCE}|{heavy}")


# ---- links -----------------------------------------------------------------------------------------


_Weighed = tuple[int, int, int]  # start, end, weight


def _links(text: str, dots: list[int], disputed: bool, config: WeightRules) -> Iterable[_Weighed]:
    if disputed:
        return _dearest(text, dots, config)
    return [
        (start, end, config.url if resume == end else _cost(text, resume, end, config))
        for start, end, resume in url_scanner.scan(text, dots)
    ]


def _cost(text: str, resume: int, end: int, config: WeightRules) -> int:
    """Return the weight of a link, and of the characters in it that X counts twice."""
    if resume == end:
        return config.url
    return config.url + _count(text[resume:end], V2 if config.heavy > 1 else config)


def _dearest(text: str, dots: list[int], config: WeightRules) -> Iterator[_Weighed]:
    """Yield each stretch at its most expensive reading, where the lists of top-level domains disagree."""
    readings = [
        url_scanner.scan(text, [dot for dot in dots if known.end(text, dot + 1)], known)
        for known in (domains.X, domains.ICANN)
    ]
    following = [0] * len(readings)
    for start, end in _merged(link for links in readings for link in links):
        costs = []
        for n, links in enumerate(readings):
            cost, at = 0, start
            while following[n] < len(links) and links[following[n]][0] < end:
                first, last, resume = links[following[n]]
                cost += _count(text[at:first], config) + _cost(text, resume, last, config)
                at = last
                following[n] += 1
            costs.append(cost + _count(text[at:end], config))
        yield start, end, max(costs)


def _merged(links: Iterable[url_scanner.Link]) -> Iterator[tuple[int, int]]:
    """Yield the stretches that overlapping links cover together."""
    start = end = -1
    for first, last, _ in sorted(links):
        if first >= end:
            if start >= 0:
                yield start, end
            start, end = first, last
        end = max(end, last)
    if start >= 0:
        yield start, end
