"""Freezing of editions into the ledger, and the updates from their files that are still allowed."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from bot.core.publishing.progress import has_begun, is_untouched
from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import PublicationEvent, apply, move
from bot.core.schedule.slots import due_times
from bot.errors import ClaimLost, LedgerChanged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from bot.core.model import Thread
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.core.turn import Start
    from bot.ports import Claim, Ledger
    from bot.services.publish import Narrator


_REPLANNED = "it was missed on a clock that ran ahead: its time is still to come."


def freeze(thread: Thread, ledger: Ledger, now: datetime) -> Publication:
    """Freeze `thread` into the ledger, due at its slot; an edition that is there already stays unchanged."""
    return ledger.plan(thread, _due(thread, thread.edition.slot_at), now)


class Preparation(Enum):
    """Outcome of `prepare`."""

    FROZEN = auto()
    FROZEN_AGAIN = auto()
    """The text from its file replaced one that was frozen long before the slot."""
    READY = auto()
    """It was frozen before."""
    NOT_DUE = auto()
    """It was missed, or is planned again for later."""


def prepare(
    start: Start, ledger: Ledger, lease: timedelta, lead: timedelta, now: datetime, narrate: Narrator
) -> Preparation:
    """Freeze the edition to be started, or update its frozen text, and return what was done.

    `narrate` is called if a missed edition is planned again.
    """
    known = ledger.get(start.key)
    if known is None:
        if start.thread is None:
            return Preparation.NOT_DUE
        freeze(start.thread, ledger, now)
        return Preparation.FROZEN
    if known.state is PublicationState.MISSED:
        change = plan_again(known, ledger, lease, now)
        if change is None:
            return Preparation.NOT_DUE
        narrate(apply(known, change), change)
        if now < known.slot_at - lead:
            return Preparation.NOT_DUE
    if start.thread is None or has_begun(known):
        return Preparation.READY
    is_new = freeze_anew(known, start.thread, ledger, lease, now, lead)
    return Preparation.FROZEN_AGAIN if is_new else Preparation.READY


def miss(thread: Thread, ledger: Ledger, reason: str, now: datetime) -> bool:
    """Record `thread` in the ledger as MISSED; return False if the edition is there already."""
    return ledger.record_missed(thread, _due(thread, thread.edition.slot_at), reason, now)


def plan_again(known: Publication, ledger: Ledger, lease: timedelta, now: datetime) -> Change | None:
    """Plan `known`, which is MISSED, again and return the change; None if it was really missed.

    It must have been missed at an instant that is still to come: the clock was set back since. A slot and
    grace that are not over prove less: a longer grace in the configuration does not void a sent alert.
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
    except LedgerChanged:  # an operator publishes it
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
    """Replace text and slot of `publication`, which has no post yet, by those of `thread`.

    If the text is the same, the record of earlier attempts is kept: one of them may still turn up.
    """
    if tuple(one.text for one in publication.deliveries) == thread.texts:
        return ledger.reschedule(claim, due, now, thread.edition.slot_at)
    return ledger.refreeze(claim, thread, due, now)


def freeze_anew(
    known: Publication, thread: Thread, ledger: Ledger, lease: timedelta, now: datetime, lead: timedelta
) -> bool:
    """Replace text and slot of `known` by those of `thread` if it was frozen before its slot minus `lead`.

    That happens to editions that an operator held and released while editors kept writing, and to editions
    frozen on a clock that ran ahead. Return True if something changed. Nothing changes after the slot, if a
    post may exist, or if another process publishes the edition.
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
"""Journal events that freeze a text or its due times."""


def _due(thread: Thread, start: datetime) -> tuple[datetime, ...]:
    return due_times(start, thread.edition.format.gap, len(thread.posts))
