"""Persistence of sent alerts, so that a restarting process does not repeat them."""

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
"""Seconds after which a sent alert is forgotten; until then its end is reported as well."""


class AlertMemory:
    """Loads and saves a `Memory`. File errors are ignored: alerts are repeated then."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """`now` is a clock that keeps running between two processes."""
        self._path, self._now = path, now

    def load(self) -> Memory:
        """Return the memory of the last process; empty if the file is missing or invalid."""
        with contextlib.suppress(
            OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError, AttributeError
        ):
            with os.fdopen(open_own(self._path), "rb") as file:
                kept = json.load(file)
            since = max(self._now().timestamp() - kept["at"], 0)
            sent = (((AlertKind(kind), str(a), str(b)), ago + since) for kind, a, b, ago in kept["sent"])
            let_through = ((AlertKind(kind), ago + since) for kind, ago in kept["let_through"])
            return Memory(tuple(one for one in sent if one[1] < RETENTION), tuple(let_through))
        return Memory()

    def save(self, memory: Memory) -> None:
        """Save the memory for the next process. Not synced: after a power cut an alert may be repeated."""
        kept = {
            "at": self._now().timestamp(),
            "sent": [(*topic, ago) for topic, ago in memory.sent],
            "let_through": memory.let_through,
        }
        fresh = self._path.with_name(f"{self._path.name}.new")
        with contextlib.suppress(OSError):
            with os.fdopen(make_own(fresh), "w", encoding="utf-8") as file:
                json.dump(kept, file, ensure_ascii=False)
            fresh.replace(self._path)
