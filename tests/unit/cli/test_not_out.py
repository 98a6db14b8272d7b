"""Tests that status, log and doctor show an edition not out after its slot, with reason and command."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot import wiring
from bot.cli.main import cli
from bot.core.model import EditionKey
from bot.core.schedule.slots import due_times
from tests.fakes.clock import FakeClock
from tests.fakes.threads import make_ledger, make_thread

if TYPE_CHECKING:
    from pathlib import Path

    from bot.adapters.sql_ledger import SqlLedger

CREDENTIALS = {
    name: f"1-{name.lower().replace('_', '')}"
    for name in ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
}


NOW = datetime(2026, 11, 25, 6, 31, tzinfo=UTC)
KEY = EditionKey.parse("flashtweet@2026-11-25")


class Desk:
    """A folder with a slot one minute ago, by the clock that commands read."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "threads" / "2026-11-25.yaml"
        self.ledger: SqlLedger = make_ledger(folder / "flashtweet.db", FakeClock(NOW - timedelta(days=9)))

    def write(self, text: str = "items: |\n  Un appel\n  Deux\n", seconds_before: float = 3600) -> None:
        self.file.write_text(text, "utf-8")
        at = NOW.timestamp() - seconds_before
        os.utime(self.file, (at, at))

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments), env=CREDENTIALS)

    def first_line(self) -> str:
        assert self.run("status", "--check").exit_code == 4
        return self.run("status").stdout.splitlines()[0]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(wiring.SystemClock, "now", lambda _: NOW)
    (tmp_path / "threads").mkdir()
    (tmp_path / "config.yaml").write_text(
        "series:\n  flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour !, outro: À demain !}\n",
        "utf-8",
    )
    return Desk(tmp_path)


START = f"{KEY} is NOT OUT, due Wed 2026-11-25 07:30: "


def test_no_daemon_runs(desk: Desk) -> None:
    desk.write()
    todo = f"Start one (flashtweet run), or type: flashtweet publish {KEY}"
    assert desk.first_line() == f"{START}no daemon runs. → {todo}"


def test_its_file_has_an_error(desk: Desk) -> None:
    desk.write("items: |\n  Un appel\n  Deux $BABA et $AAPL\n")
    with wiring.daemon_lock(desk.folder / "flashtweet.db"):
        told = desk.first_line()
    assert told.startswith(f"{START}its file has an error: line 3: "), told
    assert told.endswith(
        "Correct threads/2026-11-25.yaml, then type: flashtweet check threads/2026-11-25.yaml"
    )


def test_no_file_makes_it(desk: Desk) -> None:
    with wiring.daemon_lock(desk.folder / "flashtweet.db"):
        assert desk.first_line().startswith(f"{START}no file for this edition. → Write the file of {KEY}")


def test_it_rests(desk: Desk) -> None:
    desk.write(seconds_before=41)  # 19 s after the slot
    with wiring.daemon_lock(desk.folder / "flashtweet.db"):
        assert desk.first_line().startswith(
            f"{START}its file was added or changed after its slot; it is posted after 07:31:19."
        )


def test_the_folder_is_gone(desk: Desk) -> None:
    (desk.folder / "threads").rename(desk.folder / "away")
    assert desk.first_line().startswith(f"{START}the folder cannot be read: threads: ")
    assert "warning: threads: " in desk.run("status").stderr


def test_a_pause_keeps_it_back(desk: Desk) -> None:
    desk.write()
    desk.ledger.pause("breaking news", NOW - timedelta(hours=1))
    told = f"{START}publishing is paused: breaking news. → To resume, type: flashtweet resume"
    assert desk.first_line() == told


@pytest.mark.parametrize("pause", [False, True], ids=["no daemon", "paused"])
def test_what_was_frozen_and_waits(desk: Desk, pause: bool) -> None:
    desk.write()
    slot = NOW - timedelta(minutes=1)
    thread = make_thread("Un", "Deux", key=KEY, slot_at=slot)
    desk.ledger.plan(thread, due_times(slot, timedelta(seconds=2), 2), slot - timedelta(seconds=30))
    if pause:
        desk.ledger.pause("breaking news", slot - timedelta(seconds=10))
        assert f"breaking news; {KEY} is at 0/2 posts → " in desk.first_line()
    else:
        assert "→ No daemon runs: start one, or type: flashtweet publish" in desk.first_line()


def test_nothing_needs_anybody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring.SystemClock, "now", lambda _: NOW - timedelta(hours=1))
    done = desk.run("status", "--check")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "Nothing needs you.")


def test_the_document_has_it(desk: Desk) -> None:
    desk.write()
    assert f'"edition": "{KEY}",' in desk.run("status", "--json").stdout
    assert '"reason": "no daemon runs."' in desk.run("status", "--json").stdout


def test_doctor_says_so(desk: Desk) -> None:
    desk.write()
    done = CliRunner().invoke(cli, ["doctor", str(KEY)])  # without keys X is not queried
    assert f"failure out          {KEY}: it is not out: no daemon runs." in done.stdout, done.output
    assert (
        "warning daemon       no daemon is running on flashtweet.db: nothing is published automatically."
        in done.stdout
    )


def test_log_points_to_doctor(desk: Desk) -> None:
    assert f"type: flashtweet doctor {KEY}" in desk.run("log", str(KEY)).stderr
