"""State of the ledger's and the threads folder's locations on this machine."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

from bot.ports import Location

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.core.schedule.clock_skew import ClockState


LOOK_TIMEOUT = 5.0
"""Seconds allowed for reading the threads folder."""


class LocalMachine:
    """Implementation of `bot.ports.Machine` for one ledger and one threads folder.

    `remote` returns the type of the network file system of a path, None if it is local; `clock` returns the
    kernel's state of the clock.
    """

    def __init__(
        self,
        ledger: Path,
        threads: Path,
        shown: Callable[[Path], str],
        remote: Callable[[Path], str | None],
        clock: Callable[[], ClockState | None],
    ) -> None:
        self._ledger, self._threads, self._shown, self._remote = ledger, threads, shown, remote
        self._clock = clock

    def clock(self) -> ClockState | None:
        return self._clock()

    def ledger(self) -> Location:
        folder = self._ledger.parent
        shown = self._shown(self._ledger)
        if not folder.is_dir():
            return Location(shown, problem="its folder does not exist")
        problem = None if os.access(folder, os.W_OK | os.X_OK) else "its folder is not writable"
        return Location(shown, problem, free=shutil.disk_usage(folder).free, remote=self._remote(folder))

    def threads(self) -> Location:
        """Return the location within `LOOK_TIMEOUT`: a call to a hanging file server never returns."""
        shown, found = self._shown(self._threads), list[Location]()
        looking = threading.Thread(target=lambda: found.append(self._look(shown)), daemon=True)
        looking.start()
        looking.join(LOOK_TIMEOUT)
        return (
            found[0]
            if found
            else Location(shown, f"it does not respond within {LOOK_TIMEOUT:g} s", hangs=True)
        )

    def _look(self, shown: str) -> Location:
        try:
            with os.scandir(self._threads) as entries:
                next(entries, None)
        except FileNotFoundError:
            return Location(shown, problem="it does not exist")
        except NotADirectoryError:
            return Location(shown, problem="it is not a folder")
        except OSError as error:
            return Location(shown, problem=error.strerror)
        return Location(shown)
