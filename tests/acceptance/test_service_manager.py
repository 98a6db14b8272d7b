"""What systemd hears of a daemon from its start to its end, on a real socket."""

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

PETTED = "WATCHDOG=1"


class Manager:
    """The service manager's end of the socket: keeps what it hears, in order."""

    def __init__(self, path: Path) -> None:
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(str(path))
        self.channel.settimeout(SECONDS)
        self.environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "120000000"}
        self.heard: list[str] = []

    def wait_for(self, words: str) -> str:
        """The next message that begins with `words`."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.heard.append(self.channel.recv(4096).decode("utf-8"))
            if self.heard[-1].startswith(words):
                return self.heard[-1]
        raise AssertionError(f"'{words}' never came; it heard: {self.heard}")

    def told(self) -> list[str]:
        """What it was told, without the watchdog's turns; what comes twice running is one."""
        kinds = [message.splitlines()[0] for message in self.heard if message != PETTED]
        return [kind for before, kind in zip(["", *kinds], kinds, strict=False) if kind != before]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path / "notify")
    with made.channel:
        yield made


@pytest.mark.usefixtures("sandbox")
def test_the_life_of_a_daemon_as_its_service_manager_hears_it(project: Project, manager: Manager) -> None:
    project.write("config.yaml", CONFIG + "health: off\n")
    daemon = project.start("run", **manager.environment)
    assert "\nSTATUS=" in manager.wait_for("READY=1")
    manager.wait_for(PETTED)
    before = time.monotonic_ns() // 1000
    daemon.send_signal(signal.SIGHUP)
    stamp = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", manager.wait_for("RELOADING=1"))
    assert stamp
    assert before <= int(stamp[1]) <= time.monotonic_ns() // 1000
    manager.wait_for("READY=1")
    manager.wait_for(PETTED)
    daemon.send_signal(signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    daemon.communicate(timeout=SECONDS)
    assert daemon.returncode == 0
    assert manager.told() == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]


@pytest.mark.usefixtures("sandbox")
def test_a_reload_that_changes_nothing_ends_with_its_reason(project: Project, manager: Manager) -> None:
    """``systemctl status`` shows it, for as long as it is so."""
    project.write("config.yaml", CONFIG + "health: off\n")
    daemon = project.start("run", **manager.environment)
    manager.wait_for("READY=1")
    manager.wait_for(PETTED)
    project.write("config.yaml", CONFIG + "health: often\n")
    daemon.send_signal(signal.SIGHUP)
    manager.wait_for("RELOADING=1")
    status = "a changed configuration cannot be used, nor a new start: config.yaml:"
    assert manager.wait_for("READY=1").startswith(f"READY=1\nSTATUS={status}")
