"""Splits of a text into posts that an editor would sign.

The text is weighed once; prefix sums give the weight of any part. Candidate breaks are the ends of sentences
and, inside sentences that no post can hold, the white space between words. Dynamic programming over the
candidates chooses all breaks together: it separates nothing that a post can hold, cuts as few sentences as
possible, makes the fewest posts, and among those splits takes the one with the cheapest breaks. See
:mod:`bot.core.text.line_breaks` for the costs.
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

_SLACK = 90.0  # times the square of a post's empty share: favours even posts
_ORPHAN = 200.0  # a post of a few words
_FEW = 1 / 7  # of a post: under 40 characters


def as_posted(text: str) -> str:
    """`text` as X gets it: in NFC, its lines ended by LF, tabs as spaces, without white space around it.

    X shows a tab as a space (unverified).
    """
    return graphemes.nfc(text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")).strip()


def split(text: str, limit: int = LIMIT) -> tuple[str, ...]:
    """Return the posts of `text`, each in NFC, stripped, and of at most `limit`; none for a blank text.

    Nothing is lost. Only line ends (to LF), tabs (to spaces), the normal form (NFC) and white space at breaks
    change.

    Raises:
        CannotSplit: a link or a grapheme alone is over the limit.
    """
    text = as_posted(text)
    if not text:
        return ()
    scale = Scale(text, limit)
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
        budget -= excess  # a cut inside a word may create a link


def cut_sentences(text: str, posts: Iterable[str]) -> Iterator[bool]:
    """Yield, for each of the `posts` of `text`, whether it ends inside a sentence."""
    text = as_posted(text)
    ends = {unit.end for unit in units(text)}
    at = 0
    for post in posts:
        at = max(at, text.find(post, at)) + len(post)
        yield at not in ends


def _begins_oddly(post: str) -> bool:
    """Return True if `post` may weigh more than the same words inside a text.

    At the start of a text, X takes the é of ``économie.gouv.fr`` for the character before the link.
    Source: twitter-text 3.1.0, extractUrlsWithIndices, 2026-11-24.
    """
    return post[0].isalpha() and not post[0].isascii()


def _cheapest(pieces: list[Fragment], limit: int) -> list[tuple[int, int]]:
    """Return the cheapest split, as (start, end) of each post."""
    fills = _fills(limit)
    lows = [piece.low for piece in pieces]
    best = [0.0]
    previous = [0]
    first = 0  # the first piece that the post may begin with
    for n, (_, _, _, high, cost_after) in enumerate(pieces, 1):
        after = cost_after
        least_low = high - limit
        while lows[first] < least_low and first < n - 1:
            first += 1
        if lows[first] < least_low:  # an entity over a reduced limit
            costs = [best[first] + fills[limit]]
        else:
            costs = [cost + fills[high - low] for cost, low in zip(best[first:], lows[first:n], strict=True)]
        if after == FIRST_WORDS:  # below a heading: free for a post that begins with them
            costs[:-1] = [cost + FIRST_WORDS for cost in costs[:-1]]
            after = 0.0
        least = min(costs)
        best.append(least + after)
        previous.append(n - 1 - costs[::-1].index(least))  # of equals, the shorter last post
    posts: list[tuple[int, int]] = []
    n = len(pieces)
    while n:
        posts.append((pieces[previous[n]].start, pieces[n - 1].end))
        n = previous[n]
    return posts[::-1]


@lru_cache(maxsize=8)
def _fills(limit: int) -> tuple[float, ...]:
    """Return the cost of a post for each weight."""
    few = limit * _FEW
    return tuple(
        POST_COST + _SLACK * (1 - load / limit) ** 2 + (_ORPHAN if load < few else 0)
        for load in range(limit + 1)
    )
