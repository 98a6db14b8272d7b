"""Is this ledger the continuation of the one that was last used here?

A ledger that was put back from a backup, or copied to another machine, does not know of what was sent since
the copy was made, and looks as sound as ever. So a small file beside it witnesses each claim: it gets a new
generation, and the ledger keeps its mark, which is that generation together with the file's inode and ctime.
The ctime is the kernel's: whoever puts the file back, together with the ledger or without it, gives it
another one, even where ``cp -p``, ``tar`` and ``rsync`` give it back all its other times.
Source: https://man7.org/linux/man-pages/man7/inode.7.html (st_ctime), 2026-11-24.

Where file and ledger differ, the ledger is another one. So they do after a ``chmod`` of the file, and when a
process dies between the two writes: that costs one look at the timeline.
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
    """Keeps the generation outside the ledger."""

    def read(self) -> str | None:
        """The mark of what was last written; None if nothing was, or it is gone."""
        ...

    def write(self, generation: str) -> str:
        """Keep `generation`, and give its mark: what `read` gives until anybody else touches what is kept.

        Where it cannot be kept, nothing is kept any more, and the mark is one that `read` never gives.

        Raises:
            LedgerError: it cannot be kept, and what was kept before cannot be removed.
        """
        ...


_UNREADABLE = "unreadable"
"""A mark that no `write` gives."""

_UNTIL_THEN = "Until it can, your timeline is read before each thread."
_REMEDY = "Check the owner and mode of the file and its folder, and the disk."


class Sidecar:
    """A witness in the file ``LEDGER.generation`` beside a SQLite file, of the ledger's owner."""

    def __init__(self, ledger: Path) -> None:
        self._ledger, self._path = ledger, ledger.with_name(f"{ledger.name}.generation")
        self._is_told = False

    def read(self) -> str | None:
        try:
            with os.fdopen(open_own(self._path), "rb") as file:
                return _mark(file.read(64).decode("ascii", "replace").strip(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return None
        except OSError as error:
            self._tell("read", error)
            return _UNREADABLE

    def write(self, generation: str) -> str:
        try:
            mark = self._replace(generation)
        except OSError as error:
            self._renounce(error)
            return generation
        self._is_told = False
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
            return _mark(generation, os.fstat(file.fileno()))  # the renaming, too, changed its ctime

    def _renounce(self, error: OSError) -> None:
        """Without a file each claim looks; an old file would go on to vouch for an old copy of the ledger."""
        try:
            self.forget()
        except OSError:
            if self.read() != _UNREADABLE:
                raise LedgerError(self._trouble("written", error)) from error
        self._tell("written", error)

    def _tell(self, done: str, error: OSError) -> None:
        """Once, until it is mended."""
        if not self._is_told:
            about = {"path": str(self._path), "reason": error.strerror, "next": f"{_UNTIL_THEN} {_REMEDY}"}
            log.warning(f"the file beside the ledger cannot be {done}", extra=about)
        self._is_told = True

    def _trouble(self, done: str, error: OSError) -> str:
        return (
            f"{self._path}: the file beside the ledger cannot be {done}: {error.strerror}. "
            f"{_UNTIL_THEN} {_REMEDY}"
        )


def _mark(generation: str, file: os.stat_result) -> str:
    return f"{generation} {file.st_ino} {file.st_ctime_ns}"
