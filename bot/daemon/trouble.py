"""What stops the daemon, or one of its workers, for a while: told once, and not at each attempt."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from bot.core.alerts import ABOUT_A_BUG, AlertKind
from bot.errors import BotError

if TYPE_CHECKING:
    from bot.core.model import EditionKey

log = logging.getLogger("flashtweet.daemon")


class Trouble(NamedTuple):
    """Something that a person can mend, or a bug."""

    kind: AlertKind
    what: str
    reason: str


def tell_trouble(
    sentence: str, error: Exception, before: Trouble | None = None, key: EditionKey | None = None
) -> Trouble:
    """Say, and give, what stopped us; say nothing where the same did `before`: a full disk stays full."""
    kind = AlertKind.LEDGER if isinstance(error, BotError) else AlertKind.BUG
    trouble = Trouble(kind, repr(error), str(error))
    about: dict[str, object] = {"edition": str(key)} if key else {}
    if trouble == before:
        pass
    elif kind is AlertKind.LEDGER:
        about |= {"reason": str(error), "next": "df -h . and flashtweet status", "alert": kind}
        log.error(sentence, extra=about)
    else:
        log.error(f"{sentence}: a bug", exc_info=error, extra=about | ABOUT_A_BUG)
    return trouble
