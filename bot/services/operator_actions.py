"""Decisions of an operator: hold, release or cancel an edition, resolve a post, pause all publishing.

Each decision is a move of the state tables (core/publishing/states.py), made under a claim and journalled.
Moves that the tables forbid are refused and change nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot import errors
from bot.core.publishing import progress, states
from bot.core.publishing.deletions import deletion
from bot.core.publishing.next_actions import is_undecided
from bot.core.publishing.publication import Cause, DeliveryState, PublicationState
from bot.core.publishing.snowflake import created_at
from bot.core.publishing.states import DeliveryEvent, PublicationEvent
from bot.core.schedule.local_times import clock_time
from bot.core.schedule.slots import due_times
from bot.core.text.matching import CLOCK_ALLOWANCE
from bot.services import known_posts
from bot.services.composing import thread_for
from bot.services.freeze import freeze, refreeze
from bot.services.publish_now import due_again, refuse_undecided, refuse_within_a_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Delivery, Publication
    from bot.ports import Claim, Clock, Finder, Ledger
    from bot.services.composing import Desk

HOLD_TIMEOUT = timedelta(seconds=30)
"""Longest wait for the publishing process to hold: longer than one request takes."""
_GLANCE = timedelta(milliseconds=200)
"""Interval between two looks at the ledger while waiting for that."""


class Resolution(StrEnum):
    """Decision of an operator about a post."""

    POSTED = "posted"
    RESEND = "resend"
    SKIP = "skip"


_DECIDED = "decided by an operator"
_EVENTS = {
    Resolution.POSTED: DeliveryEvent.POSTED,
    Resolution.RESEND: DeliveryEvent.RESEND,
    Resolution.SKIP: DeliveryEvent.SKIP,
}


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions that an operator can make.

    All methods about an edition return the updated publication, and raise:
        StateRefused: the tables forbid it; nothing was changed.
        UsageError: the ledger has no such edition, or an id cannot be that of the post.
        ClaimLost: another process publishes the edition and did not release it.
        LedgerError, ContentError, PublishError: as for publishing.
    """

    ledger: Ledger
    clock: Clock
    desk: Desk
    lease: timedelta
    finder: Finder | None = None
    """Looks up the id that an operator gives; None accepts it unchecked."""

    def hold(self, key: EditionKey, why: str) -> Publication:
        """Hold `key` before its next post; an edition that has not begun does not begin."""
        publication = self._known_or_planned(key)
        _refuse(publication, PublicationEvent.HOLD)
        reason = _with("held by an operator", why)
        try:
            with self._claimed(key) as claim:
                return self._move(claim, PublicationEvent.HOLD, reason, Cause.PERSON)
        except errors.ClaimLost:
            self.ledger.ask_hold(key, reason, self.clock.now())
        return self._wait_for_hold(key)

    def release(self, key: EditionKey) -> Publication:
        """Release a held publication; posts not sent yet are due from now on, or from the slot on."""
        self._known(key)
        with self._claimed(key) as claim:
            publication, now = self._known(key), self.clock.now()
            _refuse(publication, PublicationEvent.RELEASE)
            refuse_undecided(publication, (DeliveryState.HELD, DeliveryState.REJECTED))
            refuse_within_a_limit(publication, now, self.desk.programme.zone)
            if progress.is_untouched(publication):
                self._take_text(claim, publication)
            else:
                gap = self.desk.programme.format_of(key.series).gap
                self.ledger.reschedule(claim, due_again(publication, gap, now), now)
            return self._move(claim, PublicationEvent.RELEASE, "released by an operator")

    def cancel(self, key: EditionKey, why: str) -> Publication:
        """Cancel `key`: sent posts stay on X, no other is sent."""
        publication = self._known_or_planned(key)
        _refuse(publication, PublicationEvent.CANCEL)
        reason = _with("cancelled by an operator", why)
        if publication.state is PublicationState.PLANNED:
            self.hold(key, why)  # a process that waits for its slot releases its claim first
        with self._claimed(key) as claim:
            return self._move(claim, PublicationEvent.CANCEL, reason)

    def resolve(
        self, key: EditionKey, verdict: Resolution, position: int | None = None, post_id: str | None = None
    ) -> Publication:
        """Record an operator's decision about the post at `position`; by default the first that needs one.

        `post_id` is X's id of a post that exists (`Resolution.POSTED`). A post that is SENT can be skipped
        (`Resolution.SKIP`) once it is deleted on X.
        """
        self._known(key)
        with self._claimed(key) as claim:  # so that no other process decides meanwhile
            publication = self._known(key)
            if publication.state is not PublicationState.HELD:
                first = (
                    f" To hold it, type: flashtweet hold {key}" if publication.state in states.OPEN else ""
                )
                raise errors.StateRefused(
                    f"{key} is {publication.state}: only posts of a HELD edition can be resolved.{first}"
                )
            delivery = self._chosen(publication, position, verdict)
            if post_id is not None:
                self._refuse_wrong_id(publication, delivery, post_id)
            changes = _verdict(delivery, verdict, post_id)
            return self.ledger.record(claim, publication, changes, self.clock.now())

    def pause(self, why: str) -> None:
        """Pause all publishing until `resume`."""
        pause = self.ledger.paused()
        if pause is not None:
            raise errors.StateRefused(f"publishing is already paused: {pause.reason}")
        self.ledger.pause(why, self.clock.now())

    def resume(self) -> None:
        """End the pause of all publishing."""
        if self.ledger.paused() is None:
            raise errors.StateRefused("publishing is not paused.")
        self.ledger.resume(self.clock.now())

    # -- steps -----------------------------------------------------------------------------------------

    def _known(self, key: EditionKey) -> Publication:
        publication = self.ledger.get(key)
        if publication is None:
            raise errors.UsageError(
                f"{key}: not in the ledger. To see whether it is ready, and why it is not posted, "
                f"type: flashtweet doctor {key}"
            )
        return publication

    def _known_or_planned(self, key: EditionKey) -> Publication:
        return self.ledger.get(key) or freeze(thread_for(self.desk, key), self.ledger, self.clock.now())

    @contextlib.contextmanager
    def _claimed(self, key: EditionKey) -> Iterator[Claim]:
        claim = self.ledger.claim(key, self.lease, self.clock.now())
        try:
            yield claim
        finally:
            self.ledger.release(claim)

    def _move(
        self, claim: Claim, event: PublicationEvent, reason: str, cause: Cause | None = None
    ) -> Publication:
        publication = self._known(claim.key)  # read under the claim: no other process changes it
        _refuse(publication, event)
        changes = [states.move(publication, event, reason, cause)]
        return self.ledger.record(claim, publication, changes, self.clock.now())

    def _wait_for_hold(self, key: EditionKey) -> Publication:
        end = self.clock.elapsed() + HOLD_TIMEOUT.total_seconds()
        while self.clock.elapsed() < end:
            publication = self._known(key)
            if publication.hold_asked is None or publication.state not in states.OPEN:
                return publication
            self.clock.wait(self.clock.now() + _GLANCE, at_most=_GLANCE)
        raise errors.ClaimLost(
            f"{key}: the process that publishes it was asked to hold it and has not answered yet. "
            "It holds before its next post; 'flashtweet status' shows when it has."
        )

    def _take_text(self, claim: Claim, publication: Publication) -> None:
        """Replace text and due times of `publication`, which has no post yet, by those of its file."""
        key, now = publication.key, self.clock.now()
        form, thread = self.desk.programme.format_of(key.series), thread_for(self.desk, key)
        slot_at = thread.edition.slot_at
        if now > slot_at + form.grace:
            raise errors.StateRefused(
                f"{key}: its slot is over, and no post was sent. "
                f"To post it late, type: flashtweet publish {key}"
            )
        due = due_times(max(now, slot_at), form.gap, len(thread.posts))
        refreeze(claim, publication, thread, due, self.ledger, now)

    def _chosen(self, publication: Publication, position: int | None, verdict: Resolution) -> Delivery:
        """Return the post to resolve: an undecided one, or a sent one that was deleted on X."""
        if self.finder is not None and verdict is Resolution.SKIP and position is not None:
            for one in publication.deliveries[position - 1 : position]:
                if one.state is DeliveryState.SENT:
                    self._refuse_if_on_x(self.finder, publication, one)
                    return one
        return _undecided(publication, position)

    def _refuse_if_on_x(self, finder: Finder, publication: Publication, delivery: Delivery) -> None:
        if finder.find(delivery.post_id or "") is not None:
            raise errors.StateRefused(
                f"{publication.key}: post {delivery.position} is on X, as {delivery.post_id}. "
                "Delete it there first, then type this again; or resume the thread under it: "
                f"flashtweet publish {publication.key}"
            )

    def _refuse_wrong_id(self, publication: Publication, delivery: Delivery, post_id: str) -> None:
        what = f"{publication.key}: post {delivery.position} cannot be {post_id}"
        if self.ledger.recorded([post_id]):
            other = known_posts.with_id(self.ledger, post_id, self.clock.now()) or "an older one"
            raise errors.UsageError(f"{what}: the ledger has that id for another post, {other}.")
        made = created_at(int(post_id))
        first = delivery.first_intent_at or publication.slot_at
        now, zone = self.clock.now(), self.desk.programme.zone
        if not first - CLOCK_ALLOWANCE <= made <= now + CLOCK_ALLOWANCE:
            raise errors.UsageError(
                f"{what}: that one was created at {clock_time(made, zone, now)}, "
                f"and the first attempt was at {clock_time(first, zone, now)}."
            )
        if self.finder is not None and self.finder.find(post_id) is None:
            raise errors.UsageError(
                f"{what}, as far as X shows: no post of your account has that id. If you see it on your "
                "profile, wait a minute and type this again; do not --resend it."
            )


