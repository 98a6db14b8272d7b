"""The editors' folder, as far as it can be read: a file server that does not answer stops nobody else."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind
from bot.daemon.trouble import Trouble, tell_trouble
from bot.ports import Loaded
from bot.services.editorial import read_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.model import Programme, Publication
    from bot.ports import IssueSource
    from bot.services.editorial import Desk

log = logging.getLogger("flashtweet.daemon")

PATIENCE = 1.0
"""Seconds that a look waits for the folder. One of ten years is read in less, unchanged in a hundredth."""

SILENCE = 60.0
"""Seconds after which a folder that does not answer is alerted."""


NOTHING = Loaded((), (), ())


class Folder:
    """Gives the desk that the folder makes, or made when it was last read."""

    def __init__(
        self, source: IssueSource, elapsed: Callable[[], float], answered: Callable[[], None]
    ) -> None:
        """`elapsed` as `bot.ports.Clock.elapsed`; `answered` is called when a late answer is there."""
        self._source, self._elapsed, self._reader = source, elapsed, Reader(elapsed, answered)
        self._trouble: Trouble | None = None
        self._desk_trouble: Trouble | None = None
        self.loaded = NOTHING
        """What it held when it was last read."""
        self.desk: Desk | None = None
        """None: it was not read yet, by this configuration."""
        self.took: float | None = None
        """Seconds of the last look; None where it brought nothing."""

    def begin_anew(self, source: IssueSource | None) -> None:
        """Another configuration, and another folder where there is a `source`."""
        if source is not None:
            self._source, self.loaded = source, NOTHING
        self.desk = None

    def look(self, programme: Programme, publications: tuple[Publication, ...]) -> Desk | None:
        """The desk, read with the ledger's `publications`; None where the folder was never read."""
        since = self._elapsed()
        found = self._read()
        loaded = found or self.loaded
        if loaded is not NOTHING and (
            self.desk is None or loaded is not self.loaded or not self.desk.follows(publications)
        ):
            self._lay(loaded, programme, publications)
        self.took = self._elapsed() - since if found is not None else None
        return self.desk

    def _lay(self, loaded: Loaded, programme: Programme, publications: tuple[Publication, ...]) -> None:
        """Make the desk of what was `loaded`; one that brings out a bug leaves the one before."""
        try:
            self.desk, self.loaded = read_desk(loaded, programme, publications), loaded
        except Exception as error:  # noqa: BLE001  (told, and what is frozen goes out)
            sentence = "the desk cannot be made of what stands in the folder"
            self._desk_trouble = tell_trouble(sentence, error, self._desk_trouble)
            return
        if self._desk_trouble is not None:
            log.info("the desk can be made again", extra={"alert_over": self._desk_trouble.kind})
        self._desk_trouble = None

    def _read(self) -> Loaded | None:
        """What it holds; None where that cannot be told now, which is told."""
        try:
            loaded = self._reader.read(self._source)
        except Exception as error:  # noqa: BLE001  (told, and what was read before goes out)
            self._trouble = tell_trouble("the editors' folder cannot be read", error, self._trouble)
            return None
        if self._trouble is not None:
            log.info("the editors' folder can be read again", extra={"alert_over": self._trouble.kind})
        self._trouble = None
        return loaded


class Reader:
    """Reads the folder on a thread of its own: a call to a file server that hangs never comes back."""

    def __init__(self, elapsed: Callable[[], float], answered: Callable[[], None]) -> None:
        """`elapsed` as `bot.ports.Clock.elapsed`; `answered` is called when a late answer is there."""
        self._elapsed, self._answered = elapsed, answered
        self._source: IssueSource | None = None
        self._reading: Future[Loaded] | None = None
        self._since = 0.0
        self._is_awaited = False
        self._told = False

    def read(self, source: IssueSource) -> Loaded | None:
        """What `source` holds; None while it does not answer: a later call gives it.

        Raises:
            Exception: whatever `source` raises.
        """
        if self._reading is None or self._source is not source:
            self._source, self._since, self._is_awaited = source, self._elapsed(), False
            self._reading = _started(source)
        wait([self._reading], PATIENCE)
        if not self._reading.done():
            if not self._is_awaited:
                self._reading.add_done_callback(lambda _: self._answered())
            self._is_awaited = True
            self._tell_silence()
            return None
        reading, self._reading = self._reading, None
        self._tell_answer()
        return reading.result()

    def _tell_silence(self) -> None:
        silent = self._elapsed() - self._since
        if silent >= SILENCE and not self._told:
            self._told = True
            about = {
                "reason": f"no answer for {silent:.0f} s; a file server or a disk may not answer",
                "next": "ls the threads folder: does it answer? What was read before goes out meanwhile",
            }
            log.error("the threads folder does not answer", extra=about | {"alert": AlertKind.FOLDER})

    def _tell_answer(self) -> None:
        if self._told:
            self._told = False
            log.info("the threads folder answers again", extra={"alert_over": AlertKind.FOLDER})


def _started(source: IssueSource) -> Future[Loaded]:
    """What `source` loads, on a thread that nobody waits for at the end of the process."""
    reading: Future[Loaded] = Future()

    def load() -> None:
        try:
            reading.set_result(source.load())
        except Exception as error:  # noqa: BLE001  (raised to who asks)
            reading.set_exception(error)

    threading.Thread(target=load, name="folder", daemon=True).start()
    return reading
