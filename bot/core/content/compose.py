"""Threads of editions, as followers will read them. The same edition always yields the same thread."""

from __future__ import annotations

import re
from itertools import chain, count, islice, repeat
from typing import TYPE_CHECKING

from bot.core.content import templates
from bot.core.content.free_text import sections
from bot.core.content.numbering import TooManyPosts, in_fractions, in_parts, item_number
from bot.core.marks import Mark
from bot.core.model import MAX_POSTS, MAX_TEXT, Links, Numbering, Post, Thread
from bot.core.text.matching import comparable
from bot.core.text.split import cut_sentences
from bot.core.text.strip_links import unlinked
from bot.core.text.weight import LIMIT, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.model import Edition

REPLAY_MARK = "🔁"
_ROUNDS = 3
"""Numbers of marks tried in turn: editors' own marks require a second, hardly ever a third."""

_Piece = tuple[tuple[str, ...], Mark]
"""An intro, item, free text or outro: the parts that begin a post each, and its place."""

_SMALL = 10_000
"""Bytes of text that are composed as fast as their posts are estimated."""

_BLANKS = re.compile(r"\s+")
_NUMBER_AT_END = re.compile(r" (?:\([0-9]+/[0-9]+\)|[0-9]+/[0-9]+)$")


class TooLong(ValueError):
    """An edition larger than any newsroom means to publish; nothing of it is composed."""

    def __init__(self, edition: Edition, what: str) -> None:
        self.edition = edition
        super().__init__(what)


def compose(edition: Edition, locale: str, original: Thread | None = None) -> Thread:
    """Return the thread of `edition`; each text of a replay differs from all texts of its `original`.

    Raises:
        TooLong: the edition, or the one it replays, is over `MAX_POSTS` or `MAX_TEXT`.
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
    """Return the numbers of marks to try before a replay's texts; no `taken` text has the last number."""
    theirs = {len(text) - len(text.lstrip(REPLAY_MARK)) for text in taken}
    free = next(marks for marks in count(1) if marks not in theirs)
    return (*range(1, min(free, _ROUNDS + 1)), free)


def template_values(edition: Edition, locale: str) -> dict[str, str]:
    """Return the values of the fields in the edition's templates."""
    chapter = edition.chapter
    return templates.fields(edition.key.date, locale, count=len(chapter.items), issue=chapter.issue)


def _posts(edition: Edition, pieces: list[_Piece], marks: int) -> tuple[Post, ...]:
    prefix = REPLAY_MARK * marks + " " if marks else ""
    if marks:  # an editor's own mark is not doubled
        pieces = [
            (tuple(text.removeprefix(REPLAY_MARK).lstrip() for text in texts), mark) for texts, mark in pieces
        ]
    room = LIMIT - weight(prefix)
    try:
        if edition.format.numbering is Numbering.FRACTION:
            posts = iter(in_fractions(tuple(text for texts, _ in pieces for text in texts), room, MAX_POSTS))
            groups = [tuple(chain.from_iterable(islice(posts, len(texts)))) for texts, _ in pieces]
        else:
            groups = [in_parts(texts, room, MAX_POSTS) for texts, _ in pieces]
    except TooManyPosts as error:
        raise TooLong(edition, str(error)) from None
    if (total := sum(map(len, groups))) > MAX_POSTS:
        raise TooLong(edition, f"it makes {total:,} posts, {MAX_POSTS} at most")
    chapter = edition.chapter
    placed: list[tuple[str, Mark, bool]] = []
    for group, (texts, mark) in zip(groups, pieces, strict=True):
        bodies = [_NUMBER_AT_END.sub("", post) for post in group]
        free = chapter.text is not None and mark is chapter.mark
        starts = _starts(bodies, chapter.text or "", mark) if free else repeat(mark)
        cuts = cut_sentences("\n\n".join(texts), bodies) if len(bodies) > 1 else repeat(False)
        placed += zip(group, starts, cuts, strict=False)
    return tuple(Post(n, prefix + text, mark, cut) for n, (text, mark, cut) in enumerate(placed, 1))


def _starts(bodies: list[str], text: str, mark: Mark) -> Iterator[Mark]:
    """Yield the place in the free text at `mark` where each post begins, or `mark` if that is unknown.

    White space does not count: wrapped lines are joined in the posts.
    """
    ink = [position for position, character in enumerate(text) if not character.isspace()]
    inked = "".join(text.split())
    at = 0
    for body in bodies:
        bare = "".join(body.split())
        found = inked.find(bare, at) if at >= 0 else -1
        at = found + len(bare) if found >= 0 else -1
        yield mark.at(ink[found]) if found >= 0 else mark


def _pieces(edition: Edition, locale: str) -> list[_Piece]:
    """Return intro, items or free text, and outro, without blank ones; numbered, if items have keycaps.

    Raises:
        TooLong: they are too many, or too much.
    """
    if (items := len(edition.chapter.items)) > MAX_POSTS:
        raise TooLong(edition, f"it has {items:,} items, {MAX_POSTS} at most")
    written = _written(edition, locale)
    if (size := sum(len(text.encode("utf-8", "surrogatepass")) for text, _ in written)) > MAX_TEXT:
        raise TooLong(edition, f"it holds {size:,} bytes of text, {MAX_TEXT:,} at most")
    pieces = [
        (tuple(relinked(part, edition.format.links) for part in _parts(edition, text, mark)), mark)
        for text, mark in written
    ]
    if size > _SMALL:
        posts = sum(_least_posts(part) for parts, _ in pieces for part in parts)
        if posts > MAX_POSTS:
            raise TooLong(edition, f"it makes {posts:,} posts or more, {MAX_POSTS} at most")
    if edition.format.numbering is Numbering.KEYCAP and edition.chapter.text is None:
        opening, *body, closing = pieces
        body = [
            (tuple(f"{item_number(n, items)} {part}" for part in parts), mark)
            for n, (parts, mark) in enumerate(body, 1)
        ]
        pieces = [opening, *body, closing]
    kept = [(tuple(part for part in parts if part), mark) for parts, mark in pieces]
    return [piece for piece in kept if piece[0]]


def _parts(edition: Edition, text: str, mark: Mark) -> tuple[str, ...]:
    """Return the parts of `text` that begin posts of their own; only a free text has more than one."""
    return sections(text) if edition.chapter.text is not None and mark is edition.chapter.mark else (text,)


def _least_posts(text: str) -> int:
    """Return the minimum number of posts that `text` makes: a break drops white space and nothing else."""
    blanks = "".join(_BLANKS.findall(text))
    return -((weight(blanks) - weight(text)) // LIMIT)


def _written(edition: Edition, locale: str) -> list[tuple[str, Mark]]:
    """Return intro, items or free text, and outro, with their fields filled in."""
    chapter, wishes = edition.chapter, edition.wording
    values = template_values(edition, locale)
    body = [(item.text, item.mark) for item in chapter.items]
    if chapter.text is not None:
        body = [(chapter.text, chapter.mark)]
    intro = templates.fill(_chosen(wishes.intro, edition.format.intro), values)
    outro = templates.fill(_chosen(wishes.outro, edition.format.outro), values)
    if chapter.article:
        outro = f"{outro.rstrip()}\n{chapter.article}"
    return [(intro, wishes.intro_mark), *body, (outro, wishes.outro_mark)]


def _chosen(own: str | None, of_series: str | None) -> str:
    return (of_series or "") if own is None else own


def relinked(text: str, where: Links) -> str:
    """Return `text`, without its links if the format leaves them out."""
    text = text.strip()
    return unlinked(text) if where is Links.NONE else text
