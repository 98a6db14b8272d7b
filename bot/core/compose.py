"""An edition as the posts that followers will read. The same edition always gives the same thread."""

from __future__ import annotations

import re
from itertools import count, repeat
from typing import TYPE_CHECKING

from bot.core import wording
from bot.core.identity import comparable
from bot.core.model import MAX_POSTS, MAX_TEXT, Links, Mark, Numbering, Post, Thread
from bot.core.numbering import TooManyPosts, in_fractions, in_parts, item_number
from bot.core.unlinked import unlinked
from bot.core.weight import LIMIT, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.model import Edition

REPLAY_MARK = "🔁"
_ROUNDS = 3
"""Editors' own marks make one more necessary, hardly ever two: then what surely differs is taken."""

_SMALL = 10_000
"""Bytes of text that are composed as fast as their posts are counted beforehand."""

_BLANKS = re.compile(r"\s+")
_NUMBER_AT_END = re.compile(r" (?:\([0-9]+/[0-9]+\)|[0-9]+/[0-9]+)$")


class TooLong(ValueError):
    """An edition is larger than any that a newsroom means to publish; nothing of it is composed."""

    def __init__(self, edition: Edition, what: str) -> None:
        self.edition = edition
        super().__init__(what)


def compose(edition: Edition, locale: str, original: Thread | None = None) -> Thread:
    """Return the thread of `edition`; the texts of a replay each differ from all of its `original`.

    Raises:
        TooLong: it, or what it replays, is over `MAX_POSTS` or `MAX_TEXT`.
        CannotSplit: a piece that must stay whole does not fit into a post.
    """
    if edition.replayed is None:
        return Thread(edition, _posts(edition, _pieces(edition, locale), marks=0))
    original = original or compose(edition.replayed, locale)
    pieces = _pieces(edition, locale)
    taken = {comparable(text) for text in original.texts}
    posts: tuple[Post, ...] = ()
    for marks in _rounds(taken):
        posts = _posts(edition, pieces, marks)
        if taken.isdisjoint(comparable(post.text) for post in posts):
            break
    return Thread(edition, posts)


def _rounds(taken: set[str]) -> tuple[int, ...]:
    """Return how many marks to try before the texts of a replay: at last as many as no `taken` text has."""
    theirs = {len(text) - len(text.lstrip(REPLAY_MARK)) for text in taken}
    free = next(marks for marks in count(1) if marks not in theirs)
    return (*range(1, min(free, _ROUNDS + 1)), free)


def template_values(edition: Edition, locale: str) -> dict[str, str]:
    """What the fields of the edition's templates stand for."""
    chapter = edition.chapter
    return wording.fields(edition.key.date, locale, count=len(chapter.items), issue=chapter.issue)


def _posts(edition: Edition, pieces: list[tuple[str, Mark]], marks: int) -> tuple[Post, ...]:
    prefix = REPLAY_MARK * marks + " " if marks else ""
    if marks:  # an editor's own mark is not doubled
        pieces = [(text.removeprefix(REPLAY_MARK).lstrip(), mark) for text, mark in pieces]
    texts = tuple(text for text, _ in pieces)
    room = LIMIT - weight(prefix)
    try:
        if edition.format.numbering is Numbering.FRACTION:
            groups = in_fractions(texts, room, MAX_POSTS)
        else:
            groups = tuple(in_parts(text, room, MAX_POSTS) for text in texts)
    except TooManyPosts as error:
        raise TooLong(edition, str(error)) from None
    if (posts := sum(map(len, groups))) > MAX_POSTS:
        raise TooLong(edition, f"it makes {posts:,} posts, {MAX_POSTS} at most")
    chapter = edition.chapter
    placed: list[tuple[str, Mark]] = []
    for group, (_, mark) in zip(groups, pieces, strict=True):
        free = chapter.text is not None and mark is chapter.mark
        placed += zip(group, _starts(group, chapter.text or "", mark) if free else repeat(mark), strict=False)
    return tuple(Post(position, prefix + text, mark) for position, (text, mark) in enumerate(placed, 1))


def _starts(posts: tuple[str, ...], text: str, mark: Mark) -> Iterator[Mark]:
    """Where in the free text at `mark` each of its posts begins; `mark` where that cannot be told."""
    at = 0
    for post in posts:
        body = _NUMBER_AT_END.sub("", post)
        found = text.find(body, at) if at >= 0 else -1
        at = found + len(body) if found >= 0 else -1
        yield mark.at(found) if found >= 0 else mark


def _pieces(edition: Edition, locale: str) -> list[tuple[str, Mark]]:
    """Intro, items or free text, and outro, numbered where the numbering goes by items; none blank.

    Raises:
        TooLong: they are too many, or too much.
    """
    if (items := len(edition.chapter.items)) > MAX_POSTS:
        raise TooLong(edition, f"it has {items:,} items, {MAX_POSTS} at most")
    written = _written(edition, locale)
    if (size := sum(len(text.encode("utf-8", "surrogatepass")) for text, _ in written)) > MAX_TEXT:
        raise TooLong(edition, f"it holds {size:,} bytes of text, {MAX_TEXT:,} at most")
    pieces = [(relinked(text, edition.format.links), mark) for text, mark in written]
    if size > _SMALL and (posts := sum(_least_posts(text) for text, _ in pieces)) > MAX_POSTS:
        raise TooLong(edition, f"it makes {posts:,} posts or more, {MAX_POSTS} at most")
    if edition.format.numbering is Numbering.KEYCAP and edition.chapter.text is None:
        opening, *body, closing = pieces
        body = [(f"{item_number(n, items)} {text}", mark) for n, (text, mark) in enumerate(body, 1)]
        pieces = [opening, *body, closing]
    return [piece for piece in pieces if piece[0]]


def _least_posts(text: str) -> int:
    """Return how many posts `text` makes at least: white space is lost where it breaks, and nothing else."""
    blanks = "".join(_BLANKS.findall(text))
    return -((weight(blanks) - weight(text)) // LIMIT)


def _written(edition: Edition, locale: str) -> list[tuple[str, Mark]]:
    """Intro, items or free text, and outro, their fields filled in."""
    chapter, wishes = edition.chapter, edition.wording
    values = template_values(edition, locale)
    body = [(item.text, item.mark) for item in chapter.items]
    if chapter.text is not None:
        body = [(chapter.text, chapter.mark)]
    intro = wording.fill(_chosen(wishes.intro, edition.format.intro), values)
    outro = wording.fill(_chosen(wishes.outro, edition.format.outro), values)
    if chapter.article:
        outro = f"{outro.rstrip()}\n{chapter.article}"
    return [(intro, wishes.intro_mark), *body, (outro, wishes.outro_mark)]


def _chosen(own: str | None, of_series: str | None) -> str:
    return (of_series or "") if own is None else own


def relinked(text: str, where: Links) -> str:
    """`text` without the links that the format leaves out."""
    text = text.strip()
    return unlinked(text) if where is Links.NONE else text
