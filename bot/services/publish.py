"""Publish one edition: claim → commit the intent → POST → commit the id → next, until nothing is left to do.

*Each post is sent once. If a crash or a lost answer leaves a send unknown, the bot reads your timeline
first; if it cannot tell, it stops and asks.*
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from bot import errors
from bot.core import publication as life
from bot.core.publication import DeliveryEvent, PublicationEvent
from bot.ports import Interrupted
from bot.services.reconcile import look_for

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.model import Delivery, EditionKey, Programme, Publication
    from bot.core.publication import Change, Policy, Step
    from bot.ports import Claim, Clock, Ledger, Publisher


class Narrator(Protocol):
    """Hears what happens, after it was recorded: a log, a progress bar."""

    def __call__(self, publication: Publication, change: Change) -> None: ...


def silence(publication: Publication, change: Change) -> None:
    """A narrator that says nothing."""


def policy_for(key: EditionKey, programme: Programme, base: Policy) -> Policy:
    """`base` with the pace of the edition's series."""
    form = programme.format_of(key.series)
    return replace(base, gap=form.gap, grace=form.grace)


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
    """Whether a stop holds the publication: what a person stops, no daemon shall finish."""

    def __call__(self, key: EditionKey) -> Publication:
        """Carry the publication of `key` as far as it goes now, and give what became of it.

        Raises:
            ClaimLost: another process publishes it.
            Interrupted: a stop was requested; what is sent is recorded, and running again carries on.
            LedgerError: the ledger cannot be written.
        """
        return self.drive(self.ledger.claim(key, self.lease))

    def drive(self, claim: Claim) -> Publication:
        """As a call, with a claim that the caller has made already; it is released in any case."""
        try:
            self.publisher.warm_up()
            while True:
                publication = self._current(claim)
                step = life.next_step(publication, self.policy, self.clock.now())
                if isinstance(step, life.Rest):
                    return publication
                claim = self._perform(claim, publication, step)
        except Interrupted:
            if self.hold_on_stop:
                self._hold_stopped(claim)
            raise
        finally:
            self.ledger.release(claim)

    def _hold_stopped(self, claim: Claim) -> None:
        publication = self._current(claim)
        if PublicationEvent.HOLD in life.PUBLICATION_MOVES[publication.state]:
            self._record(
                claim, publication, life.move(publication, PublicationEvent.HOLD, "stopped by a person.")
            )

    def _current(self, claim: Claim) -> Publication:
        publication = self.ledger.get(claim.key)
        if publication is None:
            raise errors.LedgerError(f"{claim.key}: the ledger has no such publication any more.")
        return publication

    def _perform(self, claim: Claim, publication: Publication, step: Step) -> Claim:
        match step:
            case life.Wait(until):
                return self._wait(claim, until)
            case life.Send(position):
                self.clock.wait(self.clock.now())  # a stop that was asked for comes before the next post
                claim = self._fresh(claim)
                self._send(claim, publication, position)
            case life.Reconcile(position, conclusive):
                return self._reconcile(claim, publication, position, conclusive=conclusive)
            case life.Doubt(position):
                lost = life.deliver(
                    publication.delivery(position),
                    DeliveryEvent.LOST,
                    "its sender stopped before X's answer was recorded",
                    doubt_since=self.clock.now(),
                )
                self._record(claim, publication, lost)
            case life.Finish():
                self._record(claim, publication, life.move(publication, PublicationEvent.FINISH))
            case life.Hold(reason):
                self._record(claim, publication, life.move(publication, PublicationEvent.HOLD, reason))
            case life.Miss(reason):
                self._record(claim, publication, life.move(publication, PublicationEvent.MISS, reason))
            case life.Rest():
                pass
        return claim

    # -- sending ---------------------------------------------------------------------------------------

    def _send(self, claim: Claim, publication: Publication, position: int) -> None:
        """Send the post at `position`, and those after it that follow at once.

        Where the next post follows at once, one commit holds the id of this one and the intent of that one.
        """
        done: tuple[Change, ...] = ()
        while True:
            publication = self._record(
                claim, publication, *done, *self._intent(publication, *done, at=position)
            )
            done = self._attempt(claim, publication, position)
            after = life.apply(publication, *done)
            step = life.next_step(after, self.policy, self.clock.now())
            if isinstance(step, life.Send) and after.delivery(position).post_id and self._goes_on(claim):
                position = step.position
                continue
            if isinstance(step, life.Finish):
                done = (*done, life.move(after, PublicationEvent.FINISH))
            self._record(claim, publication, *done)
            return

    def _intent(self, publication: Publication, *done: Change, at: int) -> tuple[Change, ...]:
        publication = life.apply(publication, *done)
        delivery, parent, now = publication.delivery(at), publication.parent_of(at), self.clock.now()
        intent = life.deliver(
            delivery,
            DeliveryEvent.SEND,
            first_intent_at=delivery.first_intent_at or now,
            intent_at=now,
            parent_id=parent.post_id if parent else None,
            attempts=delivery.attempts + 1,
            not_before=None,
            doubt_since=None,
            duplicate=False,
        )
        if PublicationEvent.START in life.PUBLICATION_MOVES[publication.state]:
            return (life.move(publication, PublicationEvent.START), intent)
        return (intent,)

    def _attempt(self, claim: Claim, publication: Publication, position: int) -> tuple[Change, ...]:
        """Send the request, and give what its outcome changes."""
        delivery = publication.delivery(position)
        if not self._holds(claim):  # suspended between the commit and here: someone may have taken over
            return (
                life.deliver(delivery, DeliveryEvent.NOT_CREATED, "the claim ran out before the request"),
            )
        try:
            post_id = self.publisher.create(delivery.text, delivery.parent_id)
        except errors.PublishError as error:
            return self._reaction(publication, delivery, error)
        return (life.deliver(delivery, DeliveryEvent.CONFIRMED, post_id=post_id),)

    def _reaction(
        self, publication: Publication, delivery: Delivery, error: errors.PublishError
    ) -> tuple[Change, ...]:
        """What a failed request changes, by the type of its error."""
        now, reason = self.clock.now(), str(error)
        again = life.backoff(self.policy, delivery.attempts, now)
        match error:
            case errors.InDoubt():
                duplicate = isinstance(error, errors.Duplicate)
                return (
                    life.deliver(delivery, DeliveryEvent.LOST, reason, doubt_since=now, duplicate=duplicate),
                )
            case errors.Rejected():
                return (life.deliver(delivery, DeliveryEvent.REFUSED, reason),)
            case errors.RateLimited(retry_at=retry_at):
                return (life.deliver(delivery, DeliveryEvent.NOT_CREATED, reason, not_before=retry_at),)
            case errors.ParentNotVisible() if delivery.attempts >= self.policy.parent_attempts:
                return self._hold_unsent(publication, delivery, reason)
            case errors.Unavailable():
                return (life.deliver(delivery, DeliveryEvent.NOT_CREATED, reason, not_before=again),)
            case _:
                return self._hold_unsent(publication, delivery, reason)

    def _hold_unsent(self, publication: Publication, delivery: Delivery, reason: str) -> tuple[Change, ...]:
        return (
            life.deliver(delivery, DeliveryEvent.NOT_CREATED),
            life.move(publication, PublicationEvent.HOLD, f"post {delivery.position}: {reason}"),
        )

    # -- doubt -----------------------------------------------------------------------------------------

    def _reconcile(self, claim: Claim, publication: Publication, position: int, *, conclusive: bool) -> Claim:
        delivery = publication.delivery(position)
        claim = self._fresh(claim)
        try:
            found = look_for(delivery, self.publisher, self.ledger.post_ids())
        except errors.AccountRefused as error:
            reason = f"post {position}: its answer was lost, and the timeline cannot be read: {error}"
            self._record(claim, publication, life.move(publication, PublicationEvent.HOLD, reason))
            return claim
        except errors.PublishError as error:
            unread = life.deliver(
                delivery,
                DeliveryEvent.UNREAD,
                f"the timeline could not be read: {error}",
                doubt_since=self.clock.now(),
                duplicate=delivery.duplicate,
            )
            self._record(claim, publication, unread)
            return self._wait(claim, self.clock.now() + self._read_pause(error))
        if found is not None:
            self._record(
                claim, publication, life.deliver(delivery, DeliveryEvent.FOUND, post_id=found.post_id)
            )
        elif not conclusive:
            return self._wait(claim, self.clock.now() + self._read_pause())
        elif delivery.duplicate:
            self._record(claim, publication, life.deliver(delivery, DeliveryEvent.REFUSED, delivery.reason))
        else:
            gone = life.deliver(delivery, DeliveryEvent.NOT_FOUND, "the timeline does not show it")
            self._record(claim, publication, gone)
        return claim

    def _read_pause(self, error: errors.PublishError | None = None) -> timedelta:
        if isinstance(error, errors.RateLimited):
            return max(error.retry_at - self.clock.now(), timedelta(0))
        return min(max(self.policy.settle / 10, timedelta(milliseconds=100)), timedelta(seconds=10))

    # -- claim and record ------------------------------------------------------------------------------

    def _record(self, claim: Claim, publication: Publication, *changes: Change) -> Publication:
        after = self.ledger.record(claim, changes, self.clock.now())
        for change in changes:
            publication = life.apply(publication, change)
            self.narrate(publication, change)
        return after

    def _wait(self, claim: Claim, until: datetime) -> Claim:
        """Return at `until` with the claim kept alive."""
        step = self.lease / 3
        while (left := until - self.clock.now()) > step:
            self.clock.wait(self.clock.now() + left / (left // step + 1))
            claim = self.ledger.renew(claim, self.lease)
        self.clock.wait(until)
        return claim

    def _fresh(self, claim: Claim) -> Claim:
        """`claim` with at least half its lease left: longer than one request takes."""
        if claim.valid_until - self.clock.elapsed() < self.lease.total_seconds() / 2:
            return self.ledger.renew(claim, self.lease)
        return claim

    def _goes_on(self, claim: Claim) -> bool:
        """Whether the next post may follow at once: the claim lasts, and nobody asked for a stop."""
        try:
            self.clock.wait(self.clock.now())
        except Interrupted:
            return False  # what is done is recorded first; the next wait raises again
        return claim.valid_until - self.clock.elapsed() >= self.lease.total_seconds() / 2

    def _holds(self, claim: Claim) -> bool:
        return self.clock.elapsed() < claim.valid_until
