"""The daemon's log: one line an event, a constant sentence and its fields."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.cli.frame import plain

if TYPE_CHECKING:
    from bot.wiring import SystemClock

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Lines(logging.Formatter):
    """``2020-11-06 07:30:00.012+0100 INFO post sent edition=flashtweet@2020-11-06 post=1/12``

    Times are the daemon's, shifted in a rehearsal, in the configured zone.
    """

    def __init__(self, clock: SystemClock, zone: str) -> None:
        super().__init__()
        self._clock, self._zone = clock, ZoneInfo(zone)

    def format(self, record: logging.LogRecord) -> str:
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        now = self._clock.now().astimezone(self._zone)
        stamp = f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}{now:%z}"
        line = f"{stamp} {record.levelname:<7} {record.getMessage()}"
        line += "".join(f" {name}={value}" for name, value in fields.items())
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return plain(line)


def to_stderr(clock: SystemClock, zone: str, *, quiet: bool = False) -> None:
    """Send the log of flashtweet to stderr; of the libraries, warnings only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(clock, zone))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("flashtweet").setLevel(logging.WARNING if quiet else logging.INFO)
