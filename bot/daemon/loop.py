"""The run loop. The ledger and the files determine what is due; APScheduler only wakes the loop.

On each wake: rescan the folder, compute the agenda, freeze due editions and hand them to workers, set the
next alarm. Workers run in parallel; each claims its edition, waits for the slot and publishes. Frozen
editions are posted even if the folder does not answer. A bug in one edition does not block the others.

Between wakes the loop ticks once a second on the monotonic clock: APScheduler sleeps until an instant of the
wall clock, and would oversleep after a clock that was set back, or a resume.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.alerts import AlertKind
from bot.core.publishing.states import OPEN
from bot.core.schedule.slots import FREEZE_LEAD, MISSED_HORIZON, Agenda, agenda
from bot.daemon.due_editions import Editions
from bot.daemon.folder_reader import Folder
from bot.daemon.preflight_worker import Rounds
from bot.daemon.problems import Trouble, reload_failure, report_trouble, warn_of_restart
from bot.daemon.reserve import due_soon
from bot.daemon.sinks import Sinks, build_sinks
from bot.daemon.wakeups import Alarm, SchedulerAlarm
from bot.daemon.watchdog import Watchdog
from bot.daemon.workers import Workers
from bot.errors import BotError, ConfigError, LedgerError, UsageError
from bot.services.catalog import Ask
from bot.wiring import folder_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.ports import Pause
    from bot.services.catalog import Catalog, FolderReader
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

RESCAN = timedelta(seconds=2)
TURN_INTERVAL = timedelta(seconds=1)
"""Time within which a clock jump is noticed."""
LONGEST_TURN = 0.5
"""Seconds that one turn may freeze editions: many may be due at once, and the heartbeat must not stop."""
LONGEST_READING = 60.0
"""Seconds that a preflight waits for all files to be read: unread files would be reported missing."""
PAUSE = timedelta(seconds=10)
"""Wait before a retry of a publication that could not be claimed or recorded."""


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
    _config_trouble: str | None = None
    _reload_trouble: Trouble | None = None
    _looked_at: float = 0.0
    """Time of the last look, on `Clock.elapsed`."""
    _greeted: bool = False
    _whole_at: float | None = None
    """Time of the last complete catalog, on `Clock.elapsed`; initially that of the first catalog."""
    _trouble: Trouble | None = None
    _troubles: dict[EditionKey, Trouble] = field(default_factory=dict)
    """Errors in the processing of editions."""
    _paused: Pause | None = None
    _folder: Folder = field(init=False)
    _sinks: Sinks = field(init=False)
    _rounds: Rounds = field(init=False)
    _editions: Editions = field(init=False)
    _workers: Workers = field(init=False)

    def __post_init__(self) -> None:
        newsroom = self.newsroom
        self._folder = Folder(self.reader, newsroom.clock.elapsed, self.wake.set)
        self._sinks = self.sinks or build_sinks(newsroom)
        self._rounds = Rounds()
        self._editions = Editions(newsroom, self._sinks.metrics.missed, self._note_change)
        self._workers = Workers(self._note_change, self.wake.set, self.pause, newsroom.clock.elapsed)

    def run(self) -> None:
        """Run until asked to stop; return once posts in flight are answered and recorded."""
        try:
            with (
                self.alarm,
                self._workers,
                Watchdog(self._sinks.metrics.age),
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
        """Report the start, once, after the first successful look."""
        catalog = self._folder.catalog
        if catalog is None and self._trouble is None:
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
        return f"{ahead.key} at {self._local(ahead.slot_at)}" if ahead else "no edition ahead"

    def readiness(self) -> dict[str, Callable[[], str | None]]:
        """Return the checks for /readyz by name; they use known results and send no request to X."""
        return {
            "token": lambda: self._rounds.trouble_with("credentials"),
            "clock": lambda: self._rounds.trouble_with("clock", self._sinks.watch.trouble()),
            "ledger": self._ask_ledger,
            "config": lambda: self._config_trouble,
        }

    def _note_change(self, publication: Publication, change: Change) -> None:
        """Pass on a recorded change of a publication."""
        self._sinks.narrate_change(publication, change)
        self._rounds.note(change)

    def _ask_ledger(self) -> str | None:
        """Return why the ledger cannot be read, or why a worker could not write it (a full disk)."""
        try:
            self.newsroom.ledger.paused()
        except LedgerError as error:
            return str(error)
        return self._workers.trouble_with_ledger()

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
            self._config_trouble, remedy = reload_failure(error)
            about = {"reason": str(error), "next": remedy, "alert": AlertKind.CONFIG}
            log.error("reload failed; keeping the previous configuration", extra=about)  # noqa: TRY400
        except LedgerError as error:
            self._reload_asked = True
            sentence = "reload delayed until the ledger can be read; keeping the previous configuration"
            self._reload_trouble = report_trouble(sentence, error, self._elapsed(), self._reload_trouble)
        except Exception as error:  # noqa: BLE001  (reported; the daemon continues)
            sentence = "reload failed; keeping the previous configuration"
            self._reload_trouble = report_trouble(sentence, error, self._elapsed())
        else:
            self._adopt(fresh)
        self._sinks.ready(self._config_trouble or "using the last valid configuration")

    def _adopt(self, fresh: Newsroom) -> None:
        """Switch to the reloaded configuration."""
        if self._reload_trouble is not None:
            about = self._reload_trouble.so_far(self._elapsed())
            about["alert_over"] = self._reload_trouble.kind
            log.info("reload works again", extra=about)
        self._config_trouble = self._reload_trouble = None
        elsewhere = fresh.config.threads != self.newsroom.config.threads
        reader = folder_reader(fresh.config, fresh.clock) if elsewhere else None
        self._folder.reconfigure(reader, fresh.config.programme)
        if elsewhere:
            log.info("threads folder changed", extra={"alert_over": AlertKind.FOLDER})
        changed = fresh.config.differences(self.newsroom.config)
        fresh = replace(fresh, config=replace(fresh.config, health=self.newsroom.config.health))  # as served
        self.newsroom = fresh
        self._editions.use(fresh)
        self._rounds.reset()
        self._greeted = False
        about = {"changed": ", ".join(changed) or "nothing", "alert_over": AlertKind.CONFIG}
        log.info("configuration reloaded", extra=about)
        warn_of_restart(changed)

    # -- one look --------------------------------------------------------------------------------------

    def _look_again(self) -> datetime | None:
        """Look for due editions; report an error of the ledger or a bug, and retry at the next rescan."""
        self._looked_at = self._elapsed()
        try:
            next_at = self._look()
        except Exception as error:  # noqa: BLE001  (reported; the daemon continues)
            sentence = "check for due editions failed"
            self._trouble = report_trouble(sentence, error, self._elapsed(), self._trouble)
            return None
        if self._trouble is not None:
            about = self._trouble.so_far(self._elapsed()) | {"alert_over": self._trouble.kind}
            log.info("check for due editions works again", extra=about)
        self._trouble = None
        return next_at

    def _look(self) -> datetime | None:
        """Start the due editions; return when to look again, in addition to the regular rescans."""
        self._workers.collect()
        ledger, now = self.newsroom.ledger, self.newsroom.clock.now()
        self._note_pause(ledger.paused())
        publications = {p.key: p for p in ledger.open_or_since(now - MISSED_HORIZON - timedelta(days=1))}
        catalog = self._folder.look(Ask(self.newsroom.config.programme, tuple(publications.values()), now))
        now = self.newsroom.clock.now()  # read after the files, so that no change lies in the future
        plan = agenda(
            catalog.editions if catalog else (),
            publications,
            ledger.born_at,
            now,
            has_predecessor=ledger.has_predecessor,
            changed_at=catalog.changed_at if catalog else lambda _: None,
            lead=self.lead,
        )
        if catalog is not None:
            self._editions.see(catalog, publications)
        self._workers.reserve.expect(due_soon(catalog, publications, self._is_special, now))
        self._begin(catalog, plan.publish, now)
        self._workers.forget_all_but({key for key, one in publications.items() if one.state in OPEN})
        self._editions.report_released(publications)
        self._editions.report_overdue(publications.values(), now, self._workers.why_delayed)
        if catalog is not None:
            self._report(catalog, plan, publications, now)
        if self._folder.took is not None and catalog is not None:
            self._sinks.metrics.rescanned(self._folder.took, catalog.summary.found, catalog.summary.files)
        return plan.wake_at

    def _begin(self, catalog: Catalog | None, due: Sequence[EditionKey], now: datetime) -> None:
        """Freeze the `due` editions and start workers, series first, within the time limit of a turn."""
        begun = self._elapsed()
        for key in sorted(due, key=self._is_special):
            if self._workers.are_busy_with(key) or self._past_end(now):
                continue
            if self._is_special(key) and self._workers.precedence.is_active(self.newsroom.clock.now()):
                return  # the loop wakes when the precedence ends
            if self._stopping or self._elapsed() - begun > LONGEST_TURN:
                self.wake.set()
                return
            self._isolated(self._publish, catalog, key)

    def _is_special(self, key: EditionKey) -> bool:
        return self.newsroom.config.programme.get(key.series) is None

    def _report(
        self, catalog: Catalog, plan: Agenda, publications: Mapping[EditionKey, Publication], now: datetime
    ) -> None:
        """Report changes of files, editions not posted, and what is ahead, after due editions are started."""
        self._folder.report()
        self._editions.report_late(catalog, plan.late)
        self._editions.report_past(catalog, plan.past)
        for key in plan.missed:
            self._isolated(self._editions.miss, catalog, key, now)
        elapsed = self._elapsed()
        if catalog.summary.is_whole or self._whole_at is None:
            self._whole_at = elapsed
        if catalog.summary.is_whole or elapsed - self._whole_at >= LONGEST_READING:
            self._rounds.look(catalog, now, self.newsroom.preflight)
        self._sinks.looked(catalog, publications, now)

    def _publish(self, catalog: Catalog | None, key: EditionKey) -> None:
        """Start a worker for `key` if it is or can be frozen; a frozen edition needs no folder."""
        if catalog is None or self._editions.freeze(catalog, key, self.lead):
            self._workers.start(lambda: self.newsroom, key)

    def _isolated(
        self, act: Callable[..., None], catalog: Catalog | None, key: EditionKey, *more: object
    ) -> None:
        """Call `act` for one edition; report a bug in it, so that it does not block the others."""
        before = self._troubles.get(key)
        try:
            act(catalog, key, *more)
        except BotError:  # an error of the ledger concerns every edition
            raise
        except Exception as error:  # noqa: BLE001  (reported)
            sentence, now = "edition cannot be processed", self._elapsed()
            self._troubles[key] = report_trouble(sentence, error, now, before, key)
        else:
            if before is not None:
                del self._troubles[key]
                about = {"edition": str(key), **before.so_far(self._elapsed())}
                log.info("edition can be processed again", extra=about | {"alert_over": AlertKind.BUG})

    def _note_pause(self, pause: Pause | None) -> None:
        """Log when a pause begins or ends; the workers themselves observe it."""
        if pause is not None and self._paused is None:
            about = {"reason": pause.reason, "next": "flashtweet resume"}
            log.warning("publishing paused", extra=about)
        elif pause is None and self._paused is not None:
            log.info("publishing resumed")
        self._paused = pause
        self._sinks.metrics.paused(pause is not None)

    def _elapsed(self) -> float:
        return self.newsroom.clock.elapsed()

    def _local(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.newsroom.config.programme.zone)).isoformat()

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
