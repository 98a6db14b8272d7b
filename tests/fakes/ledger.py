"""The ledger in memory, for tests that need thousands of them.

A `MemoryStore` corresponds to the file of the SQL ledger: several `MemoryLedger`s, one per process, share it.
tests/contract/test_ledger.py holds both to the same promises.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.adapters.sql_ledger.claims import claimed_by_another
from bot.core.model import MAIN_ACCOUNT
from bot.core.publishing.progress import MAY_BE_OUT, is_untouched
from bot.core.publishing.publication import Delivery, DeliveryState, Publication, PublicationState
from bot.core.publishing.states import DeliveryChange, apply
from bot.core.schedule.account_checks import ToldLimit
from bot.errors import ClaimLost, IdTaken, LedgerChanged, LedgerError
from bot.ports import Claim, JournalEntry, Pause

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from bot.adapters.sql_ledger.generation import Witness
    from bot.core.model import EditionKey, Thread
    from bot.core.publishing.states import Change
    from bot.core.schedule.account_checks import Allowance


class MemoryWitness:
    """`Witness` that keeps the generation of a `MemoryStore`."""

    def __init__(self) -> None:
        self._mark: str | None = None
        self._writes = itertools.count(1)
        self.is_broken = False
        """True if it cannot be written."""

    def read(self) -> str | None:
        return self._mark

    def write(self, generation: str) -> str:
        if self.is_broken:
            self._mark = None
            return generation
        self._mark = f"{generation} {next(self._writes)}"
        return self._mark

    def put_back(self, mark: str) -> None:
        """Restore its file from a copy: whatever it contains, it is another file."""
        self.write(mark.partition(" ")[0])

    def forget(self) -> None:
        """Remove its file."""
        self._mark = None


@dataclass(slots=True)
class MemoryStore:
    """The contents of one ledger. Values are immutable, so a copy is cheap."""

    born_at: datetime
    vouched_since: datetime
    generation: str = ""
    has_predecessor: bool = False
    is_opened: bool = False
    """True if a ledger was opened on it; `has_predecessor` is fixed from then on."""
    serves: tuple[str, str] | None = None
    publications: dict[EditionKey, Publication] = field(default_factory=dict)
    claims: dict[EditionKey, tuple[str, float]] = field(default_factory=dict)
    """Owner of each claimed publication, and the end of the claim on the database's clock."""
    stories: dict[EditionKey, tuple[JournalEntry, ...]] = field(default_factory=dict)
    pauses: tuple[Pause | None, ...] = ()
    post_ids: dict[str, tuple[EditionKey, int]] = field(default_factory=dict)
    limits: dict[str, ToldLimit] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, compare=False, repr=False)

    @classmethod
    def made(cls, now: datetime) -> MemoryStore:
        """Return an empty store, created at `now`."""
        return cls(now, now)

    def copy(self) -> MemoryStore:
        """Return a backup."""
        with self.lock:
            return replace(
                self,
                publications=dict(self.publications),
                claims=dict(self.claims),
                stories=dict(self.stories),
                post_ids=dict(self.post_ids),
                limits=dict(self.limits),
                lock=threading.RLock(),
            )

    def put_back(self, backup: MemoryStore) -> None:
        """Restore `backup`, which remains usable."""
        fresh = backup.copy()
        with self.lock:
            for name in MemoryStore.__slots__:
                if name != "lock":
                    setattr(self, name, getattr(fresh, name))


_GENERATIONS = itertools.count(1)
"""Generations only need to be different each time."""


