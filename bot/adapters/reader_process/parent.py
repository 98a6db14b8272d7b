"""The daemon's side of the reader process: starts it, and replaces it when it hangs or dies."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import socket
import subprocess
import tempfile
import threading
from collections import OrderedDict
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import IO, TYPE_CHECKING

from bot.adapters.reader_process.messages import LARGEST, Failure, LookResult, Question
from bot.adapters.reader_process.progress import Job, Progress
from bot.core.alerts import AlertKind
from bot.errors import FolderUnread
from bot.services.catalog import Ask, Catalog, Look
from bot.services.folder_events import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.adapters.reader_process.child import Setup
    from bot.core.publishing.publication import Publication

POLL_INTERVAL = 0.5
"""Seconds between checks of a process that has not answered."""

HANG = 20.0
"""Seconds on a single file before the reader is killed. It normally stops itself sooner."""

LONGEST_SILENCE = 30.0
"""Seconds between two files without an answer before the reader is killed. A hanging disk may block it."""

MAX_RESTART_DELAY = 60.0
"""Maximum seconds before a reader that died for an unknown reason is restarted."""

CLOSE_TIMEOUT = 1.0
"""Seconds that `close` waits for a look in progress, which a hanging disk may block."""

MOST_BANNED = 1_000
"""Maximum number of remembered versions of files that ended a reader."""


class ReaderProcess:
    """Implementation of `bot.services.catalog.FolderReader`. `look` is for one thread, `close` for any."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        setup: Setup,
        elapsed: Callable[[], float],
        hang: float = HANG,
    ) -> None:
        """`command` starts the process; the descriptors of a socket and the progress file are appended."""
        self._command, self._environment, self._setup = tuple(command), dict(environment), setup
        self._elapsed, self._hang = elapsed, hang
        self._banned: OrderedDict[Job, str] = OrderedDict()
        self._child: _Child | None = None
        self._catalog: Catalog | None = None
        self._sent: tuple[Publication, ...] | None = None
        self._deaths = 0
        self._suspect: Job | None = None
        """The file on which the previous process ended."""
        self._news: tuple[Notice, ...] = ()
        self._held = 0
        """Number of files in the latest catalog."""
        self._restart_at = 0.0
        self._is_closed = False
        self._lock = threading.Lock()

    def look(self, ask: Ask) -> Look:
        with self._lock:
            return self._look(ask)

    def close(self) -> None:
        self._is_closed = True
        child = self._child
        if child is not None:
            child.kill()
        if self._lock.acquire(timeout=CLOSE_TIMEOUT):
            if self._child is not None:
                self._discard(self._child)
            self._lock.release()

    def _look(self, ask: Ask) -> Look:
        while True:
            child = self._running()
            try:
                return self._asked(child, ask)
            except (EOFError, OSError, pickle.UnpicklingError) as error:
                self._discard(child)
                if self._is_closed:
                    raise FolderUnread("the reader was closed.") from error
                if not self._is_explained(child):
                    raise self._unexplained(child) from error

    @property
    def pid(self) -> int | None:
        """The process id of the running reader."""
        return self._child.process.pid if self._child is not None else None

    # -- one process -----------------------------------------------------------------------------------

    def _running(self) -> _Child:
        if self._is_closed:
            raise FolderUnread("the reader was closed.")
        if self._child is None:
            if self._elapsed() < self._restart_at:
                raise FolderUnread("the reader ended, or did not start; it is restarted within a minute.")
            try:
                self._child = _Child(self._command, self._environment)
            except OSError as error:
                raise self._unstarted(error) from error
            self._catalog = self._sent = None
            setup = replace(self._setup, banned=tuple(self._banned.items()), held=self._held)
            with contextlib.suppress(OSError):  # it has already ended, as the first request will show
                self._child.connection.send(setup)
        return self._child

    def _unstarted(self, error: OSError) -> FolderUnread:
        self._delay_restart()
        program = self._command[0]
        reason = f"the reader of the folder cannot be started with {program}: {error.strerror or error}."
        if isinstance(error, FileNotFoundError | PermissionError | NotADirectoryError):
            remedy = f"Allow the daemon's user to execute {program}, or reinstall flashtweet"
            return FolderUnread(reason, remedy)
        return FolderUnread(reason, "Free memory, processes or open files, or raise limits: see ulimit -a")

    def _discard(self, child: _Child) -> None:
        child.reap()
        self._child = None

    def _is_explained(self, child: _Child) -> bool:
        """Ban the file on which `child` hung, or on which the previous process ended, too.

        One death proves nothing: the process may have been killed. False if it had no file in progress.
        """
        if child.last is None:
            return False
        if not child.was_hanging and child.last != self._suspect:
            self._suspect = child.last
            return True
        why = "reading it hangs" if child.was_hanging else f"it crashes the reader process ({child.ending})"
        self._banned[child.last], path = why, child.last.path
        fields = {
            "code": "too-costly",
            "path": child.last.path,
            "next": f"flashtweet check {child.last.path}",
        }
        message = f"{path}: {why}; nothing from it is published"
        self._news += (Notice(message, fields, logging.ERROR, AlertKind.FINDING),)
        while len(self._banned) > MOST_BANNED:
            self._banned.popitem(last=False)
        return True

    def _unexplained(self, child: _Child) -> FolderUnread:
        self._delay_restart()
        return FolderUnread(f"the reader of the folder ended: {child.ending}.")

    def _delay_restart(self) -> None:
        """Delay the next start, longer each time."""
        self._deaths += 1
        self._restart_at = self._elapsed() + min(2.0 ** (self._deaths - 1), MAX_RESTART_DELAY)

    # -- one look --------------------------------------------------------------------------------------

    def _asked(self, child: _Child, ask: Ask) -> Look:
        publications = None if ask.publications == self._sent else ask.publications
        child.connection.send(Question(replace(ask, publications=()), publications))
        self._sent = ask.publications
        answer = self._received(child)
        if isinstance(answer, Failure):
            if answer.is_bug:
                bug = RuntimeError(answer.reason)
                bug.add_note(answer.traceback)
                raise bug
            raise FolderUnread(f"{answer.reason}.")
        self._deaths, self._suspect = 0, None
        if answer.summary is not None:
            chunks = [pickle.loads(child.connection.recv_bytes(LARGEST)) for _ in range(answer.chunks)]  # noqa: S301  (our own process)
            self._catalog = Catalog(answer.summary, tuple(entry for chunk in chunks for entry in chunk))
        if self._catalog is None:
            raise EOFError
        self._held = self._catalog.summary.files or self._held
        news, self._news = (*self._news, *answer.news), ()
        return Look(self._catalog, news)

    def _received(self, child: _Child) -> LookResult | Failure:
        begun: tuple[int, Job] | None = None
        since = self._elapsed()
        while not child.connection.poll(POLL_INTERVAL):
            now = child.progress.read()
            if now != begun:
                begun, since = now, self._elapsed()
            elif self._elapsed() - since >= (self._hang if now else LONGEST_SILENCE):
                child.was_hanging = now is not None
                child.kill()
        found: LookResult | Failure = pickle.loads(child.connection.recv_bytes(LARGEST))  # noqa: S301  (our own process)
        return found


