"""Notifications to systemd from a daemon's start to its end, on a real socket."""

from __future__ import annotations

import re
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.processes import CONFIG, SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.processes import Project

pytestmark = pytest.mark.acceptance

WATCHDOG = "WATCHDOG=1"


class Manager:
    """The service manager's end of the socket; keeps all messages in order."""

    def __init__(self, path: Path) -> None:
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(str(path))
        self.channel.settimeout(SECONDS)
        self.environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "120000000"}
        self.messages: list[str] = []

    def wait_for(self, words: str) -> str:
        """Return the next message that begins with `words`."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.messages.append(self.channel.recv(4096).decode("utf-8"))
            if self.messages[-1].startswith(words):
                return self.messages[-1]
        raise AssertionError(f"'{words}' did not arrive; received: {self.messages}")

    def kinds(self) -> list[str]:
        """Return the kinds of messages without the watchdog's, with repeats collapsed."""
        kinds = [message.splitlines()[0] for message in self.messages if message != WATCHDOG]
        return [kind for before, kind in zip(["", *kinds], kinds, strict=False) if kind != before]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path / "notify")
    with made.channel:
        yield made


@pytest.mark.usefixtures("sandbox")
def test_the_notifications_of_a_daemon_from_start_to_end(project: Project, manager: Manager) -> None:
    project.write("config.yaml", CONFIG + "health: off\n")
    daemon = project.start("run", **manager.environment)
    assert "\nSTATUS=" in manager.wait_for("READY=1")
    manager.wait_for(WATCHDOG)
    before = time.monotonic_ns() // 1000
    daemon.send_signal(signal.SIGHUP)
    stamp = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", manager.wait_for("RELOADING=1"))
    assert stamp
    assert before <= int(stamp[1]) <= time.monotonic_ns() // 1000
    manager.wait_for("READY=1")
    manager.wait_for(WATCHDOG)
    daemon.send_signal(signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    daemon.communicate(timeout=SECONDS)
    assert daemon.returncode == 0
    assert manager.kinds() == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]


@pytest.mark.usefixtures("sandbox")
def test_a_reload_that_changes_nothing_ends_with_its_reason(project: Project, manager: Manager) -> None:
    """``systemctl status`` shows the reason as long as it applies."""
    project.write("config.yaml", CONFIG + "health: off\n")
    daemon = project.start("run", **manager.environment)
    manager.wait_for("READY=1")
    manager.wait_for(WATCHDOG)
    project.write("config.yaml", CONFIG + "health: often\n")
    daemon.send_signal(signal.SIGHUP)
    manager.wait_for("RELOADING=1")
    status = "the new configuration is invalid; a restart would fail too: config.yaml:"
    assert manager.wait_for("READY=1").startswith(f"READY=1\nSTATUS={status}")
