"""Preparation of an edition for its worker: frozen, frozen again, planned again, or left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.publishing.policy import Policy
from bot.core.publishing.publication import PublicationState
from bot.core.turn import Start
from bot.ports import Interrupted
from bot.services.freeze import Preparation, freeze, miss, prepare
from bot.services.publish import PublishRun
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.x import FakeX

if TYPE_CHECKING:
    from pathlib import Path

    from bot.adapters.sql_ledger import SqlLedger
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change

LEASE, LEAD, MINUTE = timedelta(seconds=60), timedelta(seconds=30), timedelta(minutes=1)
OLD, NEW = make_thread("un", "deux"), make_thread("un", "deux, corrigé")


class World:
    """A real ledger, half a minute before the slot."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock(START - LEAD)
        self.ledger: SqlLedger = make_ledger(path / "ledger.db", self.clock)
        self.narrated: list[str] = []

    def prepare(self, start: Start) -> Preparation:
        def narrate(publication: Publication, change: Change) -> None:
            self.narrated.append(f"{publication.state} by {change.event}")

        return prepare(start, self.ledger, LEASE, LEAD, self.clock.now(), narrate)

    def texts(self) -> list[str]:
        known = self.ledger.get(KEY)
        return [one.text for one in known.deliveries] if known else []


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_new_edition_is_frozen_once(world: World) -> None:
    assert world.prepare(Start(KEY, OLD)) is Preparation.FROZEN
    assert world.prepare(Start(KEY, NEW)) is Preparation.READY
    assert world.texts() == ["un", "deux"]


def test_without_file_and_record_there_is_nothing_to_post(world: World) -> None:
    assert world.prepare(Start(KEY)) is Preparation.NOT_DUE
    assert world.ledger.get(KEY) is None


def test_a_text_that_was_frozen_long_before_is_replaced_by_that_of_the_file(world: World) -> None:
    freeze(OLD, world.ledger, START - timedelta(hours=9))
    assert world.prepare(Start(KEY)) is Preparation.READY
    assert world.prepare(Start(KEY, NEW)) is Preparation.FROZEN_AGAIN
    assert world.texts() == ["un", "deux, corrigé"]


def test_a_begun_thread_keeps_its_text(world: World) -> None:
    freeze(OLD, world.ledger, START - timedelta(hours=9))
    world.clock.interrupt_at = START + timedelta(seconds=1)
    with pytest.raises(Interrupted):  # after the first post
        PublishRun(world.ledger, FakeX(world.clock), world.clock, Policy(settle=MINUTE))(KEY)
    world.clock.jump(-MINUTE)  # before the slot again
    assert world.prepare(Start(KEY, NEW)) is Preparation.READY
    assert world.texts() == ["un", "deux"]


class TestMissed:
    """It was missed on a clock that ran ahead, which was set back since."""

    @pytest.fixture(autouse=True)
    def _missed(self, world: World) -> None:
        miss(OLD, world.ledger, "its slot passed.", START + timedelta(hours=1))

    def state(self, world: World) -> PublicationState:
        known = world.ledger.get(KEY)
        assert known
        return known.state

    def test_it_is_planned_again_and_due(self, world: World) -> None:
        assert world.prepare(Start(KEY, OLD)) is Preparation.READY
        assert self.state(world) is PublicationState.PLANNED
        assert world.narrated == ["PLANNED by replan"]

    def test_it_is_planned_again_for_later(self, world: World) -> None:
        world.clock.jump(-MINUTE)
        assert world.prepare(Start(KEY, OLD)) is Preparation.NOT_DUE
        assert self.state(world) is PublicationState.PLANNED

    def test_what_was_truly_missed_stays_so(self, world: World) -> None:
        world.clock.jump(timedelta(hours=2))
        assert world.prepare(Start(KEY, OLD)) is Preparation.NOT_DUE
        assert self.state(world) is PublicationState.MISSED
        assert world.narrated == []
