"""An edition as the posts that followers will read. The same edition always gives the same thread."""

from __future__ import annotations

import re
from itertools import repeat
from typing import TYPE_CHECKING

from bot.core import wording
from bot.core.identity import comparable
from bot.core.model import Links, Mark, Numbering, Post, Thread
from bot.core.numbering import in_fractions, in_parts, item_number
from bot.core.unlinked import unlinked
from bot.core.weight import LIMIT, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.model import Edition

REPLAY_MARK = "🔁"

_NUMBER_AT_END = re.compile(r" (?:\([0-9]+/[0-9]+\)|[0-9]+/[0-9]+)$")


def compose(edition: Edition, locale: str) -> Thread:
    """The thread of `edition`. A replay's texts each differ from all of the edition that it replays.

    Raises:
        CannotSplit: a piece that must stay whole does not fit into a post.
    """
    if edition.replayed is None:
        return Thread(edition, _posts(edition, locale, marks=0))
    taken = {comparable(text) for text in compose(edition.replayed, locale).texts}
    marks = 1
    while True:  # the original's texts are finitely many, and each round's differ from all before
        posts = _posts(edition, locale, marks)
        if taken.isdisjoint(comparable(post.text) for post in posts):
            return Thread(edition, posts)
        marks += 1


def template_values(edition: Edition, locale: str) -> dict[str, str]:
    """What the fields of the edition's templates stand for."""
    chapter = edition.chapter
    return wording.fields(edition.key.date, locale, count=len(chapter.items), issue=chapter.issue)


def _posts(edition: Edition, locale: str, marks: int) -> tuple[Post, ...]:
    prefix = REPLAY_MARK * marks + " " if marks else ""
    pieces = [(text, mark) for text, mark in _pieces(edition, locale) if text]
    if marks:  # an editor's own mark is not doubled
        pieces = [(text.removeprefix(REPLAY_MARK).lstrip(), mark) for text, mark in pieces]
    texts = tuple(text for text, _ in pieces)
    room = LIMIT - weight(prefix)
    if edition.format.numbering is Numbering.FRACTION:
        groups = in_fractions(texts, room)
    else:
        groups = tuple(in_parts(text, room) for text in texts)
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
    """Intro, items or free text, and outro, numbered where the numbering goes by items."""
    chapter, wishes = edition.chapter, edition.wording
    values = template_values(edition, locale)
    body = [(relinked(item.text, edition.format.links), item.mark) for item in chapter.items]
    if edition.format.numbering is Numbering.KEYCAP:
        count = len(body)
        body = [(f"{item_number(n, count)} {text}", mark) for n, (text, mark) in enumerate(body, 1)]
    if chapter.text is not None:
        body = [(relinked(chapter.text, edition.format.links), chapter.mark)]
    intro = wording.fill(_chosen(wishes.intro, edition.format.intro), values)
    outro = wording.fill(_chosen(wishes.outro, edition.format.outro), values)
    if chapter.article:
        outro = f"{outro.rstrip()}\n{chapter.article}"
    ends = [(intro, wishes.intro_mark), (outro, wishes.outro_mark)]
    opening, closing = ((relinked(text, edition.format.links), mark) for text, mark in ends)
    return [opening, *body, closing]


def _chosen(own: str | None, of_series: str | None) -> str:
    return (of_series or "") if own is None else own


def relinked(text: str, where: Links) -> str:
    """`text` without the links that the format leaves out."""
    text = text.strip()
    return unlinked(text) if where is Links.NONE else text
