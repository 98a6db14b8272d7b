"""Is this ledger the continuation of the one that was last used here?

A ledger that was put back from a backup, or copied to another machine, does not know of what was sent since
the copy was made, and looks as sound as ever. So the ledger's generation changes with every claim, and is
kept twice: in the ledger, and in a small file beside it. Where the two differ, the ledger is another one.
A process that dies between the two writes makes them differ as well: that costs one look at the timeline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path


class Witness(Protocol):
    """Keeps the generation outside the ledger."""

    def read(self) -> str | None:
        """What was last written; None if nothing was, or it is gone."""
        ...

    def write(self, generation: str) -> None:
        """Keep `generation`.

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
            return self._path.read_text("ascii", errors="replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble("read", error) from error

    def write(self, generation: str) -> None:
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            fresh.touch(0o600)
            fresh.write_text(f"{generation}\n", "ascii")
            fresh.replace(self._path)
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
