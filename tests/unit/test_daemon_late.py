"""Reports of editions whose files appeared or changed after their slots."""

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


def test_both_times_and_the_time_of_posting_are_reported_once(
    house: House, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    editions = Editions(house.newsroom, nothing, silence)
    late = Late(KEY, SLOT, SLOT + 300 * SECOND)
    editions.report_late(catalog, [late])
    editions.report_late(catalog, [late])
    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == (
        "WARNING",
        "edition will be late: its file appeared or changed after its slot",
    )
    assert fields(record) == {
        "edition": "flashtweet@2020-11-06",
        "slot": "2020-11-06T07:30:00+01:00",
        "changed": "2020-11-06T07:35:00+01:00",
        "goes": "2020-11-06T07:36:00+01:00",
        "next": "To prevent it, set draft: true in the file",
        "alert": "folder",
    }
    editions.report_late(catalog, [replace(late, changed_at=late.changed_at + 10 * SECOND)])
    assert len(caplog.records) == 2


def test_at_the_end_of_its_grace_it_is_too_late(
    house: House, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    late = Late(KEY, SLOT, SLOT + timedelta(minutes=29, seconds=30))
    Editions(house.newsroom, nothing, silence).report_late(catalog, [late])
    [record] = caplog.records
    assert record.getMessage() == ("edition not posted: its file appeared or changed at the end of its grace")
    assert fields(record)["next"] == "flashtweet publish flashtweet@2020-11-06"
