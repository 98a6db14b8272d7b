"""Editions whose files came or changed after their slots: what is reported of them."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.schedule.slots import Late
from bot.daemon.due_editions import Editions
from bot.services.catalog import Ask, DirectReader
from bot.services.publish import silence
from tests.fakes.house import KEY, PROGRAMME, SLOT, House, houses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.services.catalog import Catalog

SECOND = timedelta(seconds=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with houses(tmp_path) as make:
        yield make(SLOT)


@pytest.fixture
def catalog(house: House) -> Catalog:
    return DirectReader(house.files).look(Ask(PROGRAMME, (), SLOT)).catalog


def nothing(*_: object) -> None:
    pass


def fields(record: logging.LogRecord) -> dict[str, Any]:
    known = vars(logging.makeLogRecord({})).keys() | {"message"}
    return {name: value for name, value in vars(record).items() if name not in known}


def test_both_times_and_when_it_is_posted_once(
    house: House, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    editions = Editions(house.newsroom, nothing, silence)
    late = Late(KEY, SLOT, SLOT + 300 * SECOND)
    editions.tell_late(catalog, [late])
    editions.tell_late(catalog, [late])
    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == (
        "WARNING",
        "edition goes out late: its file came or changed after its slot",
    )
    assert fields(record) == {
        "edition": "flashtweet@2020-11-06",
        "slot": "2020-11-06T07:30:00+01:00",
        "changed": "2020-11-06T07:35:00+01:00",
        "goes": "2020-11-06T07:36:00+01:00",
        "next": "draft: true in the file keeps it back",
        "alert": "folder",
    }
    editions.tell_late(catalog, [replace(late, changed_at=late.changed_at + 10 * SECOND)])
    assert len(caplog.records) == 2


def test_at_the_end_of_its_grace_it_is_too_late(
    house: House, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    late = Late(KEY, SLOT, SLOT + timedelta(minutes=29, seconds=30))
    Editions(house.newsroom, nothing, silence).tell_late(catalog, [late])
    [record] = caplog.records
    assert record.getMessage() == (
        "edition is not sent: its file came or changed too late, at the end of its grace"
    )
    assert fields(record)["next"] == "flashtweet publish flashtweet@2020-11-06"
