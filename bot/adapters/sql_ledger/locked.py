"""Diagnosis of a SQLite file that is locked or on a full disk."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

_PROC = Path("/proc")
_PRIMARY = 0xFF
"""The lower byte of an extended result code. Source: https://www.sqlite.org/rescode.html, 2026-11-24."""


def is_locked(error: object) -> bool:
    """Return True if SQLite gave up because of another connection's lock."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_full(error: object) -> bool:
    """Return True if the disk was full."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY == sqlite3.SQLITE_FULL


def locked_remedy(name: str, path: Path) -> str:
    """Return the error message for the locked ledger at `path`, which messages call `name`."""
    return (
        f"{name}: the ledger is locked by another program{who_locks(path)}. "
        "Wait until it is done, or stop it, then try again. Nothing was written, and nothing is wrong with "
        "the file: leave it and the -journal beside it as they are."
    )


def who_locks(path: Path) -> str:
    """Return the processes that hold locks, as `` (process 42: sqlite3)``; empty if unknown."""
    try:
        pids = holders(path.stat(), (_PROC / "locks").read_text("ascii"))
    except OSError:
        return ""
    named = ", ".join(f"process {pid}: {_name(pid)}" for pid in pids)
    return f" ({named})" if named else ""


def holders(file: os.stat_result, locks: str) -> tuple[int, ...]:
    """Return the distinct ids of processes with a POSIX lock on `file`, the kind that SQLite takes.

    `locks` is the text of ``/proc/locks``: number, kind, ``ADVISORY``, ``READ`` or ``WRITE``, process, file,
    first and last byte per line; ``->`` before the kind marks a waiting process. Some file systems (Btrfs,
    overlays) show a different device number there than `os.stat`: no process is found then.
    Source: https://man7.org/linux/man-pages/man5/proc_locks.5.html, 2026-11-24.
    """
    device = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}:{file.st_ino}"
    lines = (line.split() for line in locks.splitlines())
    return tuple(sorted({int(line[4]) for line in lines if line[1] == "POSIX" and line[5] == device}))


def _name(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return "gone"
