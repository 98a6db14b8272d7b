"""Editions that are due at the same instant are posted in parallel."""

from __future__ import annotations

import threading
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.model import Chapter, Issue
from bot.daemon import workers
from bot.ports import Loaded
from tests.fakes.house import DAY, SLOT, House, houses
from tests.fakes.machine import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change

BEFORE = SLOT - timedelta(seconds=5)
FULL = "edition queued: too many specials are being published"


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    with houses(tmp_path) as make:
        yield make


def due_at_once(house: House, count: int) -> list[str]:
    """Give `house` specials of the slot's minute; return their texts."""
    names = [f"annonce-{n}" for n in range(1, count + 1)]
    issues = tuple(
        Issue(f"threads/{name}.yaml", (Chapter(name, DAY, at=time(7, 30), text=f"C'est {name}."),))
        for name in names
    )
    house.files.loaded = Loaded(tuple(one.path for one in issues), issues, ())
    return [f"C'est {name}." for name in names]


def meeting(count: int) -> tuple[threading.Barrier, Callable[[Publication, Change], None]]:
    """Return a narrator that blocks every post until `count` editions are about to send."""
    barrier = threading.Barrier(count)

    def meet(_: Publication, change: Change) -> None:
        if change.event == "send":
            barrier.wait(SECONDS)

    return barrier, meet


def test_eight_editions_of_one_instant_are_posted_in_parallel(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """No edition waits for the end of another."""
    house = make_house(BEFORE)
    texts = due_at_once(house, 8)
    barrier, meet = meeting(8)
    house.run(narrate=meet)
    assert not barrier.broken
    assert sorted(house.texts()) == sorted(texts)
    assert FULL not in caplog.messages


def test_a_queued_edition_is_logged(
    make_house: Callable[[datetime], House],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "MAX_PARALLEL_SPECIALS", 2)
    house = make_house(BEFORE)
    texts = due_at_once(house, 3)
    house.run()
    assert sorted(house.texts()) == sorted(texts)
    logged = [vars(record)["edition"] for record in caplog.records if record.getMessage() == FULL]
    assert logged == [f"annonce-3@{DAY}"]
