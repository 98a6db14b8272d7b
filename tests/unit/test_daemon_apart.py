"""Errors of the folder or of one edition are reported and do not block the other editions."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.adapters.sql_ledger import Sidecar, SqlLedger, connect
from bot.core.content import validate
from bot.core.model import Chapter, Issue
from bot.daemon.folder_reader import ReaderThread
from bot.daemon.loop import TURN_INTERVAL
from bot.daemon.problem_board import ProblemBoard
from bot.errors import FolderUnread, LedgerError, LedgerFull, LedgerLocked
from bot.ports import Loaded
from bot.sandbox.faults import Fault, FaultKind, RequestKind
from bot.services.catalog import Ask, DirectReader
from bot.services.composing import read_desk
from bot.services.freeze import freeze
from bot.services.operator_actions import Decisions
from tests.fakes.house import DAY, KEY, PROGRAMME, SLOT, House, houses, issue
from tests.fakes.machine import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.core.model import Edition, Thread
    from bot.core.publishing.publication import Publication
    from bot.ports import Claim

WHOLE = ["un", "deux", "trois"]
BEFORE = SLOT - timedelta(seconds=3)


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    with houses(tmp_path) as make:
        yield make


@pytest.fixture(autouse=True)
def _heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "flashtweet")


def alerts(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return message and edition of the alerts."""
    logged = [record for record in caplog.records if hasattr(record, "alert")]
    return [(record.getMessage(), vars(record).get("edition", "")) for record in logged]


def frozen_before(house: House) -> None:
    """Freeze the edition, as before a restart of the daemon."""
    desk = read_desk(house.files.loaded, house.newsroom.config.programme)
    thread, _ = desk.thread(desk.editions[0])
    assert thread
    freeze(thread, house.ledger, house.clock.now())


@dataclass
class Hanging:
    """Implementation of `bot.ports.IssueSource` that answers when the test allows it."""

    loaded: Loaded
    answers: threading.Event = field(default_factory=threading.Event)
    """Callback to the house's clocks, if set: waiting for the folder is then not work."""
    asked: int = 0

    def load(self) -> Loaded:
        self.asked += 1
        self.answers.wait()
        return self.loaded


class TestAFolderThatDoesNotAnswer:
    def test_frozen_editions_are_posted_on_time_after_a_restart(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        house = make_house(SLOT - timedelta(seconds=2))
        frozen_before(house)
        folder = Hanging(house.files.loaded, house.clocks.event())
        house.files = folder  # type: ignore[assignment]
        with house.running():
            house.until(lambda: house.texts() == WHOLE, "the thread is posted without the folder")
            assert house.created()[0] == SLOT
            assert "flashtweet started" not in caplog.messages
            folder.answers.set()
            house.until(lambda: "flashtweet started" in caplog.messages, "the folder is read")

    def test_the_files_as_last_read_are_posted(self, make_house: Callable[[datetime], House]) -> None:
        """The loop keeps turning, so that no watchdog ends it in mid-thread."""
        house = make_house(SLOT - timedelta(seconds=34))
        folder = Hanging(house.files.loaded, house.clocks.event())
        folder.answers.set()
        house.files = folder  # type: ignore[assignment]
        with house.running() as daemon:
            house.until(lambda: folder.asked > 0, "it was read")
            folder.answers.clear()
            asked = folder.asked
            house.until(lambda: folder.asked > asked, "it hangs")
            house.clocks.sleep = timedelta(seconds=32)
            house.until(lambda: house.texts() == WHOLE, "the thread is posted")
            assert daemon._sinks.metrics.age() <= TURN_INTERVAL.total_seconds()
            folder.answers.set()


def test_a_folder_that_does_not_answer_is_alerted_once_and_so_is_its_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bot.daemon.folder_reader.ANSWER_TIMEOUT", 0.01
    )  # enough for a source that never answers
    now, answered, folder = [0.0], threading.Event(), Hanging(Loaded((), (), ()))
    line, reader, ask = (
        ReaderThread(ProblemBoard(lambda: now[0]), lambda: now[0], answered.set),
        DirectReader(folder),
        Ask(PROGRAMME, (), SLOT),
    )
    assert line.ask(reader, ask) is None
    now[0] = 59.0
    assert line.ask(reader, ask) is None
    assert caplog.messages == []
    now[0] = 61.0
    assert [line.ask(reader, ask), line.ask(reader, ask)] == [None, None]
    assert caplog.messages == ["threads folder is not responding"]
    assert folder.asked == 1  # a single thread waits for it, for any time
    folder.answers.set()
    assert answered.wait(SECONDS)
    monkeypatch.setattr("bot.daemon.folder_reader.ANSWER_TIMEOUT", SECONDS)
    found = line.ask(reader, ask)
    assert found
    assert found.catalog.summary.files == 0
    assert caplog.messages[1:] == ["threads folder responds again"]
    other = Hanging(Loaded(("threads/b.yaml",), (), ()), answers=folder.answers)
    monkeypatch.setattr("bot.daemon.folder_reader.ANSWER_TIMEOUT", 30.0)
    found = line.ask(DirectReader(other), ask)
    assert found
    assert found.catalog.summary.files == 1


