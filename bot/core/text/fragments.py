"""Fragments of a text, between which its posts may break.

What belongs together is one fragment if a post can hold it; otherwise a sentence is, then the words between
two natural pauses, and finally parts of a word.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from bot.core.text import french, graphemes, line_breaks
from bot.core.text.entities import EntityKind, extract
from bot.core.text.line_breaks import FIRST_SENTENCE, FORBIDDEN, KEPT_COST, POST_COST, QUOTE_COST
from bot.core.text.quotations import quotes
from bot.core.text.weight import spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SCRAP = 300.0  # a few words of a sentence, alone in a post or next to others
FIRST_WORDS = 1.2 * POST_COST  # opening words that should not end a post, not even to save one
_FEW_OF_A_SENTENCE = 1 / 5
_FEW_OF_A_PARAGRAPH = 0.4  # a shorter first sentence begins a post instead of filling the one before
_HARD_SPACE = 1e9  # a break at a no-break space in a word that no post can hold
_HARDER_SPACE = 1.5e9  # the same, before a sign that should not begin a post
CUT_WORD = 2e9  # a break inside a word
_STEPS = 16  # candidates per post inside a sentence that is too long
_FINE_STEPS = 40  # candidates per post elsewhere


_HARD_PARTS = re.compile("[^\u00a0\u2007\u202f]+")


class CannotSplit(ValueError):
    """A stretch of text that is heavier than a post and must not be cut."""

    def __init__(self, text: str, weight: int, limit: int) -> None:
        self.text = text
        self.weight = weight
        self.limit = limit
        super().__init__(f"'{text}' weighs {weight}, limit {limit}")


class Scale:
    """Weights of the parts of one text, which is weighed only once."""

    def __init__(self, text: str, limit: int) -> None:
        """`limit` is that of a post: no entity within it is cut, even if posts are to be shorter."""
        self.limit = limit
        self._uneven = uneven = spans(text)
        self._ends = [span.end for span in uneven]
        self._extra = [0, *accumulate(span.weight - (span.end - span.start) for span in uneven)]

    def at(self, position: int) -> int:
        """Return the weight of the text before `position`; it never falls, not even inside a link."""
        n = bisect_left(self._ends, position + 1)
        if n < len(self._ends) and self._uneven[n].start < position:
            span = self._uneven[n]
            return span.start + self._extra[n] + min(position - span.start, span.weight)
        return position + self._extra[n]


class Fragment(NamedTuple):
    """The least that a post can hold: ``text[start:end]``, its weighted ends, the cost of a break after."""

    start: int
    end: int
    low: int
    high: int
    after: float


def fragments(text: str, scale: Scale, limit: int) -> list[Fragment]:
    """Return the fragments of `text`, from units that belong together down to parts of a word."""
    kept = _outermost(one for one in quotes(text) if scale.at(one[1]) - scale.at(one[0]) <= limit)
    units = [
        Fragment(unit.start, unit.end, scale.at(unit.start), scale.at(unit.end), unit.after)
        for unit in line_breaks.units(text)
    ]
    torn = _keep_together(units, kept) if kept else set()
    found: list[Fragment] = []
    begin = 0
    for n, unit in enumerate(units):
        if unit.after >= KEPT_COST and n + 1 < len(units):
            continue
        whole = Fragment(units[begin].start, unit.end, units[begin].low, unit.high, unit.after)
        if (load := whole.high - whole.low) <= limit:
            if whole.after == FIRST_SENTENCE and load < limit * _FEW_OF_A_PARAGRAPH:
                whole = whole._replace(after=FIRST_WORDS)
            found.append(whole)
        else:
            for k in range(begin, n + 1):
                if k in torn or units[k].high - units[k].low > limit:
                    opens = k > 0 and text.find("\n", units[k - 1].end, units[k].start) >= 0
                    found += _inside(text, units[k], scale, limit, kept, opens=opens)
                else:
                    found.append(units[k])
        begin = n + 1
    return _thinned(found, limit / _FINE_STEPS)


def _outermost(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the outermost of nested `spans`, which are in the order of their ends; in order."""
    found: list[tuple[int, int]] = []
    for span in spans:
        while found and found[-1][0] > span[0]:
            found.pop()
        found.append(span)
    return found


def _keep_together(units: list[Fragment], kept: Sequence[tuple[int, int]]) -> set[int]:
    """Forbid breaks between units inside quotations; return the units in which a quotation begins or ends."""
    torn: set[int] = set()
    ends = [unit.end for unit in units]
    for start, end in kept:
        first, last = bisect_left(ends, start + 1), bisect_left(ends, end)
        if first < last:
            torn |= {first, last}
            for n in range(first, last):
                if units[n].after < QUOTE_COST:
                    units[n] = units[n]._replace(after=QUOTE_COST)
    return torn


