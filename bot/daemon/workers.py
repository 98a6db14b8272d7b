"""The workers: each publishes one edition on its own thread, several in parallel."""

from __future__ import annotations

import contextlib
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from bot.core.alerts import AlertKind
from bot.core.model import EditionKey
from bot.core.problems import ProblemKind, failure
from bot.daemon.precedence import DeferringClock, Precedence
from bot.daemon.reserve import Reserve, SparingPublisher
from bot.errors import ClaimLost
from bot.ports import Interrupted
from bot.services.publish import policy_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.daemon.problem_board import ProblemBoard
    from bot.ports import Clock
    from bot.services.publish import Narrator, PublishRun
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

MAX_PARALLEL_SPECIALS = 8
"""Specials published at the same time; the others queue in order of their slots. With more, a stop takes
seconds, since each releases its claim. Even so, the last of the 64 that a day may have begins within its
grace: eight at a time, threads of 100 posts with a gap of 2 s take 27 minutes."""

MAX_QUEUED_GAP = timedelta(seconds=2)
"""Longest gap of specials that queue. Threads with longer gaps would delay the others for too long, and wait
most of the time: they are published in parallel."""

MAX_UNQUEUED = 64
"""Editions of series, and specials with long gaps, published at the same time."""

_CROWD = "queued: too many specials are being published"


class Workers:
    """The threads that claim editions, wait for their slots and publish. An error ends only one run."""

    def __init__(
        self, narrate: Narrator, done: Callable[[], None], pause: timedelta, board: ProblemBoard
    ) -> None:
        """Call `narrate` for each change, `done` at each end; wait `pause` after a failed run."""
        self._narrate, self._done, self._pause, self._board = narrate, done, pause, board
        self._pool = ThreadPoolExecutor(MAX_PARALLEL_SPECIALS, thread_name_prefix="publish")
        self._pool_of_series = ThreadPoolExecutor(MAX_UNQUEUED, thread_name_prefix="publish-series")
        self._pool_at_leisure = ThreadPoolExecutor(MAX_UNQUEUED, thread_name_prefix="publish-slowly")
        self._in_turn: set[EditionKey] = set()
        """Specials in the queue or being published."""
        self.precedence, self.reserve = Precedence(done), Reserve()
        self._is_stopping = False
        """True once a run was interrupted: queued editions do not begin."""
        self._under_way: dict[EditionKey, Future[None]] = {}
        self._busy: dict[EditionKey, str] = {}
        """Holder of an edition's claim at the last attempt."""
        self._delayed: dict[EditionKey, str] = {}
        """Reason why an edition was delayed at the last attempt."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for all started runs; a stopped clock ends their waits."""
        self._pool.shutdown(cancel_futures=True)
        self._pool_at_leisure.shutdown()
        self._pool_of_series.shutdown()

    def are_busy_with(self, key: EditionKey) -> bool:
        """Return True if a worker has the edition `key`."""
        return key in self._under_way

    def are_idle(self) -> bool:
        """Return True if no worker has an edition."""
        return not self._under_way

    def delays(self) -> dict[EditionKey, str]:
        """Return why editions were not published at the last attempt, as far as it is known."""
        failed = self._board.of(ProblemKind.PUBLISHING_FAILED)
        return dict(self._delayed) | {EditionKey.parse(one.subject): one.reason for one in failed}

    def clear_all_but(self, keys: Collection[EditionKey]) -> None:
        """Clear the errors of all editions except `keys`: an operator may have cancelled them."""
        kept = {str(key) for key in (*keys, *self._under_way)}
        for one in self._board.of(ProblemKind.PUBLISHING_FAILED):
            if one.subject not in kept:
                self._board.clear(one.kind, one.subject)

    def collect(self) -> None:
        """Forget the runs that have ended."""
        self._under_way = {key: one for key, one in self._under_way.items() if not one.done()}

    def start(self, newsroom: Callable[[], Newsroom], key: EditionKey) -> None:
        """Publish the edition `key` with the configuration that `newsroom` returns when the run begins."""
        pool = self._pool_for(newsroom(), key)
        self._under_way[key] = future = pool.submit(self._publish, newsroom, key)
        future.add_done_callback(lambda _: self._ended(key))

    def _pool_for(self, newsroom: Newsroom, key: EditionKey) -> ThreadPoolExecutor:
        programme = newsroom.config.programme
        if programme.get(key.series) is not None:
            if (publication := newsroom.ledger.get(key)) is not None:
                self.precedence.expect(publication)
            return self._pool_of_series
        if policy_for(key, programme, newsroom.config.policy).gap > MAX_QUEUED_GAP:
            return self._pool_at_leisure
        self._report_crowd(key)
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

    def _report_crowd(self, key: EditionKey) -> None:
        """Log that the special `key` is queued, if all workers are busy."""
        self._in_turn.intersection_update(self._under_way)
        if len(self._in_turn) >= MAX_PARALLEL_SPECIALS:
            about = {"edition": str(key), "at_once": str(MAX_PARALLEL_SPECIALS)}
            log.warning("edition queued: too many specials are being published", extra=about)
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
            log.info("publishing interrupted; it resumes at the next start", extra={"edition": str(key)})
        except ClaimLost as error:
            holder = error.holder or str(error)
            if self._busy.get(key) != holder:  # once: ``publish`` may take any length of time
                about = {"edition": str(key), "reason": str(error)}
                log.info("another process is publishing this edition", extra=about)
            self._busy[key] = holder
            self._delayed[key] = str(error)
            self._rest(newsroom().clock)
        except Exception as error:  # noqa: BLE001  (reported; the daemon continues)
            self._board.hold(failure(ProblemKind.PUBLISHING_FAILED, error, key))
            self._rest(newsroom().clock)
        else:
            self._board.clear(ProblemKind.PUBLISHING_FAILED, key)

    def _recorded(self, publication: Publication, change: Change) -> None:
        """Pass on a recorded change. It proves that the ledger can be written, but not that a bug is gone."""
        self._delayed.pop(publication.key, None)
        self.precedence.settle(publication.key)
        failed = self._board.find(ProblemKind.PUBLISHING_FAILED, publication.key)
        if failed is not None and failed.alert is AlertKind.LEDGER:
            self._board.clear(failed.kind, failed.subject)
        self._narrate(publication, change)

    def _rest(self, clock: Clock) -> None:
        with contextlib.suppress(Interrupted):
            clock.wait(clock.now() + self._pause, at_most=self._pause)
