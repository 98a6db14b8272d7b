"""Events become the right numbers, and no failure of a metric stops a post."""

from __future__ import annotations

import gzip
import logging
import shutil
import subprocess
import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from bot import __version__, errors
from bot.adapters.metrics import Metrics
from bot.core.model import EditionKey
from bot.core.problems import ProblemKind, problem
from bot.core.publishing.publication import Cause, PublicationState
from bot.errors import Finding, Severity
from tests.fakes.clock import START
from tests.fakes.scrape import page, scrape
from tests.fakes.threads import KEY, make_thread
from tests.fakes.world import World
from tests.fakes.x import lost

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client.core import Metric

    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change

SERIES = ("flashtweet", "replay")
Value = float | None
FINDING = Finding("threads/a.yaml", 1, 1, Severity.ERROR, "syntax", "it is wrong.", "Mend it.")


class Ticks:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def metrics(ticks: Ticks) -> Iterator[Metrics]:
    """Metrics that must meet no bug, unless a test expects one."""
    made = Metrics(SERIES, ticks)
    yield made
    assert made.logged == set()


def families(metrics: Metrics) -> list[Metric]:
    return list(text_string_to_metric_families(page(metrics)))


def value(metrics: Metrics, name: str, **labels: str) -> Value:
    """Return the sample ``flashtweet_`` `name` with exactly these labels, if the page has it."""
    return next(
        (
            sample.value
            for family in families(metrics)
            for sample in family.samples
            if sample.name == f"flashtweet_{name}" and sample.labels == labels
        ),
        None,
    )


def outcomes(metrics: Metrics, series: str = "flashtweet") -> dict[str, float]:
    """Return the nonzero outcomes of posts."""
    return {
        sample.labels["outcome"]: sample.value
        for family in families(metrics)
        for sample in family.samples
        if sample.name == "flashtweet_posts_total" and sample.labels["series"] == series and sample.value
    }


def publish(world: World, metrics: Metrics) -> Publication:
    return replace(world.run(), narrate=metrics)(KEY)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three posts, the third with a link."""
    return World(tmp_path)


class TestPosts:
    def test_a_thread_that_went_out(self, world: World, metrics: Metrics):
        publish(world, metrics)
        assert outcomes(metrics) == {"sent": 3}
        assert value(metrics, "spent_dollars_total", series="flashtweet") == pytest.approx(0.23)
        assert value(metrics, "slot_lateness_seconds_count", series="flashtweet") == 1
        assert value(metrics, "post_lateness_seconds_count", series="flashtweet") == 3
        assert outcomes(metrics, "replay") == {}

    def test_a_first_post_that_was_late(self, world: World, metrics: Metrics):
        """The others keep their distance of 2 s: they were due 2 s and 4 s after the slot."""
        world.clock.advance(timedelta(milliseconds=300))
        publish(world, metrics)
        late = value(metrics, "last_slot_lateness_seconds", series="flashtweet")
        assert late == pytest.approx(0.3)
        assert value(metrics, "slot_lateness_seconds_sum", series="flashtweet") == pytest.approx(0.3)
        buckets = {at: value(metrics, "slot_lateness_seconds_bucket", series="flashtweet", le=at) for at in
                   ("0.25", "0.5", "+Inf")}  # fmt: skip
        assert buckets == {"0.25": 0, "0.5": 1, "+Inf": 1}

    def test_a_clock_of_x_that_is_behind(self, world: World, metrics: Metrics):
        """The gauge shows it; a decreasing sum would look like a restart."""
        world.x.offset = -timedelta(milliseconds=40)
        publish(world, metrics)
        late = value(metrics, "last_slot_lateness_seconds", series="flashtweet")
        assert late == pytest.approx(-0.04)
        assert value(metrics, "slot_lateness_seconds_sum", series="flashtweet") == 0

    def test_a_lost_answer(self, world: World, metrics: Metrics):
        """In doubt, then found: paid for once."""
        world.x.outcomes += [None, lost()]
        publish(world, metrics)
        assert outcomes(metrics) == {"sent": 2, "in_doubt": 1, "found": 1}
        assert value(metrics, "spent_dollars_total", series="flashtweet") == pytest.approx(0.23)
        assert value(metrics, "slot_lateness_seconds_count", series="flashtweet") == 1

    def test_a_lost_answer_to_the_first_post(self, world: World, metrics: Metrics):
        """A post that is found was created at X's time, however long the search took."""
        world.x.outcomes += [lost()]
        publish(world, metrics)
        assert value(metrics, "slot_lateness_seconds_count", series="flashtweet") == 1
        assert value(metrics, "last_slot_lateness_seconds", series="flashtweet") == 0

    def test_what_an_answer_tells_of_clocks_and_the_way(self, world: World, metrics: Metrics):
        world.x.offset = timedelta(milliseconds=250)
        publish(world, metrics)
        assert value(metrics, "clock_offset_seconds") == 0.25
        assert value(metrics, "post_round_trip_seconds_count") == 3

    def test_refusals(self, world: World, metrics: Metrics):
        world.x.outcomes += [errors.Unavailable("503"), None, errors.Rejected("too long")]
        publish(world, metrics)
        assert outcomes(metrics) == {"not_created": 1, "sent": 1, "refused": 1}
        assert value(metrics, "spent_dollars_total", series="flashtweet") == pytest.approx(0.015)

    def test_files_with_a_time_of_their_own_share_a_label(self, tmp_path: Path, metrics: Metrics):
        """Each is a series: a label for each would grow with every file."""
        key = EditionKey("focus-053", date(2020, 11, 8))
        world = World(tmp_path, make_thread("un", key=key))
        replace(world.run(), narrate=metrics)(key)
        assert outcomes(metrics, "special") == {"sent": 1}
        assert "focus-053" not in page(metrics)

    def test_a_series_that_a_new_configuration_names(self, world: World):
        metrics = Metrics([], lambda: 0.0)
        assert value(metrics, "posts_total", series="flashtweet", outcome="sent") is None
        metrics.know(SERIES)
        assert value(metrics, "posts_total", series="flashtweet", outcome="sent") == 0
        publish(world, metrics)
        assert outcomes(metrics) == {"sent": 3}


