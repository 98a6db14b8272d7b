"""The daemon's loop: what it starts, what it records, and that nothing ends it but a stop."""

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
from bot.errors import ConfigError, Finding, LedgerError, Severity, TakesAStart, UsageError
from bot.ports import Loaded
from bot.sandbox.faults import Fault, FaultKind
from bot.services.composing import read_desk
from bot.services.operator_actions import Decisions
from bot.services.publish_now import publish_now
from tests.fakes.house import DAY, KEY, PROGRAMME, SLOT, House, houses, issue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.core.model import Publication
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
    """How many editions of the series were missed, as /metrics has it."""
    page = daemon._told.metrics.page("", {})[1].decode()
    [line] = re.findall(
        r'^flashtweet_editions_total{series="flashtweet",state="MISSED"} (.+)$', page, re.MULTILINE
    )
    return float(line)


def test_an_edition_goes_out_at_its_slot(make_house: Callable[[datetime], House]) -> None:
    house = make_house(BEFORE)
    house.run()
    assert house.texts() == ["un", "deux", "trois"]
    assert house.created()[0] == SLOT


def test_an_edition_is_frozen_at_its_instant(make_house: Callable[[datetime], House]) -> None:
    """Which lies between two regular looks at the folder."""
    house = make_house(SLOT - FREEZE_LEAD - 1.5 * RESCAN)
    with house.running():
        house.until(lambda: house.ledger.get(KEY), "it is frozen")
        assert house.clock.now() == SLOT - FREEZE_LEAD


def test_what_was_frozen_is_what_is_sent(make_house: Callable[[datetime], House]) -> None:
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


def test_a_slot_that_went_by_is_recorded_as_missed_once(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + timedelta(hours=1))
    house.run(until=SLOT + timedelta(hours=1))
    house.run(until=SLOT + timedelta(hours=1))
    found = house.ledger.get(KEY)
    assert found
    assert (found.state, found.reason) == ("MISSED", "its slot went by without it.")
    assert house.texts() == []
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "edition missed"
    ]


