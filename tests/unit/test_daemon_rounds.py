"""Preflights alert what would prevent an edition while there is time to fix it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.schedule.clock_skew import ClockReading
from bot.core.schedule.preflight import Check, failure, ok, warning
from bot.daemon.preflight_worker import Rounds
from bot.daemon.problem_board import ProblemBoard
from bot.daemon.readiness import readiness
from bot.errors import Finding, Severity
from bot.ports import Loaded
from bot.sandbox.faults import Fault, FaultKind, RequestKind
from bot.services.clock_skew import ClockWatch
from tests.fakes.house import KEY, PROGRAMME, SLOT, House, houses
from tests.processes import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

MINUTE = timedelta(minutes=1)
READING = ClockReading(SLOT, 0.0, 0.0)
NOTHING = Loaded((), (), ())


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    with houses(tmp_path) as make:
        yield make


@pytest.fixture
def alerts(caplog: pytest.LogCaptureFixture) -> Callable[[], list[tuple[str, str, str]]]:
    """Return a function that returns (check, edition, message) of each failed check so far."""
    caplog.set_level(logging.INFO, "flashtweet")

    def failed() -> list[tuple[str, str, str]]:
        fields = [vars(record) for record in caplog.records if vars(record).get("alert") == "preflight"]
        return [(one["check"], one.get("edition", ""), one["observed"]) for one in fields]

    return failed


def test_a_file_that_is_missing_is_alerted_a_quarter_of_an_hour_before_its_slot(
    make_house: Callable[[datetime], House], alerts: Callable[[], list[tuple[str, str, str]]]
) -> None:
    house = make_house(SLOT - 15 * MINUTE - timedelta(seconds=2))
    house.files.loaded = NOTHING
    with house.running():
        house.until(lambda: house.files.looks >= 1, "it looked before the quarter")
        assert alerts() == []
        house.until(alerts, "the missing file is alerted")
        assert house.clock.now() == SLOT - 15 * MINUTE
    [(check, edition, message)] = alerts()
    assert (check, edition) == ("file", str(KEY))
    assert "no file" in message


EVENING = SLOT - timedelta(hours=13, minutes=30)
"""18:00 in Paris, when the next day's files are checked."""


def make_forgetful(make_house: Callable[[datetime], House], now: datetime) -> House:
    """Return a house with a reminder and without a file."""
    house = make_house(now)
    programme = replace(PROGRAMME, reminder=time(18))
    house.newsroom = replace(house.newsroom, config=replace(house.newsroom.config, programme=programme))
    house.files.loaded = NOTHING
    return house


def test_a_file_that_is_missing_is_alerted_the_evening_before(
    make_house: Callable[[datetime], House], alerts: Callable[[], list[tuple[str, str, str]]]
) -> None:
    house = make_forgetful(make_house, EVENING - timedelta(seconds=2))
    with house.running():
        house.until(alerts, "the missing file is alerted")
    assert [(check, edition) for check, edition, _ in alerts()] == [("file", str(KEY))]
    assert house.clock.now() == EVENING


def test_a_daemon_that_starts_after_the_reminder_alerts_missing_files_once(
    make_house: Callable[[datetime], House], alerts: Callable[[], list[tuple[str, str, str]]]
) -> None:
    """So does a daemon that reloads its configuration: another programme may miss other files."""
    house = make_forgetful(make_house, EVENING + timedelta(hours=2))
    with house.running(reread=lambda: house.newsroom) as daemon:
        house.until(alerts, "the missing file is alerted")
        house.looks_again()
        assert [(check, edition) for check, edition, _ in alerts()] == [("file", str(KEY))]
        daemon.reload()
        house.until(lambda: len(alerts()) == 2, "it is alerted again")


