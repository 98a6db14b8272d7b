"""The daemon's loop: starts, records, and ends only at a stop."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.folder import FolderSource
from bot.adapters.issue_files import parse
from bot.core.address import ListenAddress
from bot.core.model import Chapter, Format, Issue, Item, Numbering, Wording
from bot.core.schedule.slots import FREEZE_LEAD
from bot.daemon.loop import RESCAN
from bot.errors import ConfigError, Finding, LedgerError, RestartRequired, Severity, UsageError
from bot.ports import Loaded
from bot.sandbox.faults import Fault, FaultKind
from bot.services.composing import read_desk
from bot.services.freeze import freeze
from bot.services.operator_actions import Decisions
from bot.services.publish_now import publish_now
from tests.fakes.house import DAY, KEY, PROGRAMME, SLOT, House, houses, issue
from tests.fakes.scrape import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.daemon import Daemon
    from bot.ports import Claim, Pause
    from bot.wiring import Newsroom


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    with houses(tmp_path) as make:
        yield make


BEFORE = SLOT - timedelta(seconds=3)


def missed_of(daemon: Daemon) -> float:
    """Return the number of missed editions of the series from /metrics."""
    [line] = re.findall(
        r'^flashtweet_editions_total{series="flashtweet",state="MISSED"} (.+)$',
        page(daemon._sinks.metrics),
        re.MULTILINE,
    )
    return float(line)


def test_an_edition_is_posted_at_its_slot(make_house: Callable[[datetime], House]) -> None:
    house = make_house(BEFORE)
    house.run()
    assert house.texts() == ["un", "deux", "trois"]
    assert house.created()[0] == SLOT


def test_an_edition_is_frozen_at_its_instant(make_house: Callable[[datetime], House]) -> None:
    """The instant lies between two regular looks at the folder."""
    house = make_house(SLOT - FREEZE_LEAD - 1.5 * RESCAN)
    with house.running():
        house.until(lambda: house.ledger.get(KEY), "it is frozen")
        assert house.clock.now() == SLOT - FREEZE_LEAD


def test_the_frozen_text_is_sent(make_house: Callable[[datetime], House]) -> None:
    """The file changes between the freeze and the slot."""
    house = make_house(BEFORE)
    first = house.files.load

    def change_after_the_first_look() -> Loaded:
        loaded = first()
        house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "autre chose"),), ())
        return loaded

    house.files.load = change_after_the_first_look  # type: ignore[method-assign]
    house.run()
    assert house.texts() == ["un", "deux", "trois"]


def test_a_passed_slot_is_recorded_as_missed_once(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + timedelta(hours=1))
    house.run(until=SLOT + timedelta(hours=1))
    house.run(until=SLOT + timedelta(hours=1))
    found = house.ledger.get(KEY)
    assert found
    assert (found.state, found.reason) == ("MISSED", "its slot passed.")
    assert house.texts() == []
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "edition missed"
    ]


def test_an_edition_whose_file_has_an_error_is_missed_as_well(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """The ledger cannot record it, since it has no posts; alerts and metrics must report it once.

    This holds even if the file is fixed later and the ledger can record it.
    """
    end = SLOT + timedelta(minutes=30)
    house = make_house(end - timedelta(seconds=1))
    house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "x" + "\u0301" * 300),), ())

    with house.running() as daemon:
        house.until(lambda: "edition missed" in caplog.messages, "it is missed")
        house.looks_again()
        assert house.ledger.get(KEY) is None
        assert missed_of(daemon) == 1
        house.files.loaded = Loaded(("threads/a.yaml",), (issue(),), ())
        house.until(lambda: house.ledger.get(KEY), "the ledger has it")
        house.looks_again()
        assert missed_of(daemon) == 1
    logged = [record for record in caplog.records if "alert" in vars(record)]
    assert [(one.getMessage(), vars(one)["alert"]) for one in logged] == [
        ("edition cannot be published: its file has an error", "finding"),
        ("edition missed", "missed"),
    ]
    assert "flashtweet check threads/" in vars(logged[1])["reason"]


def test_the_alert_of_a_file_s_error_at_its_slot_is_cleared(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """Within the grace the edition is still posted."""
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(BEFORE)
    house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "x" + "\u0301" * 300),), ())
    broken = "edition cannot be published: its file has an error"
    fixed = "the edition's file no longer has errors"
    with house.running():
        house.until(lambda: broken in caplog.messages, "it is reported")
        house.files.loaded = Loaded(("threads/a.yaml",), (issue(),), ())
        house.until(lambda: len(house.texts()) == 3, "the edition is posted")
    [over] = [vars(one) for one in caplog.records if one.getMessage() == fixed]
    assert (over["edition"], over["alert_over"]) == (str(KEY), "finding")


def test_an_archive_with_errors_raises_no_alert_at_the_start(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + timedelta(hours=1))
    house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "x" + "\u0301" * 300),), ())
    house.run(until=SLOT + timedelta(hours=1))
    assert [record.getMessage() for record in caplog.records if "alert" in vars(record)] == []


def test_a_released_edition_is_posted_as_its_file_is_shortly_before(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(SLOT - timedelta(hours=1))
    desk = read_desk(house.files.loaded, PROGRAMME)
    decisions = Decisions(house.ledger, house.clock, desk, timedelta(seconds=60))
    decisions.hold(KEY, "")
    decisions.release(KEY)
    house.clocks.sleep = timedelta(hours=1) - timedelta(seconds=4)
    with house.running(lead=timedelta(seconds=2)):
        house.until(lambda: house.files.looks, "it looked once")
        house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "un", "deux, mieux dit"),), ())
        house.until(lambda: len(house.texts()) == 2, "the edition is posted")
    assert house.texts() == ["un", "deux, mieux dit"]
    assert "edition frozen again" in caplog.messages
    assert not [one for one in caplog.messages if "edited after the freeze" in one]


def test_a_slot_just_before_the_first_ledger_is_reported_once(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + timedelta(minutes=5))
    house.replace_ledger(SLOT + timedelta(minutes=5))
    house.run(until=SLOT + timedelta(minutes=5))
    assert house.texts() == []
    assert house.ledger.get(KEY) is None
    logged = [(r.getMessage(), vars(r)["next"]) for r in caplog.records if r.levelno == logging.WARNING]
    assert logged == [
        ("edition not posted: its slot was before the creation of this ledger", f"flashtweet publish {KEY}")
    ]


def test_a_thread_whose_ledger_is_gone_is_finished_by_the_next_one(
    make_house: Callable[[datetime], House],
) -> None:
    """The daemon stopped in mid-thread and its ledger was deleted; the next is created after the slot."""
    house = make_house(BEFORE)

    def stop_at_the_first(_: Publication, change: Change) -> None:
        if change.event == "send":
            house.clock.stop()

    house.run(narrate=stop_at_the_first)
    assert house.texts() in (["un"], ["un", "deux"])  # the second request may already be under way
    house.clock = house.clocks.make()
    house.newsroom = replace(house.newsroom, clock=house.clock)
    house.replace_ledger(house.clock.now())
    house.run(until=house.clock.now() + timedelta(seconds=1))
    assert house.texts() == ["un", "deux", "trois"]


def test_an_edition_that_cannot_be_composed_does_not_block_the_others(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(BEFORE)
    other = replace(PROGRAMME.series[0], name="midi")
    programme = replace(PROGRAMME, series=(*PROGRAMME.series, other))
    house.newsroom = replace(house.newsroom, config=replace(house.newsroom.config, programme=programme))
    broken = Chapter("midi", DAY, items=(Item("https://example.com/" + "a" * 20), Item("x"), Item("x")))
    files = (issue(), Issue("threads/midi.yaml", (replace(broken, wording=Wording("", "")),)))
    house.files.loaded = Loaded(("threads/a.yaml", "threads/midi.yaml"), files, ())
    house.run()
    assert house.texts() == ["un", "deux", "trois"]
    unfit = [record for record in caplog.records if "cannot be published" in record.getMessage()]
    assert [vars(record)["edition"] for record in unfit] == ["midi@2020-11-06"]


def test_an_error_in_a_look_is_alerted_once_and_does_not_end_the_daemon(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(SLOT - timedelta(seconds=3))
    sound = house.ledger.paused

    def fail(*_: object) -> Pause | None:
        raise RuntimeError("another bug")

    house.ledger.paused = fail  # type: ignore[method-assign]

    with house.running():
        house.until(lambda: "check for due editions failed: a bug" in caplog.messages, "it is reported")
        house.clocks.pass_by(RESCAN)
        house.ledger.paused = sound  # type: ignore[method-assign]
        house.until(lambda: house.texts() == ["un", "deux", "trois"], "the edition is posted")
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "check for due editions failed: a bug"
    ]
    [over] = [one for one in caplog.records if one.message == "check for due editions works again"]
    assert vars(over)["alert_over"] == "bug"


def test_a_bug_in_the_folder_is_alerted_once_and_does_not_end_the_daemon(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(SLOT - timedelta(seconds=5))
    house.files.trouble = RuntimeError("a bug")
    with house.running():
        house.until(lambda: "threads folder cannot be read: a bug" in caplog.messages, "it is reported")
        house.looks_again()
        house.files.trouble = None
        house.until(lambda: house.texts() == ["un", "deux", "trois"], "the edition is posted")
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "threads folder cannot be read: a bug"
    ]
    [over] = [one for one in caplog.records if one.message == "threads folder can be read again"]
    assert vars(over)["alert_over"] == "bug"


def test_problems_are_reported_although_the_ledger_cannot_be_written(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(SLOT + timedelta(hours=2))
    house.ledger.pause("mourning", house.clock.now())

    def fail(*_: object) -> bool:
        raise LedgerError("there is no room for the ledger.")

    house.ledger.record_missed = fail  # type: ignore[method-assign,assignment]
    with house.running():
        house.until(lambda: "check for due editions failed" in caplog.messages, "it cannot record the miss")
        assert "publishing paused" in caplog.messages


def test_a_bug_in_the_decisions_does_not_block_frozen_editions(
    make_house: Callable[[datetime], House],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(BEFORE)
    desk = read_desk(house.files.loaded, PROGRAMME)
    thread, _ = desk.thread(desk.editions[0])
    assert thread
    freeze(thread, house.ledger, house.clock.now())

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.core.turn.about_files", fail)
    with house.running():
        house.until(lambda: house.texts() == ["un", "deux", "trois"], "the edition is posted")
        monkeypatch.undo()
        house.until(lambda: "decisions about the files work again" in caplog.messages, "it is over")
    [alert] = [one.getMessage() for one in caplog.records if vars(one).get("alert") == "bug"]
    assert alert == "decisions about the files failed; frozen editions are posted: a bug"


@pytest.mark.parametrize("error", [RuntimeError("a bug"), LedgerError("disk full")])
def test_an_error_in_a_worker_does_not_spin(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """It is retried after each pause, and reported once."""
    house, tries = make_house(BEFORE), []

    def fail(*_: object) -> Publication:
        tries.append(house.clock.now() - SLOT)
        raise error

    house.ledger.record = fail  # type: ignore[method-assign,assignment]
    with house.running(pause=timedelta(seconds=5)):
        house.until(lambda: len(tries) == 3, "it is retried")
    assert tries == [timedelta(0), timedelta(seconds=5), timedelta(seconds=10)]
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(logged) == 1
    assert house.texts() == []


def test_a_bug_in_a_narrator_stops_no_thread(make_house: Callable[[datetime], House]) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    house = make_house(BEFORE)
    house.run(narrate=fail)
    assert house.texts() == ["un", "deux", "trois"]


def test_a_file_that_appears_after_its_slot_rests(
    make_house: Callable[[datetime], House], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two looks after it appeared it is reported, and not posted."""
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(SLOT + timedelta(seconds=1))
    folder = tmp_path / "threads"
    folder.mkdir()
    house.newsroom = replace(house.newsroom, config=replace(house.newsroom.config, threads=folder))
    clock = house.clock
    house.files = FolderSource(  # type: ignore[assignment]
        [folder], parse, shown_from=tmp_path, elapsed=clock.elapsed, now=clock.now, offset=clock.offset
    )
    late = "edition will be late: its file appeared or changed after its slot"
    with house.running():
        house.until(lambda: "flashtweet started" in caplog.messages, "it looked once")
        file = folder / "2020-11-06.yaml"
        file.write_text("items: |\n  première moitié\n", "utf-8")
        written = (house.clock.now() - house.clock.offset).timestamp()
        os.utime(file, (written, written))
        house.until(lambda: late in caplog.messages or house.texts(), "the file is seen")
    assert late in caplog.messages
    assert house.texts() == []


