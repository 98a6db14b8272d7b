"""One signal stops flashtweet after the post in flight; a second one at once, without loss."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.test_daemon import slot_a_minute_ago
from tests.processes import DAILY, FLASHTWEET, assert_thread, until

if TYPE_CHECKING:
    from tests.processes import Process, Project, SandboxProcess

pytestmark = pytest.mark.acceptance

EDITION = "flashtweet@2020-11-06"
LEAVING = "flashtweet: exiting at once; the next start searches for a post without an answer\n"
HELD_BACK = {"fault": "delay", "seconds": 60, "when": "after"}
"""The post exists long before its answer, for which a process that exits at once does not wait."""


def texts_of(project: Project, edition: str) -> list[str]:
    return [post["text"] for post in project.json("preview", edition)["editions"][0]["posts"]]


def insist(process: Process, number: signal.Signals) -> None:
    """Send the signal until the process has ended; one that follows too fast counts as an echo."""

    def is_gone() -> bool:
        process.send_signal(number)
        return process.poll() is not None

    until(is_gone, "it leaves")


def is_answered(sandbox: SandboxProcess) -> bool:
    """Return True if the last POST was answered."""
    [*_, last] = [one for one in sandbox.get("requests") if one["method"] == "POST"]
    return last["status"] is not None


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("position", [0, 4])
def test_publish_exits_at_the_second_signal_and_the_next_run_adopts_its_post(
    project: Project, sandbox: SandboxProcess, number: signal.Signals, code: int, position: int
) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = texts_of(project, EDITION)
    sandbox.switch_on(**HELD_BACK, after=position)
    process = project.start("publish", EDITION)
    until(lambda: len(sandbox.posts()) == position + 1, "its answer is under way")
    process.send_signal(number)
    project.wait_for_line(process, "stopping after the post in flight")
    assert process.poll() is None, "it waits for the answer"
    insist(process, number)
    _, err = process.communicate()
    assert not is_answered(sandbox)
    assert process.returncode == code
    assert err == LEAVING
    after = project.run("publish", EDITION)
    assert after.returncode == 0, after.stderr
    assert_thread(sandbox.posts(), texts)


def test_run_exits_at_the_second_signal_and_the_next_run_adopts_its_post(
    project: Project, sandbox: SandboxProcess
) -> None:
    edition = slot_a_minute_ago(project)
    texts = texts_of(project, edition)
    sandbox.switch_on(**HELD_BACK, after=4)
    daemon = project.start("run")
    until(lambda: len(sandbox.posts()) == 5, "the fifth answer is under way")
    insist(daemon, signal.SIGTERM)
    _, err = daemon.communicate()
    assert not is_answered(sandbox)
    assert daemon.returncode == 143
    assert err.endswith(LEAVING)
    project.wait_for_line(project.start("run"), "edition published")
    assert_thread(sandbox.posts(), texts)


def test_the_echo_of_a_signal_is_the_same_request(project: Project, sandbox: SandboxProcess) -> None:
    """A supervisor that signals a process and then its group makes one request."""
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = texts_of(project, EDITION)
    sandbox.switch_on(fault="delay", seconds=1, when="after")
    process = project.start("publish", EDITION)
    until(lambda: len(sandbox.posts()) == 1, "its answer is under way")
    for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):  # both at once
        process.send_signal(number)
    process.communicate()
    assert process.returncode == 4
    assert sandbox.texts() == texts[:1]


def test_a_terminal_gets_its_cursor_back(project: Project, sandbox: SandboxProcess) -> None:
    """The progress bar hides it and does not get to restore it."""
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(**HELD_BACK)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*FLASHTWEET, "publish", EDITION],
        cwd=project.folder,
        env=project.environment() | {"TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stderr=theirs,
        text=True,
        start_new_session=True,
    )
    project.processes.append(process)
    os.close(theirs)
    until(lambda: len(sandbox.posts()) == 1, "its answer is under way")
    insist(process, signal.SIGINT)
    shown = b""
    try:
        while more := os.read(ours, 4096):
            shown += more
    except OSError:
        pass  # Linux reports a closed other end this way
    finally:
        os.close(ours)
    assert process.returncode == 130
    assert b"\x1b[?25l" in shown
    assert shown.rpartition(b"\x1b[?25l")[2].endswith(b"\x1b[?25h" + LEAVING.encode().replace(b"\n", b"\r\n"))
