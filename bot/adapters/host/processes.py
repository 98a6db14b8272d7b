"""Process identity and liveness, for claims and for the daemon lock.

A process id alone is not enough: ids are reused. Together with the start time and the machine's boot id it is
unique forever. Source: proc(5), https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, 2026-11-23.
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
    """Return ``host:pid:start time:boot id/pid namespace``; unknown parts are empty."""
    pid = os.getpid()
    return f"{platform.node()}:{pid}:{_start_time(pid) or ''}:{_boot_id()}/{_pid_namespace()}"


def is_gone(owner: str) -> bool:
    """Return True if the process that `this_process` named `owner` is certainly dead; False if in doubt."""
    parts = owner.rsplit(":", 3)
    if len(parts) < 4 or not (parts[1].isascii() and parts[1].isdigit()):  # noqa: PLR2004
        return False  # not a name from `this_process`
    host, pid, start_time, system = parts
    boot_id, _, namespace = system.partition("/")
    if host != platform.node() or not boot_id or not start_time:
        return False
    if boot_id != _boot_id():
        return True
    if namespace != _pid_namespace():
        return False  # two containers on a machine cannot see each other's processes
    return _start_time(int(pid)) != start_time and not _is_hidden(int(pid))


def _is_hidden(pid: int) -> bool:
    """Return True if the process exists but /proc, mounted with ``hidepid``, does not show it.

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
    """Return field 22 of ``/proc/PID/stat``, counted after the name, which may contain blanks."""
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


_LOCK_TRIES = 100
_LOCK_RETRY_DELAY = 0.02
"""Tries, and seconds between them, for a lock that other processes hold only briefly to inspect it."""


def _lock_exclusively(handle: IO[str]) -> bool:
    """Acquire the lock exclusively; return False if a daemon holds it. Other processes share it briefly."""
    for _ in range(_LOCK_TRIES):
        if _locks(handle, fcntl.LOCK_EX):
            return True
        if not _locks(handle, fcntl.LOCK_SH):
            return False
        fcntl.flock(handle, fcntl.LOCK_UN)  # otherwise two simultaneous starts would block each other
        time.sleep(_LOCK_RETRY_DELAY)  # noqa: TID251  (before there is a daemon that a signal could stop)
    return False


def _locks(handle: IO[str], how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _named_in(handle: IO[str]) -> str:
    """Return the process id in the lock file, or an empty string."""
    handle.seek(0)
    text = handle.read(32).strip()
    return text if text.isascii() and text.isdigit() else ""


def _send_if_it_locks(pid: int, file: os.stat_result, what: signal.Signals) -> None:
    """Send `what` to process `pid` if it holds a lock on `file`.

    A process descriptor is opened first, so that the id cannot be reused meanwhile.
    Source: https://man7.org/linux/man-pages/man2/pidfd_open.2.html and
    https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html (the line ``lock:``), 2026-11-29.

    Raises:
        OSError: the process does not hold the lock, that is unknown, or the signal is not allowed.
    """
    if not _PROC.is_dir():
        raise OSError(errno.ENOSYS, "this system does not report lock holders")
    process = os.pidfd_open(pid)
    try:
        if not _has_locked(pid, file):
            raise ProcessLookupError(errno.ESRCH, "that process does not hold the lock")
        signal.pidfd_send_signal(process, what)
    finally:
        os.close(process)


def _has_locked(pid: int, file: os.stat_result) -> bool:
    for descriptor in (_PROC / str(pid) / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if os.path.samestat(descriptor.stat(), file):
                text = (_PROC / str(pid) / "fdinfo" / descriptor.name).read_text("ascii", "replace")
                if re.search(r"^lock:.*\bFLOCK\b.*\bWRITE\b", text, re.MULTILINE):
                    return True
    return False


class DaemonLock:
    """The lock of a ledger's single daemon; the kernel releases it when the process dies."""

    def __init__(self, ledger: Path) -> None:
        self._path = ledger.with_name(ledger.name + ".lock")
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        """Acquire the lock.

        Raises:
            AlreadyRuns: another daemon holds it.
            LedgerError: the ledger's folder is not writable.
        """
        try:
            handle = self._open()
        except NotOurs as error:
            raise LedgerError(
                f"{self._path}: the lock beside the ledger cannot be acquired: {error.strerror}. It was "
                "left unchanged. Find out who put it there, then move it away."
            ) from error
        except OSError as error:
            raise LedgerError(
                f"{self._path}: the lock beside the ledger cannot be created: {error.strerror}. "
                "Create the folder, check its owner and the file's, or correct 'ledger' in config.yaml or "
                "FLASHTWEET_LEDGER."
            ) from error
        if not _lock_exclusively(handle):
            other = _named_in(handle)
            handle.close()
            raise AlreadyRuns(
                f"{self._path.name}: another daemon (process {other or 'unknown'}) is running on this ledger."
                " Stop it first, or use a different ledger with FLASHTWEET_LEDGER."
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
        with contextlib.suppress(PermissionError):  # only root can; or it locks out other users
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
        return os.fdopen(descriptor, "a+", encoding="utf-8")

    def holder(self) -> str | None:
        """Return the process that holds the lock, if any.

        This takes a shared lock for an instant, which `_lock_exclusively` distinguishes from a daemon's.
        """
        try:
            with self._look() as handle:
                return None if _locks(handle, fcntl.LOCK_SH) else _named_in(handle) or "unknown"
        except OSError:
            return None

    def signal_holder(self, what: signal.Signals) -> str | None:
        """Send the signal `what` to the holder of the lock, and return its process id; None if there is none.

        The id in the file is verified: it may belong to another pid namespace, or to a dead process whose id
        was reused.

        Raises:
            UsageError: the holder of the lock cannot be verified, or belongs to another user.
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
                f"{self._path.name}: a process holds this lock, but it cannot be verified to be process "
                f"{holder or 'unknown'}: {reason}. Nothing was sent. Run this where the daemon runs, as its "
                "user or as root; or type: systemctl reload flashtweet"
            ) from error
        return holder

    def _look(self) -> IO[str]:
        return os.fdopen(open_own(self._path), "r", encoding="utf-8", errors="replace")

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
