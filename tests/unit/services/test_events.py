"""Tests of the events of an edition that raise an alert."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot import errors
from bot.core.publishing import states
from bot.core.publishing.progress import LATE
from bot.core.publishing.states import PublicationEvent
from bot.services.publication_events import EventLog, log_event
from tests.fakes.threads import KEY
from tests.fakes.world import THREE, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def narrated(world: World, caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Publish the edition as far as possible; return the log records."""
    caplog.set_level(logging.INFO, "flashtweet.publish")
    replace(world.run(), narrate=log_event)(KEY)
    return [vars(record) | {"said": record.getMessage()} for record in caplog.records]


def alerts(records: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["alert"], one["levelname"], one["said"]) for one in records if "alert" in one]


def test_what_goes_well_wakes_nobody_and_ends_what_was_held(world: World, caplog: pytest.LogCaptureFixture):
    records = narrated(world, caplog)
    assert alerts(records) == []


def test_an_edition_that_is_held(world: World, caplog: pytest.LogCaptureFixture):
    world.x.outcomes.append(errors.AccountRefused("X answered 402."))
    records = narrated(world, caplog)
    assert alerts(records) == [("held", "ERROR", "edition held")]
    assert records[-1]["reason"] == "post 1: X answered 402."
    assert records[-1]["edition"] == str(KEY)
    assert records[-1]["next"].endswith(f"flashtweet publish {KEY}")


def test_an_edition_that_is_missed(world: World, caplog: pytest.LogCaptureFixture):
    world.clock.advance(timedelta(minutes=31))
    [(kind, level, said)] = alerts(narrated(world, caplog))
    assert (kind, level) == ("missed", "ERROR")
    assert said == "edition missed"


def test_what_a_person_held_wakes_no_other(world: World, caplog: pytest.LogCaptureFixture):
    world.ledger.ask_hold(KEY, "held by an operator.", world.clock.now())
    assert alerts(narrated(world, caplog)) == []
    assert world.states()[0] == "HELD"


@pytest.mark.parametrize(("over", "count"), [(timedelta(0), 0), (timedelta(milliseconds=1), 1)])
def test_a_first_post_that_is_late(
    world: World, caplog: pytest.LogCaptureFixture, over: timedelta, count: int
):
    """Logged once; the posts after it are equally late and need no alert of their own."""
    world.clock.advance(LATE + over)
    records = narrated(world, caplog)
    assert alerts(records) == [("late", "WARNING", "the first post was sent late")] * count
    assert [one["late_s"] for one in records if "alert" in one] == [60] * count
    assert len(world.x.posts) == len(THREE.posts)


def test_a_later_post_that_is_late(world: World, caplog: pytest.LogCaptureFixture):
    world.x.outcomes += [None, errors.RateLimited("429", world.clock.now() + timedelta(minutes=5))]
    assert alerts(narrated(world, caplog)) == []


def test_a_move_by_hand_is_no_alert(world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "flashtweet.publish")
    publication = world.found()
    change = states.move(publication, PublicationEvent.CANCEL, "no longer true")
    log_event(states.apply(publication, change), change)
    [record] = caplog.records
    assert (record.getMessage(), "alert" in vars(record)) == ("edition cancelled", False)


# ---- a long outage -----------------------------------------------------------------------------------


def lines(world: World, caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return the daemon's log of the edition, without sent posts."""
    caplog.set_level(logging.INFO, "flashtweet.publish")
    replace(world.run(), narrate=EventLog(world.clock.elapsed))(KEY)
    records = [vars(record) | {"said": record.getMessage()} for record in caplog.records]
    return [
        one
        for one in records
        if one["said"] in ("post not created", "post in doubt", "posts are confirmed again")
    ]


@pytest.mark.parametrize(
    ("error", "kinds"),
    [
        (errors.Unavailable("X cannot be reached at api.x.com: Connection refused."), 1),
        (errors.InDoubt("X could not be asked: 503 came with an HTML page."), 2),
    ],
)
def test_a_long_outage_is_a_line_in_five_minutes(
    world: World, caplog: pytest.LogCaptureFixture, error: errors.PublishError, kinds: int
):
    """Not one line for each of dozens of attempts."""
    before = world.clock.now()
    world.x.outcomes.extend([None, *[error] * 25])
    found = lines(world, caplog)
    lasted = found[-1]["for_s"] / 60
    assert world.clock.now() - before > timedelta(minutes=15)
    assert found[-1]["said"] == "posts are confirmed again"
    assert found[-1]["failures"] == 25 * kinds
    assert lasted / 7 <= len(found) - kinds - 1 <= lasted / 5, "at the first attempt after five minutes"
    assert "failures" not in found[0]
    assert all(one["failures"] > 1 for one in found[kinds:])


def test_an_attempt_that_failed_once_is_one_line(world: World, caplog: pytest.LogCaptureFixture):
    world.x.outcomes.append(errors.Unavailable("X cannot be reached."))
    assert [one["said"] for one in lines(world, caplog)] == ["post not created"]


def test_a_timeline_that_comes_and_goes_is_a_line_in_five_minutes(
    world: World, caplog: pytest.LogCaptureFixture
):
    """Each doubt has a first failed reading; it is logged once in all."""
    error = errors.InDoubt("X's answer cannot be understood.")
    world.x.outcomes.extend([None, *[error] * 12])
    world.x.before_create = lambda: world.x.read_errors.append(error)
    world.x.read_errors.clear()
    found = lines(world, caplog)
    lasted = found[-1]["for_s"] / 60
    assert len(found) <= 4 + 2 * lasted / 5
