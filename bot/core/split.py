"""A text as posts that an editor would sign.

The text is weighed once; prefix sums give the weight of any part. Candidates for a break are the ends of
sentences, and inside sentences that no post can hold the white space between words. A dynamic programme over
the candidates finds the cheapest split: see :mod:`bot.core.breaks` for what a break costs.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate, islice
from typing import NamedTuple

from bot.core import breaks, glyphs, words
from bot.core.links import EntityKind, entities
from bot.core.weight import LIMIT, spans, weight

_POST = 40.0  # what one more post costs
_SLACK = 90.0  # times the square of what a post leaves empty: even posts are cheaper
_ORPHAN = 400.0  # a last post of one or two words; less than a forbidden break
_ORPHAN_WORDS = 2
_HARD_SPACE = 1_000.0  # a break at a no-break space, of a word that no post can hold
_HARDER_SPACE = 1_500.0  # the same before a sign that should not begin a post
_CUT_WORD = 2_000.0  # a break inside a word
_STEPS = 20  # inside a sentence that is too long, this many candidates per post are enough


_HARD_PARTS = re.compile("[^\u00a0\u2007\u202f]+")


class CannotSplit(ValueError):
    """A stretch of the text is heavier than a post and must not be cut."""

    def __init__(self, text: str, weight: int, limit: int) -> None:
        self.text = text
        self.weight = weight
        self.limit = limit
        super().__init__(f"'{text}' weighs {weight}, limit {limit}")


def as_posted(text: str) -> str:
    """`text` as X gets it: in NFC, its lines ended by LF, without white space around it."""
    return glyphs.nfc(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def split(text: str, limit: int = LIMIT) -> tuple[str, ...]:
    """The posts of `text`, each in NFC, stripped, and of at most `limit`; none for a blank text.

    Nothing is lost or changed but line ends (LF), the normal form (NFC) and white space where it breaks.

    Raises:
        CannotSplit: a link or a grapheme alone is over the limit.
    """
    text = as_posted(text)
    if not text:
        return ()
    scale = _Scale(text)
    if scale.at(len(text)) <= limit:
        return (text,)
    budget = limit
    while True:
        fragments = _fragments(text, scale, budget)
        parts = _cheapest(text, fragments, budget)
        posts = tuple(post for start, end in parts if (post := text[start:end].strip()))
        is_cut = any(fragment.after == _CUT_WORD for fragment in fragments)
        worst = max((post for post in posts if is_cut or _begins_oddly(post)), key=weight, default="")
        excess = weight(worst) - limit
        if excess <= 0:
            return posts
        if excess >= budget:
            raise CannotSplit(worst, weight(worst), limit)
        budget -= excess  # a cut inside a word may make a link of what was none


def _begins_oddly(post: str) -> bool:
    """Whether `post` may weigh more than the same words inside a text.

    Where a text begins with ``économie.gouv.fr``, X takes the é for what stands before the link.
    Source: twitter-text 3.1.0, extractUrlsWithIndices, 2026-11-24.
    """
    return post[0].isalpha() and not post[0].isascii()


class _Scale:
    """Weighs any part of one text without looking at it again."""

    def __init__(self, text: str) -> None:
        uneven = spans(text)
        self._ends = [span.end for span in uneven]
        self._extra = [0, *accumulate(span.weight - (span.end - span.start) for span in uneven)]

    def at(self, position: int) -> int:
        """The weight of the text before `position`, which is not inside a link or an emoji."""
        return position + self._extra[bisect_left(self._ends, position + 1)]


class _Fragment(NamedTuple):
    """The least that a post can hold: ``text[start:end]``, its weighted ends, what a break after it costs."""

    start: int
    end: int
    low: int
    high: int
    after: float


def _fragments(text: str, scale: _Scale, limit: int) -> list[_Fragment]:
    found: list[_Fragment] = []
    units = breaks.units(text)
    if len(units) > 1 and _is_orphan(text[units[-1].start : units[-1].end]):
        joined = units[-1]._replace(start=units[-2].start)
        if scale.at(joined.end) - scale.at(joined.start) <= limit:  # else its breaks would be judged anew
            units[-2:] = [joined]
    for unit in units:
        whole = _Fragment(unit.start, unit.end, scale.at(unit.start), scale.at(unit.end), unit.after)
        if whole.high - whole.low <= limit:
            found.append(whole)
        else:
            found += _inside(text, whole, scale, limit)
    return _thinned(found, limit)


def _inside(text: str, whole: _Fragment, scale: _Scale, limit: int) -> list[_Fragment]:
    """The parts of a sentence that is too long for a post."""
    found: list[_Fragment] = []
    start = whole.start
    for gap in breaks.gaps(text, whole.start, whole.end):
        found.append(_Fragment(start, gap.start, scale.at(start), scale.at(gap.start), gap.cost))
        start = gap.end
    found.append(_Fragment(start, whole.end, scale.at(start), whole.high, whole.after))
    return _joined(text, found, scale, limit)


def _joined(text: str, found: list[_Fragment], scale: _Scale, limit: int) -> list[_Fragment]:
    """Words that must not be parted as one; unless together they are too long."""
    joined: list[_Fragment] = []
    begin = 0
    for n, word in enumerate(found):
        if word.after >= breaks.FORBIDDEN and n + 1 < len(found):
            continue
        first = found[begin]
        if word.high - first.low > limit:
            for part in found[begin : n + 1]:
                joined += _pieces(text, part, scale, limit)
        elif begin == n:
            joined.append(word)
        else:
            joined.append(_Fragment(first.start, word.end, first.low, word.high, word.after))
        begin = n + 1
    return joined


def _pieces(text: str, word: _Fragment, scale: _Scale, limit: int) -> list[_Fragment]:
    """A word as it is; if it is too long, in parts at its no-break spaces; these are cut if they must be."""
    if word.high - word.low <= limit:
        return [word]
    parts = [m.span() for m in _HARD_PARTS.finditer(text, word.start, word.end)]
    pieces: list[_Fragment] = []
    for n, (start, end) in enumerate(parts, 1):
        after = word.after
        if n < len(parts):
            after = _hard_space(text[start:end], text[slice(*parts[n])])
        pieces += _cut(text, _Fragment(start, end, scale.at(start), scale.at(end), after), scale, limit)
    return pieces


def _hard_space(before: str, following: str) -> float:
    return _HARDER_SPACE if words.inseparable(before, following) else _HARD_SPACE


def _cut(text: str, word: _Fragment, scale: _Scale, limit: int) -> list[_Fragment]:
    """A word as it is; if it is too long, cut between graphemes, but not in an entity that fits a post."""
    if word.high - word.low <= limit:
        return [word]
    step = max(1, limit // _STEPS)
    pieces: list[_Fragment] = []
    start = at = word.start
    low = lately = word.low
    for end in _cuts(text, word, scale, limit):
        high = scale.at(end)
        if high - low > limit and at > start:
            pieces.append(_Fragment(start, at, low, lately, _CUT_WORD))
            start, low = at, lately
        if high - low > limit:
            raise CannotSplit(text[start:end], high - low, limit)
        if high - low >= step:
            pieces.append(_Fragment(start, end, low, high, _CUT_WORD))
            start, low = end, high
        at, lately = end, high
    if start < word.end:
        pieces.append(_Fragment(start, word.end, low, word.high, word.after))
    else:
        pieces[-1] = pieces[-1]._replace(after=word.after)
    return pieces


def _cuts(text: str, word: _Fragment, scale: _Scale, limit: int) -> list[int]:
    """Where a word may be cut, its end included."""
    part = text[word.start : word.end]
    cuts: list[int] = []
    at = 0
    for entity in entities(part):
        start, end = word.start + entity.start, word.start + entity.end
        if entity.kind is not EntityKind.URL and scale.at(end) - scale.at(start) > limit:
            continue  # cut like a word
        cuts += _grapheme_ends(part[at : entity.start], word.start + at)
        cuts.append(end)
        at = entity.end
    return cuts + _grapheme_ends(part[at:], word.start + at)


def _grapheme_ends(text: str, offset: int) -> list[int]:
    return list(accumulate(map(len, glyphs.graphemes(text)), initial=offset))[1:]


def _thinned(pieces: list[_Fragment], limit: int) -> list[_Fragment]:
    """Fewer pieces: of neighbours that are short against the limit, only the best break is kept."""
    step = limit / _STEPS
    kept: list[_Fragment] = []
    for piece in pieces:
        last = kept[-1] if kept else None
        if last and piece.high - last.low <= step and piece.after <= last.after:
            kept[-1] = _Fragment(last.start, piece.end, last.low, piece.high, piece.after)
        else:
            kept.append(piece)
    return kept


def _cheapest(text: str, fragments: list[_Fragment], limit: int) -> list[tuple[int, int]]:
    """The split with the least cost, as (start, end) of each post."""
    fills = _fills(limit)
    lows = [fragment.low for fragment in fragments]
    best = [0.0]
    previous = [0]
    for n, last in enumerate(fragments):
        least, origin = float("inf"), n
        final = n + 1 == len(fragments)
        k, high = n, last.high
        while k >= 0 and (load := high - lows[k]) <= limit:
            cost = best[k] + fills[load]
            if final and k and _is_orphan(text[fragments[k].start : last.end]):
                cost += _ORPHAN
            if cost < least:
                least, origin = cost, k
            k -= 1
        best.append(least + last.after)
        previous.append(origin)
    posts: list[tuple[int, int]] = []
    n = len(fragments)
    while n:
        posts.append((fragments[previous[n]].start, fragments[n - 1].end))
        n = previous[n]
    return posts[::-1]


@lru_cache(maxsize=8)
def _fills(limit: int) -> tuple[float, ...]:
    """What a post costs by its weight."""
    return tuple(_POST + _SLACK * (1 - load / limit) ** 2 for load in range(limit + 1))


def _is_orphan(text: str) -> bool:
    """Whether `text` has but one or two words, marks and emoji aside."""
    words = (word for word in text.split() if any(map(str.isalnum, word)))
    return next(islice(words, _ORPHAN_WORDS, None), None) is None
