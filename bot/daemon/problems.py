"""Trouble of the daemon or of one of its workers: logged when it begins, from time to time, when it ends."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.alerts import ABOUT_A_BUG, AlertKind
from bot.core.outage import Outage
from bot.errors import BotError, LedgerFull, LedgerLocked, TakesAStart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.core.model import EditionKey

log = logging.getLogger("flashtweet.daemon")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that a person can mend, or a bug."""

    kind: AlertKind
    what: str
    reason: str
    outage: Outage
    """All attempts that failed since the last one that did not."""

    def so_far(self, now: float) -> dict[str, object]:
        """Return how often it came and for how long, as fields of a line; nothing where it came once."""
        if not self.outage.is_long:
            return {}
        return {"failures": self.outage.failed, "for_s": round(self.outage.lasted(now).total_seconds())}


def tell_trouble(
    sentence: str,
    error: Exception,
    now: float,
    before: Trouble | None = None,
    key: EditionKey | None = None,
) -> Trouble:
    """Return what stopped us, after what did `before`, and log it where that is due; alert what is new.

    `now` as in `Outage`. A disk that is full stays full: that is one line in five minutes, not one for each
    attempt.
    """
    kind = AlertKind.LEDGER if isinstance(error, BotError) else AlertKind.BUG
    trouble = Trouble(kind, repr(error), str(error), before.outage if before else Outage(since=now))
    if not trouble.outage.fails(trouble.what, now):
        return trouble
    about: dict[str, object] = {"edition": str(key)} if key else {}
    about |= trouble.so_far(now)
    if before is not None and before.what == trouble.what:
        log.error(f"{sentence}, still", extra=about | {"reason": str(error)})
    elif kind is AlertKind.LEDGER:
        about |= {"reason": str(error), "next": _remedy(error), "alert": kind}
        log.error(sentence, extra=about)
    else:
        log.error(f"{sentence}: a bug", exc_info=error, extra=about | ABOUT_A_BUG)
    return trouble


def _remedy(error: Exception) -> str:
    if isinstance(error, LedgerLocked):
        return "Close the program that has the ledger open (sqlite3, a backup); publishing continues then"
    return "df -h ." if isinstance(error, LedgerFull) else "flashtweet doctor"


_RESTART = "systemctl restart flashtweet, or stop the daemon and start it again"

_AT_THE_START = {
    "health": "the pages of health stay where they are",
    "timezone": "the log's lines keep the zone that they begin with",
}
"""Keys of config.yaml of which a daemon makes something once, and what a reload leaves as it is."""


def tell_what_takes_a_start(changed: Iterable[str]) -> None:
    """Say which of the keys that were `changed` have no effect, or half of it, until a new start."""
    for key in changed:
        if key in _AT_THE_START:
            about = {"changed": key, "until_then": _AT_THE_START[key], "next": _RESTART}
            log.warning("a part of the configuration takes a new start", extra=about)


def reload_failure(error: BotError) -> tuple[str, str]:
    """What it means that a changed configuration was not taken over, and what to type."""
    if isinstance(error, TakesAStart):
        return f"a changed configuration waits for a new start: {error}", _RESTART
    return f"a changed configuration cannot be used, nor a new start: {error}", "flashtweet reload"
