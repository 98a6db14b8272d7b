"""The editions that the editors of a world have written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from bot.core.model import Chain, Chapter, Edition, EditionKey, Format, Item, Post, Programme, Series, Wording
from bot.core.model import Thread as PostThread
from bot.services.composing import Desk
from tests.simulation.hub import BASE

if TYPE_CHECKING:
    import random

    from bot.errors import Finding

HEAD = "Bonjour ! L’essentiel de ce matin :"
OUTRO = "Merci de nous lire, à demain !"
"""Some editions end with the same text; only the parent distinguishes such posts."""


@dataclass(frozen=True, slots=True)
class SimDesk(Desk):
    """A desk with given threads instead of composed ones; texts can be corrected."""

    threads: dict[EditionKey, PostThread] = None  # type: ignore[assignment]

    def thread(self, edition: Edition) -> tuple[PostThread | None, tuple[Finding, ...]]:
        return self.threads[edition.key], ()

    composed = thread

    def texts(self, edition: Edition) -> frozenset[str]:
        return frozenset(self.threads[edition.key].texts)

    def correct(self, key: EditionKey, position: int) -> None:
        """Rewrite the text at `position`."""
        thread = self.threads[key]
        posts = list(thread.posts)
        old = posts[position - 1]
        posts[position - 1] = replace(old, text=f"{old.text} (corrigé)")
        self.threads[key] = PostThread(thread.edition, tuple(posts))


def make_desk(dice: random.Random, *, same_heads: bool) -> SimDesk:
    """Return a few editions around 07:30; with `same_heads`, some may have the same first text."""
    threads: dict[EditionKey, PostThread] = {}
    series: list[Series] = []
    for n in range(dice.choice((1, 1, 2, 2, 3))):
        form = Format(
            gap=timedelta(seconds=dice.choice((0, 0, 0, 2, 2, 10))),
            grace=timedelta(minutes=dice.choice((1, 5, 30))),
            chain=Chain.STANDALONE if dice.random() < 0.15 else Chain.REPLY,
        )
        thread = _thread(f"s{n}", form, dice, same_head=same_heads and dice.random() < 0.15)
        threads[thread.edition.key] = thread
        series.append(Series(f"s{n}", time(7, 30), frozenset(range(7)), form))
    programme = Programme("Europe/Paris", "fr", tuple(series), Format())
    editions = sorted((t.edition for t in threads.values()), key=lambda e: (e.slot_at, e.key))
    return SimDesk(programme, (), tuple(editions), (), threads=threads)


def _thread(name: str, form: Format, dice: random.Random, *, same_head: bool) -> PostThread:
    slot = BASE + timedelta(milliseconds=dice.randrange(35_000, 200_000))
    key = EditionKey(name, date(2020, 11, 6))
    texts = [f"{name} {n} : « l’info » & <le reste> du jour" for n in range(1, _length(dice) + 1)]
    texts = [f"{text} https://example.com/{name}" if dice.random() < 0.1 else text for text in texts]
    if same_head and len(texts) > 1:  # an edition with all texts of another is a copy and not posted
        texts[0] = HEAD
    if form.chain is Chain.REPLY and len(texts) > 1 and dice.random() < 0.2:
        texts[-1] = OUTRO
    chapter = Chapter(series=name, date=key.date, items=tuple(Item(text) for text in texts))
    edition = Edition(key, slot, form, chapter, Wording(), f"threads/{name}.yaml")
    return PostThread(edition, tuple(Post(n, text) for n, text in enumerate(texts, 1)))


def _length(dice: random.Random) -> int:
    return dice.randrange(3, 7) if dice.random() < 0.75 else dice.randrange(1, 13)
