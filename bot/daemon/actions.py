"""Actions of a turn: freeze editions, start their workers, record what was missed."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind
from bot.core.problems import ProblemKind, failure
from bot.core.schedule.local_times import in_log
from bot.core.turn import is_special
from bot.errors import BotError
from bot.services.freeze import Preparation, miss, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from bot.core.model import EditionKey, Thread
    from bot.core.turn import Start
    from bot.daemon.problem_board import ProblemBoard
    from bot.daemon.workers import Workers
    from bot.services.publish import Narrator
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

LONGEST_TURN = 0.5
"""Seconds that one turn may freeze editions: many may be due at once, and the heartbeat must not stop."""

_MISSED = "its slot passed."


class Actions:
    """The actions of a turn, each isolated: a bug in one edition does not block the others."""

    def __init__(
        self,
        workers: Workers,
        board: ProblemBoard,
        narrate: Narrator,
        lead: timedelta,
        wake: Callable[[], None],
    ) -> None:
        """Freeze `lead` before the slot; call `wake` if some editions have to wait for the next turn."""
        self._workers, self._board, self._narrate = workers, board, narrate
        self._lead, self._wake = lead, wake

    def start(
        self, starts: Iterable[Start], newsroom: Callable[[], Newsroom], is_stopping: Callable[[], bool]
    ) -> None:
        """Freeze and start the editions in `starts`, within the time limit of a turn."""
        clock, programme = newsroom().clock, newsroom().config.programme
        begun = clock.elapsed()
        for one in starts:
            if self._workers.are_busy_with(one.key):
                continue
            if is_special(programme, one.key) and self._workers.precedence.is_active(clock.now()):
                return  # the loop wakes when the precedence ends
            if is_stopping() or clock.elapsed() - begun > LONGEST_TURN:
                self._wake()
                return
            self._isolated(one.key, partial(self._start, one, newsroom))

    def miss(self, threads: Iterable[Thread], newsroom: Newsroom, now: datetime) -> None:
        """Record missed editions."""
        for thread in threads:
            self._isolated(thread.edition.key, partial(self._miss, thread, newsroom, now))

    def _start(self, start: Start, newsroom: Callable[[], Newsroom]) -> None:
        desk = newsroom()
        now = desk.clock.now()
        done = prepare(start, desk.ledger, desk.config.lease, self._lead, now, self._narrate)
        if done is Preparation.NOT_DUE:
            return
        if start.thread is not None and done is not Preparation.READY:
            again = done is Preparation.FROZEN_AGAIN
            about = {**_about(start.thread, desk), "posts": len(start.thread.posts)}
            about["path"] = start.thread.edition.path
            log.info("edition frozen again" if again else "edition frozen", extra=about)
        self._workers.start(newsroom, start.key)

    def _miss(self, thread: Thread, newsroom: Newsroom, now: datetime) -> None:
        """Record and alert a missed edition; one whose file had an error until now was alerted before."""
        key = thread.edition.key
        is_reported = self._board.find(ProblemKind.MISSED_UNFIT, key) is not None
        if miss(thread, newsroom.ledger, _MISSED, now) and not is_reported:
            about = {**_about(thread, newsroom), "reason": _MISSED, "next": f"flashtweet publish {key}"}
            log.error("edition missed", extra=about | {"alert": AlertKind.MISSED})

    def _isolated(self, key: EditionKey, act: Callable[[], None]) -> None:
        """Call `act` for one edition; report a bug in it."""
        try:
            act()
        except BotError:  # an error of the ledger concerns every edition
            raise
        except Exception as error:  # noqa: BLE001  (reported)
            self._board.hold(failure(ProblemKind.EDITION_FAILED, error, key))
        else:
            self._board.clear(ProblemKind.EDITION_FAILED, key)


def _about(thread: Thread, newsroom: Newsroom) -> dict[str, object]:
    slot = in_log(thread.edition.slot_at, newsroom.config.programme.zone)
    return {"edition": str(thread.edition.key), "slot": slot}
