"""The editors' folder as the daemon sees it: a reader that does not answer stops nothing else."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind
from bot.core.outage import Outage
from bot.daemon.problems import Trouble, tell_trouble
from bot.errors import FolderUnread

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.model import Programme
    from bot.services.catalog import Ask, Catalog, FolderReader, Look
    from bot.services.folder_events import Notice

log = logging.getLogger("flashtweet.daemon")

ANSWER_TIMEOUT = 1.0
"""Seconds that a turn waits for an answer, once for each question. A folder of ten years that has not changed
is looked at in a tenth."""

FOLDER_SILENCE = 60.0
"""Seconds after which a folder that does not answer is alerted."""


class Folder:
    """Keeps the catalog of the latest look that was answered, and what is to be reported of it."""

    def __init__(
        self, reader: FolderReader, elapsed: Callable[[], float], answered: Callable[[], None]
    ) -> None:
        """`elapsed` as `bot.ports.Clock.elapsed`; `answered` is called when a late answer is there."""
        self._reader, self._elapsed, self._line = reader, elapsed, ReaderThread(elapsed, answered)
        self._trouble: Trouble | None = None
        self._news: tuple[Notice, ...] = ()
        self.catalog: Catalog | None = None
        """None: there was no look yet, by this configuration."""
        self.took: float | None = None
        """Seconds of the last look; None where it brought nothing."""

    def begin_anew(self, reader: FolderReader | None, programme: Programme) -> None:
        """Use another configuration, and another folder where there is a `reader`."""
        if reader is not None:
            self._reader.close()
            self._reader = reader
        if reader is not None or (self.catalog is not None and self.catalog.programme != programme):
            self.catalog = None

    def look(self, ask: Ask) -> Catalog | None:
        """Return the catalog as of this look, or of the latest one; None where there was none."""
        since = self._elapsed()
        try:
            found = self._line.ask(self._reader, ask)
        except FolderUnread as error:
            self._trouble = _unread(error, self._elapsed(), self._trouble)
            self.took = None
            return self.catalog
        except Exception as error:  # noqa: BLE001  (reported, and what was read before is published)
            sentence = "the editors' folder cannot be read"
            self._trouble = tell_trouble(sentence, error, self._elapsed(), self._trouble)
            self.took = None
            return self.catalog
        if found is None:
            self.took = None
            return self.catalog
        if self._trouble is not None:
            about = self._trouble.so_far(self._elapsed()) | {"alert_over": self._trouble.kind}
            log.info("the editors' folder can be read again", extra=about)
        self._trouble = None
        self.took = self._elapsed() - since
        self._news += found.news
        if found.catalog.programme == ask.programme:
            self.catalog = found.catalog
        return self.catalog

    def report(self) -> None:
        """Log what changed in the folder: after everything that is due was begun."""
        news, self._news = self._news, ()
        for notice in news:
            notice.tell()

    def close(self) -> None:
        """End the reader."""
        self._reader.close()


def _unread(error: FolderUnread, now: float, before: Trouble | None) -> Trouble:
    """Alert that the folder cannot be read, unless that is known; log from time to time that it is so."""
    trouble = Trouble(AlertKind.FOLDER, "unread", str(error), before.outage if before else Outage(since=now))
    if not trouble.outage.fails(trouble.what, now):
        return trouble
    about: dict[str, object] = {"reason": str(error), **trouble.so_far(now)}
    if before is not None and before.what == trouble.what:
        log.error("the editors' folder cannot be read, still", extra=about)
    else:
        about["next"] = f"{error.remedy}. What was read before is published meanwhile"
        log.error("the editors' folder cannot be read", extra=about | {"alert": AlertKind.FOLDER})
    return trouble


class ReaderThread:
    """Asks a reader on a thread of its own: a call to a file server that hangs never returns."""

    def __init__(self, elapsed: Callable[[], float], answered: Callable[[], None]) -> None:
        """`elapsed` as `bot.ports.Clock.elapsed`; `answered` is called when a late answer is there."""
        self._elapsed, self._answered = elapsed, answered
        self._reader: FolderReader | None = None
        self._reading: Future[Look] | None = None
        self._since = 0.0
        self._is_awaited = False
        self._told = False

    def ask(self, reader: FolderReader, ask: Ask) -> Look | None:
        """Return what `reader` found; None while it does not answer: a later call returns it.

        Raises:
            Exception: whatever `reader` raises.
        """
        if self._reading is None or self._reader is not reader:
            self._reader, self._since, self._is_awaited = reader, self._elapsed(), False
            self._reading = _started(reader, ask)
            wait([self._reading], ANSWER_TIMEOUT)
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
        if silent >= FOLDER_SILENCE and not self._told:
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


def _started(reader: FolderReader, ask: Ask) -> Future[Look]:
    """Return what `reader` finds, on a thread that nobody waits for at the end of the process."""
    reading: Future[Look] = Future()

    def look() -> None:
        try:
            reading.set_result(reader.look(ask))
        except Exception as error:  # noqa: BLE001  (raised to the caller)
            reading.set_exception(error)

    threading.Thread(target=look, name="folder", daemon=True).start()
    return reading