def _with(what: str, why: str) -> str:
    """Return a reason, ``held by an operator: breaking news.``."""
    why = why.strip().rstrip(".")
    return f"{what}: {why}." if why else f"{what}."


_DONE = {
    PublicationEvent.HOLD: "held",
    PublicationEvent.RELEASE: "released",
    PublicationEvent.CANCEL: "cancelled",
}


def _refuse(publication: Publication, event: PublicationEvent) -> None:
    """Raise `StateRefused` if the table forbids `event`."""
    allowed = [state for state, moves in states.PUBLICATION_MOVES.items() if event in moves]
    if publication.state not in allowed:
        what = f"only an edition that is {' or '.join(allowed)} can be {_DONE[event]}"
        first = ""
        if event is PublicationEvent.CANCEL and publication.state is PublicationState.PUBLISHING:
            first = f" To stop it first, type: flashtweet hold {publication.key}"
        raise errors.StateRefused(f"{publication.key} is {publication.state}: {what}.{first}")


def _undecided(publication: Publication, position: int | None) -> Delivery:
    """Return the undecided post at `position`, by default the first.

    Raises:
        StateRefused: none is undecided, or not that one.
    """
    undecided = [one for one in publication.deliveries if is_undecided(one)]
    if not undecided:
        raise errors.StateRefused(
            f"{publication.key}: no post needs a decision. "
            f"To resume, type: flashtweet publish {publication.key}"
        )
    if position is None:
        return undecided[0]
    found = next((one for one in publication.deliveries if one.position == position), None)
    if found is None or found not in undecided:
        state = f"is {found.state}" if found else f"does not exist (there are {len(publication.deliveries)})"
        later = ""
        if found is not None and found.state is DeliveryState.PENDING:
            later = (
                " A post can be skipped only when it is next: resolve that one first. To cancel all posts "
                f"that are left, type: flashtweet cancel {publication.key}"
            )
        raise errors.StateRefused(
            f"{publication.key}: post {position} {state}; the post to resolve is {undecided[0].position}."
            f"{later}"
        )
    return found


def _verdict(delivery: Delivery, verdict: Resolution, post_id: str | None) -> tuple[states.Change, ...]:
    """Return the moves of `delivery` for the operator's `verdict`; a doubt is given up first."""
    changes: list[states.Change] = []
    if delivery.state is DeliveryState.SENT:
        return (deletion(delivery, _DECIDED, decided=True),)
    if delivery.state is DeliveryState.REJECTED and verdict is Resolution.RESEND:
        raise errors.StateRefused(
            f"X refused post {delivery.position}: {delivery.reason} "
            "Correct its text in its file and publish again, or leave it out with --skip."
        )
    for state, event in (
        (DeliveryState.SENDING, DeliveryEvent.LOST),
        (DeliveryState.IN_DOUBT, DeliveryEvent.GIVEN_UP),
    ):
        if delivery.state is state:
            change = states.deliver(delivery, event, "an operator decides")
            changes.append(change)
            delivery = change.after
    fields: dict[str, object] = {"post_id": post_id} if verdict is Resolution.POSTED else {}
    if verdict is Resolution.RESEND:
        fields = {"attempts": 0, "not_before": None}
    changes.append(states.deliver(delivery, _EVENTS[verdict], _DECIDED, decided=True, **fields))
    return tuple(changes)
