"""Tests that a threads folder that does not answer does not block commands on the ledger alone."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot import wiring
from bot.cli.main import cli
from bot.core.publishing.policy import Policy
from bot.core.publishing.publication import PublicationState
from bot.core.schedule.slots import due_times
from bot.errors import AccountRefused
from bot.services.publish import PublishRun
from bot.wiring import files, folder_wait
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.x import FakeX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.ports import Loaded

CREDENTIALS = dict.fromkeys(
    ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET"), "1-a"
)
SILENT = (
    "warning: threads: the folder did not answer within 0.01 s; its files are left out. "
    "Check its disk or its file server; does 'ls threads' answer?\n"
)


class SilentSource:
    """Simulate a folder on a file server that is gone."""

    def __init__(self) -> None:
        self.answers = threading.Event()

    def load(self) -> Loaded:
        self.answers.wait(30)  # waiting for it fails the test
        raise OSError("the mount came back")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(
        "series: {flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour !, outro: À demain !}}\n", "utf-8"
    )
    (tmp_path / "threads").mkdir()
    ledger = make_ledger(tmp_path / "flashtweet.db", FakeClock())
    ledger.plan(make_thread("un", "deux"), due_times(START, START - START, 2), START)
    ledger.close()
    source = SilentSource()
    for module, name in ((files, "issue_source"), (wiring, "issue_source"), (wiring, "files_source")):
        monkeypatch.setattr(module, name, lambda *_: source)
    monkeypatch.setattr(files.desk_beside, "__defaults__", (0.01,))
    monkeypatch.setattr(folder_wait, "SLOW", 0.01)
    monkeypatch.setattr(folder_wait, "WAIT_LIMIT", 0.02)
    yield tmp_path
    source.answers.set()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, env=CREDENTIALS)


def state() -> PublicationState:
    ledger = make_ledger(Path("flashtweet.db"), FakeClock())
    known = ledger.get(KEY)
    ledger.close()
    assert known is not None
    return known.state


def test_status_says_so() -> None:
    done = run("status")
    assert (done.exit_code, done.stderr) == (0, SILENT)
    assert str(KEY) in done.stdout


def test_status_as_json_says_so() -> None:
    done = run("status", "--json")
    document = json.loads(done.stdout)
    assert document["folder_problem"] == ("the folder did not answer within 0.01 s; its files are left out.")
    assert document["next"] == []
    assert [one["edition"] for one in document["publications"]] == [str(KEY)]


def test_pause_and_resume_do_not_look() -> None:
    for command in (("pause", "--yes"), ("resume", "--yes")):
        done = run(*command)
        assert (done.exit_code, done.stderr) == (0, ""), done.output


def test_hold_does_not_look_where_the_ledger_knows_the_edition() -> None:
    done = run("hold", "--yes", str(KEY))
    assert (done.exit_code, done.stderr, state()) == (0, "", PublicationState.HELD), done.output


def test_hold_of_an_edition_that_is_only_a_file_says_so() -> None:
    for command, done_to in (("hold", "held"), ("cancel", "cancelled")):
        done = run(command, "--yes", "flashtweet@2020-11-09")
        assert done.exit_code == 3
        assert done.stderr == SILENT + not_done(done_to) + SILENT.removeprefix("warning: ")


def not_done(what: str) -> str:
    return (
        f"flashtweet: flashtweet@2020-11-09 is NOT {what}: it is not in the ledger yet, and the files cannot "
        "be used. A daemon that read them earlier may still publish it. To stop all publishing, type: "
        "flashtweet pause\n"
    )


def test_hold_of_a_file_in_a_folder_that_is_gone_says_that_it_is_not_held(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    (folder / "threads").rmdir()
    done = run("hold", "--yes", "flashtweet@2020-11-09")
    assert done.exit_code == 3
    assert done.stderr.startswith(not_done("held") + "threads: there is no such file or folder. ")


def test_cancel_goes_through_and_says_so() -> None:
    done = run("cancel", "--yes", str(KEY))
    assert (done.exit_code, done.stderr, state()) == (0, SILENT, PublicationState.CANCELLED), done.output


def test_resolve_does_not_look() -> None:
    done = run("resolve", "--yes", "--skip", str(KEY))
    assert done.exit_code == 4
    assert "only posts of a HELD edition can be resolved" in done.stderr


SLOW = "threads: the folder has not answered for 0.01 s. Waiting up to 0.02 s; Ctrl-C is safe.\n"
HANGS = SILENT.replace("0.01 s", "0.02 s")


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("check", "--json"),
        ("preview", str(KEY)),
        ("publish", str(KEY)),
        ("publish", "flashtweet@2020-11-09"),
        ("publish", "--dry-run", str(KEY)),
        ("doctor", "focus@2020-11-09"),
    ],
)
def test_what_needs_the_files_says_what_it_waits_for_and_ends(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == SLOW + HANGS.replace("warning: ", "flashtweet: ")


def test_a_file_elsewhere_is_named(folder: Path) -> None:
    (folder / "other.yaml").touch()
    done = run("check", "other.yaml")
    assert (done.exit_code, done.stderr.startswith("other.yaml: the folder has not answered")) == (3, True)


def test_doctor_says_what_it_waits_for_and_checks_the_rest() -> None:
    done = run("doctor")
    assert done.stderr == SLOW
    assert "the folder did not answer within 0.02 s" in done.stdout
    assert "ok      ledger" in done.stdout


def test_a_thread_under_way_is_finished_without_the_files() -> None:
    """The rest of it is frozen."""
    ledger = make_ledger(Path("flashtweet.db"), FakeClock())
    x = FakeX(FakeClock())
    x.outcomes.extend([None, AccountRefused("X answered 402.")])
    PublishRun(ledger, x, FakeClock(), Policy())(KEY)
    ledger.pause("test.", START)  # it gets this far and no further
    ledger.close()
    done = run("publish", str(KEY))
    assert (done.exit_code, done.stderr.startswith(SLOW + HANGS)) == (4, True)
    assert "publishing is paused" in done.stderr


def test_a_large_folder_takes_as_long_as_it_takes() -> None:
    """Each file read counts as an answer."""
    signs = iter(range(10))
    reported: list[str] = []

    def look(answered: Callable[[], None]) -> str:
        waiting = threading.Event()
        for _ in signs:
            answered()
            waiting.wait(0.005)
        return "read"

    assert folder_wait.patiently(look, "threads", reported.append, limit=0.5) == "read"