class TestLooks:
    def test_nothing_is_known_at_first(self, metrics: Metrics):
        """No unmeasured 0; but counters exist, since their first step must be an increase."""
        for name in ("clock_offset_seconds", "posts_in_doubt", "files", "heartbeat_timestamp_seconds"):
            assert value(metrics, name) is None
        assert value(metrics, "editions_total", series="special", state="MISSED") == 0
        assert value(metrics, "rescans_total") == 0

    def test_the_heartbeat(self, metrics: Metrics, ticks: Ticks):
        ticks.now += 7
        assert metrics.age() == 7
        metrics.beat(START)
        assert metrics.age() == 0
        assert value(metrics, "heartbeat_timestamp_seconds") == START.timestamp()

    def test_files(self, metrics: Metrics):
        metrics.rescanned(0.02, {Severity.ERROR: 2, Severity.WARNING: 1}, files=4)
        assert value(metrics, "findings", severity="error") == 2
        assert value(metrics, "findings", severity="warning") == 1
        assert value(metrics, "files") == 4
        metrics.rescanned(0.04, {}, files=0)
        assert value(metrics, "findings", severity="error") == 0
        assert value(metrics, "rescans_total") == 2
        assert value(metrics, "rescan_duration_seconds_sum") == pytest.approx(0.06)

    def test_slots(self, metrics: Metrics):
        """The first slot of each series; past ones are dropped."""
        later = START + timedelta(hours=12)
        replay, focus = EditionKey("replay", KEY.date), EditionKey("focus", KEY.date)
        fable = EditionKey("fable", KEY.date)
        ahead = [(KEY, START), (replay, later), (fable, START), (focus, later)]
        metrics.planned(ahead, {KEY, focus})
        name = "next_slot_timestamp_seconds"
        assert value(metrics, name, series="flashtweet") == START.timestamp()
        assert value(metrics, name, series="special") == START.timestamp()
        ready = {one: value(metrics, "next_slot_ready", series=one) for one in (*SERIES, "special")}
        assert ready == {"flashtweet": 1, "replay": 0, "special": 0}
        metrics.planned([(replay, later)], {replay})
        assert value(metrics, name, series="flashtweet") is None
        assert value(metrics, "next_slot_ready", series="replay") == 1

    def test_publications(self, world: World, metrics: Metrics):
        world.x.outcomes += [None, errors.AccountRefused("X answered 402.")]
        held = publish(world, metrics)
        by_hand = replace(held, cause=Cause.PERSON, key=EditionKey("replay", KEY.date))
        metrics.looked([held, by_hand])
        assert value(metrics, "publications", state="HELD") == 2
        assert value(metrics, "publications", state="PUBLISHED") == 0
        assert value(metrics, "held_publications", by="trouble") == 1
        assert value(metrics, "held_publications", by="person") == 1
        assert value(metrics, "posts_in_doubt") == 0
        metrics.looked([])
        assert value(metrics, "held_publications", by="trouble") == 0

    def test_posts_in_doubt(self, world: World, metrics: Metrics):
        world.x.outcomes += [lost()]
        world.x.read_errors += [errors.Unavailable("503")]
        seen: list[Value] = []

        def look(publication: Publication, change: Change) -> None:
            metrics(publication, change)
            metrics.looked([publication])
            seen.append(value(metrics, "posts_in_doubt"))

        replace(world.run(), narrate=look)(KEY)
        assert (max(map(float, filter(None, seen))), seen[-1]) == (1, 0)

    def test_editions_count_once_where_they_come_to_rest(self, world: World, metrics: Metrics):
        """Including those that another process or an operator caused, but not those found at the start."""
        planned = world.found()
        missed = replace(planned, key=EditionKey("replay", KEY.date), state=PublicationState.MISSED)
        metrics.looked([planned, missed])
        done = publish(world, metrics)
        metrics.looked([done, missed])
        metrics.looked([done, missed])
        metrics.looked([])
        metrics.looked([done])  # the clock was set back
        assert value(metrics, "editions_total", series="flashtweet", state="PUBLISHED") == 1
        assert value(metrics, "editions_total", series="replay", state="MISSED") == 0

    def test_an_edition_that_is_missed_at_the_first_look(self, world: World, metrics: Metrics):
        metrics.looked([])
        metrics.looked([replace(world.found(), state=PublicationState.MISSED)])
        assert value(metrics, "editions_total", series="flashtweet", state="MISSED") == 1

    @pytest.mark.parametrize("first", [True, False], ids=["at the first look", "later"])
    def test_one_that_the_ledger_cannot_have_counts_once_as_well(
        self, world: World, metrics: Metrics, first: bool
    ):
        """Its file has an error; once that is fixed, the ledger has it as MISSED."""
        if not first:
            metrics.looked([])
        metrics.missed(KEY)
        metrics.looked([])
        metrics.looked([replace(world.found(), state=PublicationState.MISSED)])
        assert value(metrics, "editions_total", series="flashtweet", state="MISSED") == 1

    def test_what_others_measure(self, metrics: Metrics):
        metrics.clock_offset(-0.25)
        metrics.paused(paused=True)
        assert (value(metrics, "clock_offset_seconds"), value(metrics, "paused")) == (-0.25, 1)
        metrics.paused(paused=False)
        assert value(metrics, "paused") == 0


