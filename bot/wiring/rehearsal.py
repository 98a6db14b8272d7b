"""Access of other commands to the rehearsal that runs in a folder.

``flashtweet run --sandbox`` has its own ledger, sandbox and perhaps clock; while it runs, a file beside that
ledger describes them.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import UsageError
from bot.ownfile import make_own, open_own
from bot.wiring.ledgers import daemon_lock, rehearsal_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.config import Config, XAccess

_LONGEST = 4096
"""Bytes of the file read at most; it has about 400."""
_KEYS = ("base_url", "api_key", "api_key_secret", "access_token", "access_token_secret")


@contextlib.contextmanager
def reachable(ledger: Path, access: XAccess, offset: timedelta) -> Iterator[None]:
    """Make the rehearsal on `ledger` available to other commands during a block.

    `offset` is the lead of its clock, in whole seconds. Failure to write the file is ignored.
    """
    place = _place(ledger)
    about = {name: getattr(access, name) for name in _KEYS} | {"offset": round(offset.total_seconds())}
    with contextlib.suppress(OSError), os.fdopen(make_own(place), "w", encoding="utf-8") as file:
        json.dump(about, file)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            place.unlink()


def join_rehearsal(config: Config) -> tuple[Config, timedelta]:
    """Return `config` with the ledger and keys of its running rehearsal, and the lead of its clock.

    Raises:
        UsageError: no rehearsal runs.
    """
    from bot.config import XAccess

    ledger = rehearsal_ledger(config)
    about = _read(_place(ledger)) if daemon_lock(ledger).holder() is not None else None
    if about is None:
        raise UsageError("no rehearsal runs here. Start one: flashtweet run --sandbox")
    base_url, *keys = (str(about[name]) for name in _KEYS)
    access = XAccess(base_url, keys[0], keys[1], keys[2], keys[3])
    config = replace(config, access=access, missing=(), malformed=(), ledger=ledger, ledger_is_forced=True)
    return config, timedelta(seconds=int(str(about["offset"])))


def _read(place: Path) -> dict[str, object] | None:
    with contextlib.suppress(OSError, ValueError):
        with os.fdopen(open_own(place), "rb") as file:
            about = json.loads(file.read(_LONGEST))
        if isinstance(about, dict) and about.keys() >= {*_KEYS, "offset"}:
            return about
    return None


def _place(ledger: Path) -> Path:
    return ledger.with_name(f"{ledger.name}.rehearsal")
