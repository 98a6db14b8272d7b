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
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from bot.core.alerts import AlertKind
from bot.core.model import PublicationState
from bot.core.publication import has_begun
from bot.core.slots import FREEZE_LEAD, MISSED_HORIZON, agenda
from bot.daemon.company import Company, company
from bot.daemon.rounds import Rounds
from bot.errors import BotError, ClaimLost, LedgerError
from bot.ports import Interrupted, Loaded
from bot.services.by_hand import freeze_anew
from bot.services.editorial import read_desk
from bot.services.newsdesk import Newsdesk, compose
from bot.services.publish import freeze, policy_for
from bot.wiring import issue_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.core.model import Edition, EditionKey, Publication, Thread
    from bot.ports import IssueSource, Pause
    from bot.services.editorial import Desk
    from bot.services.publish import PublishRun
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

RESCAN = timedelta(seconds=2)
_MISSED = "its slot went by without it."
TICK = timedelta(seconds=1)
"""How soon a jump of the clocks is noticed."""
PAUSE = timedelta(seconds=10)
"""Wait before a publication that could not be claimed or recorded is taken up again."""
MAX_SIDE_BY_SIDE = 64
"""Editions published at one time; a newsroom has three a day. Threads are made when they are needed."""


NOTHING = Loaded((), (), ())


class Trouble(NamedTuple):
    """What stops the daemon for a while."""

    kind: AlertKind
    what: str


