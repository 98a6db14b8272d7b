"""A threads folder that does not answer keeps nobody from what needs the ledger only."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot.cli.main import cli
from bot.core.model import PublicationState
from bot.core.slots import due_times
from bot.wiring import files
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.ports import Loaded

CREDENTIALS = dict.fromkeys(
    ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET"), "1-a"
)
SILENT = (
    "warning: threads: the folder does not answer within 0.01 s; what stands in it is left out. "
    "Check its disk or its file server.\n"
)


class SilentSource:
    """A folder on a file server that is gone."""

    def __init__(self) -> None:
        self.answers = threading.Event()

    def load(self) -> Loaded:
        self.answers.wait(30)  # whoever waits for it fails a test then
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
    monkeypatch.setattr(files, "issue_source", lambda _: source)
    monkeypatch.setattr(files.desk_beside, "__defaults__", (0.01,))
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
    assert document["folder_problem"] == (
        "the folder does not answer within 0.01 s; what stands in it is left out."
    )
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
        "be used. A daemon that read them before may still publish it. To stop all publishing, type: "
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
    assert done.exit_code == 2
    assert "a post is resolved while its edition is held" in done.stderr
