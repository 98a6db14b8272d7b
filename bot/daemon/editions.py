"""What becomes of editions whose slots come up: frozen, missed, past, let go on; each told once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.alerts import AlertKind
from bot.core.model import PublicationState
from bot.core.publication import OPEN, apply, has_begun, overdue
from bot.services.editorial import never_out
from bot.services.events import LATE
from bot.services.freezing import freeze, freeze_anew, miss, plan_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from bot.core.model import Delivery, Edition, EditionKey, Publication, Thread
    from bot.core.validate import Said
    from bot.services.editorial import Desk
    from bot.services.publish import Narrator
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

_MISSED = "its slot went by without it."


class Editions:
    """Puts editions into the ledger when they are due, and says what does not go out, and why."""

    def __init__(
        self, newsroom: Newsroom, count_missed: Callable[[EditionKey], None], hear: Narrator
    ) -> None:
        """`count_missed` hears of an edition that was missed and that the ledger cannot have; `hear` of one
        that is planned again.
        """
        self._count_missed, self._hear = count_missed, hear
        self._newsroom, self._since = newsroom, newsroom.clock.now()
        self._desk: Desk | None = None
        self._unfit: set[EditionKey] = set()
        """What of this desk has an error."""
        self._alerted: set[EditionKey] = set()
        """Told of, that the file has an error when it was to be frozen."""
        self._twins: set[EditionKey] = set()
        """What of this desk the ledger has under another key."""
        self._past: set[EditionKey] = set()
        self._missed: set[EditionKey] = set()
        """Told of, since the ledger cannot have them."""
        self._held: frozenset[EditionKey] = frozenset()
        self._overdue: frozenset[EditionKey] = frozenset()

    def use(self, newsroom: Newsroom) -> None:
        """Another configuration."""
        self._newsroom, self._desk = newsroom, None

    def see(self, desk: Desk) -> None:
        """What the files make now: what was unfit may be fit."""
        if desk is not self._desk:
            self._unfit.clear()
            self._twins.clear()
            self._tell_mended(desk)
        self._desk = desk

    def _tell_mended(self, desk: Desk) -> None:
        """Who was alerted of an error hears that it is mended, in time or after the edition was missed."""
        for key in sorted(self._alerted):
            edition = desk.find(key)
            if edition is not None and desk.composed(edition)[0] is not None:
                self._alerted.discard(key)
                about = {"edition": str(key), "path": edition.path, "alert_over": AlertKind.FINDING}
                log.info("the edition's file has no error any more", extra=about)

    def freeze(self, desk: Desk, key: EditionKey, lead: timedelta) -> bool:
        """Let the ledger have an edition's text as it is `lead` before its slot; False where it is unfit."""
        ledger, now = self._newsroom.ledger, self._newsroom.clock.now()
        known = ledger.get(key)
        if known is not None:
            if known.state is PublicationState.MISSED and not self._plan_again(known, now, lead):
                return False
            self._freeze_anew(desk, known, lead)
            return True
        if self._is_twin(desk, key, tell=True):
            return False
        thread = self._fit_thread(desk, key)
        if thread is None:
            return False
        freeze(thread, ledger, now)
        self._tell_frozen("edition frozen", thread)
        return True

    def _plan_again(self, known: Publication, now: datetime, lead: timedelta) -> bool:
        """Whether `known`, which is MISSED, is to go out now after all; it may only be planned for later."""
        change = plan_again(known, self._newsroom.ledger, self._newsroom.config.lease, now)
        if change is None:
            return False
        self._hear(apply(known, change), change)
        return now >= known.slot_at - lead

    def _is_twin(self, desk: Desk, key: EditionKey, *, tell: bool = False) -> bool:
        """Whether the ledger has this text as another edition; `tell` says so, once for each desk.

        A special is named by its file, so that a copy, or another name, makes another edition of it. What is
        compared is what was frozen: that outlives a restart, and whatever became of the file it came from.
        """
        edition = desk.find(key)
        if edition is None or key in self._twins:
            return edition is not None
        said, window = desk.says(edition), desk.programme.duplicate_window
        if not said.texts:
            return False
        twin = _twin(said, self._newsroom.ledger.open_or_since(edition.slot_at - window), window)
        if twin is None:
            return False
        self._twins.add(key)
        if tell:
            self._tell_twin(edition, twin, is_fit=desk.composed(edition)[0] is not None)
        return True

    def _tell_twin(self, edition: Edition, twin: Publication, *, is_fit: bool) -> None:
        """`is_fit`: it could be published by hand, for all that the desk finds."""
        about = self._about(edition) | {"path": edition.path, "same": str(twin.key), "state": twin.state}
        advice = f"flashtweet publish {edition.key}" if is_fit else f"flashtweet check {edition.path}"
        about |= {"next": advice, "alert": AlertKind.FOLDER}
        log.warning("edition not sent: the ledger has its text already, as another edition", extra=about)

    def _freeze_anew(self, desk: Desk, known: Publication, lead: timedelta) -> None:
        """What was frozen long before its slot, because a person held it, goes out as its file is now."""
        edition = desk.find(known.key)
        thread = desk.composed(edition)[0] if edition and not has_begun(known) else None
        ledger, now = self._newsroom.ledger, self._newsroom.clock.now()
        if thread is not None and freeze_anew(known, thread, ledger, self._newsroom.config.lease, now, lead):
            self._tell_frozen("edition frozen anew", thread)

    def _tell_frozen(self, sentence: str, thread: Thread) -> None:
        edition = thread.edition
        about = {**self._about(edition), "posts": len(thread.posts), "path": edition.path}
        log.info(sentence, extra=about)

    def _fit_thread(self, desk: Desk, key: EditionKey) -> Thread | None:
        """The thread of an edition that is due; None, said once for each version of the files, if unfit."""
        edition = desk.find(key)
        if edition is None or key in self._unfit:
            return None
        thread, _ = desk.composed(edition)
        if thread is None:
            self._unfit.add(key)
            self._alerted.add(key)
            about = self._about(edition) | {"path": edition.path, "next": f"flashtweet check {edition.path}"}
            sentence = "edition cannot be published: its file has an error"
            log.error(sentence, extra=about | {"alert": AlertKind.FINDING})
        return thread

    def miss(self, desk: Desk, key: EditionKey, now: datetime) -> None:
        """Slot and grace of an edition went by without it."""
        edition = desk.find(key)
        if edition is None or (key not in self._unfit and self._is_twin(desk, key)):
            return
        thread = desk.composed(edition)[0] if key not in self._unfit else None
        if thread is not None:
            if miss(thread, self._newsroom.ledger, _MISSED, now) and key not in self._missed:
                self._tell_missed(edition, _MISSED)
            return
        self._unfit.add(key)  # without posts the ledger cannot have it, and so not remember it
        if key not in self._missed and edition.slot_at + edition.format.grace >= self._since:
            self._missed.add(key)
            self._count_missed(key)
            self._tell_missed(edition, f"its file has an error. Mend it: flashtweet check {edition.path}")

    def _tell_missed(self, edition: Edition, reason: str) -> None:
        about = self._about(edition) | {"reason": reason, "next": f"flashtweet publish {edition.key}"}
        log.error("edition missed", extra=about | {"alert": AlertKind.MISSED})

    def tell_past(self, desk: Desk, past: Iterable[EditionKey]) -> None:
        """Once: a slot went by just before there was a ledger, and a person may want its edition out."""
        for key in past:
            edition = desk.find(key)
            if edition is not None and key not in self._past:
                self._past.add(key)
                about = self._about(edition) | {"next": f"flashtweet publish {key}"}
                sentence = "edition not sent: its slot was before this ledger's birth"
                log.warning(sentence, extra=about | {"alert": AlertKind.MISSED})

    def tell_released(self, publications: Mapping[EditionKey, Publication]) -> None:
        """What was held goes on, or is given up: by whichever process, who was alerted hears of it."""
        held = frozenset(key for key, one in publications.items() if one.state is PublicationState.HELD)
        for key in sorted(self._held - held):
            known = self._newsroom.ledger.get(key)
            if known is not None and known.state is PublicationState.HELD:
                continue  # it is only too old to be looked at
            about = {"edition": str(key), "alert_over": AlertKind.HELD}
            log.info("edition waits for nobody any more", extra=about)
        self._held = held

    def tell_overdue(
        self,
        publications: Iterable[Publication],
        now: datetime,
        why: Callable[[EditionKey], str | None],
    ) -> None:
        """That a thread does not go on, while it is so: readers see the half of it, or nothing."""
        late: set[EditionKey] = set()
        for one in publications:
            due, was_late = overdue(one, now), one.key in self._overdue
            if due is not None and due[1] > LATE:
                if one.paused is None and not was_late:
                    _tell_overdue(one, *due, why(one.key))
                if one.paused is None or was_late:  # a pause ends no alert, and begins none
                    late.add(one.key)
            elif was_late and one.state in (*OPEN, PublicationState.PUBLISHED):
                about = {"edition": str(one.key), "alert_over": AlertKind.LATE}
                log.info("the thread goes on", extra=about)
        self._overdue = frozenset(late)

    def _about(self, edition: Edition) -> dict[str, str]:
        slot = edition.slot_at.astimezone(ZoneInfo(self._newsroom.config.programme.zone))
        return {"edition": str(edition.key), "slot": slot.isoformat()}


def _tell_overdue(publication: Publication, delivery: Delivery, late: timedelta, why: str | None) -> None:
    about: dict[str, object] = {
        "edition": str(publication.key),
        "post": f"{delivery.position}/{len(publication.deliveries)}",
        "state": delivery.state,
        "late_s": round(late.total_seconds()),
        "reason": why or delivery.reason or "no reason is known yet",
        "next": f"It is tried again by itself. To read why, type: flashtweet log {publication.key}",
    }
    log.warning("a post is late, and still to be sent", extra=about | {"alert": AlertKind.LATE})


def _twin(said: Said, publications: Iterable[Publication], window: timedelta) -> Publication | None:
    """Which of `publications` is the edition that says `said` under another key.

    One of the same slot is, whatever became of it: what was cancelled or missed is so under each name. One of
    another slot is where it is out, or may go out, and less than `window` away: X refuses the text anyway.
    """
    publications = tuple(publications)
    unsaid = never_out(publications)
    for one in publications:
        apart = abs(one.slot_at - said.slot_at)
        is_near = not apart or (apart < window and one.key not in unsaid)
        texts = {delivery.text for delivery in one.deliveries}
        if is_near and one.key != said.key and texts == said.texts:
            return one
    return None
