"""The child side of the reader process: answers requests until its parent is gone."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import threading
import traceback
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from bot.adapters.reader_process.limits import Limits, limit_memory
from bot.adapters.reader_process.messages import CHUNK, Failure, LookResult, Question
from bot.adapters.reader_process.progress import Progress
from bot.core.alerts import AlertKind
from bot.services.folder_events import Notice

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from bot.adapters.reader_process.progress import Job
    from bot.services.catalog import Catalog, FolderReader


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings of the process; its first message."""

    roots: tuple[str, ...]
    """Files and folders to read."""
    shown_from: str
    """The folder that paths in findings are relative to."""
    offset: timedelta
    """Shift of the wall clock in a rehearsal."""
    seconds: float
    """CPU seconds for each file."""
    memory: int
    """Bytes of address space."""
    parent: int
    """The process id of the parent; the process ends with it."""
    banned: tuple[tuple[Job, str], ...] = ()
    """Versions of files that ended a process before, with the reasons."""
    held: int = 0
    """Number of files found by the previous process: a folder that is empty now was emptied."""


def serve(handle: int, progress: int, make: Callable[[Setup, Limits], FolderReader]) -> None:
    """Answer the parent on the socket `handle`; `make` builds the reader within its limits.

    Signals of a terminal or a service manager are ignored: the process ends with its parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with Connection(handle) as parent:
        try:
            setup: Setup = parent.recv()
            threading.Thread(target=_end_with, args=(setup.parent,), name="parent", daemon=True).start()
            limit_memory(setup.memory)
            reader = make(setup, Limits(Progress(progress), setup.seconds, dict(setup.banned)))
            _answer_all(parent, reader)
        except (EOFError, ConnectionError):
            return


def _answer_all(parent: Connection, reader: FolderReader) -> None:
    sent: Catalog | None = None
    ask = None
    records = _kept()
    while True:
        question: Question = parent.recv()
        if question.publications is not None or ask is None:
            ask = replace(question.ask, publications=question.publications or ())
        else:
            ask = replace(question.ask, publications=ask.publications)
        records.clear()
        try:
            look = reader.look(ask)
        except MemoryError:
            parent.send(Failure("the files take more memory than the reader may use"))
            return
        except Exception as error:  # noqa: BLE001  (reported by the parent, which asks again)
            where = "".join(traceback.format_exception(error))[-_LONGEST:]
            parent.send(Failure(f"{type(error).__name__}: {error}", is_bug=True, traceback=where))
            continue
        news = (*look.news, *map(_notice, records))
        if look.catalog is sent:
            parent.send(LookResult(news))
            continue
        sent, entries = look.catalog, look.catalog.entries
        # In chunks: no other thread of the parent runs while it unpickles one.
        chunks = [entries[at : at + CHUNK] for at in range(0, len(entries), CHUNK)]
        parent.send(LookResult(news, look.catalog.summary, len(chunks)))
        for chunk in chunks:
            parent.send_bytes(pickle.dumps(chunk, pickle.HIGHEST_PROTOCOL))


_LONGEST = 4_000
"""Maximum characters of a traceback."""
_MOST = 20
"""Maximum log records per look."""


def _kept() -> list[logging.LogRecord]:
    """Return the list that collects this process's log records for the parent, which logs them."""
    records: list[logging.LogRecord] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if len(records) < _MOST:
                records.append(record)

    root = logging.getLogger()
    root.addHandler(Keeper(logging.WARNING))
    return records


def _notice(record: logging.LogRecord) -> Notice:
    """Convert `record` for the parent's log, with the traceback as a field."""
    fields = {name: str(value) for name, value in vars(record).items() if name not in _STANDARD}
    alert = fields.pop("alert", None)
    if record.exc_info:
        fields["traceback"] = "".join(traceback.format_exception(*record.exc_info))[-_LONGEST:]
    return Notice(record.getMessage(), fields, record.levelno, AlertKind(alert) if alert else None)


_STANDARD = vars(logging.makeLogRecord({})).keys() | {"message", "asctime", "taskName"}


def _end_with(parent: int) -> None:
    """End this process once `parent` is gone, even in the middle of a job."""
    while os.getppid() == parent:
        _PAUSE.wait(1.0)
    os._exit(1)


_PAUSE = threading.Event()