def test_a_bug_in_the_folder_does_not_block_frozen_editions(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(BEFORE)
    frozen_before(house)
    house.files.trouble = RuntimeError("a bug")
    house.run()
    assert house.texts() == WHOLE
    assert alerts(caplog)[0] == ("threads folder cannot be read: a bug", "")


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant a bug that yesterday's edition and a special trigger."""
    sound = validate.compose  # type: ignore[attr-defined]

    def compose(edition: Edition, locale: str, original: Thread | None = None) -> Any:
        if "poison" in edition.path:
            raise ZeroDivisionError(edition.path)
        return sound(edition, locale, original)

    monkeypatch.setattr(validate, "compose", compose)


@pytest.mark.usefixtures("poison")
@pytest.mark.parametrize("days_ago", [0, 3])
def test_a_bug_in_an_edition_does_not_block_the_others(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture, days_ago: int
) -> None:
    """The others are due now, or were missed some days ago."""
    house = make_house(BEFORE)
    day = DAY - timedelta(days=days_ago)
    chapter = Chapter("a-poison", day, at=time(7, 30), text="Une annonce.")
    files = (Issue("threads/a-poison.yaml", (chapter,)), issue())
    house.files.loaded = Loaded(tuple(one.path for one in files), files, ())
    house.run()
    assert house.texts() == WHOLE
    assert ("a bug keeps an edition from being composed", f"a-poison@{day}") in alerts(caplog)
    assert {edition for _, edition in alerts(caplog)} == {f"a-poison@{day}"}


def test_a_bug_outside_of_composing_does_not_block_the_others_either(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(BEFORE)
    chapter = Chapter("annonce", DAY, at=time(7, 30), text="Une annonce.")
    files = (Issue("threads/annonce.yaml", (chapter,)), issue())
    house.files.loaded = Loaded(tuple(one.path for one in files), files, ())
    sound = house.ledger.plan

    def plan(thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        if thread.edition.key != KEY:
            raise ZeroDivisionError
        return sound(thread, due, now)

    house.ledger.plan = plan  # type: ignore[method-assign]
    house.run()
    assert house.texts() == WHOLE
    assert ("edition cannot be processed: a bug", "annonce@2020-11-06") in alerts(caplog)


def test_a_stalled_thread_is_alerted(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """X fails for minutes: this is alerted, and cleared at the end."""
    house = make_house(BEFORE)
    house.sandbox.faults.add(Fault(FaultKind.UNAVAILABLE, request=RequestKind.CREATE, times=1000))
    with house.running():
        house.until(lambda: "post in doubt" in caplog.messages, "X fails")
        assert alerts(caplog) == []
        house.clocks.sleep = timedelta(seconds=61)
        house.until(lambda: alerts(caplog), "it is reported")
        assert alerts(caplog) == [("post is late and not yet sent", str(KEY))]
        house.sandbox.faults.clear()
        house.until(lambda: house.texts() == WHOLE, "the thread is posted")
        house.until(lambda: "thread no longer late" in caplog.messages, "its end is reported")
    assert [one for one, _ in alerts(caplog)].count("post is late and not yet sent") == 1


def test_an_edit_after_the_freeze_is_reported_by_a_later_daemon(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(BEFORE)
    frozen_before(house)
    house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "un", "deux, corrigé", "trois"),), ())
    house.run()
    assert house.texts() == WHOLE
    sentence = "edition: its file was edited after the freeze; the frozen text will be posted"
    assert (sentence, str(KEY)) in alerts(caplog)


def test_a_ledger_that_cannot_be_written_is_not_ready_until_it_can(
    make_house: Callable[[datetime], House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk can still be read."""
    house = make_house(BEFORE)

    def fail(*_: object) -> Publication:
        raise LedgerError("there is no room for the ledger.")

    with monkeypatch.context() as full:
        full.setattr(house.ledger, "record", fail)
        with house.running(pause=timedelta(seconds=1)) as daemon:
            ledger = daemon.readiness()["ledger"]
            assert house.until(ledger, "it is not ready") == "there is no room for the ledger."
            full.undo()
            house.until(lambda: house.texts() == WHOLE, "the thread is posted")
            house.until(lambda: ledger() is None, "it is ready again")


def test_an_error_in_the_desk_does_not_block_frozen_editions(
    make_house: Callable[[datetime], House],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = make_house(BEFORE)
    frozen_before(house)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.services.catalog.read_desk", fail)
    house.run()
    assert house.texts() == WHOLE
    assert alerts(caplog)[0] == ("threads folder cannot be read: a bug", "")


class TestLastingTrouble:
    """A line at the start, one in five minutes with a count, and one at the end; one alert."""

    LOOK = "check for due editions failed"

    def test_a_ledger_that_cannot_be_read(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        house = make_house(SLOT - timedelta(hours=1))
        sound, trouble = house.ledger.paused, [LedgerLocked("ledger.db: locked.")]

        def paused() -> Any:
            if trouble:
                raise trouble[0]
            return sound()

        house.ledger.paused = paused  # type: ignore[method-assign]
        with house.running():
            house.until(lambda: self.LOOK in caplog.messages, "it begins")
            house.clocks.pass_by(timedelta(minutes=11))
            trouble.clear()
            house.until(lambda: "check for due editions works again" in caplog.messages, "it ends")
        lines = [vars(one) for one in caplog.records if "due editions" in one.getMessage()]
        assert [one["message"] for one in lines] == [
            self.LOOK,
            f"{self.LOOK} (still failing)",
            f"{self.LOOK} (still failing)",
            "check for due editions works again",
        ]
        assert [one.get("for_s") for one in lines] == [None, 300, 600, 662]
        failures = [one["failures"] for one in lines[1:]]
        assert failures == sorted(set(failures))
        assert [one["message"] for one in lines if "alert" in one] == [self.LOOK]
        assert [one["reason"] for one in lines[:3]] == ["ledger.db: locked."] * 3

    def test_a_ledger_that_cannot_be_written(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        house = make_house(BEFORE)
        sound, trouble = house.ledger.record, [LedgerFull("ledger.db: no room.")]

        def record(*args: Any) -> Any:
            if trouble:
                raise trouble[0]
            return sound(*args)

        house.ledger.record = record  # type: ignore[method-assign,assignment]
        with house.running():
            house.clocks.pass_by(timedelta(minutes=6))
            trouble.clear()
            house.until(lambda: "edition published" in caplog.messages, "it ends")
        sentence = "publishing failed; retrying soon"
        lines = [vars(one) for one in caplog.records if one.getMessage().startswith("publishing ")]
        assert [one["message"] for one in lines] == [
            sentence,
            f"{sentence} (still failing)",
            "publishing no longer fails",
        ]
        assert {one["edition"] for one in lines} == {str(KEY)}
        assert lines[-1]["failures"] > lines[1]["failures"] > 1

    def test_a_folder_that_cannot_be_read(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its alert has the remedy of the error."""
        house = make_house(SLOT - timedelta(hours=1))
        house.files.trouble = FolderUnread("no interpreter.", "Install it")
        with house.running():
            house.clocks.pass_by(timedelta(minutes=6))
            house.files.trouble = None
            house.until(lambda: "threads folder can be read again" in caplog.messages, "it ends")
        lines = [vars(one) for one in caplog.records if "folder c" in one.getMessage()]
        assert [one["message"] for one in lines] == [
            "threads folder cannot be read",
            "threads folder cannot be read (still failing)",
            "threads folder can be read again",
        ]
        assert lines[0]["next"] == "Install it. The files as last read are published meanwhile"
        assert ["alert" in one for one in lines] == [True, False, False]


def test_a_wait_for_another_process_is_logged_once(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    """The reason differs each time, as it includes the duration."""
    house = make_house(BEFORE)
    frozen_before(house)
    path = house.newsroom.config.ledger
    other = replace_owner(house, path)
    claim = other.claim(KEY, timedelta(seconds=60), SLOT)
    with house.running(pause=timedelta(milliseconds=300)):
        looks = house.files.looks
        house.until(lambda: house.files.looks >= looks + 3, "it was retried")
        other.release(claim)
        house.until(lambda: house.texts() == WHOLE, "the thread is posted")
    assert caplog.messages.count("another process is publishing this edition") == 1


def replace_owner(house: House, path: Path) -> SqlLedger:
    """Return the ledger as opened by another process."""
    return SqlLedger(
        connect(path),
        name="ledger.db",
        now=SLOT,
        owner="there:2:2:boot",
        is_dead=lambda _: False,
        elapsed=house.clock.elapsed,
        witness=Sidecar(path),
    )


def test_a_ledger_is_ready_again_when_the_blocked_edition_is_cancelled(
    make_house: Callable[[datetime], House], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(BEFORE)

    def fail(*_: object) -> Claim:
        raise LedgerError("there is no room for the ledger.")

    with monkeypatch.context() as full:
        full.setattr(house.ledger, "claim", fail)
        with house.running(pause=timedelta(seconds=1)) as daemon:
            ledger = daemon.readiness()["ledger"]
            house.until(ledger, "it is not ready")
            other = house.open_ledger(house.newsroom.config.ledger, SLOT)
            desk = read_desk(house.files.loaded, house.newsroom.config.programme)
            Decisions(other, house.clock, desk, timedelta(seconds=60)).cancel(KEY, "")
            house.until(lambda: ledger() is None, "it is ready again")
    assert house.texts() == []
