"""A special's file that is copied, or gets another name, makes another edition of what the ledger has."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.model import Chapter, EditionKey, Issue
from bot.ports import Loaded
from bot.services.composing import read_desk
from bot.services.freeze import miss
from bot.services.operator_actions import Decisions
from tests.fakes.house import DAY, PROGRAMME, SLOT, House, houses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BEFORE = SLOT - timedelta(seconds=3)
MINUTE = timedelta(minutes=1)
KEPT_BACK = "edition not sent: the ledger has its text already, as another edition"


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    with houses(tmp_path) as make:
        yield make


def special(name: str, text: str = "Une annonce.", at: time = time(7, 30)) -> Issue:
    return Issue(f"threads/{name}.yaml", (Chapter(name, DAY, at=at, text=text),))


def folder(*issues: Issue) -> Loaded:
    return Loaded(tuple(one.path for one in issues), issues, ())


def key(name: str) -> EditionKey:
    return EditionKey(name, DAY)


def alerts(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """(sentence, edition) of what a person hears about editions, but for the preflights."""
    told = [record for record in caplog.records if vars(record).get("alert", "preflight") != "preflight"]
    return [(one.getMessage(), vars(one)["edition"]) for one in told if "edition" in vars(one)]


CHANGES = {
    "renamed": ((special("b"),), "b"),
    "renamed to what sorts before": ((special("a"),), "a"),
    "copied": ((special("annonce"), special("b")), "b"),
    "copied to what sorts before": ((special("annonce"), special("a")), "a"),
    "kept under another name, and written anew": ((special("annonce", "Autre chose."), special("b")), "b"),
    "renamed, and its time moved": ((special("b", at=time(7, 20)),), "b"),
}


@pytest.mark.parametrize(("files", "name"), CHANGES.values(), ids=CHANGES.keys())
def test_what_is_out_does_not_go_out_under_another_name_within_its_grace(
    make_house: Callable[[datetime], House],
    caplog: pytest.LogCaptureFixture,
    files: tuple[Issue, ...],
    name: str,
) -> None:
    """It is told once, with both keys and what to type; and no request asks X for it."""
    house = make_house(BEFORE)
    house.files.loaded = folder(special("annonce"))
    with house.running():
        house.until(lambda: house.texts() == ["Une annonce."], "it is out")
        house.files.loaded = folder(*files)
        house.until(lambda: KEPT_BACK in caplog.messages, "it is told")
        house.looks_again()
    assert house.texts() == ["Une annonce."]
    assert alerts(caplog) == [(KEPT_BACK, str(key(name)))]
    assert house.ledger.get(key(name)) is None
    [told] = [vars(record) for record in caplog.records if record.getMessage() == KEPT_BACK]
    assert told["same"] == str(key("annonce"))
    assert told["next"] in (f"flashtweet publish {key(name)}", f"flashtweet check threads/{name}.yaml")


@pytest.mark.parametrize(("files", "name"), CHANGES.values(), ids=CHANGES.keys())
def test_what_is_out_is_not_missed_under_another_name(
    make_house: Callable[[datetime], House],
    caplog: pytest.LogCaptureFixture,
    files: tuple[Issue, ...],
    name: str,
) -> None:
    """Somebody tidies the folder in the afternoon."""
    house = make_house(BEFORE)
    house.files.loaded = folder(special("annonce"))
    with house.running():
        house.until(lambda: house.texts() == ["Une annonce."], "it is out")
        house.clocks.sleep = timedelta(hours=6)
        house.files.loaded = folder(*files)
        house.looks_again()
    assert alerts(caplog) == []
    assert house.ledger.get(key(name)) is None


def test_a_daemon_that_was_restarted_knows_it_as_well(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(BEFORE)
    house.files.loaded = folder(special("annonce"))
    house.run()
    assert house.texts() == ["Une annonce."]
    house.clock = house.clocks.make()
    house.newsroom = replace(house.newsroom, clock=house.clock)
    house.files.loaded = folder(special("annonce", "Autre chose."), special("b"))
    house.run(until=house.clock.now() + timedelta(seconds=1))
    assert house.texts() == ["Une annonce."]
    assert alerts(caplog) == [(KEPT_BACK, str(key("b")))]


def test_what_a_person_cancelled_is_so_under_each_name(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + MINUTE)
    desk = read_desk(folder(special("annonce")), PROGRAMME)
    Decisions(house.ledger, house.clock, desk, timedelta(seconds=60)).cancel(key("annonce"), "deuil")
    house.files.loaded = folder(special("annonce-2"))
    house.run(until=SLOT + MINUTE + timedelta(seconds=1))
    assert house.texts() == []
    assert alerts(caplog) == [(KEPT_BACK, str(key("annonce-2")))]


def test_what_was_missed_goes_out_under_another_name_at_another_time(
    make_house: Callable[[datetime], House],
) -> None:
    """Nothing of it was out, and its new slot is news."""
    house = make_house(BEFORE)
    desk = read_desk(folder(special("matin", at=time(6))), PROGRAMME)
    missed, _ = desk.thread(desk.editions[0])
    assert missed
    miss(missed, house.ledger, "its slot went by without it.", house.clock.now())
    house.files.loaded = folder(special("annonce"))
    house.run()
    assert house.texts() == ["Une annonce."]
