"""Tests of the catalog of editions near now: the order of composing, and the limits of one look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.adapters.reader_process.limits import SECONDS as LONGEST_FILE
from bot.adapters.reader_process.parent import LONGEST_SILENCE
from bot.core.content.validate import examine
from bot.core.model import Chapter, EditionKey, Issue
from bot.core.publishing.publication import Delivery, DeliveryState, Publication, PublicationState
from bot.core.schedule.slots import FREEZE_LEAD
from bot.daemon.loop import RESCAN
from bot.ports import Loaded
from bot.services.catalog import COMPOSING_BUDGET, MAX_CARRIED_FINDINGS, Ask, DirectReader
from tests.fakes.house import Files
from tests.unit.core.newsroom import FRIDAY, PROGRAMME, daily

if TYPE_CHECKING:
    from bot.core.edition_source import Composed
    from bot.core.model import Edition, Thread
    from bot.services.composing import Examiner

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
    """Each edition takes longer than the limit of a whole look."""
    now = [0.0]

    def slow(edition: Edition, locale: str, original: Thread | None) -> Composed:
        now[0] += COMPOSING_BUDGET + 1
        return examine(edition, locale, original)

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


PAST = tuple(special(f"p{n:03}", 9, days=-1 - n // 64) for n in range(448))
"""As many editions as seven days may have."""
TODAY = Issue("threads/today.yaml", (daily("Un"),))


def counted(composed: list[str], now: list[float], takes: float) -> Examiner:
    """Return an examiner that is slow and records the editions it composes."""

    def examiner(edition: Edition, locale: str, original: Thread | None) -> Composed:
        composed.append(edition.key.series)
        now[0] += takes
        return examine(edition, locale, original)

    return examiner


def test_what_is_due_is_composed_before_a_flood_of_the_days_before():
    """The ledger has none of them, so there are no posts to repeat."""
    composed, now = list[str](), [0.0]
    reader = DirectReader(folder(*PAST, TODAY), counted(composed, now, 0.1), lambda: now[0])
    catalog = reader.look(ASK).catalog
    assert composed[:2] == ["flashtweet", "replay"]
    assert len(composed) <= 2 + COMPOSING_BUDGET / 0.1
    edition = catalog.find(EditionKey("flashtweet", FRIDAY))
    assert edition
    assert catalog.composed(edition)[0]


def test_the_errors_of_a_crowd_leave_room_for_others():
    """One of them may be the reason why an edition has no file."""
    crowd = (special(f"a{n:03}", 9) for n in range(300))
    stray = Issue("threads/z.yaml", (replace(daily("Un"), series="unknown"),))
    findings = DirectReader(folder(*crowd, stray)).look(ASK).catalog.findings
    assert (len(findings), findings[0].path, findings[1].code) == (
        MAX_CARRIED_FINDINGS,
        "threads/z.yaml",
        "too-many-editions",
    )


def test_a_special_of_the_past_counts_as_said_where_the_ledger_knows_it():
    """Also an edition that an operator publishes late, by hand."""
    same = special("p-soir", 20, days=-1)
    again = Issue("threads/q.yaml", (replace(same.chapters[0], series="q", date=FRIDAY, at=time(9)),))
    slot = datetime(2020, 11, 5, 19, 0, tzinfo=UTC)
    post = Delivery(1, DeliveryState.SENT, "Une annonce : p-soir.", slot)
    key = EditionKey("p-soir", slot.date())
    known = Publication("main", key, PublicationState.PUBLISHED, slot, (post,), "threads/p-soir.yaml")
    reader, found = DirectReader(folder(same, again)), []
    for publications in ((), (known,)):
        catalog = reader.look(replace(ASK, publications=publications)).catalog
        edition = catalog.find(EditionKey("q", FRIDAY))
        assert edition
        found.append([one.code for one in catalog.composed(edition)[1]])
    assert found == [[], ["repeated-post"]]


def test_the_look_of_a_crowded_folder_is_over_before_a_slot_could_be_missed():
    """An edition frozen 30 s before its slot must be in a catalog by then, after the look that reads it and
    one already running. The daemon kills a silent reader only after longer than that.
    """
    composed, now = list[str](), [0.0]
    reader = DirectReader(folder(*PAST, TODAY), counted(composed, now, LONGEST_FILE), lambda: now[0])
    reader.look(ASK)
    assert now[0] <= COMPOSING_BUDGET + 2 * LONGEST_FILE
    two_looks = 2 * (COMPOSING_BUDGET + 2 * LONGEST_FILE + RESCAN.total_seconds())
    assert two_looks < FREEZE_LEAD.total_seconds()
    assert COMPOSING_BUDGET + LONGEST_FILE < LONGEST_SILENCE


def test_nothing_is_reported_before_all_is_read():
    files = folder(Issue("threads/a.yaml", (daily("Un"),)), is_whole=False)
    reader = DirectReader(files)
    assert not reader.look(ASK).catalog.summary.is_whole
    files.loaded = replace(files.loaded, is_whole=True)
    assert reader.look(ASK).catalog.summary.is_whole


def test_each_edition_is_composed_once_and_again_only_when_it_changed():
    composed: list[str] = []

    def counting(edition, locale, original):
        composed.append(str(edition.key))
        return examine(edition, locale, original)

    files = folder(*FILES)
    reader = DirectReader(files, counting)
    reader.look(ASK)
    reader.look(ASK)
    assert sorted(composed) == sorted(set(composed))
    composed.clear()
    files.loaded = Loaded(files.loaded.paths, (special("matin", 10), *FILES[:1], *FILES[2:]), ())
    reader.look(ASK)
    assert composed == ["matin@2020-11-06"]
