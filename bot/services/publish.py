"""Publishing of one edition: claim → commit the intent → POST → commit the id → next, until done.

*Each post is sent once. If a crash or a lost answer leaves a send unknown, the bot reads your timeline
first; if it cannot tell, it stops and asks.*
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from bot import errors
from bot.core.publishing import progress, states, steps
from bot.core.publishing.attempts import confirmed, doubted, intent, with_start
from bot.core.publishing.publication import Cause
from bot.core.publishing.states import DeliveryEvent, PublicationEvent
from bot.core.publishing.unconfirmed import after_repeated_id, outcome
from bot.ports import Interrupted
from bot.services.pace import Pace
from bot.services.parent_lookup import Parents
from bot.services.reconcile import Reconciler

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.model import EditionKey, Programme
    from bot.core.publishing.policy import Policy
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change
    from bot.core.publishing.steps import Action, Step
    from bot.ports import Claim, Clock, Ledger, Publisher

log = logging.getLogger("flashtweet.publish")

HOLD_CHECK_INTERVAL = timedelta(seconds=1)
"""Interval at which a waiting run checks for a hold or a pause."""

WARM_LEAD = timedelta(seconds=4)
"""Time before a post is due at which its connection is opened; at most half of it may be spent on that."""


class Narrator(Protocol):
    """Observer of changes after they were recorded: a log, a progress bar."""

    def __call__(self, publication: Publication, change: Change) -> None: ...


def silence(publication: Publication, change: Change) -> None:
    """Do nothing."""


def policy_for(key: EditionKey, programme: Programme, base: Policy) -> Policy:
    """Return `base` with the pace of the edition's series."""
    form = programme.format_of(key.series)
    return replace(base, gap=form.gap, grace=form.grace, chain=form.chain)


@dataclass(frozen=True, slots=True)
class _Drive:
    """State of a run from claim to release."""

    reconciler: Reconciler
    parents: Parents
    pace: Pace


