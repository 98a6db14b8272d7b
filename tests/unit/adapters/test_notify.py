"""The notify protocol, on real sockets."""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters import systemd
from bot.adapters.systemd import ServiceManager
from bot.wiring import service_manager

if TYPE_CHECKING:
    from collections.abc import Iterator

QUEUE = int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text("ascii"))
"""Number of datagrams that may queue on a socket that is not read."""

WATCHED = {"WATCHDOG_USEC": "120000000"}


class Listener:
    """The service manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(address.replace("@", "\0", 1))
        self.channel.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": address}

    def heard(self) -> list[str]:
        """Return all messages since the last call."""
        found = []
        while True:
            try:
                found.append(self.channel.recv(4096).decode("utf-8"))
            except BlockingIOError:
                return found


@pytest.fixture(params=["a path", "an abstract name"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Listener]:
    made = Listener(
        str(tmp_path / "notify") if request.param == "a path" else f"@flashtweet-{secrets.token_hex(8)}"
    )
    with made.channel:
        yield made


def test_the_life_of_a_daemon(listener: Listener) -> None:
    manager = ServiceManager(listener.environment | WATCHED, 42)
    manager.ready("2 editions; next flashtweet@2026-11-24 at 07:30")
    manager.alive()
    before = time.monotonic_ns() // 1000
    manager.reloading()
    after = time.monotonic_ns() // 1000
    manager.ready("à l'heure")
    manager.stopping()
    ready, alive, reloading, again, stopping = listener.heard()
    assert ready == "READY=1\nSTATUS=2 editions; next flashtweet@2026-11-24 at 07:30"
    assert alive == "WATCHDOG=1"
    stamp = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", reloading)
    assert stamp
    assert before <= int(stamp[1]) <= after
    assert again == "READY=1\nSTATUS=à l'heure"
    assert stopping == "STOPPING=1\nSTATUS=stopping after the post in flight"


def test_a_status_is_one_line(listener: Listener) -> None:
    """Text from a file name cannot send another command to the service manager."""
    ServiceManager(listener.environment, 42).ready("next: a\nMAINPID=1\x0bb \udcff")
    assert listener.heard() == ["READY=1\nSTATUS=next: a MAINPID=1 b ?"]


@pytest.mark.parametrize(
    ("environment", "interval"),
    [
        ({"WATCHDOG_USEC": "3000000"}, timedelta(seconds=1.5)),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "42"}, timedelta(seconds=1.5)),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": ""}, timedelta(seconds=1.5)),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "41"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "me"}, None),
        ({}, None),
    ],
)
def test_a_watchdog_is_petted_where_it_waits_for_this_process(
    tmp_path: Path, environment: dict[str, str], interval: timedelta | None
) -> None:
    listener = Listener(str(tmp_path / "notify"))
    with listener.channel:
        manager = ServiceManager(listener.environment | environment, 42)
        manager.alive()
        assert manager.watchdog_interval == interval
        assert listener.heard() == ([] if interval is None else ["WATCHDOG=1"])


def everything(manager: ServiceManager) -> None:
    manager.ready("here")
    manager.alive()
    manager.reloading()
    manager.stopping()


@pytest.mark.parametrize(
    "address", ["", "/nobody/listens/here", "@nobody-listens", "relative", "vsock:2:1234", "/" + 200 * "x"]
)
def test_no_trouble_with_a_socket_is_the_daemons(address: str) -> None:
    everything(ServiceManager({"NOTIFY_SOCKET": address} | WATCHED, 42))


def test_a_service_manager_that_does_not_read_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "_SEND_TIMEOUT", 0.01)
    listener = Listener(str(tmp_path / "notify"))
    with listener.channel:
        manager = ServiceManager(listener.environment, 42)
        for _ in range(QUEUE + 20):
            manager.ready("still here")
        assert listener.heard() == ["READY=1\nSTATUS=still here"] * (QUEUE + 1)


def test_nothing_is_sent_where_nobody_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket is even opened."""

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket, "socket", never)
    everything(ServiceManager(WATCHED, 42))


def test_the_environment_of_this_process_is_read(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    told = listener.environment | WATCHED | {"WATCHDOG_PID": str(os.getpid())}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    manager = service_manager()
    manager.alive()
    assert listener.heard() == ["WATCHDOG=1"]
    assert manager.watchdog_interval == timedelta(minutes=1)