def test_the_alert_of_a_held_edition_is_cleared_when_it_is_released(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """Any process may have released it."""
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(BEFORE)
    house.sandbox.faults.add(Fault(FaultKind.CREDITS, after=1))
    with house.running():
        house.until(lambda: "edition held" in caplog.messages, "X wants money")
        house.looks_again()  # the daemon knows that the edition is held
        house.sandbox.faults.clear()
        by_hand = replace(house.newsroom, clock=house.clocks.make())
        publish_now(KEY, read_desk(house.files.loaded, PROGRAMME), by_hand.publish_run())
        house.until(lambda: "edition no longer held" in caplog.messages, "the end is reported")
    [record] = [one for one in caplog.records if one.message == "edition no longer held"]
    assert (vars(record)["edition"], vars(record)["alert_over"]) == (str(KEY), "held")
    assert house.texts() == ["un", "deux", "trois"]


def test_a_disk_that_is_full_for_a_while_is_alerted_and_costs_nothing(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(BEFORE)
    record, refusals = house.ledger.record, [LedgerError("there is no room for the ledger.")] * 2

    def without_room(
        claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
    ) -> Publication:
        if len(house.texts()) == 2 and refusals:  # the second answer cannot be recorded
            raise refusals.pop()
        return record(claim, publication, changes, now)

    house.ledger.record = without_room  # type: ignore[method-assign]
    with house.running(pause=timedelta(milliseconds=100)):
        house.until(lambda: house.texts() == ["un", "deux", "trois"], "the thread is whole")
    logged_at = caplog.messages.index
    assert logged_at("publishing no longer fails") < logged_at(
        "edition published"
    )  # as soon as it can be recorded again
    logged = [(r.getMessage(), vars(r).get("alert"), vars(r).get("alert_over")) for r in caplog.records]
    assert logged.count(("publishing failed; retrying soon", "ledger", None)) == 1
    assert logged.count(("publishing no longer fails", None, "ledger")) == 1


def test_a_stop_ends_it_at_once(make_house: Callable[[datetime], House]) -> None:
    """A worker is waiting for its slot."""
    house = make_house(SLOT - timedelta(seconds=20))
    with house.running() as daemon:
        house.until(lambda: house.ledger.get(KEY), "the edition is frozen")
        asked_at = house.clock.now()
        daemon.stop()
    assert house.clock.now() == asked_at < SLOT
    assert house.texts() == []


class TestReload:
    def test_later_editions_use_the_new_configuration(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "flashtweet")
        house = make_house(SLOT - timedelta(hours=1))

        def read() -> Newsroom:
            """Return a newsroom whose slot is now."""
            at = house.clock.now().astimezone(ZoneInfo("Europe/Paris")).time()
            series = replace(PROGRAMME.series[0], at=at.replace(microsecond=0))
            programme = replace(PROGRAMME, series=(series,))
            return replace(house.newsroom, config=replace(house.newsroom.config, programme=programme))

        with house.running(reread=read) as daemon:
            house.until(lambda: house.files.looks, "it looked once")
            daemon.reload()
            house.until(lambda: house.texts() == ["un", "deux", "trois"], "the edition is posted")
        [logged] = [vars(one) for one in caplog.records if one.message == "configuration reloaded"]
        assert logged["changed"] == "series"

    def test_an_invalid_configuration_changes_nothing_and_alerts(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        house = make_house(SLOT - timedelta(seconds=3))

        def read() -> Newsroom:
            raise ConfigError([])

        with house.running(reread=read) as daemon:
            house.until(lambda: house.files.looks, "it looked once")
            daemon.reload()
            house.until(lambda: house.texts() == ["un", "deux", "trois"], "the edition is posted")
        logged = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert [(r.getMessage(), vars(r)["alert"]) for r in logged] == [
            ("reload failed; keeping the previous configuration", "config")
        ]

    @pytest.mark.parametrize(
        ("error", "problem", "remedy"),
        [
            (
                UsageError("no credentials."),
                "the new configuration is invalid; a restart would fail too: no credentials.",
                "flashtweet reload",
            ),
            (
                RestartRequired("another ledger: start again."),
                "the new configuration requires a restart: another ledger: start again.",
                "systemctl restart flashtweet, or stop the daemon and start it again",
            ),
        ],
        ids=["nothing can use it", "a new start can"],
    )
    def test_readyz_and_the_alert_show_the_consequence_of_a_failed_reload(
        self,
        make_house: Callable[[datetime], House],
        caplog: pytest.LogCaptureFixture,
        error: UsageError,
        problem: str,
        remedy: str,
    ) -> None:
        house = make_house(SLOT - timedelta(hours=1))

        def read() -> Newsroom:
            raise error

        with house.running(reread=read) as daemon:
            config = daemon.readiness()["config"]
            assert config() is None
            daemon.reload()
            house.until(config, "it is reported")
            assert config() == problem
        [record] = [vars(one) for one in caplog.records if vars(one).get("alert") == "config"]
        assert record["next"] == remedy

    def test_a_setting_that_requires_a_restart_is_reported(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is logged at each reload, as long as the file differs from the address served."""
        caplog.set_level(logging.INFO, "flashtweet")
        house = make_house(SLOT - timedelta(hours=1))
        config = house.newsroom.config
        elsewhere = replace(
            config,
            health=ListenAddress("127.0.0.1", 9465),
            programme=replace(config.programme, zone="Asia/Tokyo"),
        )
        left = [config, elsewhere, elsewhere]

        def changed(sentence: str) -> list[str]:
            return [vars(one)["changed"] for one in caplog.records if one.message == sentence]

        with house.running(reread=lambda: replace(house.newsroom, config=left.pop())) as daemon:
            house.until(lambda: house.files.looks, "it looked once")
            for times in (1, 2, 3):
                daemon.reload()
                house.until(lambda n=times: len(changed("configuration reloaded")) == n, "it is reloaded")  # type: ignore[misc]
        assert changed("configuration reloaded") == ["timezone, health", "health", "timezone"]
        sentence = "this setting takes effect after a restart"
        assert changed(sentence) == ["timezone", "health", "health", "timezone"]
        logged = [vars(one) for one in caplog.records if one.message == sentence]
        assert {one["levelname"] for one in logged} == {"WARNING"}
        assert logged[1]["until_then"] == "the health pages keep their address"
        assert "systemctl restart flashtweet" in logged[1]["next"]

    def test_a_file_that_breaks_just_then_is_alerted(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        house = make_house(SLOT - timedelta(hours=1))

        def read() -> Newsroom:
            house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "x" + "\u0301" * 300),), ())
            return house.newsroom

        with house.running(reread=read) as daemon:
            house.until(lambda: house.files.looks, "it looked once")
            daemon.reload()
            house.until(
                lambda: [one for one in caplog.records if vars(one).get("alert") == "finding"],
                "it is reported",
            )

    def test_another_folder_clears_the_alert_of_the_previous_one(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture, tmp_path: Path
    ) -> None:
        caplog.set_level(logging.INFO, "flashtweet")
        house = make_house(SLOT - timedelta(hours=1))
        what = ("folder-unreadable", "the folder cannot be read: Stale file handle.", "Mount it.")
        house.files.loaded = Loaded((), (), (Finding("threads", 0, 0, Severity.ERROR, *what),))
        other = tmp_path / "other"
        other.mkdir()
        config = replace(house.newsroom.config, threads=other)
        with house.running(reread=lambda: replace(house.newsroom, config=config)) as daemon:
            house.until(
                lambda: [one for one in caplog.records if vars(one).get("alert") == "folder"],
                "it is reported",
            )
            daemon.reload()
            house.until(lambda: "threads folder changed" in caplog.messages, "its end is reported")

    def test_the_alert_of_a_bug_is_cleared(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        """So is the end of an error in the configuration that was alerted before it."""
        caplog.set_level(logging.INFO, "flashtweet")
        house = make_house(SLOT - timedelta(hours=1))
        answers: list[Exception] = [RuntimeError("a bug"), ConfigError([])]

        def read() -> Newsroom:
            if answers:
                raise answers.pop()
            return house.newsroom

        def logged(field: str) -> list[str]:
            return [vars(one)[field] for one in caplog.records if field in vars(one)]

        with house.running(reread=read) as daemon:
            house.until(lambda: house.files.looks, "it looked once")
            for kind in ("config", "bug"):
                daemon.reload()
                house.until(lambda kind=kind: kind in logged("alert"), f"{kind} is alerted")  # type: ignore[misc]
            daemon.reload()
            house.until(lambda: "configuration reloaded" in caplog.messages, "it is reloaded")
        assert {"config", "bug"} <= set(logged("alert_over"))

    def test_an_unreadable_ledger_is_not_an_error_of_the_configuration(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is alerted once as the ledger's, and the reload is retried until it succeeds."""
        caplog.set_level(logging.INFO, "flashtweet")
        house = make_house(SLOT - timedelta(hours=1))
        locked, tries = [True], []

        def read() -> Newsroom:
            tries.append(house.clock.elapsed())
            if locked:
                raise LedgerError("the ledger is locked by another program")
            return house.newsroom

        with house.running(reread=read) as daemon:
            house.until(lambda: house.files.looks, "it looked once")
            daemon.reload()
            house.until(lambda: len(tries) > 1, "it is retried")
            assert daemon.readiness()["config"]() is None
            locked.clear()
            house.until(lambda: "configuration reloaded" in caplog.messages, "it is reloaded")
            done = len(tries)
            house.looks_again()
            assert len(tries) == done
        logged = [(r.getMessage(), vars(r)["alert"]) for r in caplog.records if r.levelno == logging.ERROR]
        words = "reload delayed until the ledger can be read; keeping the previous configuration"
        assert logged == [(words, "ledger")]
        assert "ledger" in [vars(one).get("alert_over") for one in caplog.records]

    def test_a_thread_in_flight_is_not_disturbed(self, make_house: Callable[[datetime], House]) -> None:
        house = make_house(BEFORE)

        def read() -> Newsroom:
            hasty = replace(PROGRAMME.series[0], format=Format(numbering=Numbering.FRACTION))
            programme = replace(PROGRAMME, series=(hasty,))
            return replace(house.newsroom, config=replace(house.newsroom.config, programme=programme))

        running: list[Daemon] = []
        with house.running(reread=read, narrate=lambda *_: running[0].reload()) as daemon:
            running.append(daemon)
            house.until(lambda: len(house.texts()) == 3, "the edition is posted")
        assert house.texts() == ["un", "deux", "trois"]


class TestManyAtOneInstant:
    """Specials do not crowd out editions of series."""

    def test_editions_of_series_come_first(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "flashtweet")
        house = make_house(BEFORE)
        chapter = Chapter("annonce", DAY, at=time(7, 30), text="Une annonce.")
        files = (Issue("threads/annonce.yaml", (chapter,)), issue())
        house.files.loaded = Loaded(tuple(one.path for one in files), files, ())
        house.run()
        frozen = [vars(one)["edition"] for one in caplog.records if one.message == "edition frozen"]
        assert frozen == [str(KEY), f"annonce@{DAY}"]
