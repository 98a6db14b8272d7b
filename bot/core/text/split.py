"""A text as posts that an editor would sign.

The text is weighed once; prefix sums give the weight of any part. Candidates for a break are the ends of
sentences, and inside sentences that no post can hold the white space between words. A dynamic programme over
the candidates chooses all breaks together: it tears nothing apart that a post can hold, cuts as few sentences
as it can, makes the fewest posts, and of those splits takes the one whose breaks hurt least. See
:mod:`bot.core.text.line_breaks` for what a break costs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bot.core.text import graphemes
from bot.core.text.fragments import CUT_WORD, FIRST_WORDS, CannotSplit, Scale, fragments
from bot.core.text.line_breaks import POST_COST, units
from bot.core.text.weight import LIMIT, weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.core.text.fragments import Fragment

_SLACK = 90.0  # times the square of what a post leaves empty: even posts are cheaper
_ORPHAN = 200.0  # a post of a few words
_FEW = 1 / 7  # of a post: under 40 characters


def as_posted(text: str) -> str:
    """`text` as X gets it: in NFC, its lines ended by LF, tabs as spaces, without white space around it.

    X shows a tab as a space (unverified).
    """
    return graphemes.nfc(text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")).strip()


def split(text: str, limit: int = LIMIT) -> tuple[str, ...]:
    """The posts of `text`, each in NFC, stripped, and of at most `limit`; none for a blank text.

    Nothing is lost or changed but line ends (LF), tabs (spaces), the normal form (NFC) and white space where
    it breaks.

    Raises:
        CannotSplit: a link or a grapheme alone is over the limit.
    """
    text = as_posted(text)
    if not text:
        return ()
    scale = Scale(text)
    if scale.at(len(text)) <= limit:
        return (text,)
    budget = limit
    while True:
        pieces = fragments(text, scale, budget)
        parts = _cheapest(pieces, budget)
        posts = tuple(post for start, end in parts if (post := text[start:end].strip()))
        is_cut = any(piece.after == CUT_WORD for piece in pieces)
        worst = max((post for post in posts if is_cut or _begins_oddly(post)), key=weight, default="")
        excess = weight(worst) - limit
        if excess <= 0:
            return posts
        if excess >= budget:
            raise CannotSplit(worst, weight(worst), limit)
        budget -= excess  # a cut inside a word may make a link of what was none


def cut_sentences(text: str, posts: Iterable[str]) -> Iterator[bool]:
    """Yield for each of `posts`, into which `text` was split, whether it ends inside a sentence."""
    text = as_posted(text)
    ends = {unit.end for unit in units(text)}
    at = 0
    for post in posts:
        at = max(at, text.find(post, at)) + len(post)
        yield at not in ends


def _begins_oddly(post: str) -> bool:
    """Whether `post` may weigh more than the same words inside a text.

    Where a text begins with ``économie.gouv.fr``, X takes the é for what stands before the link.
    Source: twitter-text 3.1.0, extractUrlsWithIndices, 2026-11-24.
    """
    return post[0].isalpha() and not post[0].isascii()


def _cheapest(pieces: list[Fragment], limit: int) -> list[tuple[int, int]]:
    """Return the split with the least cost, as (start, end) of each post."""
    fills = _fills(limit)
    lows = [piece.low for piece in pieces]
    best = [0.0]
    previous = [0]
    first = 0  # of those that one post may begin with
    for n, (_, _, _, high, cost_after) in enumerate(pieces, 1):
        after = cost_after
        least_low = high - limit
        while lows[first] < least_low:
            first += 1
        costs = [cost + fills[high - low] for cost, low in zip(best[first:], lows[first:n], strict=True)]
        if after == FIRST_WORDS:  # below a heading; where this begins the post, they are not pulled up
            costs[:-1] = [cost + FIRST_WORDS for cost in costs[:-1]]
            after = 0.0
        least = min(costs)
        best.append(least + after)
        previous.append(n - 1 - costs[::-1].index(least))  # of two as good, the shorter last post
    posts: list[tuple[int, int]] = []
    n = len(pieces)
    while n:
        posts.append((pieces[previous[n]].start, pieces[n - 1].end))
        n = previous[n]
    return posts[::-1]


@lru_cache(maxsize=8)
def _fills(limit: int) -> tuple[float, ...]:
    """Return what a post costs by its weight."""
    few = limit * _FEW
    return tuple(
        POST_COST + _SLACK * (1 - load / limit) ** 2 + (_ORPHAN if load < few else 0)
        for load in range(limit + 1)
    )
