"""Tests of the log about editors' files: real folders, a clock set by the test, given publications."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from bot.adapters.alerts.records import alert_of
from bot.adapters.folder import FolderSource
from bot.adapters.issue_files import parse
from bot.core.alerts import AlertThrottle
from bot.core.content.validate import examine
from bot.core.model import EditionKey
from bot.core.publishing.publication import Delivery, DeliveryState, Publication, PublicationState
from bot.services.composing import read_desk
from bot.services.folder_events import MAX_NAMED_FILES, Newsdesk
from tests.unit.core.newsroom import FRIDAY, PROGRAMME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.core.model import Series
    from bot.ports import Loaded
    from bot.services.composing import Examiner

MORNING = datetime(2020, 11, 6, 5, 0, tzinfo=UTC)
SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
KEY = EditionKey("flashtweet", FRIDAY)
REPLAY = EditionKey("replay", FRIDAY)
SECOND = timedelta(seconds=1)
PLAN = "flashtweet@2020-11-06 at 07:30, 4 posts, $0.245; replay@2020-11-06 at 19:30, 3 posts, $0.045"

Line = tuple[str, str, dict[str, str]]


def daily(*texts: str) -> str:
    return "items: |\n" + "".join(f"  {text}\n" for text in texts)


GOOD = daily("Un https://example.com/a", "Deux")
OTHER = daily("Hier", "Avant-hier")


def fields(record: logging.LogRecord) -> dict[str, str]:
    known = vars(logging.makeLogRecord({})).keys() | {"message"}
    return {name: value for name, value in vars(record).items() if name not in known}


@dataclass
class Room:
    """A folder, its observer, and the notices so far."""

    folder: Path
    caplog: pytest.LogCaptureFixture
    now: datetime = MORNING
    publications: dict[EditionKey, Publication] = field(default_factory=dict)
    loaded: Loaded | None = None
    examiner: Examiner = examine

    def __post_init__(self) -> None:
        self.threads = self.folder / "threads"
        self.threads.mkdir()
        self.newsdesk, self.programme = Newsdesk(PROGRAMME.zone), PROGRAMME
        self.watch(self.threads)
        self.caplog.set_level(logging.INFO, "flashtweet.folder")

    def watch(self, folder: Path) -> None:
        elapsed = count(0, 2.0).__next__
        self.source = FolderSource(
            [folder], parse, shown_from=self.folder, elapsed=elapsed, now=lambda: self.now
        )

    def write(self, name: str, text: str = GOOD) -> Path:
        path = self.threads / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def look(self) -> list[Line]:
        """Return the notices of two looks, after which every change counts: level, sentence, fields."""
        self.caplog.clear()
        for _ in range(2):
            self.now += 2 * SECOND
            loaded = self.source.load()
            if loaded is not self.loaded:
                self.loaded, self.desk = loaded, read_desk(loaded, self.programme, (), self.examiner)
            for one in self.newsdesk.see(loaded, self.desk, self.publications, self.now):
                one.tell()
        return [(one.levelname, one.getMessage(), fields(one)) for one in self.caplog.records]

    def freeze(self, state: PublicationState = PublicationState.PLANNED, key: EditionKey = KEY) -> None:
        """Freeze the current text of the files, as the daemon does."""
        edition = self.desk.find(key)
        assert edition
        thread, _ = self.desk.thread(edition)
        assert thread
        deliveries = tuple(
            Delivery(post.position, DeliveryState.PENDING, post.text, edition.slot_at)
            for post in thread.posts
        )
        self.publications[key] = Publication("main", key, state, edition.slot_at, deliveries, edition.path)


@pytest.fixture
def room(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Room:
    return Room(tmp_path, caplog)


def info(sentence: str, **known: str) -> Line:
    return "INFO", sentence, known


class TestFiles:
    def test_at_the_first_look_nothing_is_new(self, room: Room):
        room.write("2020-11-06.yaml")
        assert room.look() == []
        assert room.look() == []

    def test_a_new_file_is_told_with_its_editions_slots_and_prices(self, room: Room):
        room.look()
        room.write("2020-11-06.yaml")
        assert room.look() == [info(f"threads/2020-11-06.yaml → {PLAN}", change="new")]
        assert room.look() == []

    def test_a_changed_one_too(self, room: Room):
        path = room.write("2020-11-06.yaml", daily("Un", "Deux"))
        room.look()
        path.write_text(GOOD, "utf-8")
        assert room.look() == [info(f"threads/2020-11-06.yaml → {PLAN}", change="changed")]

    def test_saving_it_as_it_is_is_no_news(self, room: Room):
        path = room.write("2020-11-06.yaml")
        room.look()
        os.utime(path, (1, 1))
        assert room.look() == []

    def test_what_is_over_has_no_price(self, room: Room):
        room.look()
        room.write("2020-11-05.yaml", OTHER)
        over = "flashtweet@2020-11-05 at 07:30, already over; replay@2020-11-05 at 19:30, already over"
        assert room.look() == [info(f"threads/2020-11-05.yaml → {over}", change="new")]

    def test_a_date_far_ahead_is_a_warning(self, room: Room):
        """The year is probably a mistake."""
        room.look()
        room.write("2021-11-05.yaml", OTHER)
        [(level, sentence, _), *_] = room.look()
        assert (level, sentence) == (
            "WARNING",
            (
                "threads/2021-11-05.yaml → flashtweet@2021-11-05 at 07:30 in 364 days, 4 posts, $0.06; "
                "replay@2021-11-05 at 19:30 in 364 days, 3 posts, $0.045"
            ),
        )

    def test_a_draft_makes_no_edition(self, room: Room):
        room.look()
        room.write("2020-11-06.yaml", "draft: true\n" + GOOD)
        assert room.look()[0] == info("threads/2020-11-06.yaml → no edition", change="new")

    def test_a_file_that_goes_before_it_is_frozen(self, room: Room):
        room.write("2020-11-05.yaml", OTHER)
        path = room.write("2020-11-06.yaml")
        room.look()
        path.unlink()
        gone = "threads/2020-11-06.yaml is gone; it was not frozen"
        assert room.look() == [info(gone, change="gone")]

    def test_a_new_name_is_one_line(self, room: Room):
        room.write("autre.yaml", "date: 2020-11-05\n" + OTHER)
        path = room.write("vendredi.yaml", "date: 2020-11-06\n" + GOOD)
        room.look()
        path.rename(path.with_name("2020-11-06.yaml"))
        assert room.look() == [
            info(f"threads/vendredi.yaml renamed to threads/2020-11-06.yaml → {PLAN}", change="renamed")
        ]

    def test_a_folder_that_moves_is_one_line(self, room: Room):
        room.write("semaine/2020-11-05.yaml", OTHER)
        room.write("semaine/2020-11-06.yaml")
        room.look()
        (room.threads / "semaine").rename(room.threads / "novembre")
        assert room.look() == [
            info(
                "files moved to another folder",
                **{"from": "threads/semaine", "to": "threads/novembre"},
                files="2",
            )
        ]

    def test_an_archive_is_counted_not_listed(self, room: Room):
        room.write("2020-11-06.yaml")
        room.look()
        for n in range(MAX_NAMED_FILES + 1):
            room.write(f"2019-01-{n + 1:02}.yaml", "draft: true\n" + GOOD)
        found = [line for line in room.look() if line[0] == "INFO"]
        assert found == [info("many files changed", new=str(MAX_NAMED_FILES + 1), changed="0", gone="0")]

    def test_one_that_cannot_be_read_is_not_gone(self, room: Room):
        room.write("2020-11-05.yaml", OTHER)
        path = room.write("2020-11-06.yaml")
        room.look()
        path.unlink()
        path.symlink_to("nowhere")
        assert [line[2].get("code") for line in room.look()] == ["unreadable"]


class TestAfterTheFreeze:
    """The frozen text is sent, and an editor may not expect that."""

    STOP = "To stop it, type: flashtweet hold flashtweet@2020-11-06"

    def warning(self, what: str, **more: str) -> Line:
        known = {"edition": "flashtweet@2020-11-06", "next": self.STOP, **more, "alert": "folder"}
        return "WARNING", f"edition: {what}", known

    def frozen(self, room: Room, text: str = GOOD) -> Path:
        path = room.write("2020-11-06.yaml", text)
        room.write("2020-11-05.yaml", OTHER)
        room.look()
        room.freeze()
        assert room.look() == []
        return path

    def test_an_edit_is_told_once_with_what_stops_it(self, room: Room):
        path = self.frozen(room)
        path.write_text(daily("Un, corrigé https://example.com/a", "Deux"), "utf-8")
        assert room.look() == [
            info(f"threads/2020-11-06.yaml → {PLAN}", change="changed"),
            self.warning("its file was edited after the freeze; the frozen text will be posted"),
        ]
        assert room.look() == []

    def test_an_edit_that_changes_no_text_is_no_warning(self, room: Room):
        path = self.frozen(room)
        path.write_text("# relu\n" + GOOD, "utf-8")
        assert [line[0] for line in room.look()] == ["INFO"]

    def test_an_error_is_an_edit_too(self, room: Room):
        path = self.frozen(room)
        path.write_text("items:\n  - a : b\n", "utf-8")
        gone = "no file produces it; its frozen text will still be posted"
        lines = room.look()
        assert self.warning(gone) in lines
        assert [line[2].get("alert") for line in lines if line[2].get("code") == "colon-mapping"] == [
            "finding"
        ]

    def test_a_time_that_is_moved(self, room: Room):
        path = self.frozen(room)
        path.write_text("at: 09:00\n" + GOOD, "utf-8")
        moved = self.warning(
            "its slot was moved after the freeze; it keeps the old slot",
            slot="2020-11-06T07:30:00+01:00",
            moved="2020-11-06T09:00:00+01:00",
        )
        assert room.look()[1:] == [moved]

    def test_a_file_that_goes(self, room: Room):
        self.frozen(room).unlink()
        assert room.look() == [
            info("threads/2020-11-06.yaml is gone", change="gone"),
            self.warning("no file produces it; its frozen text will still be posted"),
        ]

    def test_a_new_name_changes_nothing(self, room: Room):
        path = self.frozen(room)
        path.rename(path.with_name("flash-2020-11-06.yaml"))
        assert [line[0] for line in room.look()] == ["INFO"]

    @pytest.mark.parametrize(
        ("state", "sentence", "known"),
        [
            (
                PublicationState.MISSED,
                "edition needs an operator; editing its file has no effect",
                {
                    "state": "MISSED",
                    "next": "To post it late, type: flashtweet publish flashtweet@2020-11-06",
                },
            ),
            (
                PublicationState.PUBLISHED,
                "edition is over; editing its file has no effect",
                {"state": "PUBLISHED"},
            ),
        ],
    )
    def test_an_edit_of_what_does_not_go_out_any_more_is_no_alarm(
        self, room: Room, state: PublicationState, sentence: str, known: Mapping[str, str]
    ):
        path = self.frozen(room)
        room.publications[KEY] = replace(room.publications[KEY], state=state)
        path.write_text(daily("Autre chose", "Deux"), "utf-8")
        assert room.look()[1:] == [info(sentence, edition=str(KEY), **known)]


class TestFindings:
    WRONG = "items:\n  - a : b\n"

    def codes(self, lines: list[Line]) -> list[tuple[str, str | None]]:
        return [(known["code"], known.get("alert")) for _, _, known in lines if "code" in known]

    def test_once_and_at_the_start_without_an_alarm(self, room: Room):
        room.write("2020-11-06.yaml", self.WRONG)
        assert self.codes(room.look()) == [("colon-mapping", None)]
        assert room.look() == []

    def test_again_when_its_file_changes_and_it_is_still_there(self, room: Room):
        path = room.write("2020-11-06.yaml", self.WRONG)
        room.look()
        path.write_text(self.WRONG + "  - Deux\n", "utf-8")
        assert self.codes(room.look()) == [("colon-mapping", "finding")]
        room.write("2020-11-05.yaml", OTHER)
        assert self.codes(room.look()) == []

    def test_one_is_alerted_by_its_file_and_so_is_its_end(self, room: Room):
        """An error that returns after a correction raises an alert again."""
        path = room.write("2020-11-06.yaml")
        room.look()
        gate, said = AlertThrottle(), []
        for text in (self.WRONG, GOOD, self.WRONG, GOOD):
            path.write_text(text, "utf-8")
            room.look()
            alerts = [alert for one in room.caplog.records if (alert := alert_of(one))]
            said += [one.title for one in alerts if gate.admits(one, 0.0)]
        name = "threads/2020-11-06.yaml"
        assert said == [f"FINDING {name}", f"finding is over {name}"] * 2

    def test_the_end_is_told_when_the_last_error_of_the_file_is_mended(self, room: Room):
        path = room.write("2020-11-06.yaml", "intro: '{issue}'\noutro: '{period}{issu}'\n" + GOOD)
        room.look()
        over = info("all errors in the file are fixed", path="threads/2020-11-06.yaml", alert_over="finding")
        path.write_text("intro: '{issue}'\n" + GOOD, "utf-8")
        assert over not in room.look()
        path.write_text(GOOD, "utf-8")
        assert room.look()[1:] == [over]
        assert room.look() == []

    def test_a_file_that_goes_takes_its_errors_with_it(self, room: Room):
        room.write("2020-11-05.yaml", OTHER)
        path = room.write("2020-11-06.yaml", self.WRONG)
        room.look()
        path.unlink()
        assert [line[1] for line in room.look()] == [
            "threads/2020-11-06.yaml is gone; it was not frozen",
            "all errors in the file are fixed",
        ]

    def test_what_another_file_is_mended_by_is_told_too(self, room: Room):
        room.write("2020-11-06.yaml")
        other = room.write("vendredi.yaml", "date: 2020-11-06\n" + GOOD)
        room.look()
        other.unlink()
        ends = [known["path"] for _, what, known in room.look() if what == "all errors in the file are fixed"]
        assert "threads/2020-11-06.yaml" in ends

    def test_what_only_went_by_has_not_got_better(self, room: Room):
        room.write("2020-11-06.yaml", "intro: '{issue}'\n" + GOOD)
        room.look()
        room.now += timedelta(days=30)
        room.write("2020-12-04.yaml", OTHER)
        assert "all errors in the file are fixed" not in [line[1] for line in room.look()]

    def test_what_the_composed_thread_shows_is_among_them(self, room: Room):
        room.look()
        room.write("2020-11-06.yaml", "intro: '{issue}'\n" + GOOD)
        assert self.codes(room.look()) == [("unknown-field", "finding")]

    def test_what_an_edit_makes_a_repetition_of_is_told_of_the_later_file(self, room: Room):
        path = room.write("2020-11-05.yaml", OTHER)
        room.write("2020-11-06.yaml")
        room.look()
        path.write_text(GOOD, "utf-8")
        assert ("repeated-post", None) in self.codes(room.look())

    def test_far_ahead_it_is_told_when_the_file_comes_or_the_day_is_near(self, room: Room):
        room.write("2020-11-27.yaml", "intro: '{issue}'\n" + GOOD)
        assert self.codes(room.look()) == []
        room.write("2020-12-04.yaml", "intro: '{issue}'\n" + GOOD)
        assert self.codes(room.look()) == [("unknown-field", "finding")]
        room.now += timedelta(days=14)
        assert self.codes(room.look()) == [("unknown-field", "finding")]


class TestTheFolder:
    def test_gone_and_back_are_told_once_each(self, room: Room):
        room.write("2020-11-05.yaml", TestFindings.WRONG)
        room.write("2020-11-06.yaml")
        room.look()
        room.freeze()
        away = room.threads.with_name("away")
        room.threads.rename(away)
        sentence = (
            "threads: it held 2 files and is now empty: it was moved, or its disk is not mounted. "
            "Bring it back; until then only frozen editions are posted."
        )
        known = {"code": "folder-emptied", "frozen": "flashtweet@2020-11-06", "alert": "folder"}
        assert room.look() == [("ERROR", sentence, known)]
        assert room.look() == []
        away.rename(room.threads)
        assert room.look() == [info("the threads folder is back", files="2", alert_over="folder")]
        assert room.look() == []

    def test_one_that_cannot_be_read_is_told_and_so_is_its_end(self, room: Room):
        """Its files are not reported as gone meanwhile, nor as new afterwards."""
        room.write("2020-11-06.yaml")
        room.look()
        away = room.threads.with_name("away")
        room.threads.rename(away)
        room.threads.symlink_to(room.threads)
        [(level, sentence, about)] = room.look()
        assert sentence.startswith("threads: the folder cannot be read: ")
        assert (level, about) == (
            "ERROR",
            {"code": "folder-unreadable", "frozen": "nothing", "alert": "folder"},
        )
        assert room.look() == []
        room.threads.unlink()
        away.rename(room.threads)
        assert room.look() == [info("the threads folder is back", files="1", alert_over="folder")]

    def test_what_changed_while_it_was_away_is_told(self, room: Room):
        path = room.write("2020-11-06.yaml", daily("Un", "Deux"))
        room.look()
        away = room.threads.with_name("away")
        room.threads.rename(away)
        room.look()
        away.rename(room.threads)
        path.write_text(GOOD, "utf-8")
        assert room.look() == [
            info("the threads folder is back", files="1", alert_over="folder"),
            info(f"threads/2020-11-06.yaml → {PLAN}", change="changed"),
        ]


class TestAnotherConfiguration:
    """The state of the files is kept; their editions are examined again."""

    def reload(self, room: Room, **changed: Any) -> None:
        room.newsdesk.begin_anew(PROGRAMME.zone)
        room.programme, room.loaded = replace(room.programme, **changed), None

    def at(self, wall: time) -> tuple[Series, ...]:
        """Return the series, with the FlashTweet at another time."""
        return (replace(PROGRAMME.series[0], at=wall), *PROGRAMME.series[1:])

    def test_nothing_is_told_again(self, room: Room):
        room.write("2020-11-05.yaml", TestFindings.WRONG)
        room.write("2020-11-06.yaml")
        room.look()
        room.freeze()
        room.look()
        self.reload(room)
        assert room.look() == []

    def test_a_file_that_breaks_just_then_is_alerted(self, room: Room):
        path = room.write("2020-11-06.yaml")
        room.look()
        self.reload(room)
        path.write_text(TestFindings.WRONG, "utf-8")
        told = [(known.get("code"), known.get("alert")) for _, _, known in room.look()]
        assert ("colon-mapping", "finding") in told

    def test_what_it_makes_wrong_or_right_is_told(self, room: Room):
        """An edition far ahead that was examined when its file was added is examined again."""
        room.look()
        room.write("2020-11-27.yaml", "intro: '{issue}'\n" + GOOD)
        room.look()
        wordless = replace(PROGRAMME.series[0].format, intro="{issue}")
        wrong = (replace(PROGRAMME.series[0], format=wordless), *PROGRAMME.series[1:])
        room.write("2020-11-06.yaml")
        room.look()
        self.reload(room, series=wrong)
        told = [(known.get("path"), known.get("alert")) for _, _, known in room.look()]
        assert told == [("threads/2020-11-06.yaml", "finding")]
        self.reload(room, series=PROGRAMME.series)
        over = info("all errors in the file are fixed", path="threads/2020-11-06.yaml", alert_over="finding")
        assert room.look() == [over]
        assert [one.path for one in room.newsdesk.findings] == ["threads/2020-11-27.yaml"]

    def test_a_slot_that_it_moves_after_the_freeze_is_told(self, room: Room):
        room.write("2020-11-06.yaml")
        room.look()
        room.freeze()
        self.reload(room, series=self.at(time(9, 0)))
        [(level, sentence, known)] = room.look()
        assert sentence == "edition: its slot was moved after the freeze; it keeps the old slot"
        assert (level, known["alert"], known["moved"]) == ("WARNING", "folder", "2020-11-06T09:00:00+01:00")


def test_a_bug_in_one_edition_does_not_keep_the_others_back(room: Room):
    room.write("2020-11-06.yaml", "intro: '{issue}'\n" + GOOD)
    room.write("2020-11-09.yaml")

    def break_down(*_: object) -> NoReturn:
        raise ZeroDivisionError

    room.examiner = break_down
    told = [line[1] for line in room.look()]
    editions = ("flashtweet@2020-11-06", "replay@2020-11-06", "flashtweet@2020-11-09", "replay@2020-11-09")
    assert told.count("a bug keeps an edition from being composed") == len(editions)
    for edition in editions:  # each is a finding too, so that its file does not look valid
        assert any(f"{edition}: a bug keeps it from being composed." in line for line in told)
