"""The process that reads and composes editors' files: real processes, ended in every way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.folder import FolderSource
from bot.adapters.issue_files import parse
from bot.adapters.reader_process import ReaderProcess, Setup
from bot.core.model import EditionKey
from bot.core.publishing.publication import Publication, PublicationState
from bot.errors import FolderUnread
from bot.services.catalog import Ask, DirectReader
from bot.wiring import SystemClock, boot_time, files_reader
from tests.fakes.rogue import COMMAND
from tests.processes import until
from tests.unit.core.newsroom import FRIDAY, PROGRAMME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.services.catalog import FolderReader
    from bot.services.folder_events import Notice

ROOT = Path(__file__).parents[3]
MORNING = datetime(2020, 11, 6, 5, 0, tzinfo=UTC)
KEY = EditionKey("flashtweet", FRIDAY)
GOOD = "items: |\n  Un https://example.com/a\n  Deux\n"
ASK = Ask(PROGRAMME, (), MORNING)
MEMORY = 512 * 1024 * 1024


@pytest.fixture
def threads(tmp_path: Path) -> Path:
    folder = tmp_path / "threads"
    folder.mkdir()
    (folder / "2020-11-06.yaml").write_text(GOOD, "utf-8")
    return folder


def rogue(threads: Path, *, seconds: float = 0.3, hang: float = 60.0) -> ReaderProcess:
    setup = Setup((str(threads),), str(threads.parent), timedelta(0), seconds, MEMORY, os.getpid())
    return ReaderProcess(COMMAND, os.environ | {"PYTHONPATH": str(ROOT)}, setup, boot_time, hang)


@pytest.fixture
def reader(threads: Path) -> Iterator[ReaderProcess]:
    one = rogue(threads)
    yield one
    one.close()


def codes(reader: FolderReader, news: list[Notice] | None = None) -> list[tuple[str, str]]:
    """Return (file, code) of each finding once the valid edition is present; notices are added to `news`."""
    look = reader.look(ASK)
    catalog = look.catalog
    if news is not None:
        news.extend(look.news)
    edition = catalog.find(KEY)
    assert edition
    assert catalog.composed(edition)[0]
    return [(Path(one.path).name, one.code) for one in catalog.findings]


def test_it_finds_what_a_reader_in_this_process_finds(threads: Path):
    (threads / "2020-11-09.yaml").write_text("items: |\n", "utf-8")
    (threads / "focus.yaml").write_text("at: 2020-11-08 18:00\ntext: |\n  Un texte.\n", "utf-8")
    ours = DirectReader(FolderSource([threads], parse, shown_from=Path.cwd())).look(ASK)
    reader = files_reader([threads], SystemClock())
    try:
        theirs = reader.look(ASK)
        again = reader.look(ASK)
    finally:
        reader.close()
    assert [(one.edition, one.composed, one.texts) for one in theirs.catalog.entries] == [
        (one.edition, one.composed, one.texts) for one in ours.catalog.entries
    ]
    assert len(ours.catalog.entries) == 3
    assert repr(theirs.catalog.summary) == repr(ours.catalog.summary)
    assert theirs.news == ours.news
    assert (again.catalog is theirs.catalog, again.news) == (True, ())


def test_what_the_ledger_knows_counts_in_each_look(reader: ReaderProcess, threads: Path):
    """They are sent once, and stay with the reader until they change."""
    day_before = EditionKey("flashtweet", FRIDAY - timedelta(days=1))
    missed = Publication("main", day_before, PublicationState.MISSED, MORNING - timedelta(days=1), ())
    (threads / "2020-11-05.yaml").write_text(GOOD, "utf-8")
    asks = (ASK, ASK, Ask(PROGRAMME, (missed,), MORNING), Ask(PROGRAMME, (missed,), MORNING))
    found = []
    for ask in asks:
        catalog = reader.look(ask).catalog
        edition = catalog.find(KEY)
        assert edition
        found.append([one.code for one in catalog.composed(edition)[1]])
    assert found == [["repeated-post", "repeated-post"]] * 2 + [[], []]


@pytest.mark.parametrize("how", ["#spin", "#regex", "#eat", "#deep"])
def test_a_file_over_the_limits_is_a_finding_and_holds_no_other_back(
    reader: ReaderProcess, threads: Path, how: str
):
    (threads / "bad.yaml").write_text(f"{how}\n", "utf-8")
    assert codes(reader) == [("bad.yaml", "too-costly")]
    process = reader.pid
    (threads / "2020-11-10.yaml").write_text(GOOD, "utf-8")
    assert codes(reader) == [("bad.yaml", "too-costly")]
    assert reader.pid == process  # the same process, with the files it had read


def test_a_file_that_ends_the_reader_is_banned_until_it_changes(reader: ReaderProcess, threads: Path):
    bad = threads / "bad.yaml"
    bad.write_text("#die\n", "utf-8")
    news: list[Notice] = []
    assert codes(reader, news) == [("bad.yaml", "too-costly")]
    [alert] = [one for one in news if one.alert]
    assert alert.alert == "finding"
    assert alert.sentence.endswith(
        "bad.yaml: it crashes the reader process (signal 9); nothing from it is published"
    )
    process = reader.pid
    assert codes(reader) == [("bad.yaml", "too-costly")]
    assert reader.pid == process
    bad.write_text("draft: true\n", "utf-8")
    assert codes(reader) == []


def test_a_reader_that_is_killed_once_bans_no_file(reader: ReaderProcess, threads: Path):
    """An operator may have killed it, or the kernel for lack of memory."""
    (threads / "bad.yaml").write_text(f"#die-once {threads.parent / 'died'}\n", "utf-8")
    assert codes(reader) != [("bad.yaml", "too-costly")]
    assert (threads.parent / "died").exists()


def test_a_folder_that_was_emptied_meanwhile_is_known_as_such(threads: Path):
    reader = files_reader([threads], SystemClock())
    try:
        assert reader.look(ASK).catalog.summary.files == 1
        assert reader.pid
        os.kill(reader.pid, signal.SIGKILL)
        (threads / "2020-11-06.yaml").unlink()
        until(lambda: "folder-emptied" in _codes_at_last(reader), "it is reported")
    finally:
        reader.close()


def _codes_at_last(reader: ReaderProcess) -> list[str]:
    try:
        return [one.code for one in reader.look(ASK).catalog.findings]
    except FolderUnread:
        return []


def test_a_bug_of_the_reader_is_reported_with_its_traceback(threads: Path):
    reader = rogue(threads)
    (threads / "bad.yaml").write_text("#log\n", "utf-8")
    news: list[Notice] = []
    try:
        codes(reader, news)
    finally:
        reader.close()
    [bug] = [one for one in news if one.alert == "bug"]
    assert bug.sentence == "a bug"
    assert "ZeroDivisionError" in bug.fields["traceback"]


def test_it_ends_where_its_parent_is_killed(threads: Path):
    (threads / "bad.yaml").write_text("#deaf\n", "utf-8")
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(threads)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    reader = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: _has_ended(reader), "it has ended")


def _has_ended(pid: int) -> bool:
    """Even if its exit is not collected: a container's first process may not do that."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


