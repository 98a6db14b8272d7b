"""Which process is this, and is that one gone? For claims, and for one daemon to a ledger.

A process id alone is not enough: ids are used again. With its start time and the machine's boot id it is
one process for ever. Source: proc(5), https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, 2026-11-23.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import platform
import re
import signal
import time
from pathlib import Path
from typing import IO, Self

from bot.errors import AlreadyRuns, LedgerError, UsageError
from bot.ownfile import NotOurs, open_own

_PROC = Path("/proc")


def this_process() -> str:
    """``host:pid:start time:boot id/pid namespace``; the parts that the system does not tell are empty."""
    pid = os.getpid()
    return f"{platform.node()}:{pid}:{_start_time(pid) or ''}:{_boot_id()}/{_pid_namespace()}"


def is_gone(owner: str) -> bool:
    """Whether the process that `this_process` called so is dead for certain. When in doubt, False."""
    parts = owner.rsplit(":", 3)
    if len(parts) < 4 or not (parts[1].isascii() and parts[1].isdigit()):  # noqa: PLR2004
        return False  # a name that `this_process` does not give
    host, pid, start_time, system = parts
    boot_id, _, namespace = system.partition("/")
    if host != platform.node() or not boot_id or not start_time:
        return False
    if boot_id != _boot_id():
        return True
    if namespace != _pid_namespace():
        return False  # two containers of one machine cannot see each other's processes
    return _start_time(int(pid)) != start_time and not _is_hidden(int(pid))


def _is_hidden(pid: int) -> bool:
    """Whether there is a process that /proc does not show us, as it is mounted with ``hidepid``.

    Source: proc(5), https://man7.org/linux/man-pages/man5/proc.5.html, 2026-11-24.
    """
    if (_PROC / str(pid)).exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True


def _start_time(pid: int) -> str | None:
    """Field 22 of ``/proc/PID/stat``; fields are counted after the name, which may hold blanks."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]


def _boot_id() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text("utf-8").strip()
    except OSError:
        return ""


def _pid_namespace() -> str:
    try:
        return (_PROC / "self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return ""


_GLANCES = 100
_GLANCE = 0.02
"""How often, and after how many seconds, a lock is tried again that others only look at."""


def _takes_alone(handle: IO[str]) -> bool:
    """Whether no daemon has the lock; then we have it. A daemon has it alone, who only looks shares it."""
    for _ in range(_GLANCES):
        if _locks(handle, fcntl.LOCK_EX):
            return True
        if not _locks(handle, fcntl.LOCK_SH):
            return False
        fcntl.flock(handle, fcntl.LOCK_UN)  # two that start at once would keep each other out
        time.sleep(_GLANCE)  # noqa: TID251  (before there is a daemon that a signal could stop)
    return False


def _locks(handle: IO[str], how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _named_in(handle: IO[str]) -> str:
    """The process that the lock file names; empty where it names none."""
    handle.seek(0)
    told = handle.read(32).strip()
    return told if told.isascii() and told.isdigit() else ""


def _send_if_it_locks(pid: int, file: os.stat_result, what: signal.Signals) -> None:
    """Send `what` to process `pid`, if that one holds a lock on `file`.

    A descriptor stands for the process from the first look on: its id cannot become another one's meanwhile.
    Source: https://man7.org/linux/man-pages/man2/pidfd_open.2.html and
    https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html (the line ``lock:``), 2026-11-29.

    Raises:
        OSError: it does not, that cannot be told, or the signal is not allowed.
    """
    if not _PROC.is_dir():
        raise OSError(errno.ENOSYS, "this system does not tell who holds a lock")
    process = os.pidfd_open(pid)
    try:
        if not _has_locked(pid, file):
            raise ProcessLookupError(errno.ESRCH, "that process does not hold it")
        signal.pidfd_send_signal(process, what)
    finally:
        os.close(process)


def _has_locked(pid: int, file: os.stat_result) -> bool:
    for descriptor in (_PROC / str(pid) / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if os.path.samestat(descriptor.stat(), file):
                told = (_PROC / str(pid) / "fdinfo" / descriptor.name).read_text("ascii", "replace")
                if re.search(r"^lock:.*\bFLOCK\b.*\bWRITE\b", told, re.MULTILINE):
                    return True
    return False


class DaemonLock:
    """Held by the one daemon of a ledger while it lives; the kernel drops it when the process dies."""

    def __init__(self, ledger: Path) -> None:
        self._path = ledger.with_name(ledger.name + ".lock")
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            AlreadyRuns: another daemon has it.
            LedgerError: the ledger's folder cannot be written.
        """
        try:
            handle = self._open()
        except NotOurs as error:
            raise LedgerError(
                f"{self._path}: the lock beside the ledger cannot be taken: {error.strerror}. It was left as "
                "it is. Find out who put it there, then move it away."
            ) from error
        except OSError as error:
            raise LedgerError(
                f"{self._path}: the lock beside the ledger cannot be made: {error.strerror}. "
                "Make the folder, check its owner and the file's, or correct 'ledger' in config.yaml or "
                "FLASHTWEET_LEDGER."
            ) from error
        if not _takes_alone(handle):
            other = _named_in(handle)
            handle.close()
            raise AlreadyRuns(
                f"{self._path.name}: another daemon (process {other or 'unknown'}) runs on this ledger. "
                "Stop it first, or give this one a ledger of its own with FLASHTWEET_LEDGER."
            )
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        self._file = handle
        return self

    def _open(self) -> IO[str]:
        try:
            descriptor = open_own(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            return os.fdopen(open_own(self._path, os.O_RDWR | os.O_APPEND), "a+", encoding="utf-8")
        folder = self._path.parent.stat()
        with contextlib.suppress(PermissionError):  # only root can, lest the next daemon be locked out
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
        return os.fdopen(descriptor, "a+", encoding="utf-8")

    def holder(self) -> str | None:
        """The process that holds the lock; None if nobody does.

        Who looks shares the lock for an instant: `_takes_alone` tells that from a daemon.
        """
        try:
            with self._look() as handle:
                return None if _locks(handle, fcntl.LOCK_SH) else _named_in(handle) or "unknown"
        except OSError:
            return None

    def signal_holder(self, what: signal.Signals) -> str | None:
        """Send the signal `what` to the process that holds the lock, and return its id; None if nobody does.

        The id that the file names is not believed: it may be of another pid namespace, or left by a process
        that is gone, whose id another one has now.

        Raises:
            UsageError: which process holds the lock cannot be proved, or it is another user's.
        """
        try:
            with self._look() as handle:
                if _locks(handle, fcntl.LOCK_SH):
                    return None
                holder, file = _named_in(handle), os.fstat(handle.fileno())
        except OSError:
            return None
        try:
            _send_if_it_locks(int(holder), file, what)
        except (OSError, ValueError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "the file names no process"
            raise UsageError(
                f"{self._path.name}: a process holds this lock, and it could not be shown to be process "
                f"{holder or 'unknown'}: {reason}. Nothing was sent. Type this where the daemon runs, as its "
                "user or as root; or: systemctl reload flashtweet"
            ) from error
        return holder

    def _look(self) -> IO[str]:
        return os.fdopen(open_own(self._path), "r", encoding="utf-8", errors="replace")

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
