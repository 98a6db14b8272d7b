"""A SQLite file that cannot be written for now, locked or without room: why, and what to do."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

_PROC = Path("/proc")
_PRIMARY = 0xFF
"""The lower byte of an extended result code. Source: https://www.sqlite.org/rescode.html, 2026-11-24."""


def is_locked(error: object) -> bool:
    """Whether SQLite gave up because of another connection's lock."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_full(error: object) -> bool:
    """Whether there was no room on the disk."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY == sqlite3.SQLITE_FULL


def locked_remedy(name: str, path: Path) -> str:
    """What to tell a person about the ledger in `path`, which messages call `name`."""
    return (
        f"{name}: the ledger is locked by another program{who_locks(path)}. "
        "Wait until it is done, or stop it, then try again. Nothing was written, and nothing is wrong with "
        "the file: leave it, and the -journal beside it, as they are."
    )


def who_locks(path: Path) -> str:
    """`` (process 42: sqlite3)``; nothing where the system does not tell."""
    try:
        pids = holders(path.stat(), (_PROC / "locks").read_text("ascii"))
    except OSError:
        return ""
    told = ", ".join(f"process {pid}: {_name(pid)}" for pid in pids)
    return f" ({told})" if told else ""


def holders(file: os.stat_result, locks: str) -> tuple[int, ...]:
    """The processes that have a POSIX lock on `file`, as SQLite takes them, each once.

    `locks` is the text of ``/proc/locks``: number, kind, ``ADVISORY``, ``READ`` or ``WRITE``, process, file,
    first and last byte a line; ``->`` before the kind marks who only waits. Some file systems (Btrfs,
    overlays) have another device number there than `os.stat` gives: nobody is found then.
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
