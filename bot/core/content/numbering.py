"""Numbers on posts, within the limit.

A number takes room, so its width can change the split, and the split its width: each width is tried, from the
narrowest, until the resulting posts can be numbered with it.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from bot.core.text.split import split
from bot.core.text.weight import weight

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_KEYCAP = 10
"""The highest number that has a keycap."""


class TooManyPosts(ValueError):
    """Texts that make more posts than an edition may have, found before any post is numbered."""

    def __init__(self, count: int, most: float) -> None:
        super().__init__(f"it makes {count:,} posts or more, {most} at most")


def item_number(position: int, count: int) -> str:
    """Return the number before item `position` of `count`: a keycap, or ``n/N`` for more than ten items."""
    if count > MAX_KEYCAP:
        return f"{position}/{count}"
    return "🔟" if position == MAX_KEYCAP else f"{position}\ufe0f\u20e3"


def in_parts(texts: tuple[str, ...], limit: int, most: float = inf) -> tuple[str, ...]:
    """Return `texts` as one post if possible, else as parts that end in `` (1/2)``, `` (2/2)``.

    Raises:
        CannotSplit: a piece that must stay whole is over `limit` with its number.
        TooManyPosts: there are more than `most`.
    """

    def cut(room: int) -> tuple[str, ...]:
        return tuple(post for text in texts for post in split(text, room))

    whole = cut(limit)
    if len(whole) <= 1:
        return whole
    _check(len(whole), most)
    return _marked(cut, limit, " ({}/{})")


def in_fractions(texts: tuple[str, ...], limit: int, most: float = inf) -> tuple[tuple[str, ...], ...]:
    """Return each of `texts` as posts that end in `` 3/12``, counted over all of them.

    A thread of one post has no number.

    Raises:
        CannotSplit: a piece that must stay whole is over `limit` with its number.
        TooManyPosts: there are more than `most`.
    """
    plain = tuple(split(text, limit) for text in texts)
    if (count := sum(map(len, plain))) <= 1:
        return plain
    _check(count, most)
    sizes: list[int] = []

    def cut(room: int) -> tuple[str, ...]:
        groups = [split(text, room) for text in texts]
        sizes[:] = [len(group) for group in groups]
        return tuple(post for group in groups for post in group)

    posts = iter(_marked(cut, limit, " {}/{}"))
    return tuple(tuple(next(posts) for _ in range(size)) for size in sizes)


def _check(count: int, most: float) -> None:
    """Raise `TooManyPosts` before texts that are too long are split again for their numbers."""
    if count > most:
        raise TooManyPosts(count, most)


def _marked(cut: Callable[[int], tuple[str, ...]], limit: int, form: str) -> tuple[str, ...]:
    digits = 1
    while True:
        widest = "9" * digits
        posts = cut(limit - weight(form.format(widest, widest)))
        count = len(posts)
        if count < 10**digits:
            return tuple(post + form.format(position, count) for position, post in enumerate(posts, 1))
        digits += 1
