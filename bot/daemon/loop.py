"""The run loop. The ledger and the files decide what is due; APScheduler only wakes us.

On each wake: rescan the folder, ask the core for the agenda, freeze what is due and hand it to workers, set
the next alarm. A worker claims its edition, waits for the slot and publishes; several go side by side. What
is in the ledger goes out even where the folder does not answer. A bug that one edition brings out keeps no
other back.

Between two wakes the loop ticks, once a second on the clock that never jumps: APScheduler sleeps until an
instant of the wall clock, and would sleep on through a clock that is set back, or a resume.
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
from bot.daemon.problems import Trouble, reload_failure, tell_trouble, tell_what_takes_a_start
from bot.daemon.reserve import due_soon
from bot.daemon.sinks import Sinks, build_sinks
from bot.daemon.wakeups import Alarm, SchedulerAlarm
from bot.daemon.watchdog import Pulse
from bot.daemon.workers import Workers
from bot.errors import BotError, ConfigError, LedgerError, UsageError
from bot.services.catalog import Ask
from bot.wiring import folder_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.core.model import EditionKey, Publication
    from bot.core.publishing.states import Change
    from bot.ports import Pause
    from bot.services.catalog import Catalog, FolderReader
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

RESCAN = timedelta(seconds=2)
TURN_INTERVAL = timedelta(seconds=1)
"""How soon a jump of the clocks is noticed."""
LONGEST_TURN = 0.5
"""Seconds for which one turn freezes editions: many may be due at one instant, and the loop has to beat."""
LONGEST_READING = 60.0
"""Seconds for which a preflight waits until all files are read: what is not read yet would seem missing."""
PAUSE = timedelta(seconds=10)
"""Wait before a publication that could not be claimed or recorded is taken up again."""


@dataclass(slots=True)
class Daemon:
    """Publishes what is due until it is told to stop, or until `until`."""

    newsroom: Newsroom
    reader: FolderReader
    until: datetime | None = None
    """No edition is begun after this instant; a thread under way is finished, then `run` returns."""
    company: Sinks | None = None
    """Who hears of it; None: the log alone."""
    lead: timedelta = FREEZE_LEAD
    """How long before its slot an edition is frozen."""
    pause: timedelta = PAUSE
    reread: Callable[[], Newsroom] | None = None
    """Gives the newsroom with its configuration read again; raises ConfigError, UsageError or LedgerError."""
    wake: threading.Event = field(default_factory=threading.Event)
    """Set by whoever has news for the loop, which rests until then. Tests give one with a time of its own."""
    alarm: Alarm = field(default_factory=SchedulerAlarm)
    _stopping: bool = False
    _reload_asked: bool = False
    _config_trouble: str | None = None
    _reload_trouble: Trouble | None = None
    _looked_at: float = 0.0
    """On `Clock.elapsed`."""
    _greeted: bool = False
    _whole_at: float | None = None
    """When the catalog was last whole, on `Clock.elapsed`; at first when there was one."""
    _trouble: Trouble | None = None
    _stumbled: dict[EditionKey, Trouble] = field(default_factory=dict)
    """What keeps an edition from being dealt with."""
    _paused: Pause | None = None
    _folder: Folder = field(init=False)
    _told: Sinks = field(init=False)
    _rounds: Rounds = field(init=False)
    _editions: Editions = field(init=False)
    _workers: Workers = field(init=False)

    def __post_init__(self) -> None:
        newsroom = self.newsroom
        self._folder = Folder(self.reader, newsroom.clock.elapsed, self.wake.set)
        self._told = self.company or build_sinks(newsroom)
        self._rounds = Rounds()
        self._editions = Editions(newsroom, self._told.metrics.missed, self._hear)
        self._workers = Workers(self._hear, self.wake.set, self.pause, newsroom.clock.elapsed)

    def run(self) -> None:
        """Return when asked to stop, posts in flight answered and recorded."""
        try:
            with (
                self.alarm,
                self._workers,
                Pulse(self._told.metrics.age),
                contextlib.ExitStack() as at_end,
            ):
                at_end.callback(self._folder.close)
                at_end.callback(self._rounds.close)
                at_end.callback(self.newsroom.clock.stop)  # workers end before the pool is waited for
                while not self._stopping:
                    self.wake.clear()
                    self._told.beat(self.newsroom.clock.now())
                    self._read_again()
                    next_at = self._look_again()
                    self._say_hello()
                    if self._is_over():
                        break
                    self._set_alarm(next_at)
                    self._rest()
        finally:
            log.info("flashtweet has stopped")

    def _say_hello(self) -> None:
        """Once, after the first look that could be taken."""
        catalog = self._folder.catalog
        if catalog is None and self._trouble is None:
            self._told.ready("waits for the threads folder")
        if self._greeted or catalog is None:
            return
        self._greeted = True
        upcoming = self._upcoming(catalog)
        about = {"editions": catalog.summary.editions, "next": upcoming, "alert_over": AlertKind.START}
        log.info("flashtweet runs", extra=about)
        for finding in self.newsroom.config.unset:  # of a rehearsal: else it would not run
            log.warning("an address of alerts is not set", extra={"reason": str(finding)})
        self._told.ready(upcoming)
        self._rounds.greet(self.newsroom.preflight(), catalog)

    def _upcoming(self, catalog: Catalog) -> str:
        now = self.newsroom.clock.now()
        ahead = next((edition for edition in catalog.editions if edition.slot_at >= now), None)
        return f"{ahead.key} at {self._local(ahead.slot_at)}" if ahead else "no edition ahead"

    def readiness(self) -> dict[str, Callable[[], str | None]]:
        """What keeps it from publishing now, by name: checks that read what is known, and ask X nothing."""
        return {
            "token": lambda: self._rounds.trouble_with("credentials"),
            "clock": lambda: self._rounds.trouble_with("clock", self._told.watch.trouble()),
            "ledger": self._ask_ledger,
            "config": lambda: self._config_trouble,
        }

    def _hear(self, publication: Publication, change: Change) -> None:
        """Something happened to a publication, and is recorded."""
        self._told.hear(publication, change)
        self._rounds.hear(change)

    def _ask_ledger(self) -> str | None:
        """Read it; whether it can be written, who publishes knows: a disk may be full."""
        try:
            self.newsroom.ledger.paused()
        except LedgerError as error:
            return str(error)
        return self._workers.trouble_with_ledger()

    def stop(self) -> None:
        """Ask `run` to return. Safe in a signal handler and from other threads."""
        self._stopping = True
        self._told.stopping()
        self.newsroom.clock.stop()
        self.wake.set()

    def join(self) -> None:
        """After `run`: wait for a preflight that waits for X."""
        self._rounds.join()

    def reload(self) -> None:
        """Ask `run` to read the configuration again. Safe in a signal handler and from other threads."""
        self._reload_asked = True
        self.wake.set()

    def _read_again(self) -> None:
        """Work by the configuration as it is now; where it cannot be used, by the one that we have.

        A ledger that cannot be read says nothing of it: the next turn tries again. Threads in flight keep
        what they began with.
        """
        if not self._reload_asked or self.reread is None:
            return
        self._reload_asked = False
        self._told.reloading()
        try:
            fresh = self.reread()
            self._told.adopt(fresh.config)
        except (ConfigError, UsageError) as error:
            self._config_trouble, remedy = reload_failure(error)
            about = {"reason": str(error), "next": remedy, "alert": AlertKind.CONFIG}
            log.error("configuration not reloaded, the old one stays", extra=about)  # noqa: TRY400
        except LedgerError as error:
            self._reload_asked = True
            sentence = "configuration not reloaded yet, the old one stays until the ledger can be read"
            self._reload_trouble = tell_trouble(sentence, error, self._elapsed(), self._reload_trouble)
        except Exception as error:  # noqa: BLE001  (told, and no end of the daemon)
            sentence = "configuration not reloaded, the old one stays"
            self._reload_trouble = tell_trouble(sentence, error, self._elapsed())
        else:
            self._work_by(fresh)
        self._told.ready(self._config_trouble or "goes by the configuration that was read last")

    def _work_by(self, fresh: Newsroom) -> None:
        """The configuration was read, and can be used."""
        if self._reload_trouble is not None:
            about = self._reload_trouble.so_far(self._elapsed())
            about["alert_over"] = self._reload_trouble.kind
            log.info("configuration can be read again", extra=about)
        self._config_trouble = self._reload_trouble = None
        elsewhere = fresh.config.threads != self.newsroom.config.threads
        reader = folder_reader(fresh.config, fresh.clock) if elsewhere else None
        self._folder.begin_anew(reader, fresh.config.programme)
        if elsewhere:
            log.info("another threads folder is read", extra={"alert_over": AlertKind.FOLDER})
        changed = fresh.config.differences(self.newsroom.config)
        fresh = replace(fresh, config=replace(fresh.config, health=self.newsroom.config.health))  # as served
        self.newsroom = fresh
        self._editions.use(fresh)
        self._rounds.begin_anew()
        self._greeted = False
        about = {"changed": ", ".join(changed) or "nothing", "alert_over": AlertKind.CONFIG}
        log.info("configuration reloaded", extra=about)
        tell_what_takes_a_start(changed)

    # -- one look --------------------------------------------------------------------------------------

    def _look_again(self) -> datetime | None:
        """A look that trouble does not end, be it the ledger or a bug: the next rescan tries again."""
        self._looked_at = self._elapsed()
        try:
            next_at = self._look()
        except Exception as error:  # noqa: BLE001  (told, and no end of the daemon)
            sentence = "the daemon cannot look for what is due"
            self._trouble = tell_trouble(sentence, error, self._elapsed(), self._trouble)
            return None
        if self._trouble is not None:
            about = self._trouble.so_far(self._elapsed()) | {"alert_over": self._trouble.kind}
            log.info("the daemon looks for what is due again", extra=about)
        self._trouble = None
        return next_at

    def _look(self) -> datetime | None:
        """Start what is due now; give when to look again, beyond the regular rescans."""
        self._workers.collect()
        ledger, now = self.newsroom.ledger, self.newsroom.clock.now()
        self._heed(ledger.paused())
        publications = {p.key: p for p in ledger.open_or_since(now - MISSED_HORIZON - timedelta(days=1))}
        catalog = self._folder.look(Ask(self.newsroom.config.programme, tuple(publications.values()), now))
        now = self.newsroom.clock.now()  # after the files were seen: what changed just now has changed before
        plan = agenda(
            catalog.editions if catalog else (),
            publications,
            ledger.born_at,
            now,
            succeeds=ledger.succeeds,
            changed_at=catalog.changed_at if catalog else lambda _: None,
            lead=self.lead,
        )
        if catalog is not None:
            self._editions.see(catalog, publications)
        self._workers.reserve.expect(due_soon(catalog, publications, self._is_special, now))
        self._begin(catalog, plan.publish, now)
        self._workers.forget_all_but({key for key, one in publications.items() if one.state in OPEN})
        self._editions.tell_released(publications)
        self._editions.tell_overdue(publications.values(), now, self._workers.why_delayed)
        if catalog is not None:
            self._tell(catalog, plan, publications, now)
        if self._folder.took is not None and catalog is not None:
            self._told.metrics.rescanned(self._folder.took, catalog.summary.found, catalog.summary.files)
        return plan.wake_at

    def _begin(self, catalog: Catalog | None, due: Sequence[EditionKey], now: datetime) -> None:
        """Freeze and hand over what is `due`, editions of series first, as far as one turn may take."""
        begun = self._elapsed()
        for key in sorted(due, key=self._is_special):
            if self._workers.are_busy_with(key) or self._past_end(now):
                continue
            if self._is_special(key) and self._workers.precedence.is_claimed(self.newsroom.clock.now()):
                return  # the loop is woken when it is over
            if self._stopping or self._elapsed() - begun > LONGEST_TURN:
                self.wake.set()
                return
            self._apart(self._publish, catalog, key)

    def _is_special(self, key: EditionKey) -> bool:
        return self.newsroom.config.programme.get(key.series) is None

    def _tell(
        self, catalog: Catalog, plan: Agenda, publications: Mapping[EditionKey, Publication], now: datetime
    ) -> None:
        """What became of the files, of what does not go out, and what is ahead: after what goes out."""
        self._folder.report()
        self._editions.tell_late(catalog, plan.late)
        self._editions.tell_past(catalog, plan.past)
        for key in plan.missed:
            self._apart(self._editions.miss, catalog, key, now)
        elapsed = self._elapsed()
        if catalog.summary.is_whole or self._whole_at is None:
            self._whole_at = elapsed
        if catalog.summary.is_whole or elapsed - self._whole_at >= LONGEST_READING:
            self._rounds.look(catalog, now, self.newsroom.preflight)
        self._told.looked(catalog, publications, now)

    def _publish(self, catalog: Catalog | None, key: EditionKey) -> None:
        """Hand `key` to a worker, if it is frozen or can be; what is in the ledger waits for no folder."""
        if catalog is None or self._editions.freeze(catalog, key, self.lead):
            self._workers.start(lambda: self.newsroom, key)

    def _apart(
        self, act: Callable[..., None], catalog: Catalog | None, key: EditionKey, *more: object
    ) -> None:
        """Let a bug that one edition brings out keep no other back."""
        before = self._stumbled.get(key)
        try:
            act(catalog, key, *more)
        except BotError:  # the ledger's trouble is everybody's
            raise
        except Exception as error:  # noqa: BLE001  (told)
            sentence, now = "an edition cannot be dealt with", self._elapsed()
            self._stumbled[key] = tell_trouble(sentence, error, now, before, key)
        else:
            if before is not None:
                del self._stumbled[key]
                about = {"edition": str(key), **before.so_far(self._elapsed())}
                log.info("the edition can be dealt with again", extra=about | {"alert_over": AlertKind.BUG})

    def _heed(self, pause: Pause | None) -> None:
        """Tell when a pause begins or ends; the runs themselves keep it."""
        if pause is not None and self._paused is None:
            about = {"reason": pause.reason, "next": "flashtweet resume"}
            log.warning("publishing is paused", extra=about)
        elif pause is None and self._paused is not None:
            log.info("publishing goes on")
        self._paused = pause
        self._told.metrics.paused(pause is not None)

    def _elapsed(self) -> float:
        return self.newsroom.clock.elapsed()

    def _local(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.newsroom.config.programme.zone)).isoformat()

    # -- time ------------------------------------------------------------------------------------------

    def _past_end(self, now: datetime) -> bool:
        return self.until is not None and now >= self.until

    def _rest(self) -> None:
        """Return when it is time for the next look, or something calls for one."""
        next_at = self._looked_at + RESCAN.total_seconds()
        while True:
            woken = self.wake.wait(TURN_INTERVAL.total_seconds())
            disturbed = self._told.watch.look()
            self._told.beat(self.newsroom.clock.now())
            if woken or disturbed or self._elapsed() >= next_at:
                return

    def _is_over(self) -> bool:
        return self._past_end(self.newsroom.clock.now()) and self._workers.are_idle()

    def _set_alarm(self, next_at: datetime | None) -> None:
        instants = [at for at in (next_at, self.until) if at and at > self.newsroom.clock.now()]
        if instants:
            self.alarm.set(min(instants) - self.newsroom.clock.offset, self.wake.set)