def _inside(
    text: str,
    whole: Fragment,
    scale: Scale,
    limit: int,
    kept: Sequence[tuple[int, int]],
    *,
    opens: bool,
) -> list[Fragment]:
    """Return the parts of a sentence that is too long for a post; `opens` if it begins a paragraph."""
    found: list[Fragment] = []
    torn: list[float] = []
    start, low = whole.start, whole.low
    few = limit * _FEW_OF_A_SENTENCE
    first_words = limit * _FEW_OF_A_PARAGRAPH if opens else few
    early, late = whole.low + first_words, whole.high - few
    n = max(0, bisect_left(kept, (whole.start,)) - 1)  # the quotation at this position, or the next one
    for end, following, after in line_breaks.gaps(text, whole.start, whole.end):
        high = scale.at(end)
        cost = after
        if high < early:
            cost += FIRST_WORDS
        if high > late:
            cost += _SCRAP * (high - late) / few
        while n < len(kept) and kept[n][1] <= end:
            n += 1
        torn.append(cost)
        if n < len(kept) and kept[n][0] < end:
            torn[-1], cost = cost + QUOTE_COST, FORBIDDEN
        found.append(Fragment(start, end, low, high, cost))
        start, low = following, high + 1 if text[end:following] == " " else scale.at(following)
    found.append(Fragment(start, whole.end, low, whole.high, whole.after))
    return _thinned(_joined(text, found, [*torn, whole.after], scale, limit), limit / _STEPS)


def _joined(
    text: str, found: list[Fragment], torn: Sequence[float], scale: Scale, limit: int
) -> list[Fragment]:
    """Return `found` with inseparable words joined, unless they are too long together.

    `torn` has the cost of each break where the quotation around it cannot be kept whole.
    """
    joined: list[Fragment] = []
    begin = 0
    for n, word in enumerate(found):
        if word.after >= FORBIDDEN and n + 1 < len(found):
            continue
        first = found[begin]
        if word.high - first.low > limit:
            parts = found[begin : n + 1]
            costs = torn[begin : n + 1]
            if any(cost < part.after for cost, part in zip(costs, parts, strict=True)):
                parts = [part._replace(after=cost) for cost, part in zip(costs, parts, strict=True)]
                joined += _joined(text, parts, costs, scale, limit)
            else:
                for part in parts:
                    joined += _pieces(text, part, scale, limit)
        elif begin == n:
            joined.append(word)
        else:
            joined.append(Fragment(first.start, word.end, first.low, word.high, word.after))
        begin = n + 1
    return joined


def _pieces(text: str, word: Fragment, scale: Scale, limit: int) -> list[Fragment]:
    """Return a word whole or, if it is too long, split at its no-break spaces; cut the parts if need be."""
    if word.high - word.low <= limit:
        return [word]
    parts = [m.span() for m in _HARD_PARTS.finditer(text, word.start, word.end)]
    pieces: list[Fragment] = []
    for n, (start, end) in enumerate(parts, 1):
        after = word.after
        if n < len(parts):
            after = _hard_space(text[start:end], text[slice(*parts[n])])
        pieces += _cut(text, Fragment(start, end, scale.at(start), scale.at(end), after), scale, limit)
    return pieces


def _hard_space(before: str, following: str) -> float:
    return _HARDER_SPACE if french.inseparable(before, following) else _HARD_SPACE


def _cut(text: str, word: Fragment, scale: Scale, limit: int) -> list[Fragment]:
    """Return a word whole or, if too long, cut between graphemes, but not in an entity that fits a post."""
    if word.high - word.low <= limit:
        return [word]
    step = max(1, limit // _STEPS)
    pieces: list[Fragment] = []
    start = at = word.start
    low = lately = word.low
    for end in _cuts(text, word, scale):
        high = scale.at(end)
        if high - low > limit and at > start:
            pieces.append(Fragment(start, at, low, lately, CUT_WORD))
            start, low = at, lately
        if high - low > scale.limit:
            raise CannotSplit(text[start:end], high - low, scale.limit)
        if high - low >= step:
            pieces.append(Fragment(start, end, low, high, CUT_WORD))
            start, low = end, high
        at, lately = end, high
    if start < word.end:
        pieces.append(Fragment(start, word.end, low, word.high, word.after))
    else:
        pieces[-1] = pieces[-1]._replace(after=word.after)
    return pieces


def _cuts(text: str, word: Fragment, scale: Scale) -> list[int]:
    """Return the positions at which a word may be cut, including its end."""
    part = text[word.start : word.end]
    cuts: list[int] = []
    at = 0
    for entity in extract(part):
        start, end = word.start + entity.start, word.start + entity.end
        if entity.kind is not EntityKind.URL and scale.at(end) - scale.at(start) > scale.limit:
            continue  # cut like a word
        cuts += _grapheme_ends(part[at : entity.start], word.start + at)
        cuts.append(end)
        at = entity.end
    return cuts + _grapheme_ends(part[at:], word.start + at)


def _grapheme_ends(text: str, offset: int) -> list[int]:
    return list(accumulate(map(len, graphemes.graphemes(text)), initial=offset))[1:]


def _thinned(pieces: list[Fragment], step: float) -> list[Fragment]:
    """Return fewer pieces: among neighbours that are short for the limit, keep only the best break."""
    kept: list[Fragment] = []
    for piece in pieces:
        last = kept[-1] if kept else None
        if last and piece.high - last.low <= step and piece.after <= last.after:
            kept[-1] = Fragment(last.start, piece.end, last.low, piece.high, piece.after)
        else:
            kept.append(piece)
    return kept
