"""The preflight rounds: alert what would prevent an edition while there is time to fix it."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from functools import partial
from queue import Queue
from typing import TYPE_CHECKING

from bot.core.alerts import ABOUT_A_BUG, AlertKind
from bot.core.publishing.states import DeliveryEvent
from bot.core.schedule.calendar import PREFLIGHT_LEAD, Round, due_checks
from bot.core.schedule.preflight import Check, CheckResult
from bot.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.core.publishing.states import Change
    from bot.core.schedule.calendar import DueChecks, Slot
    from bot.services.catalog import Catalog
    from bot.services.preflight import Preflight

log = logging.getLogger("flashtweet.preflight")

_KEPT = timedelta(hours=2)
"""Time after a slot for which its round is remembered: a clock may be set back."""

_PROVEN_BY_A_POST = ("credentials", "clock")
"""Checks whose results a successful post supersedes."""


def _checks(preflight: Callable[[], Preflight], due: DueChecks, catalog: Catalog) -> tuple[Check, ...]:
    return preflight().of(due, catalog)


class Rounds:
    """Runner of the rounds, each once, on a separate thread: a round waits for X's answers."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        """Time of the last look; None before the first under this configuration."""
        self._looked_at: dict[Slot, bool] = {}
        """Slots whose round is done; True if a file existed for the edition."""
        self._jobs: Queue[Callable[[], None] | None] = Queue()
        # A daemon thread: it may wait for X, and must not delay the end of the process.
        self._thread = threading.Thread(target=self._work, name="preflight", daemon=True)
        self._closed = threading.Event()
        self._failed: set[tuple[str, str]] = set()
        self._found: dict[str, Check] = {}
        """Results of `_PROVEN_BY_A_POST` from the last round, unless X has accepted a post since."""
        self._has_looked = False
        """True if a round that checks machine and account was started."""

    def reset(self) -> None:
        """Discard results and rounds of the previous configuration."""
        self._since, self._has_looked = None, False
        self._looked_at.clear()
        self._found.clear()

    def greet(self, preflight: Preflight, catalog: Catalog) -> None:
        """Check machine and account at the start, even if no round is due."""
        if not self._has_looked:
            self._begin(lambda: preflight(catalog, ()), "the start")

    def look(self, catalog: Catalog, now: datetime, preflight: Callable[[], Preflight]) -> None:
        """Start the rounds that have become due since the last look."""
        for due in due_checks(catalog.programme, catalog.editions, now, self._since, self._looked_at):
            what = ", ".join(str(one.key) for one in due.editions)
            if due.round is Round.PREFLIGHT:
                self._has_looked = True
                self._looked_at |= {one.slot: one.is_made for one in due.editions}
            self._begin(partial(_checks, preflight, due, catalog), what)
        self._since = now
        # Slots farther ahead were checked while the clock was fast: their round is still to come.
        looked_at = self._looked_at.items()
        self._looked_at = {
            slot: made for slot, made in looked_at if now - _KEPT < slot[1] <= now + PREFLIGHT_LEAD
        }

    def _begin(self, look: Callable[[], Iterable[Check]], what: str) -> None:
        if not self._thread.is_alive() and not self._closed.is_set():
            self._thread.start()
        self._jobs.put(lambda: self._do(look, what))

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                log.exception("bug while reporting the preflight", extra=ABOUT_A_BUG)
            self._jobs.task_done()

    def note(self, change: Change) -> None:
        """Discard older results when X accepts a post: it proves the keys, and its id the clock."""
        if change.event is DeliveryEvent.CONFIRMED:
            self._found.clear()

    def trouble_with(self, name: str, otherwise: str | None = None) -> str | None:
        """Return the last round's problem with `name`; `otherwise` if there is no current result."""
        check = self._found.get(name)
        if check is None:
            return otherwise
        return f"{check.observed} {check.remedy}" if check.verdict is CheckResult.FAILURE else None

    def are_over(self) -> bool:
        """Return True if every started round has been reported."""
        return not self._jobs.unfinished_tasks

    def close(self) -> None:
        """Start and report no further rounds, without waiting for the current one."""
        self._closed.set()
        self._jobs.put(None)

    def join(self) -> None:
        """Wait for the current round."""
        if self._thread.is_alive():
            self._thread.join()

    def _do(self, look: Callable[[], Iterable[Check]], what: str) -> None:
        if self._closed.is_set():
            return
        try:
            checks = tuple(look())
        except BotError as error:
            if self._closed.is_set():  # the ledger is closed
                return
            about = {"before": what, "reason": str(error), "next": "flashtweet doctor"}
            about["alert"] = AlertKind.PREFLIGHT
            log.error("preflight could not run", extra=about)  # noqa: TRY400
            return
        except Exception:
            log.exception("bug during the preflight", extra=ABOUT_A_BUG)
            return
        if self._closed.is_set():
            return
        self._found.update({one.name: one for one in checks if one.name in _PROVEN_BY_A_POST})
        for check in checks:
            self._report(check)
        if not {check.verdict for check in checks} & {CheckResult.WARNING, CheckResult.FAILURE}:
            log.info("preflight passed", extra={"before": what})

    def _report(self, check: Check) -> None:
        edition = str(check.edition) if check.edition else ""
        subject = (check.name, edition)
        fields: dict[str, str] = {"check": check.name, "observed": check.observed}
        if edition:
            fields["edition"] = edition
        if check.verdict in (CheckResult.OK, CheckResult.SKIPPED):
            if subject in self._failed:
                self._failed.discard(subject)
                fields["alert_over"] = AlertKind.PREFLIGHT
                log.info("preflight: a check passes again", extra=fields)
            return
        fields["next"] = check.remedy or ""
        if check.verdict is CheckResult.WARNING:
            log.warning("preflight: a check gave a warning", extra=fields)
            return
        self._failed.add(subject)
        fields["alert"] = AlertKind.PREFLIGHT
        log.error("preflight: a check failed", extra=fields)
