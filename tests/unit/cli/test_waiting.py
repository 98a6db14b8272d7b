"""Tests that a post in doubt shows until when it waits, and for what: in the log, `publish` and `status`."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from bot import errors
from bot.cli import render_publications
from bot.core.publishing.attempts import doubted
from bot.core.publishing.states import DeliveryChange, DeliveryEvent
from bot.ports import Interrupted
from bot.services.publication_events import log_event
from tests.fakes.clock import START
from tests.fakes.threads import KEY
from tests.fakes.world import SETTLE, World, assert_whole
from tests.fakes.x import lost

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change

PARIS = "Europe/Paris"
DOUBT = START + timedelta(seconds=2)
"""The instant at which the second post falls into doubt, 07:30:02."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.x.outcomes.extend([None, lost()])
    return world


def lines(world: World) -> list[str]:
    """Return the output of `publish` about the second post, on a terminal or without one."""
    printed: list[str] = []

    def narrate(publication: Publication, change: Change) -> None:
        line = render_publications.change_line(publication, change, PARIS)
        if line is not None and "2/3" in line.plain:
            printed.append(line.plain)

    replace(world.run(), narrate=narrate)(KEY)
    return printed


def test_publish_says_it_when_the_doubt_begins(world: World) -> None:
    doubt, end = lines(world)
    assert doubt == (
        f"{KEY}  2/3  IN_DOUBT: the answer was lost. "
        "Reading your timeline; waiting until 07:31:32 for it to settle."
    )
    assert end == f"{KEY}  2/3  found on X  deux & <trois>"


def test_a_timeline_that_cannot_be_read_has_no_end_of_the_wait(world: World) -> None:
    world.x.read_errors.append(errors.Unavailable("X cannot be reached"))
    assert lines(world)[1] == (
        f"{KEY}  2/3  IN_DOUBT: the timeline could not be read: X cannot be reached. Reading your timeline."
    )


def test_the_log_has_the_instant(world: World, caplog: pytest.LogCaptureFixture) -> None:
    replace(world.run(), narrate=log_event)(KEY)
    [doubt] = [vars(one) for one in caplog.records if one.message == "post in doubt"]
    assert doubt["until"] == DOUBT + SETTLE


def test_an_orphaned_request_waits_as_long(world: World, caplog: pytest.LogCaptureFixture) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    world.x.before_create = die
    with pytest.raises(Killed):
        world.publish()
    world.clock.advance(timedelta(minutes=1))
    world.x.before_create = lambda: None
    world.x.outcomes.clear()
    replace(world.run(), narrate=log_event)(KEY)
    [doubt] = [vars(one) for one in caplog.records if one.message == "post in doubt"]
    assert doubt["until"] == START + timedelta(minutes=1) + SETTLE


def shown(publication: Publication, now: datetime) -> str:
    console = Console(file=io.StringIO(), width=300)
    render_publications.publications(console, [publication], PARIS, now)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_status_says_it_as_long_as_it_is_so(world: World) -> None:
    world.x.lag = 2 * SETTLE
    world.clock.interrupt_at = DOUBT + timedelta(seconds=20)
    with pytest.raises(Interrupted):
        world.publish()
    waiting, end = "Reading your timeline; waiting until 07:31:32 for it to settle.", DOUBT + SETTLE
    found = world.found()
    assert "post 2 IN_DOUBT: the answer was lost. " + waiting in shown(found, end - timedelta(seconds=1))
    assert "post 2 IN_DOUBT: the answer was lost.\n" in shown(found, end), "nobody may be at work"
    held = replace(found, state=found.state.HELD)
    assert waiting not in shown(held, end - timedelta(seconds=1))


def test_it_is_for_people_alone(world: World) -> None:
    """The wait is measured on the boot clock, which is never set; afterwards the instant is removed."""
    world.x.outcomes.clear()
    world.x.outcomes.extend([None, errors.InDoubt("the connection broke")])
    world.clock.at(DOUBT + SETTLE / 2, lambda: world.clock.jump(-timedelta(minutes=1)))
    world.publish()
    assert_whole(world)
    moved = [one for one in world.told if getattr(one, "event", None) is DeliveryEvent.NOT_FOUND]
    assert [getattr(one.after, "not_before", "") for one in moved] == [None]


@pytest.mark.parametrize(("hours", "until"), [(5, None), (0, START + SETTLE)])
def test_a_ledger_that_vouches_for_long_needs_one_look(
    world: World, hours: int, until: datetime | None
) -> None:
    """No instant is announced that does not come."""
    since, event = START - timedelta(hours=hours), DeliveryEvent.UNVOUCHED
    change = doubted(world.found(), 1, event, world.policy, START, vouched_since=since, replaced=False)
    assert isinstance(change, DeliveryChange)
    assert change.after.not_before == until
