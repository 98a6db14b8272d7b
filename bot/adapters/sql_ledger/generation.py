"""Detection of a ledger that does not continue the one last used here.

A ledger that was restored from a backup, or copied to another machine, lacks the posts sent since the copy
was made, yet looks intact. So each claim writes a new generation to a small file beside the ledger, and the
ledger stores its mark: the generation plus the file's inode and ctime. The kernel sets the ctime: restoring
the file, with or without the ledger, changes it, even with ``cp -p``, ``tar`` and ``rsync``, which preserve
all other times. Source: https://man7.org/linux/man-pages/man7/inode.7.html (st_ctime), 2026-11-24.

If file and ledger differ, the ledger is treated as a different one. They also differ after a ``chmod`` of the
file, and if a process dies between the two writes: that costs one read of the timeline.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Protocol

from bot.adapters.sql_ledger.location import give_to_owner_of
from bot.errors import LedgerError
from bot.ownfile import make_own, open_own

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("flashtweet.ledger")


class Witness(Protocol):
    """Storage of the generation outside the ledger."""

    def read(self) -> str | None:
        """Return the mark of the last write; None if there was none, or it is gone."""
        ...

    def write(self, generation: str) -> str:
        """Store `generation` and return its mark, which `read` returns until the storage is tampered with.

        On failure nothing remains stored, and the returned mark is one that `read` never returns.

        Raises:
            LedgerError: the generation cannot be stored, nor the previous one removed.
        """
        ...


_UNREADABLE = "unreadable"
"""A mark that `write` never returns."""

_UNTIL_THEN = "Until then, your timeline is read before each thread."
_REMEDY = "Check the owner and mode of the file and its folder, and the disk."


class Sidecar:
    """A witness in the file ``LEDGER.generation`` beside a SQLite file, owned by the ledger's owner."""

    def __init__(self, ledger: Path) -> None:
        self._ledger, self._path = ledger, ledger.with_name(f"{ledger.name}.generation")
        self._is_reported = False

    def read(self) -> str | None:
        try:
            with os.fdopen(open_own(self._path), "rb") as file:
                return _mark(file.read(64).decode("ascii", "replace").strip(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return None
        except OSError as error:
            self._report("read", error)
            return _UNREADABLE

    def write(self, generation: str) -> str:
        try:
            mark = self._replace(generation)
        except OSError as error:
            self._remove_after(error)
            return generation
        self._is_reported = False
        return mark

    def forget(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)

    def _replace(self, generation: str) -> str:
        fresh = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(make_own(fresh), "w", encoding="ascii") as file:
            give_to_owner_of(self._ledger, file.fileno())
            file.write(f"{generation}\n")
            file.flush()
            fresh.replace(self._path)
            return _mark(generation, os.fstat(file.fileno()))  # the rename changed its ctime, too

    def _remove_after(self, error: OSError) -> None:
        """Remove the file after a failed write.

        Without it each claim reads the timeline; an old file would vouch for an old copy of the ledger.
        """
        try:
            self.forget()
        except OSError:
            if self.read() != _UNREADABLE:
                raise LedgerError(self._trouble("written", error)) from error
        self._report("written", error)

    def _report(self, done: str, error: OSError) -> None:
        """Log the failure, once until it is repaired."""
        if not self._is_reported:
            about = {"path": str(self._path), "reason": error.strerror, "next": f"{_REMEDY} {_UNTIL_THEN}"}
            log.warning(f"the file beside the ledger cannot be {done}", extra=about)
        self._is_reported = True

    def _trouble(self, done: str, error: OSError) -> str:
        return (
            f"{self._path}: the file beside the ledger cannot be {done}: {error.strerror}. "
            f"{_REMEDY} {_UNTIL_THEN}"
        )


def _mark(generation: str, file: os.stat_result) -> str:
    return f"{generation} {file.st_ino} {file.st_ctime_ns}"
