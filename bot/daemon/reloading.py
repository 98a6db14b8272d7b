"""Consequences of a reload: why it failed, and which keys take effect only after a restart."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.core.problems import Problem, ProblemKind, problem
from bot.errors import BotError, RestartRequired

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger("flashtweet.daemon")

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


def reload_failure(error: BotError, now: float) -> Problem:
    """Return the problem of a reload that failed at `now`, in seconds; each is reported."""
    consequence, remedy = "the new configuration is invalid; a restart would fail too", "flashtweet reload"
    if isinstance(error, RestartRequired):
        consequence, remedy = "the new configuration requires a restart", _RESTART
    about = [("reason", str(error)), ("consequence", consequence)]
    return problem(ProblemKind.CONFIG_INVALID, "", about, remedy, version=str(now))
