"""The run loop. The ledger and the files decide what is due; APScheduler only wakes us.

On each wake: rescan the folder, ask the core for the agenda, hand what is due to workers, set the next alarm.
A worker freezes its edition, claims it, waits for the slot and publishes; several go side by side.

Between two wakes the loop ticks, once a second on the clock that never jumps: APScheduler sleeps until an
instant of the wall clock, and would sleep on through a clock that is set back, or a resume.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from bot.core.alerts import AlertKind
from bot.core.slots import MISSED_HORIZON, agenda
from bot.errors import BotError, ClaimLost, Severity
from bot.ports import Interrupted
from bot.services.clockwatch import ClockWatch
from bot.services.editorial import never_out, read_desk
from bot.services.events import log_event
from bot.services.publish import freeze, policy_for
from bot.wiring import issue_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.core.model import Edition, EditionKey, Thread
    from bot.errors import Finding
    from bot.ports import IssueSource, Pause
    from bot.services.editorial import Desk
    from bot.services.publish import Narrator, PublishRun
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

RESCAN = timedelta(seconds=2)
TICK = timedelta(seconds=1)
"""How soon a jump of the clocks is noticed."""
PAUSE = timedelta(seconds=10)
"""Wait before a publication that could not be claimed or recorded is taken up again."""
MAX_SIDE_BY_SIDE = 8
"""Editions published at one time; a newsroom has three a day."""


@dataclass(slots=True)
class Daemon:
    """Publishes what is due until it is told to stop, or until `until`."""

    newsroom: Newsroom
    source: IssueSource
    until: datetime | None = None
    """No edition is begun after this instant; a thread under way is finished, then `run` returns."""
    narrate: Narrator = field(default_factory=lambda: log_event)
    pause: timedelta = PAUSE
    reread: Callable[[], Newsroom] | None = None
    """Gives the newsroom with its configuration read again; raises ConfigError or UsageError."""
    _wake: threading.Event = field(default_factory=threading.Event)
    _stopping: bool = False
    _reload_asked: bool = False
    _looked_at: float = 0.0
    """On `Clock.elapsed`."""
    _under_way: dict[EditionKey, Future[None]] = field(default_factory=dict)
    _reported: set[Finding] = field(default_factory=set)
    _unfit: set[EditionKey] = field(default_factory=set)
    _busy: dict[EditionKey, str] = field(default_factory=dict)
    """Who had the claim of an edition when we last wanted it."""
    _told_past: set[EditionKey] = field(default_factory=set)
    _greeted: bool = False
    _trouble: str | None = None
    _paused: Pause | None = None
    _desk: Desk | None = None
    _loaded: object = None

    def run(self) -> None:
        """Return when asked to stop, posts in flight answered and recorded."""
        scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.start()
        watch = ClockWatch(self.newsroom.clock.reading)
        try:
            with (
                ThreadPoolExecutor(MAX_SIDE_BY_SIDE, thread_name_prefix="publish") as workers,
                contextlib.ExitStack() as at_end,
            ):
                at_end.callback(self.newsroom.clock.stop)  # workers end before the pool is waited for
                while not self._stopping:
                    self._wake.clear()
                    self._read_again()
                    next_at = self._look_again(workers)
                    self._say_hello()
                    if self._is_over():
                        break
                    self._set_alarm(scheduler, next_at)
                    self._rest(watch)
        finally:
            scheduler.shutdown(wait=False)
            log.info("flashtweet has stopped")

    def _say_hello(self) -> None:
        """Once, after the first look."""
        if not self._greeted:
            editions, now = (self._desk.editions if self._desk else ()), self.newsroom.clock.now()
            ahead = next((edition for edition in editions if edition.slot_at >= now), None)
            upcoming = f"{ahead.key} at {self._local(ahead.slot_at)}" if ahead else "no edition ahead"
            log.info("flashtweet runs", extra={"editions": len(editions), "next": upcoming})
            self._greeted = True

    def stop(self) -> None:
        """Ask `run` to return. Safe in a signal handler and from other threads."""
        self._stopping = True
        self.newsroom.clock.stop()
        self._wake.set()

    def reload(self) -> None:
        """Ask `run` to read the configuration again. Safe in a signal handler and from other threads."""
        self._reload_asked = True
        self._wake.set()

    def _read_again(self) -> None:
        """Work by the configuration as it is now; where it cannot be used, by the one that we have.

        Threads in flight keep what they began with.
        """
        if not self._reload_asked or self.reread is None:
            return
        self._reload_asked = False
        try:
            fresh = self.reread()
        except BotError as error:
            about = {"reason": str(error), "next": "flashtweet check", "alert": AlertKind.CONFIG}
            log.error("configuration not reloaded, the old one stays", extra=about)  # noqa: TRY400
            return
        if fresh.config.threads != self.newsroom.config.threads:
            self.source = issue_source(fresh.config, fresh.clock)
        self.newsroom, self._desk = fresh, None
        log.info("configuration reloaded")

    # -- one look --------------------------------------------------------------------------------------

    def _look_again(self, workers: ThreadPoolExecutor) -> datetime | None:
        """A look that trouble does not end, be it the ledger or a bug: the next rescan tries again."""
        try:
            next_at = self._look(workers)
        except Exception as error:
            if repr(error) != self._trouble:
                if isinstance(error, BotError):
                    log.error(str(error))  # noqa: TRY400  (written for a person)
                else:
                    log.exception("a bug kept the daemon from looking for what is due")
            self._trouble = repr(error)
            return None
        self._trouble = None
        return next_at

    def _look(self, workers: ThreadPoolExecutor) -> datetime | None:
        """Start what is due now; give when to look again, beyond the regular rescans."""
        self._looked_at = self.newsroom.clock.elapsed()
        self._collect()
        ledger, now = self.newsroom.ledger, self.newsroom.clock.now()
        self._heed(ledger.paused())
        publications = {p.key: p for p in ledger.open_or_since(now - MISSED_HORIZON - timedelta(days=1))}
        desk = self._read_desk(never_out(publications.values()))
        plan = agenda(desk.editions, publications, ledger.born_at, now, succeeds=ledger.succeeds)
        self._tell_past(desk, plan.past)
        for key in plan.missed:
            self._record_missed(desk, key, now)
        for key in plan.publish:
            if key not in self._under_way and not self._past_end(now):
                self._start(workers, desk, key)
        return plan.wake_at

    def _heed(self, pause: Pause | None) -> None:
        """Tell when a pause begins or ends; the runs themselves keep it."""
        if pause is not None and self._paused is None:
            about = {"reason": pause.reason, "next": "flashtweet resume"}
            log.warning("publishing is paused", extra=about)
        elif pause is None and self._paused is not None:
            log.info("publishing goes on")
        self._paused = pause

    def _read_desk(self, unsaid: frozenset[EditionKey]) -> Desk:
        loaded = self.source.load()
        if self._desk is None or loaded is not self._loaded or unsaid != self._desk.unsaid:
            self._desk = read_desk(loaded, self.newsroom.config.programme, unsaid)
            self._loaded = loaded
            self._unfit.clear()
            horizon = self.newsroom.clock.now() - MISSED_HORIZON
            findings = set(self._desk.findings)
            for edition in self._desk.editions:
                if edition.slot_at >= horizon:
                    findings.update(self._compose(self._desk, edition)[1])
            self._report(findings)
        return self._desk

    def _compose(self, desk: Desk, edition: Edition) -> tuple[Thread | None, tuple[Finding, ...]]:
        """As the desk composes it; a bug that one edition brings out does not keep the others back."""
        try:
            return desk.thread(edition)
        except Exception:
            log.exception("a bug kept an edition from being composed", extra={"edition": str(edition.key)})
            return None, ()

    def _fit_thread(self, desk: Desk, key: EditionKey) -> Thread | None:
        """The thread of an edition that is due; None, said once for each version of the files, if unfit."""
        edition = desk.find(key)
        if edition is None or key in self._unfit:
            return None
        thread, _ = self._compose(desk, edition)
        if thread is None:
            self._unfit.add(key)
            log.error("edition cannot be published: its file has an error", extra=self._about(edition))
        return thread

    def _report(self, findings: set[Finding]) -> None:
        """Log each finding once, until it goes and comes again."""
        for finding in sorted(findings - self._reported):
            level = logging.ERROR if finding.severity is Severity.ERROR else logging.WARNING
            log.log(level, str(finding), extra={"code": finding.code})
        self._reported = findings

    def _tell_past(self, desk: Desk, past: tuple[EditionKey, ...]) -> None:
        """Once: a slot went by just before there was a ledger, and a person may want its edition out."""
        for key in past:
            edition = desk.find(key)
            if edition is not None and key not in self._told_past:
                self._told_past.add(key)
                about = self._about(edition) | {"next": f"flashtweet publish {key}"}
                log.warning("edition not sent: its slot was before this ledger's birth", extra=about)

    def _record_missed(self, desk: Desk, key: EditionKey, now: datetime) -> None:
        thread = self._fit_thread(desk, key)
        if thread is None:
            return
        reason = "its slot went by without it."
        if self.newsroom.ledger.record_missed(thread, reason, now):
            about = self._about(thread.edition) | {"next": f"flashtweet publish {key}"}
            log.error(f"edition missed: {reason}", extra=about)

    # -- workers ---------------------------------------------------------------------------------------

    def _start(self, workers: ThreadPoolExecutor, desk: Desk, key: EditionKey) -> None:
        if self.newsroom.ledger.get(key) is None:
            thread = self._fit_thread(desk, key)
            if thread is None:
                return
            self._freeze(thread)
        policy = policy_for(key, self.newsroom.config.programme, self.newsroom.config.policy)
        run = replace(self.newsroom.publish_run(self.narrate), policy=policy)
        future = workers.submit(self._publish, run, key)
        future.add_done_callback(lambda _: self._wake.set())
        self._under_way[key] = future

    def _freeze(self, thread: Thread) -> None:
        edition = thread.edition
        freeze(thread, self.newsroom.ledger, self.newsroom.clock.now())
        log.info(
            "edition frozen", extra={**self._about(edition), "posts": len(thread.posts), "path": edition.path}
        )

    def _publish(self, run: PublishRun, key: EditionKey) -> None:
        try:
            run(key)
        except Interrupted:
            log.info("publishing interrupted; it goes on at the next start", extra={"edition": str(key)})
        except ClaimLost as error:
            if self._busy.get(key) != str(error):  # somebody may publish it by hand for as long as it takes
                log.info(str(error), extra={"edition": str(key)})
            self._busy[key] = str(error)
            self._pause()
        except BotError as error:
            log.error(str(error), extra={"edition": str(key)})  # noqa: TRY400  (written for a person)
            self._pause()
        except Exception:
            log.exception("a bug stopped publishing", extra={"edition": str(key)})
            self._pause()

    def _pause(self) -> None:
        with contextlib.suppress(Interrupted):
            self.newsroom.clock.wait(self.newsroom.clock.now() + self.pause, at_most=self.pause)

    def _collect(self) -> None:
        for key in [key for key, future in self._under_way.items() if future.done()]:
            del self._under_way[key]

    def _about(self, edition: Edition) -> dict[str, str]:
        return {"edition": str(edition.key), "slot": self._local(edition.slot_at)}

    def _local(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.newsroom.config.programme.zone)).isoformat()

    # -- time ------------------------------------------------------------------------------------------

    def _past_end(self, now: datetime) -> bool:
        return self.until is not None and now >= self.until

    def _rest(self, watch: ClockWatch) -> None:
        """Return when it is time for the next look, or something calls for one."""
        next_at = self._looked_at + RESCAN.total_seconds()
        while True:
            woken = self._wake.wait(TICK.total_seconds())
            disturbed = watch.look()
            if woken or disturbed or self.newsroom.clock.elapsed() >= next_at:
                return

    def _is_over(self) -> bool:
        return self._past_end(self.newsroom.clock.now()) and not self._under_way

    def _set_alarm(self, scheduler: BackgroundScheduler, next_at: datetime | None) -> None:
        instants = [at for at in (next_at, self.until) if at and at > self.newsroom.clock.now()]
        if instants:
            real = min(instants) - self.newsroom.clock.offset
            scheduler.add_job(self._wake.set, DateTrigger(real), id="next", replace_existing=True)
