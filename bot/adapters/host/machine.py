"""What this machine tells of the places that we use."""

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
"""Seconds for a look into the threads folder."""


class LocalMachine:
    """Fulfils `bot.ports.Machine`, for one ledger and one threads folder.

    `remote` gives the type of the network file system that a path lies on, None where it is local; `clock`
    what the kernel says of its clock.
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
            return Location(shown, problem="its folder is not there")
        problem = None if os.access(folder, os.W_OK | os.X_OK) else "its folder may not be written"
        return Location(shown, problem, free=shutil.disk_usage(folder).free, remote=self._remote(folder))

    def threads(self) -> Location:
        """Return it within `LOOK_TIMEOUT`: a call to a file server that hangs never returns."""
        shown, found = self._shown(self._threads), list[Location]()
        looking = threading.Thread(target=lambda: found.append(self._look(shown)), daemon=True)
        looking.start()
        looking.join(LOOK_TIMEOUT)
        return (
            found[0]
            if found
            else Location(shown, f"it does not answer within {LOOK_TIMEOUT:g} s", hangs=True)
        )

    def _look(self, shown: str) -> Location:
        try:
            with os.scandir(self._threads) as entries:
                next(entries, None)
        except FileNotFoundError:
            return Location(shown, problem="it is not there")
        except NotADirectoryError:
            return Location(shown, problem="it is not a folder")
        except OSError as error:
            return Location(shown, problem=error.strerror)
        return Location(shown)
