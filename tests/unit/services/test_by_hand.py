"""Tests of ``flashtweet publish``: at any time, repeatedly, and never twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.marks import Mark
from bot.core.model import Chapter, EditionKey, Format, Issue, Item, Numbering, Programme, Series, Wording
from bot.core.publishing.policy import Policy
from bot.core.publishing.publication import Publication, PublicationState
from bot.ports import Interrupted, Loaded
from bot.services.composing import read_desk
from bot.services.freeze import miss
from bot.services.publish import PublishRun
from bot.services.publish_now import publish_now
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.x import FakeX

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMME = Programme(
    zone="Europe/Paris",
    locale="fr_FR",
    series=(Series("flashtweet", time(7, 30), frozenset(range(5)), Format(numbering=Numbering.NONE)),),
    special=Format(),
)


class Folder:
    """An implementation of `bot.ports.IssueSource` with one daily issue."""

    def __init__(self, *texts: str, at: time | None = None) -> None:
        self.texts, self.at = texts, at

    def load(self) -> Loaded:
        items = tuple(Item(text, mark=Mark(line, 5)) for line, text in enumerate(self.texts, 3))
        chapter = Chapter("flashtweet", date(2020, 11, 6), items=items, at=self.at, wording=Wording("", ""))
        path = "threads/2020-11-06.yaml"
        return Loaded((path,), (Issue(path, (chapter,)),), ())


class World:
    """An editor's file, a real ledger, X in memory, long after the slot."""

    def __init__(self, tmp_path: Path) -> None:
        self.clock = FakeClock(START + timedelta(hours=9))
        self.x = FakeX(self.clock)
        self.ledger = make_ledger(tmp_path / "ledger.db", self.clock)
        self.folder = Folder("un", "deux", "trois")

    def publish(self) -> Publication:
        run = PublishRun(self.ledger, self.x, self.clock, Policy(settle=timedelta(seconds=90)))
        return publish_now(KEY, read_desk(self.folder.load(), PROGRAMME), run)

    def story(self) -> list[str]:
        return [f"{entry.position or ''}{entry.event}" for entry in self.ledger.journal(KEY)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_an_edition_goes_out_now_paced_as_its_series(world: World) -> None:
    asked_at = world.clock.now()
    assert world.publish().state is PublicationState.PUBLISHED
    assert [post.created_at - asked_at for post in world.x.posts] == [timedelta(seconds=s) for s in (0, 2, 4)]


def test_a_published_edition_is_not_published_again(world: World) -> None:
    world.publish()
    assert world.publish().state is PublicationState.PUBLISHED
    assert world.x.texts == ["un", "deux", "trois"]


def test_interrupted_hours_ago_it_goes_on_with_the_next_post(world: World) -> None:
    world.clock.interrupt_at = world.clock.now() + timedelta(seconds=1)
    with pytest.raises(Interrupted):
        world.publish()
    held = world.ledger.get(KEY)
    assert held
    assert (held.state, held.reason) == ("HELD", "stopped by an operator.")  # no daemon goes on with it
    world.clock.interrupt_at = None
    world.clock.advance(timedelta(hours=5))
    assert world.publish().state is PublicationState.PUBLISHED
    assert world.x.texts == ["un", "deux", "trois"]
    assert world.x.posts[2].replied_to == world.x.posts[1].post_id


def test_a_missed_edition_is_published_with_what_its_file_says_now(world: World) -> None:
    desk = read_desk(world.folder.load(), PROGRAMME)
    thread, _ = desk.thread(desk.editions[0])
    assert thread
    miss(thread, world.ledger, "its slot went by", world.clock.now())
    world.folder = Folder("un, corrigé", "deux")
    assert world.publish().state is PublicationState.PUBLISHED
    assert world.x.texts == ["un, corrigé", "deux"]
    assert world.story()[:3] == ["frozen", "refrozen", "publish_late"]


def test_after_credits_were_bought_it_goes_on(world: World) -> None:
    world.x.outcomes.extend([None, errors.AccountRefused("X answered 402: no credits.")])
    assert world.publish().state is PublicationState.HELD
    assert world.publish().state is PublicationState.PUBLISHED
    assert world.x.texts == ["un", "deux", "trois"]


def test_a_refused_text_must_be_corrected_first(world: World) -> None:
    world.x.outcomes.extend([None, errors.Rejected("X answered 400: too long.")])
    assert world.publish().state is PublicationState.HELD
    with pytest.raises(errors.Rejected) as refused:
        world.publish()
    assert str(refused.value) == (
        "flashtweet@2020-11-06: X refused post 2: X answered 400: too long. "
        "Correct its text in threads/2020-11-06.yaml:4, then run this again, or leave it out: "
        "flashtweet resolve flashtweet@2020-11-06 --post 2 --skip"
    )
    world.folder = Folder("un", "deux, en plus court", "trois")
    assert world.publish().state is PublicationState.PUBLISHED
    assert world.x.texts == ["un", "deux, en plus court", "trois"]
    assert "2corrected" in world.story()


def test_a_refused_head_must_be_corrected_too(world: World) -> None:
    world.x.outcomes.append(errors.Rejected("X answered 400: too long."))
    world.publish()
    with pytest.raises(errors.Rejected, match=r"X refused post 1: .* Correct its text in"):
        world.publish()
    assert world.x.texts == []
    world.folder = Folder("un, en plus court", "deux")
    assert world.publish().state is PublicationState.PUBLISHED
    assert world.x.texts == ["un, en plus court", "deux"]


def test_a_correction_must_leave_what_is_out_alone(world: World) -> None:
    world.x.outcomes.extend([None, errors.Rejected("X answered 400: too long.")])
    world.publish()
    world.folder = Folder("un autre", "deux, en plus court", "trois")
    with pytest.raises(errors.Rejected, match=r"changes post 1, .* change only the text of post 2"):
        world.publish()
    assert world.x.texts == ["un"]


def test_only_the_refused_post_takes_new_text_the_rest_was_frozen(world: World) -> None:
    world.x.outcomes.extend([None, errors.Rejected("X answered 400: too long.")])
    world.publish()
    world.folder = Folder("un", "deux, en plus court", "trois, modifié après coup")
    world.publish()
    assert world.x.texts == ["un", "deux, en plus court", "trois"]


def test_without_a_file_there_is_nothing_to_publish(world: World) -> None:
    world.folder = Folder("un")
    run = PublishRun(world.ledger, world.x, world.clock, Policy())
    other = replace(KEY, date=date(2020, 11, 5))
    with pytest.raises(errors.UsageError, match="no file makes this edition"):
        publish_now(other, read_desk(world.folder.load(), PROGRAMME), run)


def test_a_refusal_to_go_on_gives_the_claim_back(world: World) -> None:
    world.x.outcomes.append(errors.Rejected("X answered 400: too long."))
    world.publish()
    world.folder = Folder()
    with pytest.raises(errors.BotError):
        world.publish()
    world.ledger.claim(KEY, timedelta(seconds=60), START)


@pytest.mark.parametrize("loss", ["deleted", "put back"])
def test_what_was_published_before_its_slot_is_not_published_again_by_another_ledger(
    world: World, tmp_path: Path, loss: str
) -> None:
    """X accepts duplicates here, so that its own rule cannot hide a second post."""
    world.x.takes_duplicates = True
    world.clock.advance(-timedelta(hours=10))  # an hour before the slot
    path = tmp_path / "ledger.db"
    world.ledger.close()
    copy = shutil.copy(path, tmp_path / "copy.db")
    world.publish()
    world.ledger.close()
    path.unlink()
    if loss == "put back":
        shutil.copy(copy, path)
    world.clock.advance(timedelta(minutes=5))
    world.ledger = make_ledger(path, world.clock)
    assert world.publish().state is PublicationState.PUBLISHED
    assert world.x.texts == ["un", "deux", "trois"]


def test_long_after_a_ledger_took_the_place_of_another_nothing_is_waited_for(
    world: World, tmp_path: Path
) -> None:
    """One search is enough: posts sent with the other ledger have been visible for hours."""
    (tmp_path / "ledger.db.generation").write_text("another\n")
    other, now = make_thread("x", key=EditionKey("flashtweet", date(2020, 11, 5))), world.clock.now()
    world.ledger.plan(other, [now], now)
    world.ledger.release(world.ledger.claim(other.edition.key, timedelta(seconds=60), now))
    world.clock.advance(timedelta(hours=2))
    before = world.clock.now()
    world.publish()
    assert (world.x.posts[0].created_at - before, world.x.reads) == (timedelta(0), 1)