def test_problems_are_counted_by_kind_until_they_are_over(metrics: Metrics):
    held = [problem(ProblemKind.HELD, "a@2020-11-06"), problem(ProblemKind.HELD, "b@2020-11-06")]
    metrics.read_problems(lambda: [*held, problem(ProblemKind.PAUSED)])
    assert [value(metrics, "problems", kind=kind) for kind in ("edition-held", "paused")] == [2, 1]
    metrics.read_problems(list)
    assert [value(metrics, "problems", kind=kind) for kind in ("edition-held", "paused")] == [0, 0]


class TestThePage:
    def test_it_parses(self, world: World, metrics: Metrics):
        """Every metric has a help text and a type, and no name is used twice."""
        publish(world, metrics)
        _fill(metrics, world)
        headers, body = scrape(metrics, {"clock": True, "ledger": False})
        text = body.decode()
        assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
        found = list(text_string_to_metric_families(text))
        assert [one.name for one in found if not (one.samples and one.documentation and one.type)] == []
        assert len({one.name for one in found}) == len(found) > 20
        assert 'flashtweet_check_ok{check="ledger"} 0.0' in text
        assert f'version="{__version__}"' in text

    def test_it_parses_as_openmetrics(self, world: World, metrics: Metrics):
        """The format that a Prometheus server prefers."""
        publish(world, metrics)
        headers, body = scrape(
            metrics, HTTP_ACCEPT="application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
        )
        assert headers["Content-Type"].startswith("application/openmetrics-text")
        assert len(list(open_metrics(body.decode()))) > 20  # type: ignore[no-untyped-call]

    def test_it_is_compressed_on_request(self, metrics: Metrics):
        """Prometheus asks for it."""
        headers, body = scrape(metrics, HTTP_ACCEPT_ENCODING="gzip")
        assert headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(body).startswith(b"# HELP ")

    @pytest.mark.parametrize("version", ["x", "1.0.x", ""])
    def test_an_odd_version_gets_the_plain_text(self, metrics: Metrics, version: str):
        headers, _ = scrape(metrics, HTTP_ACCEPT=f"application/openmetrics-text;version={version}")
        assert headers["Content-Type"].startswith("text/plain")

    def test_a_part_of_it(self, metrics: Metrics):
        """As prometheus_client offers it, also for our own gauges."""
        metrics.paused(paused=True)
        _, body = scrape(metrics, QUERY_STRING="name[]=flashtweet_paused")
        assert [one for one in body.decode().splitlines() if one[0] != "#"] == ["flashtweet_paused 1.0"]

    def test_it_says_nothing_twice(self, metrics: Metrics):
        assert [one.name for one in families(metrics) if one.name.endswith("_created")] == []

    def test_promtool_has_nothing_to_object(self, world: World, metrics: Metrics):
        tool = shutil.which("promtool")
        if tool is None:
            pytest.skip("promtool is not here: apt-get install --no-install-recommends prometheus")
        publish(world, metrics)
        _fill(metrics, world)
        _, body = scrape(metrics, {"clock": True})
        done = subprocess.run(
            [tool, "check", "metrics"], input=body, capture_output=True, check=False, timeout=30
        )
        assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (0, "", "")


