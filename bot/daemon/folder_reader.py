"""The daemon's view of the editors' folder: a reader that does not answer blocks nothing else."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

from bot.core.problems import ProblemKind, failure, problem
from bot.errors import FolderUnread

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.model import Programme
    from bot.core.problems import Problem
    from bot.daemon.problem_board import ProblemBoard
    from bot.services.catalog import Ask, Catalog, FolderReader, Look
    from bot.services.folder_events import Notice

ANSWER_TIMEOUT = 1.0
"""Seconds that a turn waits for an answer, once for each request. An unchanged folder of ten years takes a
tenth of it."""

FOLDER_SILENCE = 60.0
"""Seconds without an answer from the folder before an alert."""


class Folder:
    """The catalog from the latest answer of the reader, and the notices still to be logged."""

    def __init__(
        self,
        reader: FolderReader,
        board: ProblemBoard,
        elapsed: Callable[[], float],
        answered: Callable[[], None],
    ) -> None:
        """Call `answered` when a late answer arrives; `elapsed` as in `bot.ports.Clock`."""
        self._reader, self._board, self._elapsed = reader, board, elapsed
        self._line = ReaderThread(board, elapsed, answered)
        self._news: tuple[Notice, ...] = ()
        self.catalog: Catalog | None = None
        """None before the first answer under this configuration."""
        self.took: float | None = None
        """Duration of the last look in seconds; None if it had no answer."""

    def reconfigure(self, reader: FolderReader | None, programme: Programme) -> None:
        """Switch to another configuration, and to another folder if a `reader` is given."""
        if reader is not None:
            self._reader.close()
            self._reader = reader
        if reader is not None or (self.catalog is not None and self.catalog.programme != programme):
            self.catalog = None

    def look(self, ask: Ask) -> Catalog | None:
        """Return the catalog of this look or of the latest answered one; None if there is none."""
        since = self._elapsed()
        try:
            found = self._line.ask(self._reader, ask)
        except Exception as error:  # noqa: BLE001  (reported; the previous catalog is kept)
            self._board.hold(_unread(error))
            found = None
        else:
            if found is not None:
                self._board.clear(ProblemKind.FOLDER_UNREAD)
        self.took = None
        if found is None:
            return self.catalog
        self.took = self._elapsed() - since
        self._news += found.news
        if found.catalog.programme == ask.programme:
            self.catalog = found.catalog
        return self.catalog

    def report(self) -> None:
        """Log the changes in the folder; called after all due editions have been started."""
        news, self._news = self._news, ()
        for notice in news:
            notice.tell()

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()


def _unread(error: Exception) -> Problem:
    if not isinstance(error, FolderUnread):
        return failure(ProblemKind.FOLDER_UNREAD, error)
    action = f"{error.remedy}. The files as last read are published meanwhile"
    return problem(ProblemKind.FOLDER_UNREAD, "", [("reason", str(error))], action)


class ReaderThread:
    """The thread that calls the reader: a call to a hanging file server never returns."""

    def __init__(
        self, board: ProblemBoard, elapsed: Callable[[], float], answered: Callable[[], None]
    ) -> None:
        """Call `answered` when a late answer arrives; `elapsed` as in `bot.ports.Clock`."""
        self._board, self._elapsed, self._answered = board, elapsed, answered
        self._reader: FolderReader | None = None
        self._reading: Future[Look] | None = None
        self._since = 0.0
        self._is_awaited = False

    def ask(self, reader: FolderReader, ask: Ask) -> Look | None:
        """Return the answer of `reader`; None while there is none: a later call returns it.

        Raises:
            Exception: any exception of `reader`.
        """
        if self._reading is None or self._reader is not reader:
            self._reader, self._since, self._is_awaited = reader, self._elapsed(), False
            self._reading = _started(reader, ask)
            wait([self._reading], ANSWER_TIMEOUT)
        if not self._reading.done():
            if not self._is_awaited:
                self._reading.add_done_callback(lambda _: self._answered())
            self._is_awaited = True
            self._report_silence()
            return None
        reading, self._reading = self._reading, None
        self._board.clear(ProblemKind.FOLDER_SILENT)
        return reading.result()

    def _report_silence(self) -> None:
        silent = self._elapsed() - self._since
        if silent >= FOLDER_SILENCE:
            reason = f"no answer for {silent:.0f} s; a file server or a disk may be unavailable"
            action = "Check that ls of the folder responds; until then the files as last read are posted"
            self._board.hold(problem(ProblemKind.FOLDER_SILENT, "", [("reason", reason)], action))


def _started(reader: FolderReader, ask: Ask) -> Future[Look]:
    """Start a look on a thread that does not keep the process alive; return its future."""
    reading: Future[Look] = Future()

    def look() -> None:
        try:
            reading.set_result(reader.look(ask))
        except Exception as error:  # noqa: BLE001  (raised to the caller)
            reading.set_exception(error)

    threading.Thread(target=look, name="folder", daemon=True).start()
    return reading
