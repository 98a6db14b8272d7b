"""Client of systemd's notify protocol: datagrams on a Unix socket.

Own code, since the protocol is only these few assignments and the manual itself provides code to copy.
Without ``NOTIFY_SOCKET`` nothing is sent, and errors are ignored: a service manager that misses a message
does what its unit configures, at worst a restart.
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

_SEND_TIMEOUT = 1.0
"""Seconds to wait for a service manager that does not read its socket."""


class ServiceManager:
    """The service manager, if any, that started process `pid` with `environment`."""

    def __init__(self, environment: Mapping[str, str], pid: int) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._interval = _watchdog_interval(environment, pid)

    @property
    def watchdog_interval(self) -> timedelta | None:
        """The interval between calls of `alive`, half the watchdog's timeout; None without a watchdog."""
        return self._interval

    def ready(self, status: str) -> None:
        """Notify that the start or a reload is complete; `status` is one line for the operator."""
        self._notify("READY=1", _status(status))

    def alive(self) -> None:
        """Notify that the loop is running; to be called at each turn. Sent only if there is a watchdog."""
        if self._interval is not None:
            self._notify("WATCHDOG=1")

    def reloading(self) -> None:
        """Notify that the configuration is being reloaded; `ready` ends this, even if the reload failed."""
        self._notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Notify that the daemon will exit once the post in flight is answered."""
        self._notify("STOPPING=1", _status("stopping after the post in flight"))

    def _notify(self, *assignments: str) -> None:
        if self._address is None:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel,
        ):
            channel.settimeout(_SEND_TIMEOUT)
            channel.sendto("\n".join(assignments).encode("utf-8", "replace"), self._address)


def _address(named: str) -> str | None:
    """Return the socket address of a path or an ``@name`` in the abstract namespace; None for anything else.

    The manual lists further forms, for virtual machines only.
    """
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
