"""What of an edition goes into the ledger, and until when its file may still change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.model import PublicationState
from bot.core.publishing.progress import is_untouched
from bot.core.publishing.states import PublicationEvent, move
from bot.core.schedule.slots import due_times
from bot.errors import ClaimLost, LedgerChanged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from bot.core.model import Publication, Thread
    from bot.core.publishing.states import Change
    from bot.ports import Claim, Ledger


_REPLANNED = "it was missed on a clock that ran ahead: its time is still to come."


def freeze(thread: Thread, ledger: Ledger, now: datetime) -> Publication:
    """Put `thread` into the ledger, to be sent from its slot on; one that is there already stays as it is."""
    return ledger.plan(thread, _due(thread, thread.edition.slot_at), now)


def miss(thread: Thread, ledger: Ledger, reason: str, now: datetime) -> bool:
    """Put `thread` into the ledger as MISSED; False where the edition is there already."""
    return ledger.record_missed(thread, _due(thread, thread.edition.slot_at), reason, now)


def plan_again(known: Publication, ledger: Ledger, lease: timedelta, now: datetime) -> Change | None:
    """Plan `known` again, which is MISSED, and give that change; None where it was missed in truth.

    It must have been missed at an instant that is still to come: the clock has been set back since. That its
    time is not over, says less: a longer grace in the configuration makes nobody's alert void.
    """
    missed = [entry.at for entry in ledger.journal(known.key) if entry.after == PublicationState.MISSED]
    if not missed or now >= missed[-1]:
        return None
    try:
        claim = ledger.claim(known.key, lease, now)
    except ClaimLost:
        return None
    try:
        change = move(known, PublicationEvent.REPLAN, _REPLANNED)
        ledger.record(claim, known, [change], now)
    except LedgerChanged:  # somebody publishes it by hand
        return None
    finally:
        ledger.release(claim)
    return change


def refreeze(
    claim: Claim,
    publication: Publication,
    thread: Thread,
    due: Sequence[datetime],
    ledger: Ledger,
    now: datetime,
) -> Publication:
    """Take text and slot of `publication`, of which nothing is out, from `thread`.

    Where it is the same, what the ledger knows of earlier attempts at it is kept: one may come to light yet.
    """
    if tuple(one.text for one in publication.deliveries) == thread.texts:
        return ledger.reschedule(claim, due, now, thread.edition.slot_at)
    return ledger.refreeze(claim, thread, due, now)


def freeze_anew(
    known: Publication, thread: Thread, ledger: Ledger, lease: timedelta, now: datetime, lead: timedelta
) -> bool:
    """Take text and slot of `known` from `thread`, where it was frozen longer than `lead` before its slot.

    So was what a person held and released, and editors go on writing; and what was frozen on a clock that ran
    ahead. Whether anything was changed: nothing is after the slot, where a post may be out, and where another
    process publishes it.
    """
    texts, slot_at = tuple(one.text for one in known.deliveries), thread.edition.slot_at
    frozen = (entry.at for entry in ledger.journal(known.key) if entry.event in _FREEZING)
    is_fixed = any(known.slot_at - lead <= at <= now for at in frozen)
    if now >= known.slot_at or is_fixed or not is_untouched(known):
        return False
    if (texts, known.slot_at) == (thread.texts, slot_at):
        return False
    due = _due(thread, max(now, slot_at))
    try:
        claim = ledger.claim(known.key, lease, now)
    except ClaimLost:
        return False
    try:
        refreeze(claim, known, thread, due, ledger, now)
    finally:
        ledger.release(claim)
    return True


_FREEZING = ("frozen", "refrozen", "rescheduled")
"""What the journal calls it."""


def _due(thread: Thread, start: datetime) -> tuple[datetime, ...]:
    return due_times(start, thread.edition.format.gap, len(thread.posts))