ORPHAN = """
import os, sys, threading, time
from datetime import timedelta
from pathlib import Path
from tests.unit.adapters.test_reader_process import ASK, rogue
reader = rogue(Path(sys.argv[1]), seconds=60, hang=60)
threading.Thread(target=lambda: reader.look(ASK), daemon=True).start()
while reader.pid is None:
    time.sleep(0.01)
print(reader.pid, flush=True)
time.sleep(60)
"""


def test_a_reader_that_cannot_stop_itself_is_killed(threads: Path):
    reader = rogue(threads, hang=1.0)
    (threads / "bad.yaml").write_text("#deaf\n", "utf-8")
    try:
        assert codes(reader) == [("bad.yaml", "too-costly")]
    finally:
        reader.close()


def test_a_reader_that_dies_for_no_known_reason_is_replaced(reader: ReaderProcess):
    assert codes(reader) == []
    first = reader.pid
    assert first
    os.kill(first, signal.SIGKILL)
    with pytest.raises(FolderUnread, match=r"^the reader of the folder ended: signal 9\.$"):
        reader.look(ASK)
    with pytest.raises(FolderUnread, match="restarted within a minute"):
        reader.look(ASK)
    until(lambda: _answers(reader), "it is started again")
    assert reader.pid != first


def _forbidden(folder: Path) -> Path:
    program = folder / "python"
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o600)
    return program


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_forbidden, "Permission denied"),
        (lambda folder: folder / "gone", "No such file or directory"),
        (lambda folder: folder / "2020-11-06.yaml" / "python", "Not a directory"),
    ],
)
def test_a_reader_that_cannot_be_executed_is_no_bug_and_names_the_remedy(
    threads: Path, make: Callable[[Path], Path], why: str
):
    setup = Setup((str(threads),), str(threads), timedelta(0), 1.0, MEMORY, os.getpid())
    now = [0.0]
    program = make(threads)
    reader = ReaderProcess([str(program)], {}, setup, lambda: now[0])
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(FolderUnread) as raised:
        reader.look(ASK)
    assert str(raised.value) == f"the reader of the folder cannot be started with {program}: {why}."
    assert raised.value.remedy == f"Allow the daemon's user to execute {program}, or reinstall flashtweet"
    with pytest.raises(FolderUnread, match="restarted within a minute"):
        reader.look(ASK)
    now[0] = 2.0
    with pytest.raises(FolderUnread, match=why):
        reader.look(ASK)
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files


def test_a_reader_for_which_there_is_no_room_is_no_bug(threads: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", full)
    with pytest.raises(FolderUnread, match="Resource temporarily unavailable") as raised:
        rogue(threads).look(ASK)
    assert "ulimit -a" in raised.value.remedy


def test_a_reader_that_ends_at_once_is_no_bug(threads: Path):
    setup = Setup((str(threads),), str(threads), timedelta(0), 1.0, MEMORY, os.getpid())
    with pytest.raises(FolderUnread, match=r"^the reader of the folder ended: exit code 1\.$"):
        ReaderProcess(["/bin/false"], {}, setup, boot_time).look(ASK)


def _answers(reader: ReaderProcess) -> bool:
    try:
        return codes(reader) == []
    except FolderUnread:
        return False


def test_it_gets_no_secret_and_no_signal_of_the_terminal(
    reader: ReaderProcess, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("X_API_KEY_SECRET", "planted")
    other = files_reader([Path()], SystemClock())
    assert "X_API_KEY_SECRET" not in other._environment
    assert codes(reader) == []
    assert reader.pid
    os.kill(reader.pid, signal.SIGINT)
    os.kill(reader.pid, signal.SIGTERM)
    assert codes(reader) == []


def test_it_ends_with_its_parent_and_at_once_when_closed(threads: Path):
    reader = rogue(threads, hang=60.0, seconds=60.0)
    (threads / "bad.yaml").write_text("#spin\n", "utf-8")
    failed: list[BaseException] = []

    def look() -> None:
        try:
            reader.look(ASK)
        except FolderUnread as error:
            failed.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    until(lambda: reader.pid, "it runs")
    process = reader.pid
    reader.close()
    thread.join(20)
    assert [str(one) for one in failed] == ["the reader was closed."]
    assert not Path(f"/proc/{process}").exists()
