"""Who publishes: each edition on a thread of its own, several side by side."""

from __future__ import annotations

import contextlib
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from bot.core.alerts import AlertKind
from bot.daemon.precedence import DeferringClock, Precedence
from bot.daemon.problems import Trouble, tell_trouble
from bot.daemon.reserve import Reserve, SparingPublisher
from bot.errors import ClaimLost
from bot.ports import Interrupted
from bot.services.publish import policy_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.core.model import EditionKey, Publication
    from bot.core.publishing.states import Change
    from bot.ports import Clock
    from bot.services.publish import Narrator, PublishRun
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

MAX_SPECIALS = 8
"""Specials that are published at one time; the others wait for their turn, in order of their slots. More of
them make a stop last for seconds, since each gives its claim back. The last of the 64 that a day may have
begins within its grace even so: by eights, threads of 100 posts with a gap of 2 s take 27 minutes."""

QUICK = timedelta(seconds=2)
"""Gap of the specials that take turns. Threads with longer gaps would keep the others back for too long, and
rest most of the time: they are published side by side."""

MOST_AT_LEISURE = 64
"""Editions of series, and specials with long gaps, that are published at one time."""

_CROWD = "it waits for the end of another: too many are due at one time"


class Workers:
    """Claims an edition, waits for its slot, publishes it, and survives whatever happens to one of them."""

    def __init__(
        self, hear: Narrator, done: Callable[[], None], pause: timedelta, elapsed: Callable[[], float]
    ) -> None:
        """`hear` is told of each change, `done` of each end; a `pause` follows where it could not go on.

        `elapsed` as in `bot.ports.Clock`.
        """
        self._hear, self._done, self._pause, self._elapsed = hear, done, pause, elapsed
        self._pool = ThreadPoolExecutor(MAX_SPECIALS, thread_name_prefix="publish")
        self._pool_of_series = ThreadPoolExecutor(MOST_AT_LEISURE, thread_name_prefix="publish-series")
        self._pool_at_leisure = ThreadPoolExecutor(MOST_AT_LEISURE, thread_name_prefix="publish-slowly")
        self._in_turn: set[EditionKey] = set()
        """Specials that take turns."""
        self.precedence, self.reserve = Precedence(done), Reserve()
        self._is_stopping = False
        """True once one was interrupted: those that wait for their turn do not begin."""
        self._under_way: dict[EditionKey, Future[None]] = {}
        self._busy: dict[EditionKey, str] = {}
        """Who had the claim of an edition when we last wanted it."""
        self._delayed: dict[EditionKey, str] = {}
        """What we heard then."""
        self._stumbled: dict[EditionKey, Trouble] = {}
        """What last stopped the publishing of an edition."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for all that have begun; a clock that was stopped ends their waits."""
        self._pool.shutdown(cancel_futures=True)
        self._pool_at_leisure.shutdown()
        self._pool_of_series.shutdown()

    def are_busy_with(self, key: EditionKey) -> bool:
        """Whether one publishes the edition `key`."""
        return key in self._under_way

    def are_idle(self) -> bool:
        """Whether none publishes anything."""
        return not self._under_way

    def trouble_with_ledger(self) -> str | None:
        """What keeps an edition from being recorded, and so from being sent, at its last try."""
        troubles = [one for one in tuple(self._stumbled.values()) if one.kind is AlertKind.LEDGER]
        return troubles[0].reason if troubles else None

    def why_delayed(self, key: EditionKey) -> str | None:
        """Return what kept `key` from being published at the last try, if something did."""
        stumbled = self._stumbled.get(key)
        return stumbled.reason if stumbled is not None else self._delayed.get(key)

    def forget_all_but(self, keys: Collection[EditionKey]) -> None:
        """What stopped any other edition than `keys` matters no more: a person gave it up, say."""
        for key in self._stumbled.keys() - keys - self._under_way.keys():
            stumbled = self._stumbled.pop(key)
            about = {"edition": str(key), "alert_over": stumbled.kind, **stumbled.so_far(self._elapsed())}
            log.info("the edition is not to be published any more", extra=about)

    def collect(self) -> None:
        """Forget those that have ended."""
        self._under_way = {key: one for key, one in self._under_way.items() if not one.done()}

    def start(self, newsroom: Callable[[], Newsroom], key: EditionKey) -> None:
        """Publish the edition `key`, by the configuration that `newsroom` returns when its turn comes."""
        pool = self._pool_for(newsroom(), key)
        self._under_way[key] = future = pool.submit(self._publish, newsroom, key)
        future.add_done_callback(lambda _: self._ended(key))

    def _pool_for(self, newsroom: Newsroom, key: EditionKey) -> ThreadPoolExecutor:
        programme = newsroom.config.programme
        if programme.get(key.series) is not None:
            if (publication := newsroom.ledger.get(key)) is not None:
                self.precedence.expect(publication)
            return self._pool_of_series
        if policy_for(key, programme, newsroom.config.policy).gap > QUICK:
            return self._pool_at_leisure
        self._tell_crowd(key)
        self._in_turn.add(key)
        return self._pool

    def _run_of(self, newsroom: Newsroom, key: EditionKey) -> PublishRun:
        policy = policy_for(key, newsroom.config.programme, newsroom.config.policy)
        run = replace(newsroom.publish_run(self._recorded), policy=policy)
        if newsroom.config.programme.get(key.series) is not None:
            return run
        clock = DeferringClock(run.clock, self.precedence)
        publisher = SparingPublisher(run.publisher, self.reserve, clock.now)
        return replace(run, clock=clock, publisher=publisher)

    def _tell_crowd(self, key: EditionKey) -> None:
        """Log that the special `key` has to wait, if it has."""
        self._in_turn.intersection_update(self._under_way)
        if len(self._in_turn) >= MAX_SPECIALS:
            about = {"edition": str(key), "at_once": str(MAX_SPECIALS)}
            log.warning("edition waits for the end of another: too many are due at one time", extra=about)
            self._delayed[key] = _CROWD

    def _ended(self, key: EditionKey) -> None:
        self.precedence.settle(key)
        self._done()

    def _publish(self, newsroom: Callable[[], Newsroom], key: EditionKey) -> None:
        if self._is_stopping:
            return
        try:
            self._run_of(newsroom(), key)(key)
        except Interrupted:
            self._is_stopping = True
            log.info("publishing interrupted; it goes on at the next start", extra={"edition": str(key)})
        except ClaimLost as error:
            holder = error.holder or str(error)
            if self._busy.get(key) != holder:  # somebody may publish it by hand for as long as it takes
                about = {"edition": str(key), "reason": str(error)}
                log.info("edition is in other hands", extra=about)
            self._busy[key] = holder
            self._delayed[key] = str(error)
            self._rest(newsroom().clock)
        except Exception as error:  # noqa: BLE001  (told, and no end of the daemon)
            sentence, before = "publishing stopped, and is taken up again soon", self._stumbled.get(key)
            self._stumbled[key] = tell_trouble(sentence, error, self._elapsed(), before, key)
            self._rest(newsroom().clock)
        else:
            self._went_on(key)

    def _recorded(self, publication: Publication, change: Change) -> None:
        """Something happened, and is recorded: so the ledger can be written. Of a bug that says nothing."""
        self._delayed.pop(publication.key, None)
        self.precedence.settle(publication.key)
        stumbled = self._stumbled.get(publication.key)
        if stumbled is not None and stumbled.kind is AlertKind.LEDGER:
            self._went_on(publication.key)
        self._hear(publication, change)

    def _went_on(self, key: EditionKey) -> None:
        stumbled = self._stumbled.pop(key, None)
        if stumbled is not None:
            about = {"edition": str(key), "alert_over": stumbled.kind, **stumbled.so_far(self._elapsed())}
            log.info("publishing went on", extra=about)

    def _rest(self, clock: Clock) -> None:
        with contextlib.suppress(Interrupted):
            clock.wait(clock.now() + self._pause, at_most=self._pause)
