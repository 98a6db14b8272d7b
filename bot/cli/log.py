"""The daemon's log: one line an event, a constant sentence and its fields."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.cli.frame import STEERING, plain

if TYPE_CHECKING:
    from bot.wiring import SystemClock

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""Source: https://www.freedesktop.org/software/systemd/man/258/sd-daemon.html, 2026-11-24."""


class Lines(logging.Formatter):
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
        line = f"{stamp} {record.levelname:<7} {_one_line(record.getMessage())}"
        line += "".join(f" {name}={_quoted(str(value))}" for name, value in _fields(record).items())
        if record.exc_info:
            line += plain("\n" + self.formatException(record.exc_info)).replace("\n", "\n  ")
        return line


class Objects(logging.Formatter):
    """``{"at": "2020-11-06T06:30:00.012Z", "level": "INFO", "event": "post sent", "post": "1/12", …}``

    For machines: one object a line. `at` is UTC on the daemon's clock, shifted in a rehearsal; a traceback is
    the text in `exception`. For systemd's journal the line begins with its priority, which the journal takes
    off again: ``journalctl --priority err`` shows what needs a person.
    """

    def __init__(self, clock: SystemClock, *, for_journal: bool = False) -> None:
        super().__init__()
        self._clock, self._for_journal = clock, for_journal

    def format(self, record: logging.LogRecord) -> str:
        at = self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event: dict[str, object] = {"at": at, "level": record.levelname, "event": record.getMessage()}
        event |= {name: value for name, value in _fields(record).items() if name not in event}
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        line = json.dumps(event, ensure_ascii=False, default=str)
        line = STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{line}" if self._for_journal else line


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _one_line(text: str) -> str:
    return plain(text).replace("\n", "\\n").replace("\t", "\\t")


def _quoted(value: str) -> str:
    bare = re.fullmatch(r'[^\s"]+', value) is not None
    return _one_line(value if bare else '"' + value.replace('"', '\\"') + '"')


def to_stderr(
    clock: SystemClock, zone: str, *, machine: bool = False, for_journal: bool = False, quiet: bool = False
) -> None:
    """Send the log of flashtweet to stderr; of the libraries, warnings only.

    `machine`: as JSON. `for_journal`: stderr is systemd's journal. `quiet`: warnings and errors only.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Objects(clock, for_journal=for_journal) if machine else Lines(clock, zone))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("flashtweet").setLevel(logging.WARNING if quiet else logging.INFO)
