"""The ports as seen by one task of a process: each call is a point at which the hub may act."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bot.errors import LedgerError
from tests.simulation.hub import BASE, MICROSECOND, SECOND, Hub, Killed, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.adapters.sql_ledger.generation import Witness
    from bot.core.model import EditionKey, Thread
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.core.schedule.account_checks import Allowance
    from bot.ports import Claim, JournalEntry, Ledger, Pause
    from tests.simulation.conditions import Conditions
    from tests.simulation.watch import Watch


T = TypeVar("T")


class SimClock:
    """`bot.ports.Clock` for one task."""

    __slots__ = ("_hub", "_task")

    def __init__(self, hub: Hub, task: Task) -> None:
        self._hub, self._task = hub, task

    def now(self) -> datetime:
        hub, task = self._hub, self._task
        hub.point(task, "now")
        task.now_read = BASE + (hub.t + task.process.host.offset) * MICROSECOND
        return task.now_read

    def elapsed(self) -> float:
        if self._task.process.is_dead:
            raise Killed
        self._task.elapsed_read = self._hub.t / SECOND
        return self._task.elapsed_read

    def wait(self, until: datetime, at_most: timedelta | None = None) -> None:
        hub = self._hub
        end = None if at_most is None else hub.t + at_most // MICROSECOND
        hub.wait(self._task, (until - BASE) // MICROSECOND, end)


class SimWitness:
    """A witness that may fail, or whose writer may die right after writing."""

    def __init__(self, hub: Hub, inner: Witness, conditions: Conditions) -> None:
        self._hub, self._inner, self._conditions = hub, inner, conditions
        self.is_calm = False

    def read(self) -> str | None:
        return self._inner.read()

    def put_back(self, mark: str) -> None:
        """Restore its file from a copy: the same content in another file."""
        self._inner.write(mark.partition(" ")[0])

    def write(self, generation: str) -> str:
        hub = self._hub
        if self.is_calm:
            return self._inner.write(generation)
        if hub.dice.random() < self._conditions.disk_faults:
            hub.count("disk witness not written")
            raise LedgerError("the file beside the ledger cannot be written.")
        mark = self._inner.write(generation)
        if hub.dice.random() < self._conditions.deaths / 4 and hub.running is not None:
            hub.count("killed between witness and commit")
            hub.kill(hub.running.process)
            raise Killed
        return mark


class SimLedger:
    """`bot.ports.Ledger` for one task."""

    def __init__(self, hub: Hub, task: Task, inner: Ledger, watch: Watch, conditions: Conditions) -> None:
        self._hub, self._task, self._inner, self._watch = hub, task, inner, watch
        self._conditions = conditions
        self.born_at, self.has_predecessor = inner.born_at, inner.has_predecessor

    def serve(self, origin: str, user_id: str) -> None:
        raise NotImplementedError

    # -- reading ---------------------------------------------------------------------------------------

    def get(self, key: EditionKey) -> Publication | None:
        self._hub.point(self._task, "get")
        return self._inner.get(key)

    def recent(self, limit: int) -> tuple[Publication, ...]:
        self._hub.point(self._task, "recent")
        return self._inner.recent(limit)

    def open_or_since(self, since: datetime) -> tuple[Publication, ...]:
        self._hub.point(self._task, "open_or_since")
        return self._inner.open_or_since(since)

    def holders(self) -> Mapping[EditionKey, str]:
        self._hub.point(self._task, "holders")
        return self._inner.holders()

    def paused(self) -> Pause | None:
        self._hub.point(self._task, "paused")
        return self._inner.paused()

    def recorded(self, post_ids: Collection[str]) -> frozenset[str]:
        self._hub.point(self._task, "recorded")
        return self._inner.recorded(post_ids)

    def journal(self, key: EditionKey) -> tuple[JournalEntry, ...]:
        return self._inner.journal(key)

    # -- writing ---------------------------------------------------------------------------------------

    def plan(self, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        planned = self._write("plan", lambda: self._inner.plan(thread, due, now), self._watch.planned)
        self._survive("plan")
        return planned

    def record_missed(self, thread: Thread, due: Sequence[datetime], reason: str, now: datetime) -> bool:
        def look(is_new: bool) -> None:
            if is_new:
                self._watch.missed(thread)

        is_new = self._write("missed", lambda: self._inner.record_missed(thread, due, reason, now), look)
        self._survive("missed")
        return is_new

    def claim(self, key: EditionKey, lease: timedelta, now: datetime) -> Claim:
        claim = self._write("claim", lambda: self._inner.claim(key, lease, now), self._have)
        self._watch.claimed()
        self._survive("claim")
        return claim

    def renew(self, claim: Claim, lease: timedelta) -> Claim:
        return self._write("renew", lambda: self._inner.renew(claim, lease), self._have)

    def _have(self, claim: Claim) -> None:
        self._task.fence, self._task.valid_until = claim.fence, claim.valid_until

    def release(self, claim: Claim) -> None:
        self._write("release", lambda: self._inner.release(claim), self._watch.released)

    def record(
        self, claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
    ) -> Publication:
        changes = tuple(changes)
        self._task.polls = 0
        if self._hub.trace is not None:
            described = ", ".join(_described(change) for change in changes)
            self._hub.note(self._task, f"records {claim.key}: {described}")
        after = self._write(
            "record",
            lambda: self._inner.record(claim, publication, changes, now),
            lambda after: self._watch.recorded(claim, changes, after),
        )
        self._survive("record")
        return after

    def reschedule(
        self, claim: Claim, due: Sequence[datetime], now: datetime, slot_at: datetime | None = None
    ) -> Publication:
        return self._write("reschedule", lambda: self._inner.reschedule(claim, due, now, slot_at))

    def shift(self, claim: Claim, by: timedelta, now: datetime) -> Publication:
        return self._write("shift", lambda: self._inner.shift(claim, by, now))

    def keep_limits(self, reported: Collection[Allowance], now: datetime) -> None:
        raise NotImplementedError

    def refreeze(self, claim: Claim, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        return self._write(
            "refreeze", lambda: self._inner.refreeze(claim, thread, due, now), self._watch.refrozen
        )

    def ask_hold(self, key: EditionKey, reason: str, now: datetime) -> None:
        self._write(
            "ask_hold", lambda: self._inner.ask_hold(key, reason, now), lambda _: self._watch.hold_asked(key)
        )

    def pause(self, reason: str, now: datetime) -> None:
        self._write("pause", lambda: self._inner.pause(reason, now), lambda _: self._watch.paused())

    def resume(self, now: datetime) -> None:
        self._write("resume", lambda: self._inner.resume(now), lambda _: self._watch.resumed())

    # -- faults of commits -----------------------------------------------------------------------------

    def _write(self, name: str, call: Callable[[], T], look: Callable[[T], None] | None = None) -> T:
        hub, task = self._hub, self._task
        hub.point(task, name)
        if not self._watch.is_calm:
            luck = hub.dice.random()
            if luck < self._conditions.disk_faults:
                hub.count(f"disk {name} failed")
                hub.note(task, f"{name}: the disk fails")
                raise LedgerError("the ledger cannot be used: disk I/O error.")
            if luck > 1 - self._conditions.slow_commits:
                hub.count("disk slow")
                hub.block(task, hub.t + int(hub.dice.choice((0.5, 5, 20, 45)) * SECOND))
        try:
            result = call()
        except LedgerError as error:
            hub.note(task, f"{name}: {type(error).__name__}")
            raise
        if look is not None:
            look(result)
        return result

    def _survive(self, name: str) -> None:
        """Let the process die, perhaps, before it sees that its commit is done."""
        hub, task = self._hub, self._task
        if not self._watch.is_calm and hub.dice.random() < self._conditions.deaths / 2:
            hub.count(f"killed after {name}")
            hub.kill(task.process)
            raise Killed


def _described(change: Change) -> str:
    position = getattr(change.after, "position", "")
    return f"{position} {change.event}".strip()
