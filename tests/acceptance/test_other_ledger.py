"""A deleted or restored ledger lacks the posts that were sent; the timeline shows them."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.test_daemon import slot_a_minute_ago
from tests.processes import assert_thread, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Project, SandboxProcess

pytestmark = pytest.mark.acceptance


def creates(sandbox: SandboxProcess) -> int:
    """Return the number of post requests: X's duplicate rule must not be needed."""
    return sum(request["kind"] == "create" for request in sandbox.get("requests"))


def expected(project: Project, edition: str) -> list[str]:
    return [post["text"] for post in project.json("preview", edition)["editions"][0]["posts"]]


def put_back(backup: Path, ledger: Path) -> None:
    """Restore as in docs/operators.md: the dead daemon's journal must not be applied to the backup."""
    ledger.unlink()
    ledger.with_name(f"{ledger.name}-journal").unlink(missing_ok=True)
    shutil.copy(backup, ledger)


def publish_by_daemon(project: Project) -> None:
    daemon = project.start("run")
    project.wait_for_line(daemon, "edition published")
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate()
    assert daemon.returncode == 0


def test_a_deleted_ledger_duplicates_no_post(project: Project, sandbox: SandboxProcess) -> None:
    edition = slot_a_minute_ago(project)
    publish_by_daemon(project)
    assert creates(sandbox) == 11
    (project.folder / "ledger.db").unlink()
    again = project.run("publish", edition)
    assert again.returncode == 0, again.stderr
    assert "IN_DOUBT: the ledger is new or was restored" in again.stderr
    assert again.stderr.count("found on X") == 11
    assert creates(sandbox) == 11
    assert_thread(sandbox.posts(), expected(project, edition))


def test_a_restored_ledger_duplicates_no_post(project: Project, sandbox: SandboxProcess) -> None:
    """Restore a copy from before the slot after the daemon has sent a part of the thread."""
    edition = slot_a_minute_ago(project)
    ledger = project.folder / "ledger.db"
    copy = project.folder / "backup.db"
    shutil.copy(ledger, copy)
    daemon = project.start("run")
    until(lambda: len(sandbox.posts()) >= 4, "a part of the thread is out")
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()
    out = len(sandbox.posts())
    put_back(copy, ledger)
    publish_by_daemon(project)
    assert_thread(sandbox.posts(), expected(project, edition))
    story = project.run("log", edition).stdout
    assert story.count("found in the timeline") >= out
    assert creates(sandbox) == 11


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_backup_made_within_a_thread_and_restored_within_it(
    project: Project, sandbox: SandboxProcess, end: signal.Signals
) -> None:
    """After SIGKILL the file beside the ledger is as it was at the backup; the ledger is not."""
    edition = slot_a_minute_ago(project)
    config = (project.folder / "config.yaml").read_text("utf-8")
    project.write("config.yaml", config.replace("gap: 100ms", "gap: 300ms"))
    sandbox.switch_on(fault="delay", after=3, seconds=6)  # enough time for a command
    ledger, copy = project.folder / "ledger.db", project.folder / "backup.db"
    daemon = project.start("run")
    until(lambda: len(sandbox.posts()) >= 3, "the thread is begun")
    made = project.run("backup", "backup.db")
    assert made.returncode == 0, made.stderr
    assert "ledger.db is backed up to backup.db: 1 publications, " in made.stdout
    known = len(sandbox.posts())
    until(lambda: len(sandbox.posts()) >= known + 3, "more of it is out than the copy knows of")
    daemon.send_signal(end)
    daemon.wait()
    out = len(sandbox.posts())
    assert out < 11
    put_back(copy, ledger)
    publish_by_daemon(project)
    assert_thread(sandbox.posts(), expected(project, edition))
    assert project.run("log", edition).stdout.count("found in the timeline") >= 3
    assert creates(sandbox) == 11
