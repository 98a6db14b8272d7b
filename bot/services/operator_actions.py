"""What a person decides about an edition: hold, release, cancel it, or say what became of a post.

Each decision is a move of the state tables (core/publishing/states.py), made under a claim and
journalled; what the tables forbid is refused, and changes nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot import errors
from bot.core.model import Cause, DeliveryState, PublicationState
from bot.core.publishing import progress, states
from bot.core.publishing.deletions import deletion
from bot.core.publishing.next_actions import is_undecided
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

    from bot.core.model import Delivery, EditionKey, Publication
    from bot.ports import Claim, Clock, Finder, Ledger
    from bot.services.composing import Desk

HOLD_TIMEOUT = timedelta(seconds=30)
"""How long a person waits until the process that publishes has held: longer than one request takes."""
_GLANCE = timedelta(milliseconds=200)
"""What a hold can still stop."""


class Resolution(StrEnum):
    """What a person says about a post."""

    POSTED = "posted"
    RESEND = "resend"
    SKIP = "skip"


_DECIDED = "decided by a person"
_EVENTS = {
    Resolution.POSTED: DeliveryEvent.POSTED,
    Resolution.RESEND: DeliveryEvent.RESEND,
    Resolution.SKIP: DeliveryEvent.SKIP,
}


@dataclass(frozen=True, slots=True)
class Decisions:
    """Carries out what a person decides.

    All methods give the publication as it is afterwards, and raise:
        StateRefused: the tables forbid it; nothing was changed.
        UsageError: the ledger has no such edition, or an id cannot be that of the post.
        ClaimLost: another process publishes the edition, and did not let go.
        LedgerError, ContentError, PublishError: as for publishing.
    """

    ledger: Ledger
    clock: Clock
    desk: Desk
    lease: timedelta
    finder: Finder | None = None
    """Looks up the id that a person gives; None: it is believed."""

    def hold(self, key: EditionKey, why: str) -> Publication:
        """Stop `key` before its next post; an edition that is still to come does not begin."""
        publication = self._known_or_planned(key)
        _refuse(publication, PublicationEvent.HOLD)
        reason = _with("held by a person", why)
        try:
            with self._claimed(key) as claim:
                return self._move(claim, PublicationEvent.HOLD, reason, Cause.PERSON)
        except errors.ClaimLost:
            self.ledger.ask_hold(key, reason, self.clock.now())
        return self._wait_for_hold(key)

    def release(self, key: EditionKey) -> Publication:
        """Let a held publication go on by itself: what is not out is due from now on, or from the slot on."""
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
            return self._move(claim, PublicationEvent.RELEASE, "released by a person")

    def cancel(self, key: EditionKey, why: str) -> Publication:
        """Give `key` up: what is out stays out, nothing more of it is sent."""
        publication = self._known_or_planned(key)
        _refuse(publication, PublicationEvent.CANCEL)
        reason = _with("cancelled by a person", why)
        if publication.state is PublicationState.PLANNED:
            self.hold(key, why)  # the process that waits for its slot lets go first
        with self._claimed(key) as claim:
            return self._move(claim, PublicationEvent.CANCEL, reason)

    def resolve(
        self, key: EditionKey, verdict: Resolution, position: int | None = None, post_id: str | None = None
    ) -> Publication:
        """Record what a person says about the post at `position`; by default the first that needs it.

        `post_id` is X's id of a post that is out (`Verdict.POSTED`). A post that is SENT can be left out
        (`Verdict.SKIP`) once it is deleted on X.
        """
        self._known(key)
        with self._claimed(key) as claim:  # nobody else decides meanwhile
            publication = self._known(key)
            if publication.state is not PublicationState.HELD:
                first = (
                    f" To hold it, type: flashtweet hold {key}" if publication.state in states.OPEN else ""
                )
                raise errors.StateRefused(
                    f"{key} is {publication.state}: a post is resolved while its edition is held.{first}"
                )
            delivery = self._chosen(publication, position, verdict)
            if post_id is not None:
                self._refuse_wrong_id(publication, delivery, post_id)
            changes = _verdict(delivery, verdict, post_id)
            return self.ledger.record(claim, publication, changes, self.clock.now())

    def pause(self, why: str) -> None:
        """Stop all publishing until `resume`."""
        pause = self.ledger.paused()
        if pause is not None:
            raise errors.StateRefused(f"publishing is paused already: {pause.reason}")
        self.ledger.pause(why, self.clock.now())

    def resume(self) -> None:
        """Let publishing go on."""
        if self.ledger.paused() is None:
            raise errors.StateRefused("publishing is not paused.")
        self.ledger.resume(self.clock.now())

    # -- steps -----------------------------------------------------------------------------------------

    def _known(self, key: EditionKey) -> Publication:
        publication = self.ledger.get(key)
        if publication is None:
            raise errors.UsageError(
                f"{key}: the ledger does not know it. To see whether it is ready, and why it is not out, "
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
        publication = self._known(claim.key)  # as it is now that nobody else can change it
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
            f"{key}: the process that publishes it was asked to hold and did not yet answer. "
            "It holds before its next post; 'flashtweet status' shows when it has."
        )

    def _take_text(self, claim: Claim, publication: Publication) -> None:
        """What nothing is out of goes out as its file is now, and when that says."""
        key, now = publication.key, self.clock.now()
        form, thread = self.desk.programme.format_of(key.series), thread_for(self.desk, key)
        slot_at = thread.edition.slot_at
        if now > slot_at + form.grace:
            raise errors.StateRefused(
                f"{key}: its slot is over, and nothing of it is out. "
                f"If it should still go out, type: flashtweet publish {key}"
            )
        due = due_times(max(now, slot_at), form.gap, len(thread.posts))
        refreeze(claim, publication, thread, due, self.ledger, now)

    def _chosen(self, publication: Publication, position: int | None, verdict: Resolution) -> Delivery:
        """The post that a person speaks of: undecided, or one that X does not have any longer."""
        if self.finder is not None and verdict is Resolution.SKIP and position is not None:
            for one in publication.deliveries[position - 1 : position]:
                if one.state is DeliveryState.SENT:
                    self._refuse_what_is_there(self.finder, publication, one)
                    return one
        return _undecided(publication, position)

    def _refuse_what_is_there(self, finder: Finder, publication: Publication, delivery: Delivery) -> None:
        if finder.find(delivery.post_id or "") is not None:
            raise errors.StateRefused(
                f"{publication.key}: post {delivery.position} is on X, as {delivery.post_id}. "
                "Delete it there first, then type this again; or let the thread go on under it: "
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
    """``held by a person: breaking news.``"""
    why = why.strip().rstrip(".")
    return f"{what}: {why}." if why else f"{what}."


_DONE = {
    PublicationEvent.HOLD: "held",
    PublicationEvent.RELEASE: "released",
    PublicationEvent.CANCEL: "cancelled",
}


def _refuse(publication: Publication, event: PublicationEvent) -> None:
    """Say what the table forbids."""
    allowed = [state for state, moves in states.PUBLICATION_MOVES.items() if event in moves]
    if publication.state not in allowed:
        what = f"only what is {' or '.join(allowed)} can be {_DONE[event]}"
        first = ""
        if event is PublicationEvent.CANCEL and publication.state is PublicationState.PUBLISHING:
            first = f" To stop it first, type: flashtweet hold {publication.key}"
        raise errors.StateRefused(f"{publication.key} is {publication.state}: {what}.{first}")


def _undecided(publication: Publication, position: int | None) -> Delivery:
    """The post that a person speaks of."""
    open_ones = [one for one in publication.deliveries if is_undecided(one)]
    if not open_ones:
        raise errors.StateRefused(
            f"{publication.key}: there is no post to decide about. "
            f"To go on, type: flashtweet publish {publication.key}"
        )
    if position is None:
        return open_ones[0]
    found = next((one for one in publication.deliveries if one.position == position), None)
    if found is None or found not in open_ones:
        state = f"is {found.state}" if found else f"is not there (it has {len(publication.deliveries)})"
        later = ""
        if found is not None and found.state is DeliveryState.PENDING:
            later = (
                " A post is left out only when it is reached: decide about that one first. To give up all "
                f"that is not out, type: flashtweet cancel {publication.key}"
            )
        raise errors.StateRefused(
            f"{publication.key}: post {position} {state}; what needs you is post {open_ones[0].position}."
            f"{later}"
        )
    return found


def _verdict(delivery: Delivery, verdict: Resolution, post_id: str | None) -> tuple[states.Change, ...]:
    """The moves from where `delivery` is to what the person says; a doubt is given up first."""
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
            change = states.deliver(delivery, event, "a person decides")
            changes.append(change)
            delivery = change.after
    fields: dict[str, object] = {"post_id": post_id} if verdict is Resolution.POSTED else {}
    if verdict is Resolution.RESEND:
        fields = {"attempts": 0, "not_before": None}
    changes.append(states.deliver(delivery, _EVENTS[verdict], _DECIDED, decided=True, **fields))
    return tuple(changes)
