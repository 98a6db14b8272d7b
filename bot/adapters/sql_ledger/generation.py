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

import os
from typing import TYPE_CHECKING, Protocol

from bot.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path


class Witness(Protocol):
    """Keeps the generation outside the ledger."""

    def read(self) -> str | None:
        """The mark of what was last written; None if nothing was, or it is gone."""
        ...

    def write(self, generation: str) -> str:
        """Keep `generation`, and give its mark: what `read` gives until anybody else touches what is kept.

        Raises:
            LedgerError: it cannot be kept.
        """
        ...


class Sidecar:
    """A witness in the file ``LEDGER.generation`` beside a SQLite file."""

    def __init__(self, ledger: Path) -> None:
        self._path = ledger.with_name(f"{ledger.name}.generation")

    def read(self) -> str | None:
        try:
            with self._path.open("rb") as file:
                return _mark(file.read(64).decode("ascii", "replace").strip(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble("read", error) from error

    def write(self, generation: str) -> str:
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            fresh.touch(0o600)
            with fresh.open("w", encoding="ascii") as file:
                file.write(f"{generation}\n")
                file.flush()
                fresh.replace(self._path)
                return _mark(generation, os.fstat(file.fileno()))  # the renaming, too, changed its ctime
        except OSError as error:
            raise self._trouble("written", error) from error

    def forget(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)

    def _trouble(self, done: str, error: OSError) -> LedgerError:
        return LedgerError(
            f"{self._path}: the file beside the ledger cannot be {done}: {error.strerror}. "
            "Check the folder's owner and mode, and the disk."
        )


def _mark(generation: str, file: os.stat_result) -> str:
    return f"{generation} {file.st_ino} {file.st_ctime_ns}"