class MemoryLedger:
    """`bot.ports.Ledger` on a `MemoryStore`: one process's view of it."""

    def __init__(
        self,
        store: MemoryStore,
        *,
        owner: str,
        is_dead: Callable[[str], bool],
        elapsed: Callable[[], float],
        database_clock: Callable[[], float],
        witness: Witness,
        name: str = "memory",
    ) -> None:
        """Create the ledger. `database_clock` returns the seconds on which leases run; else as the SQL
        ledger.
        """
        self._store, self._name, self._owner = store, name, owner
        self._is_dead, self._elapsed, self._database_clock = is_dead, elapsed, database_clock
        self._witness = witness
        self._serving: tuple[str, str] | None = None
        with store.lock:
            if not store.is_opened:
                store.is_opened, store.has_predecessor = True, witness.read() is not None

    @property
    def born_at(self) -> datetime:
        return self._store.born_at

    @property
    def has_predecessor(self) -> bool:
        return self._store.has_predecessor

    def close(self) -> None:
        """Do nothing."""

    def serve(self, origin: str, user_id: str) -> None:
        store = self._store
        with store.lock:
            if store.serves == (origin, user_id):
                self._serving = store.serves
                return
            may_be_out = any(
                one.post_id is not None or one.duplicate or (one.state in MAY_BE_OUT and _was_tried(one))
                for p in store.publications.values()
                for one in p.deliveries
            )
            is_claimed = any(
                until > self._database_clock() and not self._is_dead(holder)
                for holder, until in store.claims.values()
            )
            if store.serves is not None and (may_be_out or is_claimed):
                raise LedgerError(
                    f"{self._name}: this ledger serves account {store.serves[1]} at {store.serves[0]}, "
                    f"not account {user_id} at {origin}."
                )
            self._serving = store.serves = (origin, user_id)

    # -- reading ---------------------------------------------------------------------------------------

    def get(self, key: EditionKey) -> Publication | None:
        found = self._store.publications.get(key)
        return found and self._seen(found)

    def _seen(self, publication: Publication) -> Publication:
        pause = self.paused()
        return replace(publication, paused=pause.reason) if pause else publication

    def recent(self, limit: int) -> tuple[Publication, ...]:
        latest = sorted(self._store.publications.values(), key=_slot, reverse=True)
        return tuple(reversed(latest[:limit]))

    def open_or_since(self, since: datetime) -> tuple[Publication, ...]:
        states = (PublicationState.PLANNED, PublicationState.PUBLISHING)
        every = self._store.publications.values()
        return tuple(sorted((p for p in every if p.state in states or p.slot_at >= since), key=_slot))

    def holders(self) -> dict[EditionKey, str]:
        now = self._database_clock()
        claims = self._store.claims.items()
        return {key: who for key, (who, until) in claims if until > now and not self._is_dead(who)}

    def recorded(self, post_ids: Collection[str]) -> frozenset[str]:
        return frozenset(one for one in post_ids if one in self._store.post_ids)

    def paused(self) -> Pause | None:
        pauses = self._store.pauses
        return pauses[-1] if pauses else None

    def journal(self, key: EditionKey) -> tuple[JournalEntry, ...]:
        return self._store.stories.get(key, ())

    # -- writing ---------------------------------------------------------------------------------------

    def plan(self, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        key = thread.edition.key
        with self._store.lock:
            if key not in self._store.publications:
                self._insert(thread, due, now, PublicationState.PLANNED, None)
            return self._store.publications[key]

    def record_missed(self, thread: Thread, due: Sequence[datetime], reason: str, now: datetime) -> bool:
        with self._store.lock:
            if thread.edition.key in self._store.publications:
                return False
            self._insert(thread, due, now, PublicationState.MISSED, reason)
            return True

    def claim(self, key: EditionKey, lease: timedelta, now: datetime) -> Claim:
        asked_at = self._elapsed()
        store = self._store
        with store.lock:
            if self._serving is not None and store.serves != self._serving:
                raise LedgerError(f"{self._name}: this ledger now serves another account.")
            known = self._known(key)
            holder, until = store.claims.get(key, (None, 0.0))
            left = until - self._database_clock()
            if holder is not None and left > 0 and not self._is_dead(holder):
                longest = lease.total_seconds()  # all leases are equal here
                if left > longest:  # claimed before the clock was set back
                    store.claims[key] = (holder, self._database_clock() + longest)
                raise claimed_by_another(key, holder, None, min(left, longest))
            differs = store.generation != (self._witness.read() or "")
            self._begin_generation()
            if differs:
                store.vouched_since = max(now, _after_all_it_knows(store))
            store.publications[key] = replace(known, fence=known.fence + 1)
            store.claims[key] = (self._owner, self._database_clock() + lease.total_seconds())
            return Claim(key, known.fence + 1, asked_at + lease.total_seconds(), store.vouched_since)

    def renew(self, claim: Claim, lease: timedelta) -> Claim:
        asked_at = self._elapsed()
        with self._store.lock:
            self._fenced(claim)
            self._store.claims[claim.key] = (self._owner, self._database_clock() + lease.total_seconds())
        return replace(claim, valid_until=asked_at + lease.total_seconds())

    def release(self, claim: Claim) -> None:
        with self._store.lock:
            known = self._store.publications.get(claim.key)
            if known is None or known.fence != claim.fence:
                return
            self._begin_generation()
            self._store.claims.pop(claim.key, None)

    def record(
        self, claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
    ) -> Publication:
        with self._store.lock:
            known, changes = self._fenced(claim), tuple(changes)
            deliveries, lines = list(known.deliveries), []
            ids: dict[str, tuple[EditionKey, int]] = {}
            state, reason, cause = known.state, known.reason, known.cause
            hold_asked = known.hold_asked
            for change in changes:
                if isinstance(change, DeliveryChange):
                    position = change.after.position
                    found = next((one.state for one in deliveries if one.position == position), None)
                    _compare(f"{claim.key}: post {position}", found, change.before)
                    deliveries[position - 1] = change.after
                    if change.after.post_id is not None:
                        ids[change.after.post_id] = (claim.key, position)
                    lines.append(self._line(claim.key, now, position, change, change.after.state))
                else:
                    _compare(str(claim.key), state, change.before)
                    state, reason, cause = change.after, change.reason, change.cause
                    hold_asked = None if change.settles_hold else hold_asked
                    lines.append(self._line(claim.key, now, None, change, change.after))
            self._refuse_known(ids)
            after = replace(
                known,
                deliveries=tuple(deliveries),
                state=state,
                reason=reason,
                cause=cause,
                hold_asked=hold_asked,
            )
            self._store.post_ids.update(ids)
            self._keep(after, *lines)
            known = replace(publication, fence=claim.fence, hold_asked=known.hold_asked)
            assert apply(known, *changes) == after, "what is recorded was read under another claim"
            return self._seen(after)

    def reschedule(
        self, claim: Claim, due: Sequence[datetime], now: datetime, slot_at: datetime | None = None
    ) -> Publication:
        with self._store.lock:
            known = self._fenced(claim)
            deliveries = tuple(
                replace(one, due_at=due_at)
                if one.post_id is not None
                else replace(one, due_at=due_at, attempts=0, not_before=None)
                for one, due_at in zip(known.deliveries, due, strict=True)
            )
            after = replace(known, deliveries=deliveries, slot_at=slot_at or known.slot_at)
            self._keep(after, self._remark(after, now, "rescheduled"))
            return after

    def shift(self, claim: Claim, by: timedelta, now: datetime) -> Publication:
        with self._store.lock:
            known = self._fenced(claim)
            deliveries = tuple(
                one
                if one.post_id is not None
                else replace(
                    one,
                    due_at=one.due_at + by,
                    not_before=None if not one.not_before else one.not_before + by,
                )
                for one in known.deliveries
            )
            after = replace(known, deliveries=deliveries)
            self._keep(after, self._remark(after, now, "clock_set", f"by {by.total_seconds():+.1f} s"))
            return self._seen(after)

    def refreeze(self, claim: Claim, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        with self._store.lock:
            known = self._fenced(claim)
            if not is_untouched(known):
                raise LedgerError(f"{claim.key}: a post is already on X; the text cannot be replaced.")
            edition, deliveries = thread.edition, _pending(thread, due)
            after = replace(known, path=edition.path, slot_at=edition.slot_at, deliveries=deliveries)
            self._keep(after, self._remark(after, now, "refrozen"))
            return after

    def ask_hold(self, key: EditionKey, reason: str, now: datetime) -> None:
        with self._store.lock:
            after = replace(self._known(key), hold_asked=reason)
            self._keep(after, self._remark(after, now, "hold_asked", reason))

    def pause(self, reason: str, now: datetime) -> None:
        with self._store.lock:
            self._store.pauses = (*self._store.pauses, Pause(now, reason, self._owner))

    def resume(self, now: datetime) -> None:  # noqa: ARG002  (not recorded)
        with self._store.lock:
            self._store.pauses = (*self._store.pauses, None)

    def keep_limits(self, reported: Collection[Allowance], now: datetime) -> None:
        with self._store.lock:
            self._store.limits |= {one.window: ToldLimit(now, one) for one in reported}

    def limits(self) -> tuple[ToldLimit, ...]:
        return tuple(self._store.limits[window] for window in sorted(self._store.limits))

    # -- parts -----------------------------------------------------------------------------------------

    def _known(self, key: EditionKey) -> Publication:
        known = self._store.publications.get(key)
        if known is None:
            raise LedgerError(f"{key}: the ledger has no such publication.")
        return known

    def _fenced(self, claim: Claim) -> Publication:
        known = self._store.publications.get(claim.key)
        if known is None or known.fence != claim.fence:
            raise ClaimLost(f"{claim.key}: another process has taken over this publication.")
        return known

    def _begin_generation(self) -> None:
        """Write the witness first: if it fails, nothing changes."""
        self._store.generation = self._witness.write(str(next(_GENERATIONS)))

    def _insert(
        self,
        thread: Thread,
        due: Sequence[datetime],
        now: datetime,
        state: PublicationState,
        reason: str | None,
    ) -> None:
        edition = thread.edition
        made = Publication(
            account=MAIN_ACCOUNT,
            key=edition.key,
            state=state,
            slot_at=edition.slot_at,
            deliveries=_pending(thread, due),
            path=edition.path,
            reason=reason,
        )
        line = JournalEntry(now, edition.key, None, "frozen", "", state, reason, self._owner)
        self._keep(made, line)

    def _refuse_known(self, ids: dict[str, tuple[EditionKey, int]]) -> None:
        """Reject ids of other deliveries, like the unique column of the SQL ledger."""
        for post_id, place in ids.items():
            key, position = self._store.post_ids.get(post_id, place)
            if (key, position) != place:
                raise IdTaken(post_id, f"post {position} of {key}")

    def _keep(self, after: Publication, *lines: JournalEntry) -> None:
        self._store.publications[after.key] = after
        self._store.stories[after.key] = (*self._store.stories.get(after.key, ()), *lines)

    def _line(
        self, key: EditionKey, now: datetime, position: int | None, change: Change, after: str
    ) -> JournalEntry:
        return JournalEntry(
            now, key, position, change.event, change.before, after, change.reason, self._owner
        )

    def _remark(
        self, after: Publication, now: datetime, event: str, reason: str | None = None
    ) -> JournalEntry:
        return JournalEntry(now, after.key, None, event, after.state, after.state, reason, self._owner)


def _compare(what: str, found: str | None, expected: str) -> None:
    """Check that a change starts from the value read."""
    if found != expected:
        raise LedgerChanged(what, found, expected)


def _was_tried(one: Delivery) -> bool:
    """Return True if a request was made for it, as far as the ledger shows."""
    return one.state is DeliveryState.SENDING or one.intent_at is not None


def _after_all_it_knows(store: MemoryStore) -> datetime:
    """Return the earliest time after everything in the ledger, as in the SQL ledger."""
    posts = [one for known in store.publications.values() for one in known.deliveries]
    instants = [at for one in posts for at in (one.intent_at, one.doubt_since) if at is not None]
    return max(store.vouched_since, store.born_at, *instants) + timedelta.resolution


def _slot(publication: Publication) -> datetime:
    return publication.slot_at


def _pending(thread: Thread, due: Sequence[datetime]) -> tuple[Delivery, ...]:
    return tuple(
        Delivery(post.position, DeliveryState.PENDING, post.text, due_at)
        for post, due_at in zip(thread.posts, due, strict=True)
    )
