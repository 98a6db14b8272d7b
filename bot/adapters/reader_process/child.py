"""The reading side: answers one question after the other, until its parent is gone."""

from __future__ import annotations

import pickle
import signal
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from bot.adapters.reader_process.limits import Limits, limit_memory
from bot.adapters.reader_process.messages import CHUNK, Answer, Failure, Question
from bot.adapters.reader_process.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from bot.adapters.reader_process.progress import Job
    from bot.services.catalog import Catalog, FolderReader


@dataclass(frozen=True, slots=True)
class Setup:
    """What the process is started for; the first message that it gets."""

    roots: tuple[str, ...]
    """Files and folders to be read."""
    shown_from: str
    """The folder from which findings name them."""
    offset: timedelta
    """How far the wall clock is shifted, in a rehearsal."""
    seconds: float
    """Computing time for each file."""
    memory: int
    """Bytes of address space."""
    banned: tuple[tuple[Job, str], ...] = ()
    """Versions of files that ended a process before, and why."""


def serve(handle: int, progress: int, make: Callable[[Setup, Limits], FolderReader]) -> None:
    """Answer the parent at the socket `handle`; `make` builds the reader within its limits.

    It gets no signal of a terminal or a service manager: it ends when the parent does.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with Connection(handle) as parent:
        try:
            setup: Setup = parent.recv()
            limit_memory(setup.memory)
            reader = make(setup, Limits(Progress(progress), setup.seconds, dict(setup.banned)))
            _answer_all(parent, reader)
        except (EOFError, ConnectionError):
            return


def _answer_all(parent: Connection, reader: FolderReader) -> None:
    sent: Catalog | None = None
    ask = None
    while True:
        question: Question = parent.recv()
        if question.publications is not None or ask is None:
            ask = replace(question.ask, publications=question.publications or ())
        else:
            ask = replace(question.ask, publications=ask.publications)
        try:
            look = reader.look(ask)
        except MemoryError:
            parent.send(Failure("the files take more memory than the reader may use"))
            return
        except Exception as error:  # noqa: BLE001  (reported by the parent, which goes on asking)
            parent.send(Failure(f"{type(error).__name__}: {error}", is_bug=True))
            continue
        if look.catalog is sent:
            parent.send(Answer(look.news))
            continue
        sent, entries = look.catalog, look.catalog.entries
        # In pieces: while one is read, no other thread of the parent runs.
        chunks = [entries[at : at + CHUNK] for at in range(0, len(entries), CHUNK)]
        parent.send(Answer(look.news, look.catalog.summary, len(chunks)))
        for chunk in chunks:
            parent.send_bytes(pickle.dumps(chunk, pickle.HIGHEST_PROTOCOL))
