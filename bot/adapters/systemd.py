"""What a service manager hears of the daemon: systemd's notify protocol, datagrams on a Unix socket.

Own code, since the protocol is these few assignments and the manual itself gives code to copy. Without a
``NOTIFY_SOCKET`` nothing is sent, and no trouble with it is ever the daemon's: a service manager that
misses a message does what its unit says, at worst a restart.
Source: https://www.freedesktop.org/software/systemd/man/258/sd_notify.html and
https://www.freedesktop.org/software/systemd/man/258/sd_watchdog_enabled.html, 2026-11-24.
"""

from __future__ import annotations

import contextlib
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE = 1.0
"""Seconds to wait for a service manager that does not read its socket."""


class ServiceManager:
    """Tells the service manager that started process `pid` with `environment`, if one did."""

    def __init__(self, environment: Mapping[str, str], pid: int) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._interval = _watchdog_interval(environment, pid)

    @property
    def watchdog_interval(self) -> timedelta | None:
        """How often `alive` is to be called: twice within the time that is allowed. None: nobody waits."""
        return self._interval

    def ready(self, status: str) -> None:
        """The start, or a reload, is complete; `status` is one line for a person."""
        self._tell("READY=1", _status(status))

    def alive(self) -> None:
        """The loop goes round; to be called at each turn. Sent only where a watchdog waits for it."""
        if self._interval is not None:
            self._tell("WATCHDOG=1")

    def reloading(self) -> None:
        """The configuration is being read again; `ready` ends it, with the old one too."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The daemon ends, as soon as the post in flight is answered."""
        self._tell("STOPPING=1", _status("stopping after the post in flight"))

    def _tell(self, *assignments: str) -> None:
        if self._address is None:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel,
        ):
            channel.settimeout(_PATIENCE)
            channel.sendto("\n".join(assignments).encode("utf-8", "replace"), self._address)


def _address(named: str) -> str | None:
    """A path, or ``@name`` in the abstract name space; the manual knows more, for virtual machines only."""
    if named.startswith("@"):
        return f"\0{named[1:]}"
    return named if named.startswith("/") else None


def _status(text: str) -> str:
    return f"STATUS={' '.join(text.split())}"  # a line break would begin another assignment


def _watchdog_interval(environment: Mapping[str, str], pid: int) -> timedelta | None:
    try:
        allowed = int(environment.get("WATCHDOG_USEC", ""))
        meant = int(environment.get("WATCHDOG_PID", "") or pid)
    except ValueError:
        return None
    return timedelta(microseconds=allowed / 2) if meant == pid and allowed > 0 else None
