"""The daemon's log: one line per event, a constant sentence and its fields.

Logging never waits for the reader: a terminal stopped by Ctrl-S, or a full pipe, would delay posts. Lines are
formatted by the thread that logs and written by a separate one.
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
"""Lines queued for a slow reader at most; some megabytes."""
FLUSH_TIMEOUT = 2.0
"""Seconds to wait for unwritten lines when the process ends."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""Source: https://www.freedesktop.org/software/systemd/man/258/sd-daemon.html, 2026-11-24."""


class LineFormatter(logging.Formatter):
    """The format for people, with one line per event.

    ``2020-11-06 07:30:00.012+0100 INFO    post sent edition=flashtweet@2020-11-06 post=1/12``

    Times are on the daemon's clock, shifted in a rehearsal, in the configured zone. A value with blanks is
    quoted. A traceback follows, indented, so that no text in it can look like an event.
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
    """The format for machines, with one JSON object per line.

    ``{"at": "2020-11-06T06:30:00.012Z", "level": "INFO", "event": "post sent", "host": "desk1", …}``

    `at` is UTC on the daemon's clock, shifted in a rehearsal; `exception` contains a traceback. For systemd's
    journal the line begins with its priority, which the journal removes:
    ``journalctl --priority err`` shows what needs an operator.
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
    """Return the sentence of `record` and its fields as one line: ``post sent edition=… post=1/12``.

    Instants are in `zone`, or in the machine's zone if it is None.
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
    """A formatter that adds global options to commands, so that they act on the ledger of this daemon."""

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
    """A handler that queues lines for `_Writing`. If the queue is full, lines are dropped and counted."""

    def __init__(self, lines: queue.SimpleQueue[logging.LogRecord]) -> None:
        super().__init__(lines)
        self._lines, self._lost = lines, 0

    def enqueue(self, record: logging.LogRecord) -> None:
        if self._lines.qsize() >= MAX_QUEUED_LINES:
            self._lost += 1
            return
        if self._lost:
            lost = {"levelno": logging.WARNING, "levelname": "WARNING", "lines": self._lost}
            lost["msg"] = "log lines lost: stderr was not read"
            self._lines.put_nowait(self.prepare(logging.makeLogRecord(lost)))
            self._lost = 0
        self._lines.put_nowait(record)


class _Writing(QueueListener):
    """A listener that writes lines to the file descriptor of `sys.stderr`, not through its buffer.

    The buffer has a lock: a thread that holds it while it waits for the reader would keep the process from
    ending.
    """

    def __init__(self, lines: queue.SimpleQueue[logging.LogRecord], file: int) -> None:
        super().__init__(lines)
        self._file = file
        with contextlib.suppress(OSError):
            os.set_blocking(file, True)  # else lines would be lost while the pipe is full

    def handle(self, record: logging.LogRecord) -> None:
        line = f"{record.msg}\n".encode("utf-8", "backslashreplace")
        with contextlib.suppress(OSError):  # the reader is gone
            while line:
                line = line[os.write(self._file, line) :]

    def end(self) -> None:
        """Wait up to `FLUSH_TIMEOUT` until every line is written."""
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
    """Send flashtweet's log, and warnings of libraries, to stderr inside the block.

    `machine` selects JSON; `for_journal` is True if stderr is systemd's journal; `quiet` drops everything
    below warnings; `typed` are the options to add to commands.
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
