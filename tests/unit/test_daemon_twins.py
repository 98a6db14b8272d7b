"""A copied or renamed special makes another edition with a text that the ledger has."""

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
NOT_POSTED = "edition not posted: the ledger has the same text as another edition"


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
    """Return (message, edition) of the alerts about editions, without the preflights'."""
    logged = [record for record in caplog.records if vars(record).get("alert", "preflight") != "preflight"]
    return [(one.getMessage(), vars(one)["edition"]) for one in logged if "edition" in vars(one)]


CHANGES = {
    "renamed": ((special("b"),), "b"),
    "renamed to what sorts before": ((special("a"),), "a"),
    "copied": ((special("annonce"), special("b")), "b"),
    "copied to what sorts before": ((special("annonce"), special("a")), "a"),
    "kept under another name, and written anew": ((special("annonce", "Autre chose."), special("b")), "b"),
    "renamed, and its time moved": ((special("b", at=time(7, 20)),), "b"),
}


@pytest.mark.parametrize(("files", "name"), CHANGES.values(), ids=CHANGES.keys())
def test_a_posted_text_is_not_repeated_under_another_name_within_its_grace(
    make_house: Callable[[datetime], House],
    caplog: pytest.LogCaptureFixture,
    files: tuple[Issue, ...],
    name: str,
) -> None:
    """It is alerted once, with both keys and the command; no request is sent to X."""
    house = make_house(BEFORE)
    house.files.loaded = folder(special("annonce"))
    with house.running():
        house.until(lambda: house.texts() == ["Une annonce."], "it is posted")
        house.files.loaded = folder(*files)
        house.until(lambda: NOT_POSTED in caplog.messages, "it is alerted")
        house.looks_again()
    assert house.texts() == ["Une annonce."]
    assert alerts(caplog) == [(NOT_POSTED, str(key(name)))]
    assert house.ledger.get(key(name)) is None
    [logged] = [vars(record) for record in caplog.records if record.getMessage() == NOT_POSTED]
    assert logged["same"] == str(key("annonce"))
    assert logged["next"] in (f"flashtweet publish {key(name)}", f"flashtweet check threads/{name}.yaml")


@pytest.mark.parametrize(("files", "name"), CHANGES.values(), ids=CHANGES.keys())
def test_a_posted_text_is_not_missed_under_another_name(
    make_house: Callable[[datetime], House],
    caplog: pytest.LogCaptureFixture,
    files: tuple[Issue, ...],
    name: str,
) -> None:
    """An editor tidies the folder in the afternoon."""
    house = make_house(BEFORE)
    house.files.loaded = folder(special("annonce"))
    with house.running():
        house.until(lambda: house.texts() == ["Une annonce."], "it is posted")
        house.clocks.sleep = timedelta(hours=6)
        house.files.loaded = folder(*files)
        house.looks_again()
    assert alerts(caplog) == []
    assert house.ledger.get(key(name)) is None


def test_a_restarted_daemon_detects_it_as_well(
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
    assert alerts(caplog) == [(NOT_POSTED, str(key("b")))]


def test_a_cancelled_text_is_cancelled_under_every_name(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + MINUTE)
    desk = read_desk(folder(special("annonce")), PROGRAMME)
    Decisions(house.ledger, house.clock, desk, timedelta(seconds=60)).cancel(key("annonce"), "deuil")
    house.files.loaded = folder(special("annonce-2"))
    house.run(until=SLOT + MINUTE + timedelta(seconds=1))
    assert house.texts() == []
    assert alerts(caplog) == [(NOT_POSTED, str(key("annonce-2")))]


def test_a_missed_text_is_posted_under_another_name_at_another_time(
    make_house: Callable[[datetime], House],
) -> None:
    """No post of it was sent, and its new slot is a new edition."""
    house = make_house(BEFORE)
    desk = read_desk(folder(special("matin", at=time(6))), PROGRAMME)
    missed, _ = desk.thread(desk.editions[0])
    assert missed
    miss(missed, house.ledger, "its slot passed.", house.clock.now())
    house.files.loaded = folder(special("annonce"))
    house.run()
    assert house.texts() == ["Une annonce."]
