"""Metrics that the daemon's sinks derive from a look."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.metrics import Metrics
from bot.core.model import Chapter, Issue
from bot.core.schedule.clock_skew import ClockReading
from bot.daemon.sinks import Sinks
from bot.ports import Loaded
from bot.services.catalog import Ask, DirectReader
from bot.services.clock_skew import ClockWatch
from tests.fakes.house import Files
from tests.fakes.scrape import page
from tests.unit.core.newsroom import PROGRAMME, daily

SERIES = tuple(series.name for series in PROGRAMME.series)


def at(day: int, hour: int, minute: int) -> datetime:
    """Return an instant of November 2020 in Paris time."""
    return datetime(2020, 11, day, hour - 1, minute, tzinfo=UTC)


def gauges(now: datetime, *chapters: Chapter) -> dict[str, tuple[datetime, bool]]:
    """Return the next slot of each series, and True if it is ready, from /metrics."""
    metrics = Metrics(SERIES, lambda: 0.0)
    sinks = Sinks(metrics, ClockWatch(lambda: ClockReading(now, 0.0, 0.0)))
    loaded = Loaded(("threads/a.yaml",), (Issue("threads/a.yaml", chapters),), ())
    catalog = DirectReader(Files(loaded)).look(Ask(PROGRAMME, (), now)).catalog
    sinks.looked(catalog, {}, now)
    found = {
        (sample.name.removeprefix("flashtweet_next_slot_"), sample.labels["series"]): sample.value
        for family in text_string_to_metric_families(page(metrics))
        for sample in family.samples
        if family.name.startswith("flashtweet_next_slot_")
    }
    return {
        series: (
            datetime.fromtimestamp(found["timestamp_seconds", series], UTC),
            bool(found["ready", series]),
        )
        for name, series in found
        if name == "ready"
    }


@pytest.mark.parametrize(
    ("now", "chapter", "expected"),
    [
        pytest.param(at(6, 7, 29), daily("Un"), (at(6, 7, 30), True), id="at the time of its series"),
        pytest.param(at(6, 7, 31), daily("Un"), (at(9, 7, 30), False), id="the next without a file"),
        pytest.param(at(6, 7, 31), daily("Un", at=time(7, 45)), (at(6, 7, 45), True), id="moved later"),
        pytest.param(at(6, 7, 16), daily("Un", at=time(7, 15)), (at(9, 7, 30), False), id="moved earlier"),
        pytest.param(
            at(6, 12, 0),
            daily("Un", day=date(2020, 11, 7), at=time(9, 0)),
            (at(7, 9, 0), True),
            id="on a day off",
        ),
    ],
)
def test_the_next_slot_of_a_series_follows_its_file(
    now: datetime, chapter: Chapter, expected: tuple[datetime, bool]
) -> None:
    assert gauges(now, chapter)["flashtweet"] == expected


def test_specials_have_one_next_slot() -> None:
    special = [
        Chapter(f"focus-{day}", date(2020, 11, day), at=time(18, 0), text=f"Un texte du {day}")
        for day in (8, 7)
    ]
    assert gauges(at(6, 12, 0), *special) == {
        "special": (at(7, 18, 0), True),
        "replay": (at(6, 19, 30), False),
        "hebdo": (at(8, 11, 0), False),
        "flashtweet": (at(9, 7, 30), False),
    }
