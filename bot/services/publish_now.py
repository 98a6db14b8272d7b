"""Publishing of an edition by hand: at any time, and as often as needed."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import errors
from bot.core.publishing import progress, states
from bot.core.publishing.next_actions import next_action
from bot.core.publishing.publication import Cause, DeliveryState, PublicationState
from bot.core.publishing.states import DeliveryEvent, PublicationEvent
from bot.core.schedule.local_times import when_over
from bot.core.schedule.slots import due_times
from bot.services.composing import thread_for
from bot.services.freeze import refreeze
from bot.services.publish import policy_for
from bot.services.reconcile import Reconciler

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from bot.core.model import EditionKey, Thread
    from bot.core.publishing.publication import Publication
    from bot.ports import Claim, Ledger
    from bot.services.composing import Desk
    from bot.services.publish import PublishRun


def publish_now(key: EditionKey, desk: Desk, run: PublishRun) -> Publication:
    """Publish edition `key`, or resume it; sent posts are not sent again.

    An edition without a post takes its text from its file as it is now. In a thread in flight only a post
    that X refused takes its corrected text from the file; the rest stays frozen.

    Raises:
        ContentError, UsageError: the edition has an error; nothing was sent.
        StateRefused: an operator must resolve a post first, or all publishing is paused; nothing was sent.
        Rejected: X refused a post, and its text in the file is not corrected yet; nothing was sent.
        ClaimLost, Interrupted, LedgerError: as for `PublishRun`.
    """
    now = run.clock.now()
    refuse_in_a_pause(run.ledger)
    publication = run.ledger.get(key)
    if publication is None:
        thread = thread_for(desk, key)
        publication = run.ledger.plan(thread, _due(thread, now), now)
    if publication.state is PublicationState.PUBLISHED:
        return publication
    if publication.state is PublicationState.CANCELLED:
        raise errors.StateRefused(
            f"{key} was cancelled: {(publication.reason or 'by an operator').rstrip('.')}."
        )
    if publication.state is PublicationState.HELD:  # otherwise the run holds it first, with its reason
        refuse_undecided(publication)
    policy = replace(policy_for(key, desk.programme, run.policy), by_hand=True)
    run = replace(run, policy=policy, hold_on_stop=True)
    claim = run.ledger.claim(key, run.lease, now)
    try:
        _prepare(claim, desk, run)
    except BaseException:
        run.ledger.release(claim)
        raise
    return run.drive(claim)


def _prepare(claim: Claim, desk: Desk, run: PublishRun) -> None:
    """Bring the claimed publication into a state in which the run can continue, due from now on."""
    publication = run.ledger.get(claim.key)
    if publication is None:
        raise errors.LedgerError(f"{claim.key}: the publication is no longer in the ledger.")
    publication = _look_again(claim, publication, run)
    now = run.clock.now()
    changes: list[states.Change] = []
    if progress.is_untouched(publication):
        thread = thread_for(desk, claim.key)
        _refuse_uncorrected(publication, thread)
        publication = refreeze(claim, publication, thread, _due(thread, now), run.ledger, now)
    else:
        changes += _corrections(publication, desk)
        due = due_again(publication, run.policy.gap, now)
        publication = run.ledger.reschedule(claim, due, now)
        changes = [_with_due(change, due) for change in changes]
    if publication.state is PublicationState.HELD:
        changes.append(states.move(publication, PublicationEvent.RELEASE, "by hand"))
    elif publication.state is PublicationState.MISSED:
        changes.append(states.move(publication, PublicationEvent.PUBLISH_LATE, "by hand"))
    if changes:
        run.ledger.record(claim, publication, changes, now)


def _look_again(claim: Claim, publication: Publication, run: PublishRun) -> Publication:
    """Adopt a post refused as a duplicate if it appeared in the timeline after the settle window."""
    refused = progress.first_unsettled(publication)
    if refused is None or refused.state is not DeliveryState.REJECTED or not refused.duplicate:
        return publication
    timeline = Reconciler(run.ledger, run.publisher, run.clock, run.policy, claim.vouched_since)
    with contextlib.suppress(errors.PublishError, errors.IdTaken):  # without proof it stays refused
        found = timeline.find(refused)
        if found is not None:
            change = states.deliver(refused, DeliveryEvent.POSTED, "it is in the timeline now", post_id=found)
            return run.ledger.record(claim, publication, [change], run.clock.now())
    return publication


def _due(thread: Thread, now: datetime) -> tuple[datetime, ...]:
    return due_times(now, thread.edition.format.gap, len(thread.posts))


def due_again(publication: Publication, gap: timedelta, now: datetime) -> tuple[datetime, ...]:
    """Return due times from `now` on for posts without an id; the others keep theirs."""
    left = [d.position for d in publication.deliveries if d.post_id is None]
    again = dict(zip(left, due_times(now, gap, len(left)), strict=True))
    return tuple(again.get(d.position, d.due_at) for d in publication.deliveries)


def refuse_in_a_pause(ledger: Ledger) -> None:
    """Raise `StateRefused` if all publishing is paused: that includes publishing by hand."""
    pause = ledger.paused()
    if pause is not None:
        raise errors.StateRefused(
            f"publishing is paused: {pause.reason.rstrip('.')}. To resume, type: flashtweet resume"
        )


def refuse_undecided(
    publication: Publication, states: Collection[DeliveryState] = (DeliveryState.HELD,)
) -> None:
    """Raise `StateRefused` if a post is in any of `states`, which only an operator can resolve."""
    undecided = [one for one in publication.deliveries if one.state in states]
    if undecided:
        post = undecided[0]
        raise errors.StateRefused(
            f"{publication.key}: post {post.position}: {post.reason} {next_action(publication)}"
        )


def refuse_within_a_limit(publication: Publication, now: datetime, zone: str) -> None:
    """Raise `StateRefused` if `publication` is held for a rate limit of X that has not ended yet."""
    one = progress.first_unsettled(publication)
    is_limited = publication.cause is Cause.LIMIT
    if is_limited and one is not None and one.not_before is not None and now < one.not_before:
        raise errors.StateRefused(
            f"{publication.key}: X takes no post of this account before {when_over(one.not_before, zone)}: "
            "released before, it would be held again. Nothing was changed. "
            f"Type this then; to try anyway: flashtweet publish {publication.key}"
        )


def _with_due(change: states.Change, due: Sequence[datetime]) -> states.Change:
    if isinstance(change, states.DeliveryChange):
        after = replace(change.after, due_at=due[change.after.position - 1])
        return replace(change, after=after)
    return change


def _corrections(publication: Publication, desk: Desk) -> list[states.Change]:
    """Return the changes that take the corrected text of the refused post from the file.

    Raises:
        Rejected: the file still has the refused text, or the correction would change sent posts.
    """
    refused = [d for d in publication.deliveries if d.state is DeliveryState.REJECTED]
    if not refused:
        return []
    thread = thread_for(desk, publication.key)
    at = refused[0].position
    out = [d for d in publication.deliveries if d.state is DeliveryState.SENT]
    texts = thread.texts
    if len(texts) != len(publication.deliveries):
        raise errors.Rejected(
            f"{publication.key}: the file has {len(texts)} posts now, not {len(publication.deliveries)}, "
            f"and some are already posted. Change only the text of post {at}, then run this again."
        )
    changed = next((d for d in out if texts[d.position - 1] != d.text), None)
    if changed is not None:
        raise errors.Rejected(
            f"{publication.key}: the file changes post {changed.position}, which is already posted. "
            f"It was: {changed.text!r}. Restore it, and change only the text of post {at}; "
            "then run this again."
        )
    _refuse_uncorrected(publication, thread)
    return [
        states.deliver(
            d,
            DeliveryEvent.CORRECTED,
            "text corrected",
            text=texts[d.position - 1],
            attempts=0,
            first_intent_at=None,
        )
        for d in refused
    ]


def _refuse_uncorrected(publication: Publication, thread: Thread) -> None:
    """Raise `Rejected` if the file still has a text that X refused."""
    for one in publication.deliveries:
        same = thread.texts[one.position - 1 : one.position] == (one.text,)
        if one.state is DeliveryState.REJECTED and same:
            line = thread.posts[one.position - 1].mark.line
            where = thread.edition.path + (f":{line}" if line else "")
            first = (
                f"Look at your profile on X: if it is there, type: flashtweet resolve {publication.key} "
                f"--post {one.position} --posted ID. Else c"
                if one.duplicate
                else "C"
            )
            raise errors.Rejected(
                f"{publication.key}: X refused post {one.position}: {one.reason} {first}"
                f"orrect its text in {where}, then run this again, or leave it out: "
                f"flashtweet resolve {publication.key} --post {one.position} --skip"
            )