def _fill(metrics: Metrics, world: World) -> None:
    metrics.beat(START)
    metrics.rescanned(0.01, {}, 1)
    metrics.planned([(KEY, START)], {KEY})
    metrics.looked([world.found()])
    metrics.paused(paused=False)
    metrics.clock_offset(0.001)


class TestHarm:
    def test_a_bug_keeps_no_post_back(self, world: World, metrics: Metrics, caplog: pytest.LogCaptureFixture):
        """It is logged once, with its traceback."""
        metrics._instruments.posts = cast("object", None)  # type: ignore[assignment]
        with caplog.at_level(logging.ERROR):
            assert publish(world, metrics).state is PublicationState.PUBLISHED
        [record] = caplog.records
        assert record.exc_info
        metrics.logged.clear()
        assert record.message == "bug in a metric; publishing continues"

    def test_nothing_is_lost_between_threads(self, world: World, metrics: Metrics):
        """Editions are posted concurrently while pages are requested."""
        changes = []
        replace(world.run(), narrate=lambda *told: changes.append(told))(KEY)
        start = threading.Barrier(5)

        def tell() -> None:
            start.wait()
            for _ in range(200):
                for publication, change in changes:
                    metrics(publication, change)

        writers = [threading.Thread(target=tell) for _ in range(4)]
        for one in writers:
            one.start()
        start.wait()
        while any(one.is_alive() for one in writers):
            families(metrics)
        assert outcomes(metrics) == {"sent": 3 * 200 * 4}
        assert value(metrics, "slot_lateness_seconds_count", series="flashtweet") == 800
