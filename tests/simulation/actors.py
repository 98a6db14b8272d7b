"""The actors of a world, daemons and operators at a command line, which drive the real services."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.core.schedule.slots import FREEZE_LEAD, MISSED_HORIZON
from bot.core.turn import Facts, decide
from bot.errors import BotError, LedgerError, UsageError
from bot.ports import Interrupted
from bot.services.freeze import Preparation, miss, prepare
from bot.services.operator_actions import Decisions, Resolution
from bot.services.publish import PublishRun, policy_for, silence
from bot.services.publish_now import publish_now
from tests.simulation.hub import BASE, MICROSECOND, SECOND, Hub, Process, Task
from tests.simulation.ports import SimClock, SimLedger
from tests.simulation.x import SimPublisher, SimX

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.core.model import EditionKey
    from bot.core.publishing.policy import Policy
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.turn import Start
    from bot.ports import Ledger
    from tests.simulation.conditions import Conditions
    from tests.simulation.desk import SimDesk
    from tests.simulation.watch import Watch
    from tests.simulation.x import XPost

LEASE = timedelta(seconds=60)
RESCAN = 2 * SECOND
LONGEST_RESCAN = 120 * SECOND
PAUSE = timedelta(seconds=30)
"""Longer than the daemon's, like the next: nothing depends on them, and worlds finish sooner."""


@dataclass(slots=True)
class Stage:
    """State shared by all actors."""

    hub: Hub
    conditions: Conditions
    desk: SimDesk
    policy: Policy
    x: SimX
    watch: Watch
    run_type: type[PublishRun]
    open_ledger: Callable[[Process], Ledger]

    def run_for(self, task: Task, ledger: Ledger, key: EditionKey) -> PublishRun:
        return self.run_type(
            ledger=SimLedger(self.hub, task, ledger, self.watch, self.conditions),
            publisher=SimPublisher(self.x, task, key, self.watch.request),
            clock=SimClock(self.hub, task),
            policy=self.policy,
            lease=LEASE,
        )


# -- the daemon --------------------------------------------------------------------------------------------


