"""The catalog of the editions near now: what is composed first, and what a look may take."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.model import Chapter, Issue
from bot.core.validate import examine
from bot.ports import Loaded
from bot.services.catalog import LONGEST_LOOK, Ask, DirectReader
from tests.fakes.house import Files
from tests.unit.core.newsroom import FRIDAY, PROGRAMME, daily

if TYPE_CHECKING:
    from bot.core.model import Edition
    from bot.services.editorial import Composed

MORNING = datetime(2020, 11, 6, 5, 0, tzinfo=UTC)
ASK = Ask(PROGRAMME, (), MORNING)


def special(name: str, hour: int, days: int = 0) -> Issue:
    chapter = Chapter(name, FRIDAY + timedelta(days=days), at=time(hour), text=f"Une annonce : {name}.")
    return Issue(f"threads/{name}.yaml", (chapter,))


def folder(*issues: Issue, is_whole: bool = True) -> Files:
    return Files(Loaded(tuple(one.path for one in issues), issues, (), is_whole=is_whole))


FILES = (
    special("z-soir", 20),
    special("matin", 9),
    special("demain", 9, days=1),
    special("hier", 9, days=-1),
)


def test_what_is_due_soonest_is_composed_first_and_the_rest_by_later_looks():
    """Each edition takes longer than a whole look may."""
    now = [0.0]

    def slow(edition: Edition, locale: str) -> Composed:
        now[0] += LONGEST_LOOK + 1
        return examine(edition, locale)

    reader = DirectReader(folder(*FILES), slow, lambda: now[0])
    seen = []
    for _ in range(len(FILES) + 1):
        look = reader.look(ASK)
        seen.append([one.key.series for one in look.catalog.editions])
        assert look.news == ()
        if look.catalog.summary.is_whole:
            break
    assert seen[0] == ["matin"]
    assert sorted(seen[-1]) == sorted(one.path[8:-5] for one in FILES)
    assert all(set(one) <= set(other) for one, other in pairwise(seen))


def test_nothing_is_reported_before_all_is_read():
    files = folder(Issue("threads/a.yaml", (daily("Un"),)), is_whole=False)
    reader = DirectReader(files)
    assert not reader.look(ASK).catalog.summary.is_whole
    files.loaded = replace(files.loaded, is_whole=True)
    assert reader.look(ASK).catalog.summary.is_whole


def test_each_edition_is_composed_once_and_again_only_when_it_changed():
    composed: list[str] = []

    def counting(edition, locale):
        composed.append(str(edition.key))
        return examine(edition, locale)

    files = folder(*FILES)
    reader = DirectReader(files, counting)
    reader.look(ASK)
    reader.look(ASK)
    assert sorted(composed) == sorted(set(composed))
    composed.clear()
    files.loaded = Loaded(files.loaded.paths, (special("matin", 10), *FILES[:1], *FILES[2:]), ())
    reader.look(ASK)
    assert composed == ["matin@2020-11-06"]