def test_keys_that_x_refuses_are_alerted_at_the_start(
    make_house: Callable[[datetime], House], alerts: Callable[[], list[tuple[str, str, str]]]
) -> None:
    house = make_house(SLOT - timedelta(hours=5))
    house.sandbox.faults.add(Fault(FaultKind.UNAUTHORIZED, request=RequestKind.ME))
    with house.running() as daemon:
        house.until(alerts, "the refused keys are alerted")
        assert daemon.readiness()["token"]() is not None
    assert [check for check, _, _ in alerts()] == ["credentials"]


def test_a_reload_with_the_right_keys_ends_the_alert(
    make_house: Callable[[datetime], House],
    alerts: Callable[[], list[tuple[str, str, str]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = make_house(SLOT - timedelta(hours=5))
    house.sandbox.faults.add(Fault(FaultKind.UNAUTHORIZED, request=RequestKind.ME))
    with house.running(reread=lambda: house.newsroom) as daemon:
        house.until(alerts, "the refused keys are alerted")
        daemon.reload()
        house.until(lambda: "preflight: a check passes again" in caplog.messages, "the end is reported")
    [over] = [vars(one) for one in caplog.records if vars(one).get("alert_over") == "preflight"]
    assert over["check"] == "credentials"


class TestRepeatedRounds:
    """Rounds with given results, one after the other."""

    BAD = failure("credentials", "X refused them.", "Make new ones.")
    LIMITED = warning("credentials", "X limits requests.", "Wait.")
    GOOD = ok("credentials", "X accepts them.")

    @pytest.fixture
    def play(self, caplog: pytest.LogCaptureFixture) -> Callable[..., list[str]]:
        caplog.set_level(logging.INFO, "flashtweet")
        board = ProblemBoard(lambda: 0.0)
        rounds = Rounds(board)

        def run(*results: Check | Exception) -> list[str]:
            for result in results:

                def look(*_: object, result: Check | Exception = result) -> tuple[Check, ...]:
                    if isinstance(result, Exception):
                        raise result
                    return (result,)

                rounds.reset()
                rounds.greet(look, None)  # type: ignore[arg-type]
                until(rounds.are_over, "the round is over")
            self.readiness = readiness(board, rounds, ClockWatch(lambda: READING), lambda: None)  # type: ignore[arg-type,return-value]
            return [one.getMessage() for one in caplog.records if one.name == "flashtweet.daemon"]

        return run

    def test_a_failure_is_reported_by_each_round(self, play: Callable[..., list[str]]) -> None:
        assert play(self.BAD, self.BAD) == ["preflight: a check failed"] * 2

    def test_a_warning_does_not_end_the_alert_of_a_failure(self, play: Callable[..., list[str]]) -> None:
        assert play(self.BAD, self.LIMITED) == [
            "preflight: a check failed",
            "preflight: a check gave a warning",
        ]
        assert self.readiness["token"]() is None
        assert play(self.GOOD)[-1] == "preflight: a check passes again"

    def test_a_bug_is_reported_by_each_round(self, play: Callable[..., list[str]]) -> None:
        assert play(ZeroDivisionError(), ZeroDivisionError()) == ["preflight could not run: a bug"] * 2
        assert play(self.GOOD)[-1] == "preflight works again"


def test_a_post_that_x_accepts_proves_the_keys(
    make_house: Callable[[datetime], House],
) -> None:
    """X refused them at the start, and the next check is only before the next slot."""
    house = make_house(SLOT - timedelta(seconds=3))
    house.sandbox.faults.add(Fault(FaultKind.UNAUTHORIZED, request=RequestKind.ME))
    with house.running() as daemon:
        token = daemon.readiness()["token"]
        house.until(token, "the refused keys are reported")
        assert house.texts() == []
        house.until(lambda: token() is None, "the post has proven them")
        assert house.texts() != []


def test_a_wrong_clock_is_alerted_before_any_post(
    make_house: Callable[[datetime], House], alerts: Callable[[], list[tuple[str, str, str]]]
) -> None:
    house = make_house(SLOT - timedelta(hours=5))
    house.clocks.step = timedelta(hours=1)
    with house.running() as daemon:
        house.until(alerts, "the clock is alerted")
        trouble = daemon.readiness()["clock"]()
    [(check, _, message)] = alerts()
    assert check == "clock"
    assert "ahead of X's" in message
    assert trouble == f"{message} Let NTP set this machine's clock: timedatectl set-ntp true"
    assert house.texts() == []


def test_a_file_with_an_error_is_alerted_before_its_slot(
    make_house: Callable[[datetime], House], alerts: Callable[[], list[tuple[str, str, str]]]
) -> None:
    house = make_house(SLOT - 10 * MINUTE)
    broken = Finding("threads/a.yaml", 3, 1, Severity.ERROR, "syntax", "it is no YAML.", "Quote it.")
    house.files.loaded = Loaded(("threads/a.yaml",), (), (broken,))
    with house.running():
        house.until(alerts, "the broken file is alerted")
    assert [(check, edition) for check, edition, _ in alerts()] == [("file", str(KEY))]


def test_a_file_removed_after_its_preflight_is_alerted_until_it_returns(
    make_house: Callable[[datetime], House],
    alerts: Callable[[], list[tuple[str, str, str]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each change is checked once."""
    house = make_house(SLOT - 14 * MINUTE)
    whole = house.files.loaded
    with house.running():
        house.until(lambda: "preflight passed" in caplog.messages, "all was well")
        house.files.loaded = NOTHING
        house.until(alerts, "the missing file is alerted")
        house.files.loaded = whole
        house.until(lambda: caplog.messages.count("preflight passed") == 2, "all is well again")
        house.looks_again()
    assert [(check, edition) for check, edition, _ in alerts()] == [("file", str(KEY))]
    over = [vars(record) for record in caplog.records if vars(record).get("alert_over") == "preflight"]
    assert [(one["check"], one["edition"]) for one in over] == [("file", str(KEY))]
    assert caplog.messages.count("preflight passed") == 2


def test_a_fast_clock_does_not_suppress_the_preflight_of_the_true_time(
    make_house: Callable[[datetime], House],
    alerts: Callable[[], list[tuple[str, str, str]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def missing() -> int:
        return sum((check, edition) == ("file", str(KEY)) for check, edition, _ in alerts())

    house = make_house(SLOT - 70 * MINUTE)
    house.files.loaded = NOTHING
    with house.running():
        house.until(lambda: "flashtweet started" in caplog.messages, "it looked once")
        house.clocks.step = 60 * MINUTE
        house.until(lambda: missing() == 1, "the missing file is alerted, an hour early by the true time")
        house.clocks.step = timedelta(0)
        house.until(lambda: caplog.messages.count("the wall clock was set") == 2, "the step back is noticed")
        house.looks_again()
        assert missing() == 1
        house.clocks.sleep = 56 * MINUTE
        house.until(lambda: missing() == 2, "the missing file is alerted")
    assert house.clocks.true() >= SLOT - 15 * MINUTE


def test_a_forgotten_pause_is_alerted_before_the_slot(
    make_house: Callable[[datetime], House], alerts: Callable[[], list[tuple[str, str, str]]]
) -> None:
    house = make_house(SLOT - 14 * MINUTE)
    house.ledger.pause("deuil national", SLOT - timedelta(days=2))
    with house.running():
        house.until(alerts, "the pause is alerted")
    told = f"publishing is paused: deuil national. It blocks {KEY}."
    assert alerts() == [("pause", "", told)]


def test_a_bug_in_one_round_does_not_prevent_the_next(
    make_house: Callable[[datetime], House],
    alerts: Callable[[], list[tuple[str, str, str]]],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = make_house(SLOT - 15 * MINUTE - timedelta(seconds=2))
    house.files.loaded = NOTHING

    def fail(*_: object) -> None:
        monkeypatch.undo()
        raise RuntimeError("a bug")

    monkeypatch.setattr(Rounds, "_report", fail)  # of the round at the start
    with house.running():
        house.until(alerts, "the missing file is alerted")
    assert "bug while reporting the preflight" in caplog.messages