class SimDaemon:
    """The daemon's turns, with the real decisions; workers are tasks of the simulation."""

    def __init__(self, stage: Stage, process: Process) -> None:
        self._stage, self.process = stage, process
        self._ledger = stage.open_ledger(process)
        self._under_way: dict[EditionKey, Task] = {}
        self._main = stage.hub.spawn(process, "daemon", self._run)

    def _run(self, task: Task) -> None:
        hub, rest = self._stage.hub, RESCAN
        clock = SimClock(hub, task)
        ledger = SimLedger(hub, task, self._ledger, self._stage.watch, self._stage.conditions)
        while not self.process.is_stopping:
            started, wake_at = 0, None
            try:
                started, wake_at = self._look(clock, ledger)
            except LedgerError as error:
                hub.note(task, f"trouble: {error}")
            rest = RESCAN if started else min(rest * 3, LONGEST_RESCAN)
            until = hub.t + rest
            if wake_at is not None:
                ahead = (wake_at - BASE) // MICROSECOND - self.process.host.offset
                until = max(hub.t, min(until, ahead))
            hub.block(task, until + SECOND // 100)
        while any(not worker.is_over for worker in self._under_way.values()):
            hub.block(task, hub.t + SECOND // 10)
        self.process.is_dead = True
        hub.note(task, "has stopped")

    def _look(self, clock: SimClock, ledger: SimLedger) -> tuple[int, datetime | None]:
        stage = self._stage
        self._under_way = {key: worker for key, worker in self._under_way.items() if not worker.is_over}
        now = clock.now()
        publications = {p.key: p for p in ledger.open_or_since(now - MISSED_HORIZON - timedelta(days=1))}
        facts = Facts(
            stage.desk.programme,
            stage.desk,
            publications,
            ledger.born_at,
            BASE,
            ledger.has_predecessor,
        )
        turn = decide(facts, now)
        for thread in turn.missed:
            miss(thread, ledger, "its slot passed.", now)
        started = 0
        for one in turn.starts:
            if one.key not in self._under_way:
                self._start(clock, ledger, one)
                started += 1
        return started, turn.wake_at

    def _start(self, clock: SimClock, ledger: SimLedger, start: Start) -> None:
        key = start.key
        if prepare(start, ledger, LEASE, FREEZE_LEAD, clock.now(), silence) is Preparation.NOT_DUE:
            return
        self._under_way[key] = self._stage.hub.spawn(
            self.process, str(key), lambda task: self._publish(task, key)
        )

    def _publish(self, task: Task, key: EditionKey) -> None:
        stage = self._stage
        run = stage.run_for(task, self._ledger, key)
        run = replace(run, policy=policy_for(key, stage.desk.programme, stage.policy))
        try:
            run(key)
        except Interrupted:
            stage.hub.count("a worker was interrupted")
        except BotError as error:
            stage.hub.count(f"a worker met {type(error).__name__}")
            if stage.hub.trace is not None:
                stage.hub.note(task, f"{type(error).__name__}: {error}")
            run.clock.wait(run.clock.now() + PAUSE)
        self._main.wake_at = min(self._main.wake_at, stage.hub.t)


# -- operators ---------------------------------------------------------------------------------------------


class Operator:
    """An operator who types one command."""

    def __init__(self, stage: Stage, process: Process, what: str, key: EditionKey) -> None:
        self._stage, self._process, self._key = stage, process, key
        self._ledger = stage.open_ledger(process)
        act: Callable[[Task], object] = getattr(self, f"_{what}")
        stage.hub.count(f"operator {what}")
        self.task = stage.hub.spawn(process, f"{what} {key}", lambda task: self._live(task, act))

    def _live(self, task: Task, act: Callable[[Task], object]) -> None:
        try:
            act(task)
        except UsageError as error:
            self._stage.hub.count(f"operator was refused: {task.label.split()[0]}")
            self._stage.hub.note(task, f"refused: {error}")
        finally:
            self._process.is_dead = True

    def _decisions(self, task: Task) -> Decisions:
        stage = self._stage
        ledger = SimLedger(stage.hub, task, self._ledger, stage.watch, stage.conditions)
        return Decisions(ledger, SimClock(stage.hub, task), stage.desk, LEASE)

    def _publish(self, task: Task) -> None:
        self._stage.watch.by_hand.add(task)
        publish_now(self._key, self._stage.desk, self._stage.run_for(task, self._ledger, self._key))

    def _hold(self, task: Task) -> None:
        self._decisions(task).hold(self._key, "breaking news")

    def _release(self, task: Task) -> None:
        self._decisions(task).release(self._key)

    def _cancel(self, task: Task) -> None:
        self._decisions(task).cancel(self._key, "not any more")

    def _pause(self, task: Task) -> None:
        self._decisions(task).pause("deuil national")

    def _resume(self, task: Task) -> None:
        self._decisions(task).resume()

    def _resolve(self, task: Task) -> None:
        """Resolve the post that stops the thread, after watching X long enough (A6)."""
        publication = self._stage.watch.ledger.get(self._key)
        if publication is None or publication.state is not PublicationState.HELD or self._stage.x.in_flight:
            return
        delivery = next((d for d in publication.deliveries if d.state not in _SETTLED), None)
        if delivery is None:
            return
        decisions, at, dice = self._decisions(task), delivery.position, self._stage.hub.dice
        post = on_x(self._stage, publication, at)
        if post is not None:
            try:
                decisions.resolve(self._key, Resolution.POSTED, at, post.remote.post_id)
            except UsageError as error:  # older than any attempt of ours, as far as the ledger has them
                self._stage.hub.note(task, f"refused: {error}")
                if post.key is None:  # posted by hand earlier
                    self._send_ours(task, delivery)
        elif dice.random() < 0.2:
            decisions.resolve(self._key, Resolution.SKIP, at)
        else:
            self._send_ours(task, delivery)

    def _send_ours(self, task: Task, delivery: Delivery) -> None:
        """Rewrite what X refused, and mark as to be sent what was not posted."""
        if delivery.state is DeliveryState.REJECTED:
            self._stage.desk.correct(self._key, delivery.position)
        else:
            self._decisions(task).resolve(self._key, Resolution.RESEND, delivery.position)


_SETTLED = (DeliveryState.SENT, DeliveryState.SKIPPED, DeliveryState.PENDING)


def on_x(stage: Stage, publication: Publication, position: int) -> XPost | None:
    """Return X's copy of one of our posts that the ledger does not know, if any."""
    text = publication.delivery(position).text
    found = (
        post
        for post in stage.x.posts
        if post.text == text
        and post.key in (publication.key, None)
        and post.remote.post_id not in stage.watch.ids
    )
    return next(found, None)