def test_an_edition_whose_file_has_an_error_is_missed_as_well(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """The ledger cannot have it, since it has no posts; who reads alerts, or metrics, must hear of it once.

    Also where the file is mended later, and the ledger can have it.
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
    told = [record for record in caplog.records if "alert" in vars(record)]
    assert [(one.getMessage(), vars(one)["alert"]) for one in told] == [
        ("edition cannot be published: its file has an error", "finding"),
        ("edition missed", "missed"),
    ]
    assert "flashtweet check threads/" in vars(told[1])["reason"]


def test_who_heard_that_a_file_has_an_error_at_its_slot_hears_that_it_is_mended(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """As long as grace lasts the edition still goes out."""
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(BEFORE)
    house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "x" + "\u0301" * 300),), ())
    broken = "edition cannot be published: its file has an error"
    mended = "the edition's file has no error any more"
    with house.running():
        house.until(lambda: broken in caplog.messages, "it is told")
        house.files.loaded = Loaded(("threads/a.yaml",), (issue(),), ())
        house.until(lambda: len(house.texts()) == 3, "the edition is out")
    [over] = [vars(one) for one in caplog.records if one.getMessage() == mended]
    assert (over["edition"], over["alert_over"]) == (str(KEY), "finding")


def test_an_archive_that_has_errors_is_no_alarm_at_the_start(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + timedelta(hours=1))
    house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "x" + "\u0301" * 300),), ())
    house.run(until=SLOT + timedelta(hours=1))
    assert [record.getMessage() for record in caplog.records if "alert" in vars(record)] == []


def test_an_edition_that_was_held_and_released_goes_out_as_its_file_is_shortly_before(
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
        house.until(lambda: len(house.texts()) == 2, "the edition is out")
    assert house.texts() == ["un", "deux, mieux dit"]
    assert "edition frozen anew" in caplog.messages
    assert not [one for one in caplog.messages if "edited after the freeze" in one]


def test_a_slot_just_before_the_first_ledger_is_past_and_told_once(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + timedelta(minutes=5))
    house.replace_ledger(SLOT + timedelta(minutes=5))
    house.run(until=SLOT + timedelta(minutes=5))
    assert house.texts() == []
    assert house.ledger.get(KEY) is None
    told = [(r.getMessage(), vars(r)["next"]) for r in caplog.records if r.levelno == logging.WARNING]
    assert told == [
        ("edition not sent: its slot was before this ledger's birth", f"flashtweet publish {KEY}")
    ]


def test_a_thread_whose_ledger_is_gone_is_finished_by_the_next_one(
    make_house: Callable[[datetime], House],
) -> None:
    """The daemon stopped in the middle, and somebody deleted the ledger; the next is born after the slot."""
    house = make_house(BEFORE)

    def stop_at_the_first(_: Publication, change: Change) -> None:
        if change.event == "send":
            house.clock.stop()

    house.run(narrate=stop_at_the_first)
    assert house.texts() in (["un"], ["un", "deux"])  # the second's request may be under way by then
    house.clock = house.clocks.make()
    house.newsroom = replace(house.newsroom, clock=house.clock)
    house.replace_ledger(house.clock.now())
    house.run(until=house.clock.now() + timedelta(seconds=1))
    assert house.texts() == ["un", "deux", "trois"]


def test_an_edition_that_cannot_be_composed_does_not_keep_the_others_back(
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


def test_trouble_in_a_look_is_told_once_and_does_not_end_the_daemon(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(SLOT - timedelta(seconds=3))
    sound = house.ledger.paused

    def fail(*_: object) -> Pause | None:
        raise RuntimeError("another bug")

    house.ledger.paused = fail  # type: ignore[method-assign]

    with house.running():
        house.until(lambda: "the daemon cannot look for what is due: a bug" in caplog.messages, "it is told")
        house.clocks.pass_by(RESCAN)
        house.ledger.paused = sound  # type: ignore[method-assign]
        house.until(lambda: house.texts() == ["un", "deux", "trois"], "the edition is out")
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "the daemon cannot look for what is due: a bug"
    ]
    [over] = [one for one in caplog.records if one.message == "the daemon looks for what is due again"]
    assert vars(over)["alert_over"] == "bug"


def test_a_folder_that_brings_out_a_bug_is_told_once_and_does_not_end_the_daemon(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(SLOT - timedelta(seconds=5))
    house.files.trouble = RuntimeError("a bug")
    with house.running():
        house.until(lambda: "the editors' folder cannot be read: a bug" in caplog.messages, "it is told")
        house.looks_again()
        house.files.trouble = None
        house.until(lambda: house.texts() == ["un", "deux", "trois"], "the edition is out")
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "the editors' folder cannot be read: a bug"
    ]
    [over] = [one for one in caplog.records if one.message == "the editors' folder can be read again"]
    assert vars(over)["alert_over"] == "bug"


@pytest.mark.parametrize("error", [RuntimeError("a bug"), LedgerError("disk full")])
def test_trouble_in_a_worker_does_not_spin(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """It is tried again after each pause, and told once."""
    house, tries = make_house(BEFORE), []

    def fail(*_: object) -> Publication:
        tries.append(house.clock.now() - SLOT)
        raise error

    house.ledger.record = fail  # type: ignore[method-assign,assignment]
    with house.running(pause=timedelta(seconds=5)):
        house.until(lambda: len(tries) == 3, "it is tried again")
    assert tries == [timedelta(0), timedelta(seconds=5), timedelta(seconds=10)]
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 1
    assert house.texts() == []


def test_a_bug_in_a_narrator_stops_no_thread(make_house: Callable[[datetime], House]) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    house = make_house(BEFORE)
    house.run(narrate=fail)
    assert house.texts() == ["un", "deux", "trois"]


def test_a_file_that_comes_after_its_slot_rests(
    make_house: Callable[[datetime], House], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two looks after it came it is told, and not sent."""
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(SLOT + timedelta(seconds=1))
    folder = tmp_path / "threads"
    folder.mkdir()
    house.newsroom = replace(house.newsroom, config=replace(house.newsroom.config, threads=folder))
    clock = house.clock
    house.files = FolderSource(  # type: ignore[assignment]
        [folder], parse, shown_from=tmp_path, elapsed=clock.elapsed, now=clock.now, offset=clock.offset
    )
    late = "edition goes out late: its file came or changed after its slot"
    with house.running():
        house.until(lambda: "flashtweet runs" in caplog.messages, "it looked once")
        file = folder / "2020-11-06.yaml"
        file.write_text("items: |\n  première moitié\n", "utf-8")
        written = (house.clock.now() - house.clock.offset).timestamp()
        os.utime(file, (written, written))
        house.until(lambda: late in caplog.messages or house.texts(), "the file is seen")
    assert late in caplog.messages
    assert house.texts() == []


def test_who_heard_that_an_edition_is_held_hears_when_it_is_not(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever let it go on, in whatever process."""
    caplog.set_level(logging.INFO, "flashtweet")
    house = make_house(BEFORE)
    house.sandbox.faults.add(Fault(FaultKind.CREDITS, after=1))
    with house.running():
        house.until(lambda: "edition held" in caplog.messages, "X wants money")
        house.looks_again()  # it knows that the edition is held
        house.sandbox.faults.clear()
        by_hand = replace(house.newsroom, clock=house.clocks.make())
        publish_now(KEY, read_desk(house.files.loaded, PROGRAMME), by_hand.publish_run())
        house.until(lambda: "edition waits for nobody any more" in caplog.messages, "the end is told")
    [record] = [one for one in caplog.records if one.message == "edition waits for nobody any more"]
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
    told_at = caplog.messages.index
    assert told_at("publishing went on") < told_at("edition published")  # as soon as it can be recorded again
    told = [(r.getMessage(), vars(r).get("alert"), vars(r).get("alert_over")) for r in caplog.records]
    assert told.count(("publishing stopped, and is taken up again soon", "ledger", None)) == 1
    assert told.count(("publishing went on", None, "ledger")) == 1


def test_a_stop_ends_it_at_once(make_house: Callable[[datetime], House]) -> None:
    """A worker waits for its slot by then."""
    house = make_house(SLOT - timedelta(seconds=20))
    with house.running() as daemon:
        house.until(lambda: house.ledger.get(KEY), "the edition is frozen")
        asked_at = house.clock.now()
        daemon.stop()
    assert house.clock.now() == asked_at < SLOT
    assert house.texts() == []


class TestReload:
    def test_what_is_due_afterwards_goes_out_by_the_new_configuration(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "flashtweet")
        house = make_house(SLOT - timedelta(hours=1))

        def read() -> Newsroom:
            """The slot of the series is now."""
            at = house.clock.now().astimezone(ZoneInfo("Europe/Paris")).time()
            series = replace(PROGRAMME.series[0], at=at.replace(microsecond=0))
            programme = replace(PROGRAMME, series=(series,))
            return replace(house.newsroom, config=replace(house.newsroom.config, programme=programme))

        with house.running(reread=read) as daemon:
            house.until(lambda: house.files.looks, "it looked once")
            daemon.reload()
            house.until(lambda: house.texts() == ["un", "deux", "trois"], "the edition is out")
        [told] = [vars(one) for one in caplog.records if one.message == "configuration reloaded"]
        assert told["changed"] == "series"

    def test_one_that_cannot_be_used_changes_nothing_and_alerts(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        house = make_house(SLOT - timedelta(seconds=3))

        def read() -> Newsroom:
            raise ConfigError([])

        with house.running(reread=read) as daemon:
            house.until(lambda: house.files.looks, "it looked once")
            daemon.reload()
            house.until(lambda: house.texts() == ["un", "deux", "trois"], "the edition is out")
        told = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert [(r.getMessage(), vars(r)["alert"]) for r in told] == [
            ("configuration not reloaded, the old one stays", "config")
        ]

    @pytest.mark.parametrize(
        ("error", "told", "remedy"),
        [
            (
                UsageError("no credentials."),
                "a changed configuration cannot be used, nor a new start: no credentials.",
                "flashtweet reload",
            ),
            (
                TakesAStart("another ledger: start again."),
                "a changed configuration waits for a new start: another ledger: start again.",
                "systemctl restart flashtweet, or stop the daemon and start it again",
            ),
        ],
        ids=["nothing can use it", "a new start can"],
    )
    def test_readyz_and_the_alert_say_what_a_changed_configuration_is_good_for(
        self,
        make_house: Callable[[datetime], House],
        caplog: pytest.LogCaptureFixture,
        error: UsageError,
        told: str,
        remedy: str,
    ) -> None:
        house = make_house(SLOT - timedelta(hours=1))

        def read() -> Newsroom:
            raise error

        with house.running(reread=read) as daemon:
            config = daemon.readiness()["config"]
            assert config() is None
            daemon.reload()
            house.until(config, "it is told")
            assert config() == told
        [record] = [vars(one) for one in caplog.records if vars(one).get("alert") == "config"]
        assert record["next"] == remedy

    def test_what_takes_a_new_start_is_said(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        """At each reload, as long as the file says otherwise than what is served."""
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
                house.until(lambda n=times: len(changed("configuration reloaded")) == n, "it is read")  # type: ignore[misc]
        assert changed("configuration reloaded") == ["timezone, health", "health", "timezone"]
        sentence = "a part of the configuration takes a new start"
        assert changed(sentence) == ["timezone", "health", "health", "timezone"]
        told = [vars(one) for one in caplog.records if one.message == sentence]
        assert {one["levelname"] for one in told} == {"WARNING"}
        assert told[1]["until_then"] == "the pages of health stay where they are"
        assert "systemctl restart flashtweet" in told[1]["next"]

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
                lambda: [one for one in caplog.records if vars(one).get("alert") == "finding"], "it is told"
            )

    def test_another_folder_ends_the_trouble_with_the_one_before(
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
                lambda: [one for one in caplog.records if vars(one).get("alert") == "folder"], "it is told"
            )
            daemon.reload()
            house.until(lambda: "another threads folder is read" in caplog.messages, "its end is told")

    def test_the_end_of_a_bug_is_told_to_who_heard_of_it(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        """And the end of what was wrong with the configuration, if that was told before it."""
        caplog.set_level(logging.INFO, "flashtweet")
        house = make_house(SLOT - timedelta(hours=1))
        answers: list[Exception] = [RuntimeError("a bug"), ConfigError([])]

        def read() -> Newsroom:
            if answers:
                raise answers.pop()
            return house.newsroom

        def told(field: str) -> list[str]:
            return [vars(one)[field] for one in caplog.records if field in vars(one)]

        with house.running(reread=read) as daemon:
            house.until(lambda: house.files.looks, "it looked once")
            for kind in ("config", "bug"):
                daemon.reload()
                house.until(lambda kind=kind: kind in told("alert"), f"{kind} is told")  # type: ignore[misc]
            daemon.reload()
            house.until(lambda: "configuration reloaded" in caplog.messages, "it is read")
        assert {"config", "bug"} <= set(told("alert_over"))

    def test_a_ledger_that_cannot_be_read_is_no_trouble_with_the_configuration(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is told as the ledger's, once, and the reload is taken up again until it succeeds."""
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
            house.until(lambda: len(tries) > 1, "it is tried again")
            assert daemon.readiness()["config"]() is None
            locked.clear()
            house.until(lambda: "configuration reloaded" in caplog.messages, "it is read")
            done = len(tries)
            house.looks_again()
            assert len(tries) == done
        told = [(r.getMessage(), vars(r)["alert"]) for r in caplog.records if r.levelno == logging.ERROR]
        words = "configuration not reloaded yet, the old one stays until the ledger can be read"
        assert told == [(words, "ledger")]
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
            house.until(lambda: len(house.texts()) == 3, "the edition is out")
        assert house.texts() == ["un", "deux", "trois"]


class TestManyAtOneInstant:
    """Files with a time of their own crowd out no edition of a series."""

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
