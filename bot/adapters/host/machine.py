"""What this machine tells of the places that we use."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

from bot.ports import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.core.schedule.clock_skew import ClockState


PATIENCE = 5.0
"""Seconds for a look into the threads folder."""


class Machine:
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

    def ledger(self) -> Place:
        folder = self._ledger.parent
        shown = self._shown(self._ledger)
        if not folder.is_dir():
            return Place(shown, problem="its folder is not there")
        problem = None if os.access(folder, os.W_OK | os.X_OK) else "its folder may not be written"
        return Place(shown, problem, free=shutil.disk_usage(folder).free, remote=self._remote(folder))

    def threads(self) -> Place:
        """Within `PATIENCE`: a call to a file server that hangs never comes back, and other checks wait."""
        shown, found = self._shown(self._threads), list[Place]()
        looking = threading.Thread(target=lambda: found.append(self._look(shown)), daemon=True)
        looking.start()
        looking.join(PATIENCE)
        return found[0] if found else Place(shown, f"it does not answer within {PATIENCE:g} s", hangs=True)

    def _look(self, shown: str) -> Place:
        try:
            with os.scandir(self._threads) as entries:
                next(entries, None)
        except FileNotFoundError:
            return Place(shown, problem="it is not there")
        except NotADirectoryError:
            return Place(shown, problem="it is not a folder")
        except OSError as error:
            return Place(shown, problem=error.strerror)
        return Place(shown)