@dataclass(frozen=True, slots=True)
class PublishRun:
    """One process's work on one publication, from claim to release."""

    ledger: Ledger
    publisher: Publisher
    clock: Clock
    policy: Policy
    lease: timedelta = timedelta(seconds=60)
    narrate: Narrator = field(default=silence)
    hold_on_stop: bool = False
    """True if a stop holds the publication: a daemon must not finish what an operator stopped."""

    def __call__(self, key: EditionKey) -> Publication:
        """Publish `key` as far as possible now, and return the updated publication.

        Raises:
            ClaimLost: another process publishes it.
            Interrupted: a stop was requested; sent posts are recorded, and another run resumes.
            LedgerError: the ledger cannot be written.
        """
        return self.drive(self.ledger.claim(key, self.lease, self.clock.now()))

    def drive(self, claim: Claim) -> Publication:
        """Publish as `__call__` does, under the caller's `claim`, which is always released."""
        pace = Pace(self.clock, self.policy.gap)
        drive = _Drive(
            Reconciler(self.ledger, self.publisher, self.clock, self.policy, claim.vouched_since),
            Parents(self.publisher, self.clock, self.policy, pace.age),
            pace,
        )
        try:
            while True:
                publication = self._in_step(claim, self._current(claim), pace)
                step = self._next(claim, publication, pace)
                if isinstance(step, steps.Rest):
                    return publication
                claim = self._perform(claim, publication, step, drive)
        except Interrupted:
            if self.hold_on_stop:
                self._hold_stopped(claim)
            raise
        finally:
            self._keep_limits()
            self.ledger.release(claim)

    def _keep_limits(self) -> None:
        """Store X's rate limits for other processes, such as a preflight."""
        limits = self.publisher.allowances()
        if limits:
            with contextlib.suppress(errors.LedgerError):  # nothing depends on it
                self.ledger.keep_limits(limits, self.clock.now())

    def _hold_stopped(self, claim: Claim) -> None:
        publication = self._current(claim)
        if PublicationEvent.HOLD in states.PUBLICATION_MOVES[publication.state]:
            stopped = "stopped by an operator."
            hold = states.move(publication, PublicationEvent.HOLD, stopped, Cause.PERSON)
            self._record(claim, publication, hold)

    def _current(self, claim: Claim) -> Publication:
        publication = self.ledger.get(claim.key)
        if publication is None:
            raise errors.LedgerError(f"{claim.key}: the publication is no longer in the ledger.")
        return publication

    def _in_step(self, claim: Claim, publication: Publication, pace: Pace) -> Publication:
        """Shift the due times of unsent posts if the wall clock was set."""
        step = pace.step(publication)
        if not step:
            return publication
        moved = self.ledger.shift(claim, step, self.clock.now())
        about = {"edition": str(claim.key), "seconds": round(step.total_seconds(), 3)}
        log.warning("the wall clock was set; the thread keeps its pace", extra=about)
        return moved

    def _next(self, claim: Claim, publication: Publication, pace: Pace) -> Step:
        coming = progress.first_unsettled(publication)
        return steps.next_step(
            publication,
            self.policy,
            self.clock.now(),
            paused=publication.paused,
            vouched_since=claim.vouched_since,
            replaced=self._is_replaced(claim),
            since_last=pace.since_last(publication, coming.position) if coming else None,
        )

    def _is_replaced(self, claim: Claim) -> bool:
        """Return True if the ledger replaced another: it vouches from a later time than its creation."""
        return claim.vouched_since > self.ledger.born_at

    def _perform(self, claim: Claim, publication: Publication, step: Action, drive: _Drive) -> Claim:
        match step:
            case steps.Wait(until):
                return self._wait(claim, until)
            case steps.Send(position):
                self.clock.wait(self.clock.now())  # raises if a stop was requested before this post
                claim = self._fresh(claim)
                self._send(claim, publication, position, drive)
                claim = self._look_for_parent(claim, drive.parents)
            case steps.Doubt(position, event):
                change = doubted(
                    publication,
                    position,
                    event,
                    self.policy,
                    self.clock.now(),
                    vouched_since=claim.vouched_since,
                    replaced=self._is_replaced(claim),
                )
                self._record(claim, publication, change)
            case steps.Reconcile(position, deadline):
                claim = self._fresh(claim)
                insight = drive.reconciler.look(publication, position, deadline)
                if insight.changes:
                    with contextlib.suppress(errors.IdTaken):  # since then; the next look excludes that post
                        self._record(claim, publication, *with_start(publication, insight.changes))
                return self._rest(claim, insight.pause)
            case steps.Finish():
                self._record(claim, publication, states.move(publication, PublicationEvent.FINISH))
            case steps.Hold(reason, cause):
                self._record(
                    claim, publication, states.move(publication, PublicationEvent.HOLD, reason, cause)
                )
            case _:
                miss = states.move(publication, PublicationEvent.MISS, step.reason, step.cause)
                self._record(claim, publication, miss)
        return claim

    def _look_for_parent(self, claim: Claim, parents: Parents) -> Claim:
        """Look up the parent of a refused reply, after the refusal was recorded."""
        if parents.refused is None:
            return claim
        claim = self._fresh(claim)
        publication = self._current(claim)
        if publication.state in states.OPEN:
            self._record(claim, publication, *parents.look(publication))
        return claim

    # -- sending ---------------------------------------------------------------------------------------

    def _send(self, claim: Claim, publication: Publication, position: int, drive: _Drive) -> None:
        """Send the post at `position` and those that follow at once; record a repeated id as a doubt."""
        try:
            self._send_in_a_row(claim, publication, position, drive)
        except errors.IdTaken as taken:  # the intent is recorded, its answer is not
            publication = self._current(claim)
            self._record(
                claim, publication, *after_repeated_id(publication, taken, self.policy, self.clock.now())
            )

    def _send_in_a_row(self, claim: Claim, publication: Publication, position: int, drive: _Drive) -> None:
        """Send the post at `position` and those that follow at once.

        If the next post follows at once, one commit holds the id of this post and the intent of the next.
        Between an answer and that commit only the narrators can fail; requests to stop are checked after it,
        before the next request.
        """
        done: tuple[Change, ...] = ()
        while True:
            before, settled = publication, states.apply(publication, *done)
            begun = (*done, *intent(settled, position, self.policy, self.clock.now()))
            publication = self._commit(claim, before, *begun)
            try:
                done = self._attempt(claim, publication, position, drive)
                after = states.apply(publication, *done)
                step = self._next(claim, after, drive.pace)
                if (
                    isinstance(step, steps.Send)
                    and after.delivery(position).post_id
                    and self._may_send(claim)
                ):
                    position = step.position
                    continue
                if isinstance(step, steps.Finish):
                    done = (*done, states.move(after, PublicationEvent.FINISH))
                self._commit(claim, publication, *done)
            finally:
                self._narrate(before, *begun)
            self._narrate(publication, *done)
            return

    def _attempt(
        self, claim: Claim, publication: Publication, position: int, drive: _Drive
    ) -> tuple[Change, ...]:
        """Send the request and return the changes of its outcome."""
        delivery, now, begun = publication.delivery(position), self.clock.now(), self.clock.elapsed()
        since_last = drive.pace.since_last(publication, position)
        objection = self._objection(claim, publication, position, now, begun, since_last)
        if objection is not None:
            return (states.deliver(delivery, DeliveryEvent.NOT_CREATED, f"{objection} before the request"),)
        drive.pace.sent(position)
        try:
            post_id = self.publisher.create(delivery.text, delivery.parent_id)
        except errors.PublishError as error:
            if isinstance(error, errors.ParentNotVisible):
                drive.parents.refused = position
            return self._outcome(publication, delivery, error)
        took = timedelta(seconds=self.clock.elapsed() - begun)
        return (confirmed(delivery, post_id, now, took),)

    def _objection(
        self,
        claim: Claim,
        publication: Publication,
        position: int,
        now: datetime,
        elapsed: float,
        since_last: timedelta | None,
    ) -> str | None:
        """Return a reason not to send the request at `now`, or None: the commit may have taken any time.

        Hold and pause requests are as of that commit, and nothing slow follows it: the narrators get the
        intent only after the answer.
        """
        if elapsed >= claim.valid_until:
            return "the claim expired"
        if publication.hold_asked is not None:
            return "held by an operator"
        if publication.paused is not None:
            return "publishing was paused"
        if not steps.may_leave(publication, position, self.policy, now, since_last):
            return "its window was over, or the clock was set back,"
        return None

    def _outcome(
        self, publication: Publication, delivery: Delivery, error: errors.PublishError
    ) -> tuple[Change, ...]:
        """Return the changes after a failed request."""
        return outcome(publication, delivery, error, self.policy, self.clock.now())

    # -- claim and record ------------------------------------------------------------------------------

    def _record(self, claim: Claim, publication: Publication, *changes: Change) -> None:
        self._commit(claim, publication, *changes)
        self._narrate(publication, *changes)

    def _commit(self, claim: Claim, publication: Publication, *changes: Change) -> Publication:
        return self.ledger.record(claim, publication, changes, self.clock.now())

    def _narrate(self, publication: Publication, *changes: Change) -> None:
        for change in changes:
            publication = states.apply(publication, change)
            self.narrate(publication, change)

    def _wait(self, claim: Claim, until: datetime) -> Claim:
        """Wait until `until`, or `HOLD_CHECK_INTERVAL` at most, and return the claim, kept alive."""
        ahead = until - self.clock.now()
        if timedelta(0) < ahead <= WARM_LEAD:
            self.publisher.warm_up(ahead / 2)
        self.clock.wait(until, at_most=HOLD_CHECK_INTERVAL)
        return self._fresh(claim)

    def _rest(self, claim: Claim, pause: timedelta) -> Claim:
        """Wait for `pause`, or until a hold is requested, and return the claim, kept alive."""
        end = self.clock.elapsed() + pause.total_seconds()
        self.clock.wait(self.clock.now())  # raises if a stop was requested, even if `pause` is zero
        while (left := timedelta(seconds=end - self.clock.elapsed())) > timedelta(0):
            if self._current(claim).hold_asked is not None:
                break
            claim = self._wait(claim, self.clock.now() + left)
        return claim

    def _fresh(self, claim: Claim) -> Claim:
        """Return `claim` with at least half its lease left: longer than one request takes."""
        if claim.valid_until - self.clock.elapsed() < self.lease.total_seconds() / 2:
            return self.ledger.renew(claim, self.lease)
        return claim

    def _may_send(self, claim: Claim) -> bool:
        """Return True if the next post may follow at once: the claim lasts and no stop was requested."""
        try:
            self.clock.wait(self.clock.now())
        except Interrupted:
            return False  # the outcome is recorded first; the next wait raises again
        return claim.valid_until - self.clock.elapsed() >= self.lease.total_seconds() / 2