@dataclass(slots=True)
class Daemon:
    """Publishes what is due until it is told to stop, or until `until`."""

    newsroom: Newsroom
    source: IssueSource
    until: datetime | None = None
    """No edition is begun after this instant; a thread under way is finished, then `run` returns."""
    company: Company | None = None
    """Who hears of it; None: the log alone."""
    lead: timedelta = FREEZE_LEAD
    """How long before its slot an edition is frozen."""
    pause: timedelta = PAUSE
    reread: Callable[[], Newsroom] | None = None
    """Gives the newsroom with its configuration read again; raises ConfigError or UsageError."""
    _wake: threading.Event = field(default_factory=threading.Event)
    _stopping: bool = False
    _reload_asked: bool = False
    _alarm_at: datetime | None = None
    _config_trouble: str | None = None
    _held: frozenset[EditionKey] = frozenset()
    _looked_at: float = 0.0
    """On `Clock.elapsed`."""
    _under_way: dict[EditionKey, Future[None]] = field(default_factory=dict)
    _unfit: set[EditionKey] = field(default_factory=set)
    _busy: dict[EditionKey, str] = field(default_factory=dict)
    """Who had the claim of an edition when we last wanted it."""
    _stumbled: dict[EditionKey, Trouble] = field(default_factory=dict)
    """What last stopped the publishing of an edition."""
    _told_past: set[EditionKey] = field(default_factory=set)
    _told_missed: set[EditionKey] = field(default_factory=set)
    _greeted: bool = False
    _trouble: Trouble | None = None
    _paused: Pause | None = None
    _desk: Desk | None = None
    _loaded: Loaded = NOTHING
    _newsdesk: Newsdesk = field(init=False)
    _told: Company = field(init=False)
    _rounds: Rounds = field(init=False)
    _since: datetime = field(init=False)

    def __post_init__(self) -> None:
        newsroom = self.newsroom
        self._newsdesk = Newsdesk(newsroom.config.programme.zone)
        self._told = self.company or company(newsroom)
        self._since = newsroom.clock.now()
        self._rounds = Rounds(self._since)

    def run(self) -> None:
        """Return when asked to stop, posts in flight answered and recorded."""
        scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.start()
        try:
            with (
                ThreadPoolExecutor(MAX_SIDE_BY_SIDE, thread_name_prefix="publish") as workers,
                contextlib.ExitStack() as at_end,
            ):
                at_end.callback(self._rounds.close)
                at_end.callback(self.newsroom.clock.stop)  # workers end before the pool is waited for
                while not self._stopping:
                    self._wake.clear()
                    self._told.beat(self.newsroom.clock.now())
                    self._read_again()
                    next_at = self._look_again(workers)
                    self._say_hello()
                    if self._is_over():
                        break
                    self._set_alarm(scheduler, next_at)
                    self._rest()
        finally:
            scheduler.shutdown(wait=False)
            log.info("flashtweet has stopped")

    def _say_hello(self) -> None:
        """Once, after the first look that could be taken."""
        if self._greeted or self._desk is None:
            return
        self._greeted = True
        upcoming = self._upcoming(self._desk)
        about = {"editions": len(self._desk.editions), "next": upcoming, "alert_over": AlertKind.START}
        log.info("flashtweet runs", extra=about)
        self._told.ready(upcoming)
        self._rounds.greet(self.newsroom.preflight(), self._desk)

    def _upcoming(self, desk: Desk) -> str:
        now = self.newsroom.clock.now()
        ahead = next((edition for edition in desk.editions if edition.slot_at >= now), None)
        return f"{ahead.key} at {self._local(ahead.slot_at)}" if ahead else "no edition ahead"

    def readiness(self) -> dict[str, Callable[[], str | None]]:
        """What keeps it from publishing now, by name: checks that read what is known, and ask X nothing."""
        return {
            "token": self._rounds.trouble_with_account,
            "clock": self._told.watch.trouble,
            "ledger": self._ask_ledger,
            "config": lambda: self._config_trouble,
        }

    def _ask_ledger(self) -> str | None:
        try:
            self.newsroom.ledger.paused()
        except LedgerError as error:
            return str(error)
        return None

    def stop(self) -> None:
        """Ask `run` to return. Safe in a signal handler and from other threads."""
        self._stopping = True
        self._told.stopping()
        self.newsroom.clock.stop()
        self._wake.set()

    def join(self) -> None:
        """After `run`: wait for a preflight that waits for X."""
        self._rounds.join()

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
        self._told.reloading()
        try:
            fresh = self.reread()
            self._told.adopt(fresh.config)
        except BotError as error:
            about = {"reason": str(error), "next": "flashtweet check", "alert": AlertKind.CONFIG}
            log.error("configuration not reloaded, the old one stays", extra=about)  # noqa: TRY400
            self._config_trouble = f"a changed configuration cannot be used, nor a new start: {error}"
        except Exception as error:  # noqa: BLE001  (told, and no end of the daemon)
            _tell_trouble("configuration not reloaded, the old one stays", error)
        else:
            self._config_trouble = None
            if fresh.config.threads != self.newsroom.config.threads:
                self.source = issue_source(fresh.config, fresh.clock)
            changed = ", ".join(fresh.config.differences(self.newsroom.config)) or "nothing"
            self.newsroom, self._desk = fresh, None
            self._newsdesk = Newsdesk(fresh.config.programme.zone)
            self._rounds.begin_anew(fresh.clock.now())
            self._greeted = False
            about = {"changed": changed, "alert_over": AlertKind.CONFIG}
            log.info("configuration reloaded", extra=about)
        self._told.ready("reloaded")

    # -- one look --------------------------------------------------------------------------------------

    def _look_again(self, workers: ThreadPoolExecutor) -> datetime | None:
        """A look that trouble does not end, be it the ledger or a bug: the next rescan tries again."""
        self._looked_at = self.newsroom.clock.elapsed()
        try:
            next_at = self._look(workers)
        except Exception as error:  # noqa: BLE001  (told, and no end of the daemon)
            self._trouble = _tell_trouble("the daemon cannot look for what is due", error, self._trouble)
            return None
        if self._trouble is not None:
            log.info("the daemon looks for what is due again", extra={"alert_over": self._trouble.kind})
        self._trouble = None
        return next_at

    def _look(self, workers: ThreadPoolExecutor) -> datetime | None:
        """Start what is due now; give when to look again, beyond the regular rescans."""
        self._collect()
        ledger, now = self.newsroom.ledger, self.newsroom.clock.now()
        self._heed(ledger.paused())
        publications = {p.key: p for p in ledger.open_or_since(now - MISSED_HORIZON - timedelta(days=1))}
        desk = self._read_desk(tuple(publications.values()))
        now = self.newsroom.clock.now()  # after the files were seen: what changed just now has changed before
        self._newsdesk.see(self._loaded, desk, publications, now)
        plan = agenda(
            desk.editions,
            publications,
            ledger.born_at,
            now,
            succeeds=ledger.succeeds,
            changed_at=self._loaded.changed_at,
            lead=self.lead,
        )
        self._newsdesk.tell_late(plan.late)
        self._tell_past(desk, plan.past)
        self._tell_released(publications)
        for key in plan.missed:
            self._record_missed(desk, key, now)
        for key in plan.publish:
            if key not in self._under_way and not self._past_end(now):
                self._start(workers, desk, key)
        self._rounds.look(desk, now, self.newsroom.preflight)
        self._told.looked(desk, publications, self._newsdesk, now)
        return plan.wake_at

    def _heed(self, pause: Pause | None) -> None:
        """Tell when a pause begins or ends; the runs themselves keep it."""
        if pause is not None and self._paused is None:
            about = {"reason": pause.reason, "next": "flashtweet resume"}
            log.warning("publishing is paused", extra=about)
        elif pause is None and self._paused is not None:
            log.info("publishing goes on")
        self._paused = pause
        self._told.metrics.paused(pause is not None)

    def _read_desk(self, publications: tuple[Publication, ...]) -> Desk:
        since = self.newsroom.clock.elapsed()
        loaded = self.source.load()
        if self._desk is None or loaded is not self._loaded or not self._desk.follows(publications):
            self._desk = read_desk(loaded, self.newsroom.config.programme, publications)
            self._loaded = loaded
            self._unfit.clear()
        took = self.newsroom.clock.elapsed() - since
        self._told.metrics.rescanned(took, self._newsdesk.findings, len(loaded.paths))
        return self._desk

    def _fit_thread(self, desk: Desk, key: EditionKey) -> Thread | None:
        """The thread of an edition that is due; None, said once for each version of the files, if unfit."""
        edition = desk.find(key)
        if edition is None or key in self._unfit:
            return None
        thread, _ = compose(desk, edition)
        if thread is None:
            self._unfit.add(key)
            about = self._about(edition) | {"path": edition.path, "next": f"flashtweet check {edition.path}"}
            sentence = "edition cannot be published: its file has an error"
            log.error(sentence, extra=about | {"alert": AlertKind.FINDING})
        return thread

    def _tell_past(self, desk: Desk, past: tuple[EditionKey, ...]) -> None:
        """Once: a slot went by just before there was a ledger, and a person may want its edition out."""
        for key in past:
            edition = desk.find(key)
            if edition is not None and key not in self._told_past:
                self._told_past.add(key)
                about = self._about(edition) | {"next": f"flashtweet publish {key}"}
                sentence = "edition not sent: its slot was before this ledger's birth"
                log.warning(sentence, extra=about | {"alert": AlertKind.MISSED})

    def _tell_released(self, publications: Mapping[EditionKey, Publication]) -> None:
        """What was held goes on, or is given up: by whichever process, who was alerted hears of it."""
        held = frozenset(key for key, one in publications.items() if one.state is PublicationState.HELD)
        for key in sorted(self._held - held):
            known = self.newsroom.ledger.get(key)
            if known is not None and known.state is PublicationState.HELD:
                continue  # it is only too old to be looked at
            about = {"edition": str(key), "alert_over": AlertKind.HELD}
            log.info("edition waits for nobody any more", extra=about)
        self._held = held

    def _record_missed(self, desk: Desk, key: EditionKey, now: datetime) -> None:
        edition = desk.find(key)
        if edition is None:
            return
        thread = compose(desk, edition)[0] if key not in self._unfit else None
        if thread is not None:
            if self.newsroom.ledger.record_missed(thread, _MISSED, now):
                self._tell_missed(edition, _MISSED)
            return
        self._unfit.add(key)  # without posts the ledger cannot have it, and so not remember it
        if key not in self._told_missed and edition.slot_at + edition.format.grace >= self._since:
            self._told_missed.add(key)
            self._tell_missed(edition, f"its file has an error. Mend it: flashtweet check {edition.path}")

    def _tell_missed(self, edition: Edition, reason: str) -> None:
        about = self._about(edition) | {"reason": reason, "next": f"flashtweet publish {edition.key}"}
        log.error("edition missed", extra=about | {"alert": AlertKind.MISSED})

    # -- workers ---------------------------------------------------------------------------------------

    def _start(self, workers: ThreadPoolExecutor, desk: Desk, key: EditionKey) -> None:
        known = self.newsroom.ledger.get(key)
        if known is not None:
            self._freeze_anew(desk, known)
        else:
            thread = self._fit_thread(desk, key)
            if thread is None:
                return
            self._freeze(thread)
        policy = policy_for(key, self.newsroom.config.programme, self.newsroom.config.policy)
        run = replace(self.newsroom.publish_run(self._told.hear), policy=policy)
        future = workers.submit(self._publish, run, key)
        future.add_done_callback(lambda _: self._wake.set())
        self._under_way[key] = future

    def _freeze(self, thread: Thread) -> None:
        edition = thread.edition
        freeze(thread, self.newsroom.ledger, self.newsroom.clock.now())
        log.info(
            "edition frozen", extra={**self._about(edition), "posts": len(thread.posts), "path": edition.path}
        )

    def _freeze_anew(self, desk: Desk, known: Publication) -> None:
        """What was frozen long before its slot, because a person held it, goes out as its file is now."""
        edition = desk.find(known.key)
        thread = compose(desk, edition)[0] if edition and not has_begun(known) else None
        ledger, now, lease = self.newsroom.ledger, self.newsroom.clock.now(), self.newsroom.config.lease
        if thread is not None and freeze_anew(known, thread, ledger, lease, now, self.lead):
            about = self._about(thread.edition) | {"posts": len(thread.posts), "path": thread.edition.path}
            log.info("edition frozen anew", extra=about)

    def _publish(self, run: PublishRun, key: EditionKey) -> None:
        try:
            run(key)
        except Interrupted:
            log.info("publishing interrupted; it goes on at the next start", extra={"edition": str(key)})
        except ClaimLost as error:
            if self._busy.get(key) != str(error):  # somebody may publish it by hand for as long as it takes
                about = {"edition": str(key), "reason": str(error)}
                log.info("edition is in other hands", extra=about)
            self._busy[key] = str(error)
            self._pause()
        except Exception as error:  # noqa: BLE001  (told, and no end of the daemon)
            sentence, before = "publishing stopped, and is taken up again soon", self._stumbled.get(key)
            self._stumbled[key] = _tell_trouble(sentence, error, before, key)
            self._pause()
        else:
            stumbled = self._stumbled.pop(key, None)
            if stumbled is not None:
                about = {"edition": str(key), "alert_over": stumbled.kind}
                log.info("publishing went on", extra=about)

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

    def _rest(self) -> None:
        """Return when it is time for the next look, or something calls for one."""
        next_at = self._looked_at + RESCAN.total_seconds()
        while True:
            woken = self._wake.wait(TICK.total_seconds())
            disturbed = self._told.watch.look()
            self._told.beat(self.newsroom.clock.now())
            if woken or disturbed or self.newsroom.clock.elapsed() >= next_at:
                return

    def _is_over(self) -> bool:
        return self._past_end(self.newsroom.clock.now()) and not self._under_way

    def _set_alarm(self, scheduler: BackgroundScheduler, next_at: datetime | None) -> None:
        instants = [at for at in (next_at, self.until) if at and at > self.newsroom.clock.now()]
        if instants:
            real = min(instants) - self.newsroom.clock.offset
            if real != self._alarm_at:  # replacing one that fires just now would end the scheduler
                scheduler.add_job(self._wake.set, DateTrigger(real))
            self._alarm_at = real


def _tell_trouble(
    sentence: str, error: Exception, before: Trouble | None = None, key: EditionKey | None = None
) -> Trouble:
    """Say what stopped us, something that a person can mend or a bug; nothing where it did `before`, too."""
    kind = AlertKind.LEDGER if isinstance(error, BotError) else AlertKind.BUG
    trouble = Trouble(kind, repr(error))
    if trouble == before:  # a full disk stays full for more than one attempt
        return trouble
    about: dict[str, object] = {"alert": kind} | ({"edition": str(key)} if key else {})
    if kind is AlertKind.LEDGER:
        log.error(sentence, extra=about | {"reason": str(error)})
    else:
        log.error(f"{sentence}: a bug", exc_info=error, extra=about)
    return trouble
