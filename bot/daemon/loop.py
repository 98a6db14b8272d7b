"""The run loop: observe ledger, files and workers, let `bot.core.turn` decide, act, and report.

Workers run in parallel; each claims its edition, waits for the slot and publishes. Frozen editions are posted
even if the folder does not answer. A bug in one edition does not block the others. APScheduler only wakes
the loop; the ledger and the files determine what is due.

Between turns the loop ticks once a second on the monotonic clock: APScheduler sleeps until an instant of the
wall clock, and would oversleep after a clock that was set back, or a resume.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind
from bot.core.model import EditionKey
from bot.core.problems import ProblemKind, failure
from bot.core.publishing.states import OPEN
from bot.core.schedule.local_times import in_log
from bot.core.schedule.slots import FREEZE_LEAD
from bot.core.turn import Facts, decide, is_special
from bot.daemon.actions import Actions
from bot.daemon.folder_reader import Folder
from bot.daemon.observer import Observer
from bot.daemon.preflight_worker import Rounds
from bot.daemon.problem_board import ProblemBoard
from bot.daemon.readiness import config_problem, readiness
from bot.daemon.reloading import reload_failure, warn_of_restart
from bot.daemon.reserve import due_soon
from bot.daemon.sinks import Sinks, build_sinks
from bot.daemon.wakeups import Alarm, SchedulerAlarm
from bot.daemon.watchdog import Watchdog
from bot.daemon.workers import Workers
from bot.errors import ConfigError, LedgerError, UsageError
from bot.wiring import folder_reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.core.turn import Turn
    from bot.services.catalog import Catalog, FolderReader
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

RESCAN = timedelta(seconds=2)
TURN_INTERVAL = timedelta(seconds=1)
"""Time within which a clock jump is noticed."""
PAUSE = timedelta(seconds=10)
"""Wait before a retry of a publication that could not be claimed or recorded."""


_EDITIONS = "editions"
"""Source of the problems of a turn."""


@dataclass(slots=True)
class Daemon:
    """The daemon: publishes due editions until `stop`, or until `until`."""

    newsroom: Newsroom
    reader: FolderReader
    until: datetime | None = None
    """No edition starts after this instant; threads under way are completed, then `run` returns."""
    sinks: Sinks | None = None
    """Observers of the daemon's events; None for log and metrics only."""
    lead: timedelta = FREEZE_LEAD
    """Time before its slot at which an edition is frozen."""
    pause: timedelta = PAUSE
    reread: Callable[[], Newsroom] | None = None
    """Return the newsroom with a reloaded configuration; raises ConfigError, UsageError or LedgerError."""
    wake: threading.Event = field(default_factory=threading.Event)
    """Event that ends the loop's rest. Tests pass one with simulated time."""
    alarm: Alarm = field(default_factory=SchedulerAlarm)
    _stopping: bool = False
    _reload_asked: bool = False
    _looked_at: float = 0.0
    """Time of the last turn, on `Clock.elapsed`."""
    _greeted: bool = False
    _board: ProblemBoard = field(init=False)
    _folder: Folder = field(init=False)
    _sinks: Sinks = field(init=False)
    _rounds: Rounds = field(init=False)
    _workers: Workers = field(init=False)
    _actions: Actions = field(init=False)
    _observer: Observer = field(init=False)

    def __post_init__(self) -> None:
        clock = self.newsroom.clock
        self._board = ProblemBoard(clock.elapsed)
        self._folder = Folder(self.reader, self._board, clock.elapsed, self.wake.set)
        self._sinks = self.sinks or build_sinks(self.newsroom)
        self._rounds = Rounds(self._board)
        self._workers = Workers(self._note_change, self.wake.set, self.pause, self._board)
        self._actions = Actions(self._workers, self._board, self._note_change, self.lead, self.wake.set)
        self._observer = Observer(
            self._folder, self._workers.delays, self._rounds, self._board, self.lead, clock.now()
        )
        self._sinks.metrics.read_problems(self._board.all)

    def run(self) -> None:
        """Run until asked to stop; return once posts in flight are answered and recorded."""
        try:
            with (
                self.alarm,
                self._workers,
                Watchdog(self._sinks.metrics.age, self._board),
                contextlib.ExitStack() as at_end,
            ):
                at_end.callback(self._folder.close)
                at_end.callback(self._rounds.close)
                at_end.callback(self.newsroom.clock.stop)  # ends the workers before the pool's shutdown
                while not self._stopping:
                    self.wake.clear()
                    self._sinks.beat(self.newsroom.clock.now())
                    self._read_again()
                    next_at = self._look_again()
                    self._greet()
                    if self._is_over():
                        break
                    self._set_alarm(next_at)
                    self._rest()
        finally:
            log.info("flashtweet has stopped")

    def _greet(self) -> None:
        """Report the start, once, after the first successful turn."""
        catalog = self._folder.catalog
        if catalog is None and self._board.find(ProblemKind.LOOK_FAILED) is None:
            self._sinks.ready("waiting for the threads folder")
        if self._greeted or catalog is None:
            return
        self._greeted = True
        upcoming = self._upcoming(catalog)
        about = {"editions": catalog.summary.editions, "next": upcoming, "alert_over": AlertKind.START}
        log.info("flashtweet started", extra=about)
        for finding in self.newsroom.config.unset:  # only in a rehearsal; otherwise it would not run
            log.warning("alert address not set", extra={"reason": str(finding)})
        self._sinks.ready(upcoming)
        self._rounds.greet(self.newsroom.preflight(), catalog)

    def _upcoming(self, catalog: Catalog) -> str:
        now = self.newsroom.clock.now()
        ahead = next((edition for edition in catalog.editions if edition.slot_at >= now), None)
        zone = self.newsroom.config.programme.zone
        return f"{ahead.key} at {in_log(ahead.slot_at, zone)}" if ahead else "no edition ahead"

    def readiness(self) -> dict[str, Callable[[], str | None]]:
        """Return the checks for /readyz by name."""
        return readiness(self._board, self._rounds, self._sinks.watch, lambda: self.newsroom.ledger)

    def _note_change(self, publication: Publication, change: Change) -> None:
        """Pass on a recorded change of a publication."""
        self._sinks.narrate_change(publication, change)
        self._rounds.note(change)

    def stop(self) -> None:
        """Ask `run` to return. Safe in a signal handler and from other threads."""
        self._stopping = True
        self._sinks.stopping()
        self.newsroom.clock.stop()
        self.wake.set()

    def join(self) -> None:
        """Wait, after `run`, for a preflight that waits for X."""
        self._rounds.join()

    def reload(self) -> None:
        """Ask `run` to reload the configuration. Safe in a signal handler and from other threads."""
        self._reload_asked = True
        self.wake.set()

    def _read_again(self) -> None:
        """Reload the configuration if requested; keep the previous one if the new one is invalid.

        If the ledger cannot be read, the next turn tries again. Threads in flight keep their configuration.
        """
        if not self._reload_asked or self.reread is None:
            return
        self._reload_asked = False
        self._sinks.reloading()
        try:
            fresh = self.reread()
            self._sinks.adopt(fresh.config)
        except (ConfigError, UsageError) as error:
            self._board.hold(reload_failure(error, self._elapsed()))
        except LedgerError as error:
            self._reload_asked = True
            self._board.hold(failure(ProblemKind.RELOAD_DELAYED, error))
        except Exception as error:  # noqa: BLE001  (reported; the daemon continues)
            bug = failure(ProblemKind.RELOAD_FAILED, error)
            self._board.hold(replace(bug, version=str(self._elapsed())))
        else:
            self._adopt(fresh)
        self._sinks.ready(config_problem(self._board) or "using the last valid configuration")

    def _adopt(self, fresh: Newsroom) -> None:
        """Switch to the reloaded configuration."""
        for kind in (ProblemKind.RELOAD_DELAYED, ProblemKind.RELOAD_FAILED, ProblemKind.CONFIG_INVALID):
            self._board.clear(kind)
        elsewhere = fresh.config.threads != self.newsroom.config.threads
        reader = folder_reader(fresh.config, fresh.clock) if elsewhere else None
        self._folder.reconfigure(reader, fresh.config.programme)
        if elsewhere:
            log.info("threads folder changed", extra={"alert_over": AlertKind.FOLDER})
        changed = fresh.config.differences(self.newsroom.config)
        fresh = replace(fresh, config=replace(fresh.config, health=self.newsroom.config.health))  # as served
        self.newsroom = fresh
        self._rounds.reset()
        self._greeted = False
        about = {"changed": ", ".join(changed) or "nothing", "alert_over": AlertKind.CONFIG}
        log.info("configuration reloaded", extra=about)
        warn_of_restart(changed)

    # -- one turn --------------------------------------------------------------------------------------

    def _look_again(self) -> datetime | None:
        """Take one turn; report an error of the ledger or a bug, and retry at the next rescan."""
        self._looked_at = self._elapsed()
        try:
            next_at = self._look()
        except Exception as error:  # noqa: BLE001  (reported; the daemon continues)
            self._board.hold(failure(ProblemKind.LOOK_FAILED, error))
            return None
        self._board.clear(ProblemKind.LOOK_FAILED)
        return next_at

    def _look(self) -> datetime | None:
        """Observe, decide, act and report; return when to look again, in addition to the regular rescans."""
        self._workers.collect()
        facts = self._observer.facts(self.newsroom)
        catalog, now = self._folder.catalog, self.newsroom.clock.now()
        turn = self._decide(facts, now)
        self._sinks.metrics.paused(facts.pause is not None)
        self._workers.reserve.expect(due_soon(catalog, facts.publications, self._is_special, now))
        try:
            if not self._past_end(now):
                self._actions.start(turn.starts, lambda: self.newsroom, lambda: self._stopping)
            open_ones = {key for key, one in facts.publications.items() if one.state in OPEN}
            self._workers.clear_all_but(open_ones)
            self._folder.report()
            self._actions.miss(turn.missed, self.newsroom, now)
        finally:
            self._report(turn)
        if catalog is not None:
            self._after(catalog, turn, facts, now)
        return turn.wake_at

    def _decide(self, facts: Facts, now: datetime) -> Turn:
        """Return the decisions; after a bug in them, those about frozen editions alone."""
        try:
            turn = decide(facts, now)
        except Exception as error:  # noqa: BLE001  (reported; frozen editions need no files)
            self._board.hold(failure(ProblemKind.DECISION_FAILED, error))
            return decide(replace(facts, source=None, checked=None), now)
        self._board.clear(ProblemKind.DECISION_FAILED)
        return turn

    def _report(self, turn: Turn) -> None:
        """Report the problems of this turn that the last one did not have, and those that are over."""
        for one in self._board.update(_EDITIONS, turn.problems).raised:
            if one.kind is ProblemKind.MISSED_UNFIT:
                self._sinks.metrics.missed(EditionKey.parse(one.subject))

    def _after(self, catalog: Catalog, turn: Turn, facts: Facts, now: datetime) -> None:
        """Start the checks of editions ahead, and update the metrics."""
        if facts.checked is not None:
            self._rounds.begin(turn.checks, catalog, now, self.newsroom.preflight)
        self._sinks.looked(catalog, facts.publications, now)
        if self._folder.took is not None:
            self._sinks.metrics.rescanned(self._folder.took, catalog.summary.found, catalog.summary.files)

    def _is_special(self, key: EditionKey) -> bool:
        return is_special(self.newsroom.config.programme, key)

    def _elapsed(self) -> float:
        return self.newsroom.clock.elapsed()

    # -- time ------------------------------------------------------------------------------------------

    def _past_end(self, now: datetime) -> bool:
        return self.until is not None and now >= self.until

    def _rest(self) -> None:
        """Wait until the next look is due, or an event requires one."""
        next_at = self._looked_at + RESCAN.total_seconds()
        while True:
            woken = self.wake.wait(TURN_INTERVAL.total_seconds())
            disturbed = self._sinks.watch.look()
            self._sinks.beat(self.newsroom.clock.now())
            if woken or disturbed or self._elapsed() >= next_at:
                return

    def _is_over(self) -> bool:
        return self._past_end(self.newsroom.clock.now()) and self._workers.are_idle()

    def _set_alarm(self, next_at: datetime | None) -> None:
        instants = [at for at in (next_at, self.until) if at and at > self.newsroom.clock.now()]
        if instants:
            self.alarm.set(min(instants) - self.newsroom.clock.offset, self.wake.set)
