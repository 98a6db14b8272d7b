"""The daemon's log: one line an event, a constant sentence and its fields.

Who logs never waits for who reads: a terminal that was stopped by Ctrl-S, or a pipe that nobody empties,
would keep posts back. Lines are made where they are logged, and written by a thread of its own.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import queue
import re
import sys
import threading
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.text.control_characters import plain_json, visible
from bot.core.typed_commands import GlobalOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from bot.wiring import SystemClock

MAX_QUEUED_LINES = 10_000
"""Lines that may wait for who reads; some megabytes."""
FLUSH_TIMEOUT = 2.0
"""Seconds that the end of the process may wait for what is not written yet."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""Source: https://www.freedesktop.org/software/systemd/man/258/sd-daemon.html, 2026-11-24."""


class LineFormatter(logging.Formatter):
    """``2020-11-06 07:30:00.012+0100 INFO    post sent edition=flashtweet@2020-11-06 post=1/12``

    For people. Times are the daemon's, shifted in a rehearsal, in the configured zone. A value with blanks
    stands in quotes. A traceback follows, indented: no text in it can look like an event.
    """

    def __init__(self, clock: SystemClock, zone: str) -> None:
        super().__init__()
        self._clock, self._zone = clock, ZoneInfo(zone)

    def format(self, record: logging.LogRecord) -> str:
        now = self._clock.now().astimezone(self._zone)
        stamp = f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}{now:%z}"
        line = f"{stamp} {record.levelname:<7} {with_fields(record, self._zone)}"
        if record.exc_info:
            line += visible("\n" + self.formatException(record.exc_info)).replace("\n", "\n  ")
        return line


class Objects(logging.Formatter):
    """``{"at": "2020-11-06T06:30:00.012Z", "level": "INFO", "event": "post sent", "host": "desk1", …}``

    For machines: one object a line. `at` is UTC on the daemon's clock, shifted in a rehearsal; a traceback is
    the text in `exception`. For systemd's journal the line begins with its priority, which the journal takes
    off again: ``journalctl --priority err`` shows what needs a person.
    """

    def __init__(self, clock: SystemClock, *, for_journal: bool = False) -> None:
        super().__init__()
        self._clock, self._for_journal = clock, for_journal

    def format(self, record: logging.LogRecord) -> str:
        at = _rfc3339(self._clock.now())
        event: dict[str, object] = {"at": at, "level": record.levelname, "event": record.getMessage()}
        event["host"] = platform.node()
        event |= {name: value for name, value in _fields(record).items() if name not in event}
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        line = plain_json(json.dumps(event, ensure_ascii=False, default=_plain_value))
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{line}" if self._for_journal else line


def with_fields(record: logging.LogRecord, zone: tzinfo | None = None) -> str:
    """Return the sentence of `record` and its fields, in one line: ``post sent edition=… post=1/12``.

    Instants are in `zone`; None: that of the machine.
    """
    fields = "".join(f" {name}={_quoted(_text(value, zone))}" for name, value in _fields(record).items())
    return _one_line(record.getMessage()) + fields


def _text(value: object, zone: tzinfo | None) -> str:
    return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S%z}" if isinstance(value, datetime) else str(value)


def _plain_value(value: object) -> str:
    return _rfc3339(value) if isinstance(value, datetime) else str(value)


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class WithOptions(logging.Formatter):
    """Lines whose commands act on the ledger of the daemon that logs them."""

    def __init__(self, form: logging.Formatter, typed: GlobalOptions) -> None:
        super().__init__()
        self._form, self._typed = form, typed

    def format(self, record: logging.LogRecord) -> str:
        return self._typed.put_into(self._form.format(record))


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _one_line(text: str) -> str:
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _quoted(value: str) -> str:
    bare = re.fullmatch(r'[^\s"]+', value) is not None
    return _one_line(value if bare else '"' + value.replace('"', '\\"') + '"')


class _Queueing(QueueHandler):
    """Makes lines and puts them where `_Writing` takes them. What finds no room is lost, and counted."""

    def __init__(self, lines: queue.SimpleQueue[logging.LogRecord]) -> None:
        super().__init__(lines)
        self._lines, self._lost = lines, 0

    def enqueue(self, record: logging.LogRecord) -> None:
        if self._lines.qsize() >= MAX_QUEUED_LINES:
            self._lost += 1
            return
        if self._lost:
            told = {"levelno": logging.WARNING, "levelname": "WARNING", "lines": self._lost}
            told["msg"] = "lines of the log were lost: nobody took them"
            self._lines.put_nowait(self.prepare(logging.makeLogRecord(told)))
            self._lost = 0
        self._lines.put_nowait(record)


class _Writing(QueueListener):
    """Writes lines to the file that `sys.stderr` is for, and not through its buffer.

    That has a lock: a thread which holds it, waiting for who reads, would keep the process from ending.
    """

    def __init__(self, lines: queue.SimpleQueue[logging.LogRecord], file: int) -> None:
        super().__init__(lines)
        self._file = file
        with contextlib.suppress(OSError):
            os.set_blocking(file, True)  # else what finds no room at once would be lost

    def handle(self, record: logging.LogRecord) -> None:
        line = f"{record.msg}\n".encode("utf-8", "backslashreplace")
        with contextlib.suppress(OSError):  # nobody listens any more
            while line:
                line = line[os.write(self._file, line) :]

    def end(self) -> None:
        """Wait until all is written, for `FLUSH_TIMEOUT` at most."""
        stopping = threading.Thread(target=self.stop, daemon=True)
        stopping.start()
        stopping.join(FLUSH_TIMEOUT)


@contextlib.contextmanager
def to_stderr(
    clock: SystemClock,
    zone: str,
    *,
    machine: bool = False,
    for_journal: bool = False,
    quiet: bool = False,
    typed: GlobalOptions | None = None,
) -> Iterator[None]:
    """Send the log of flashtweet to stderr while a block lasts; of the libraries, warnings only.

    `machine`: as JSON. `for_journal`: stderr is systemd's journal. `quiet`: warnings and errors only.
    `typed`: what the commands in it must have.
    """
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    handler = _Queueing(lines)
    form = Objects(clock, for_journal=for_journal) if machine else LineFormatter(clock, zone)
    handler.setFormatter(WithOptions(form, typed or GlobalOptions()))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("flashtweet").setLevel(logging.WARNING if quiet else logging.INFO)
    writing = _Writing(lines, sys.stderr.fileno() if sys.stderr else os.open(os.devnull, os.O_WRONLY))
    writing.start()
    try:
        yield
    finally:
        writing.end()
