"""The rounds before the slots: what would keep an edition back is told while there is time to mend it."""

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
"""How long after a slot it is remembered that it was looked at: a clock may be set back."""

_PROVEN_BY_A_POST = ("credentials", "clock")
"""Checks of which the next post that goes out knows better."""


def _checks(preflight: Callable[[], Preflight], due: DueChecks, catalog: Catalog) -> tuple[Check, ...]:
    return preflight().of(due, catalog)


class Rounds:
    """Does each round once, on a thread of its own: one takes as long as X takes to answer."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        """The last look; None: there was none, by this configuration."""
        self._looked_at: dict[Slot, bool] = {}
        """And whether a file made the edition then."""
        self._jobs: Queue[Callable[[], None] | None] = Queue()
        # A daemon thread: it may wait for X, and the end of the process waits for nobody's opinion.
        self._thread = threading.Thread(target=self._work, name="preflight", daemon=True)
        self._closed = threading.Event()
        self._failed: set[tuple[str, str]] = set()
        self._found: dict[str, Check] = {}
        """What the last round found of `_PROVEN_BY_A_POST`, unless X took a post since."""
        self._has_looked = False
        """Whether a round was begun that asks about machine and account."""

    def begin_anew(self) -> None:
        """Another configuration: what was found, and looked at before, counts no more."""
        self._since, self._has_looked = None, False
        self._looked_at.clear()
        self._found.clear()

    def greet(self, preflight: Preflight, catalog: Catalog) -> None:
        """Look at this machine and the account at the start, whatever is due."""
        if not self._has_looked:
            self._begin(lambda: preflight(catalog, ()), "the start")

    def look(self, catalog: Catalog, now: datetime, preflight: Callable[[], Preflight]) -> None:
        """Do the rounds that have fallen due since the last look."""
        for due in due_checks(catalog.programme, catalog.editions, now, self._since, self._looked_at):
            what = ", ".join(str(one.key) for one in due.editions)
            if due.round is Round.PREFLIGHT:
                self._has_looked = True
                self._looked_at |= {one.slot: one.is_made for one in due.editions}
            self._begin(partial(_checks, preflight, due, catalog), what)
        self._since = now
        # What lies farther ahead was looked at on a clock that ran ahead: its time is still to come.
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
                log.exception("a bug kept the preflight from being told", extra=ABOUT_A_BUG)
            self._jobs.task_done()

    def hear(self, change: Change) -> None:
        """A post that X took proves the keys, and its id tells of the clock: what a round found is past."""
        if change.event is DeliveryEvent.CONFIRMED:
            self._found.clear()

    def trouble_with(self, name: str, otherwise: str | None = None) -> str | None:
        """What the last round found wrong with `name`; `otherwise`, where X took a post since or none was."""
        check = self._found.get(name)
        if check is None:
            return otherwise
        return f"{check.told} {check.remedy}" if check.verdict is CheckResult.FAILURE else None

    def are_over(self) -> bool:
        """Whether every round that was begun has been told."""
        return not self._jobs.unfinished_tasks

    def close(self) -> None:
        """No round is begun or told any more; one that waits for X is not waited for."""
        self._closed.set()
        self._jobs.put(None)

    def join(self) -> None:
        """Wait for the round that is under way."""
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
            log.error("the preflight could not be done", extra=about)  # noqa: TRY400
            return
        except Exception:
            log.exception("a bug kept the preflight from being done", extra=ABOUT_A_BUG)
            return
        if self._closed.is_set():
            return
        self._found.update({one.name: one for one in checks if one.name in _PROVEN_BY_A_POST})
        for check in checks:
            self._tell(check)
        if all(check.verdict is CheckResult.OK for check in checks):
            log.info("preflight passed", extra={"before": what})

    def _tell(self, check: Check) -> None:
        edition = str(check.edition) if check.edition else ""
        subject = (check.name, edition)
        fields: dict[str, str] = {"check": check.name, "told": check.told}
        if edition:
            fields["edition"] = edition
        if check.verdict is CheckResult.OK:
            if subject in self._failed:
                self._failed.discard(subject)
                fields["alert_over"] = AlertKind.PREFLIGHT
                log.info("preflight: a check passes again", extra=fields)
            return
        fields["next"] = check.remedy or ""
        if check.verdict is CheckResult.WARNING:
            log.warning("preflight: a check warns", extra=fields)
            return
        self._failed.add(subject)
        fields["alert"] = AlertKind.PREFLIGHT
        log.error("preflight: a check failed", extra=fields)