def _memory(name: str) -> IO[bytes]:
    """Return an unnamed file, in memory if supported: the temp folder may be full."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create(f"flashtweet-{name}"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


class _Child:
    """A started process."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        with contextlib.ExitStack() as files:
            ours, theirs = map(files.enter_context, socket.socketpair())
            progress = files.enter_context(_memory("progress"))
            self._stderr = files.enter_context(_memory("stderr"))
            handles = (theirs.fileno(), progress.fileno())
            self.process = subprocess.Popen(  # noqa: S603  (our own program)
                [*command, *map(str, handles)],
                pass_fds=handles,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                env=dict(environment),
                start_new_session=True,
            )
            theirs.close()
            self.connection = Connection(ours.detach())
            self.progress = Progress(progress.fileno())
            self._files = files.pop_all()
        self.was_hanging = False
        self.last: Job | None = None
        """The file in progress when it ended."""
        self.ending = ""
        """Exit code or signal, and the last line of its stderr."""

    def kill(self) -> None:
        """Kill the process; it has no state worth keeping."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    def reap(self) -> None:
        """Record how the process ended, and on which file."""
        self.kill()
        self.connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):  # a hanging disk may block it
            self.process.wait(timeout=10)
        found = self.progress.read()
        self.last = found[1] if found else None
        code = self.process.returncode
        self.ending = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        self._stderr.seek(max(0, self._stderr.seek(0, os.SEEK_END) - 500))
        lines = self._stderr.read(500).decode("utf-8", "replace").strip().splitlines()
        if lines:
            self.ending += f", {lines[-1]}"
        self._files.close()
