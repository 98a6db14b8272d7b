"""An unread log: a terminal stopped by Ctrl-S, or a pipe whose reader hangs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.test_daemon import slot_a_minute_ago
from tests.fakes.service import Service
from tests.processes import FLASHTWEET, SECONDS, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes import Process, Project, SandboxProcess

pytestmark = pytest.mark.acceptance


@dataclass
class Pipe:
    """A pipe whose reader hangs: it is full from the start."""

    ours: int = field(init=False)
    theirs: int = field(init=False)

    def __post_init__(self) -> None:
        self.ours, self.theirs = os.pipe()
        fcntl.fcntl(self.theirs, fcntl.F_SETPIPE_SZ, 4096)
        os.write(self.theirs, b"." * 4095 + b"\n")

    def resume(self) -> None:
        """Read it again."""


class Terminal(Pipe):
    """A terminal that shows nothing until Ctrl-Q is typed."""

    def __post_init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        termios.tcflow(self.theirs, termios.TCOOFF)

    def resume(self) -> None:
        termios.tcflow(self.theirs, termios.TCOON)


@pytest.fixture(params=[Pipe, Terminal])
def stalled(request: pytest.FixtureRequest) -> Iterator[Pipe]:
    made: Pipe = request.param()
    yield made
    os.close(made.ours)
    os.close(made.theirs)


def start(project: Project, stderr: Pipe) -> Process:
    process = subprocess.Popen(
        [*FLASHTWEET, "run"],
        cwd=project.folder,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        stderr=stderr.theirs,
        text=True,
        start_new_session=True,
    )
    project.processes.append(process)
    return process


def read_on(stderr: Pipe, process: Process) -> str:
    """Return all output until the process has ended."""
    output, end = b"", time.monotonic() + SECONDS
    while time.monotonic() < end:
        if select.select([stderr.ours], [], [], 0.01)[0]:
            output += os.read(stderr.ours, 65536)
        elif process.poll() is not None:
            return output.decode().replace("\r\n", "\n")
    raise AssertionError(f"it does not end; its output:\n{output.decode()}")


def test_an_unread_log_delays_no_post_no_alert_and_no_exit(
    project: Project, sandbox: SandboxProcess, stalled: Pipe
) -> None:
    """A slow start has two alerts of one kind: the post was late, and before that still to be sent."""
    edition = slot_a_minute_ago(project)
    with Service() as service, (project.folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write(f"alerts:\n  urls: ['json://{service.host}/']\n")
        config.flush()
        daemon = start(project, stalled)
        until(lambda: len(sandbox.posts()) == 11, "the thread is out")
        service.wait_for(1)
        assert service.titles[0] == f"flashtweet rehearsal: LATE {edition}"
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(SECONDS) == 0


def test_a_log_that_is_read_again_has_all_its_lines(
    project: Project, sandbox: SandboxProcess, stalled: Pipe
) -> None:
    """Lines keep their order, also the last ones, which are written while the process ends."""
    edition = slot_a_minute_ago(project)
    daemon = start(project, stalled)
    until(lambda: len(sandbox.posts()) == 11, "the thread is out")
    until(lambda: project.json("status")["publications"][0]["state"] == "PUBLISHED", "all is recorded")
    stalled.resume()
    daemon.send_signal(signal.SIGTERM)
    lines = read_on(stalled, daemon).splitlines()
    sent = [line for line in lines if f"edition={edition} post=" in line]
    assert [f"post={n}/11" in line for n, line in enumerate(sent, 1)] == [True] * 11
    assert "edition published" in lines[lines.index(sent[-1]) + 1]
    assert lines[-1].endswith("flashtweet has stopped")
    assert daemon.returncode == 0


def test_a_second_signal_still_ends_it_at_once(
    project: Project, sandbox: SandboxProcess, stalled: Pipe
) -> None:
    slot_a_minute_ago(project)
    sandbox.switch_on(fault="delay", seconds=60, when="after")
    daemon = start(project, stalled)
    until(lambda: len(sandbox.posts()) == 1, "its answer is under way")

    def is_gone() -> bool:
        with contextlib.suppress(ProcessLookupError):
            daemon.send_signal(signal.SIGTERM)
        return daemon.poll() is not None

    until(is_gone, "it leaves")
    assert daemon.returncode == 143
