"""The preflight rounds: alert what would prevent an edition while there is time to fix it."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import timedelta
from functools import partial
from queue import Queue
from typing import TYPE_CHECKING

from bot.core.alerts import ABOUT_A_BUG
from bot.core.model import EditionKey
from bot.core.problems import ProblemKind, failure, problem
from bot.core.publishing.states import DeliveryEvent
from bot.core.schedule.calendar import PREFLIGHT_LEAD, Round
from bot.core.schedule.preflight import CheckResult
from bot.core.turn import Checked
from bot.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from bot.core.problems import Problem
    from bot.core.publishing.states import Change
    from bot.core.schedule.calendar import DueChecks, Slot
    from bot.core.schedule.preflight import Check
    from bot.daemon.problem_board import ProblemBoard
    from bot.services.catalog import Catalog
    from bot.services.preflight import Preflight

log = logging.getLogger("flashtweet.preflight")

_KEPT = timedelta(hours=2)
"""Time after a slot for which its round is remembered: a clock may be set back."""

_PROVEN_BY_A_POST = ("credentials", "clock")
"""Checks whose results a successful post supersedes."""

_PROBLEMS = {
    CheckResult.FAILURE: ProblemKind.CHECK_FAILED,
    CheckResult.WARNING: ProblemKind.CHECK_WARNED,
}
_OF_CHECKS = tuple(_PROBLEMS.values())


def _is_before(one: Problem, day: date) -> bool:
    """Return True if `one` is about an edition of a day before `day`."""
    edition = one.subject.partition(" ")[2]
    return bool(edition) and EditionKey.parse(edition).date < day


def _checks(preflight: Callable[[], Preflight], due: DueChecks, catalog: Catalog) -> tuple[Check, ...]:
    return preflight().of(due, catalog)


class Rounds:
    """Runner of the rounds, each once, on a separate thread: a round waits for X's answers."""

    def __init__(self, board: ProblemBoard) -> None:
        """Report failed checks on `board`."""
        self._board = board
        self._since: datetime | None = None
        """Time of the last call of `begin`; None before the first under this configuration."""
        self._looked_at: dict[Slot, bool] = {}
        """Slots whose round is done; True if a file existed for the edition."""
        self._jobs: Queue[Callable[[], None] | None] = Queue()
        # A daemon thread: it may wait for X, and must not delay the end of the process.
        self._thread = threading.Thread(target=self._work, name="preflight", daemon=True)
        self._closed = threading.Event()
        self._number = 0
        """Number of rounds so far. Each round reports its failures again."""
        self._passed: set[str] = set()
        """Those of `_PROVEN_BY_A_POST` that passed in the last round; X has accepted no post since."""
        self._has_looked = False
        """True if a round that checks machine and account was started."""

    @property
    def checked(self) -> Checked:
        """The rounds that were started."""
        return Checked(self._since, dict(self._looked_at))

    def reset(self) -> None:
        """Discard results and rounds of the previous configuration."""
        self._since, self._has_looked = None, False
        self._looked_at.clear()
        self._passed.clear()

    def greet(self, preflight: Preflight, catalog: Catalog) -> None:
        """Check machine and account at the start, even if no round is due."""
        if not self._has_looked:
            self._begin(lambda: preflight(catalog, ()), "the start")

    def begin(
        self, due: Iterable[DueChecks], catalog: Catalog, now: datetime, preflight: Callable[[], Preflight]
    ) -> None:
        """Start the `due` rounds."""
        for one in due:
            what = ", ".join(str(edition.key) for edition in one.editions)
            if one.round is Round.PREFLIGHT:
                self._has_looked = True
                self._looked_at |= {edition.slot: edition.is_made for edition in one.editions}
            self._begin(partial(_checks, preflight, one, catalog), what)
        self._since = now
        # Slots farther ahead were checked while the clock was fast: their round is still to come.
        looked_at = self._looked_at.items()
        self._looked_at = {
            slot: made for slot, made in looked_at if now - _KEPT < slot[1] <= now + PREFLIGHT_LEAD
        }
        long_ago = now.date() - timedelta(days=1)
        self._board.drop(lambda one: one.kind in _OF_CHECKS and _is_before(one, long_ago))

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
            self._passed.clear()
            for name in _PROVEN_BY_A_POST:
                self._board.clear(ProblemKind.CHECK_FAILED, name)

    def has_passed(self, name: str) -> bool:
        """Return True if the check `name` passed in the last round, which is newer than any post."""
        return name in self._passed

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
        self._number += 1
        try:
            checks = tuple(look())
        except BotError as error:
            if not self._closed.is_set():  # else the ledger is closed
                about = [("before", what), ("reason", str(error))]
                advice, version = "flashtweet doctor", str(self._number)
                self._board.hold(problem(ProblemKind.CHECKS_FAILED, "", about, advice, version))
            return
        except Exception as error:  # noqa: BLE001  (reported; later rounds follow)
            bug = failure(ProblemKind.CHECKS_FAILED, error)
            self._board.hold(replace(bug, version=str(self._number)))
            return
        if self._closed.is_set():
            return
        self._board.clear(ProblemKind.CHECKS_FAILED)
        self._report(checks)
        if not {check.verdict for check in checks} & {CheckResult.WARNING, CheckResult.FAILURE}:
            log.info("preflight passed", extra={"before": what})

    def _report(self, checks: Sequence[Check]) -> None:
        self._passed.update(one.name for one in checks if one.name in _PROVEN_BY_A_POST)
        self._passed -= {one.name for one in checks if one.verdict is CheckResult.FAILURE}
        for check in checks:
            edition = str(check.edition) if check.edition else ""
            subject = f"{check.name} {edition}".strip()
            about = [("check", check.name), ("observed", check.observed)]
            about += [("edition", edition)] if edition else []
            kind = _PROBLEMS.get(check.verdict)
            if kind is not ProblemKind.CHECK_WARNED:
                self._board.clear(ProblemKind.CHECK_WARNED, subject)
            if kind is None:  # a warning does not end the alert of a failure
                self._board.clear(ProblemKind.CHECK_FAILED, subject)
            else:
                version = f"{self._number} {check.observed}"
                self._board.hold(problem(kind, subject, about, check.remedy, version))
