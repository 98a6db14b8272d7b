"""The rounds before the slots: what would keep an edition back is told while there is time to mend it."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind
from bot.core.expected import LEAD, Round, due_checks
from bot.core.preflight import Check, Verdict
from bot.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.core.expected import DueChecks
    from bot.services.editorial import Desk
    from bot.services.preflight import Preflight

log = logging.getLogger("flashtweet.preflight")


def _checks(preflight: Callable[[], Preflight], due: DueChecks, desk: Desk) -> tuple[Check, ...]:
    return preflight().of(due, desk)


class Rounds:
    """Does each round once, on a thread of its own: one takes as long as X takes to answer."""

    def __init__(self, since: datetime) -> None:
        """Rounds before `since` are over; those of the last quarter of an hour are made up for."""
        self._since = since - LEAD
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="preflight")
        self._failed: set[tuple[str, str]] = set()
        self._account: Check | None = None
        self._has_looked = False
        """Whether a round was begun that asks about machine and account."""

    def begin_anew(self, now: datetime) -> None:
        """Another configuration: what was found of the account, and looked at before, counts no more."""
        self._since, self._account, self._has_looked = now - LEAD, None, False

    def greet(self, preflight: Preflight, desk: Desk) -> None:
        """Look at this machine and the account at the start, whatever is due."""
        if not self._has_looked:
            self._thread.submit(self._do, lambda: preflight(desk, ()), "the start")

    def look(self, desk: Desk, now: datetime, preflight: Callable[[], Preflight]) -> None:
        """Do the rounds that have fallen due since the last look."""
        for due in due_checks(desk.programme, desk.editions, now, self._since):
            what = ", ".join(str(one.key) for one in due.editions)
            self._has_looked = self._has_looked or due.round is Round.PREFLIGHT
            self._thread.submit(self._do, partial(_checks, preflight, due, desk), what)
        self._since = now

    def trouble_with_account(self) -> str | None:
        """What the last round found wrong with the credentials."""
        check = self._account
        if check is None or check.verdict is not Verdict.FAILURE:
            return None
        return f"{check.told} {check.remedy}"

    def close(self) -> None:
        """No round is begun any more; one that waits for X is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def join(self) -> None:
        """Wait for the round that is under way."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _do(self, look: Callable[[], Iterable[Check]], what: str) -> None:
        try:
            checks = tuple(look())
        except BotError as error:
            about = {"before": what, "reason": str(error), "alert": AlertKind.PREFLIGHT}
            log.error("the preflight could not be done", extra=about)  # noqa: TRY400
            return
        except Exception:
            log.exception("a bug kept the preflight from being done", extra={"alert": AlertKind.BUG})
            return
        self._account = next((one for one in checks if one.name == "credentials"), self._account)
        for check in checks:
            self._tell(check)
        if all(check.verdict is Verdict.OK for check in checks):
            log.info("preflight passed", extra={"before": what})

    def _tell(self, check: Check) -> None:
        edition = str(check.edition) if check.edition else ""
        subject = (check.name, edition)
        fields: dict[str, str] = {"check": check.name, "told": check.told}
        if edition:
            fields["edition"] = edition
        if check.verdict is Verdict.OK:
            if subject in self._failed:
                self._failed.discard(subject)
                fields["alert_over"] = AlertKind.PREFLIGHT
                log.info("preflight: a check passes again", extra=fields)
            return
        fields["next"] = check.remedy or ""
        if check.verdict is Verdict.WARNING:
            log.warning("preflight: a check warns", extra=fields)
            return
        self._failed.add(subject)
        fields["alert"] = AlertKind.PREFLIGHT
        log.error("preflight: a check failed", extra=fields)
