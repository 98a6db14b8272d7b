"""Problems of the daemon or its workers: logged at the start, from time to time, and at the end."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.alerts import ABOUT_A_BUG, AlertKind
from bot.core.outage import Outage
from bot.errors import BotError, LedgerFull, LedgerLocked, RestartRequired

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.core.model import EditionKey

log = logging.getLogger("flashtweet.daemon")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem that the operator can fix, or a bug."""

    kind: AlertKind
    what: str
    reason: str
    outage: Outage
    """The failed attempts since the last successful one."""

    def so_far(self, now: float) -> dict[str, object]:
        """Return the number of failures and their duration as log fields; none for a single failure."""
        if not self.outage.is_long:
            return {}
        return {"failures": self.outage.failed, "for_s": round(self.outage.lasted(now).total_seconds())}


def report_trouble(
    sentence: str,
    error: Exception,
    now: float,
    before: Trouble | None = None,
    key: EditionKey | None = None,
) -> Trouble:
    """Return the trouble for `error`, which follows `before`; alert a new one, log a repeated one rarely.

    `now` as in `Outage`. A full disk stays full: it is logged once in five minutes, not for each attempt.
    """
    kind = AlertKind.LEDGER if isinstance(error, BotError) else AlertKind.BUG
    trouble = Trouble(kind, repr(error), str(error), before.outage if before else Outage(since=now))
    if not trouble.outage.fails(trouble.what, now):
        return trouble
    about: dict[str, object] = {"edition": str(key)} if key else {}
    about |= trouble.so_far(now)
    if before is not None and before.what == trouble.what:
        log.error(f"{sentence} (still failing)", extra=about | {"reason": str(error)})
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
    "health": "the health pages keep their address",
    "timezone": "log lines keep their time zone",
}
"""Keys of config.yaml that are only read at the start, and what stays unchanged after a reload."""


def warn_of_restart(changed: Iterable[str]) -> None:
    """Log which of the `changed` keys take full effect only after a restart."""
    for key in changed:
        if key in _AT_THE_START:
            about = {"changed": key, "until_then": _AT_THE_START[key], "next": _RESTART}
            log.warning("this setting takes effect after a restart", extra=about)


def reload_failure(error: BotError) -> tuple[str, str]:
    """Return the consequence of a failed reload for /readyz, and the remedy."""
    if isinstance(error, RestartRequired):
        return f"the new configuration requires a restart: {error}", _RESTART
    return f"the new configuration is invalid; a restart would fail too: {error}", "flashtweet reload"
