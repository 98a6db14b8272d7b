"""What was alerted, kept in a file: a process that is started again and again shall not say it each time."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind, Memory
from bot.ownfile import make_own, open_own

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

RETENTION = 7 * 24 * 3600.0
"""Seconds after which a thing that was told is forgotten; in it, its end is told as well."""


class AlertMemory:
    """Loads and saves a `Memory`. No trouble with the file is anybody's: then things are said once more."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """`now` is a clock that goes on between two processes."""
        self._path, self._now = path, now

    def load(self) -> Memory:
        """What the last process told; nothing, where the file is not there or makes no sense."""
        with contextlib.suppress(
            OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError, AttributeError
        ):
            with os.fdopen(open_own(self._path), "rb") as file:
                kept = json.load(file)
            since = max(self._now().timestamp() - kept["at"], 0)
            told = (((AlertKind(kind), str(a), str(b)), ago + since) for kind, a, b, ago in kept["told"])
            let_through = ((AlertKind(kind), ago + since) for kind, ago in kept["let_through"])
            return Memory(tuple(one for one in told if one[1] < RETENTION), tuple(let_through))
        return Memory()

    def save(self, memory: Memory) -> None:
        """Keep it for the next process. Not synced: after a power cut a thing may be said twice."""
        kept = {
            "at": self._now().timestamp(),
            "told": [(*topic, ago) for topic, ago in memory.told],
            "let_through": memory.let_through,
        }
        fresh = self._path.with_name(f"{self._path.name}.new")
        with contextlib.suppress(OSError):
            with os.fdopen(make_own(fresh), "w", encoding="utf-8") as file:
                json.dump(kept, file, ensure_ascii=False)
            fresh.replace(self._path)
