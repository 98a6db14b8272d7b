"""What becomes of editions whose slots come up: frozen, missed, past, let go on; each told once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.alerts import AlertKind
from bot.core.model import PublicationState
from bot.core.publishing.progress import has_begun, overdue
from bot.core.publishing.states import OPEN, apply
from bot.services.composing import never_out
from bot.services.freeze import freeze, freeze_anew, miss, plan_again
from bot.services.publication_events import LATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from bot.core.model import Delivery, Edition, EditionKey, Publication, Thread
    from bot.core.schedule.slots import Late
    from bot.errors import Finding
    from bot.services.catalog import Catalog
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
        self._unfit: dict[EditionKey, tuple[Finding, ...]] = {}
        """Editions with an error, and what was found when it was reported."""
        self._alerted: set[EditionKey] = set()
        """Editions whose file had an error when it was to be frozen, as was alerted."""
        self._twins: dict[EditionKey, frozenset[str]] = {}
        """Editions whose texts the ledger has under another key, and these texts."""
        self._late: frozenset[Late] = frozenset()
        self._publications: dict[EditionKey, Publication] = {}
        """The ledger's, open or of the last days, with what was frozen since."""
        self._past: set[EditionKey] = set()
        self._missed: set[EditionKey] = set()
        """Told of, since the ledger cannot have them."""
        self._held: frozenset[EditionKey] = frozenset()
        self._overdue: frozenset[EditionKey] = frozenset()

    def use(self, newsroom: Newsroom) -> None:
        """Another configuration."""
        self._newsroom = newsroom

    def see(self, catalog: Catalog, publications: Mapping[EditionKey, Publication]) -> None:
        """Take in what the ledger has, and report errors that are mended, in time or after a miss."""
        self._publications = dict(publications)
        for key in sorted(self._alerted):
            edition = catalog.find(key)
            if edition is not None and catalog.composed(edition)[0] is not None:
                self._alerted.discard(key)
                self._unfit.pop(key, None)
                about = {"edition": str(key), "path": edition.path, "alert_over": AlertKind.FINDING}
                log.info("the edition's file has no error any more", extra=about)

    def freeze(self, catalog: Catalog, key: EditionKey, lead: timedelta) -> bool:
        """Let the ledger have an edition's text as it is `lead` before its slot; False where it is unfit."""
        ledger, now = self._newsroom.ledger, self._newsroom.clock.now()
        known = ledger.get(key)
        if known is not None:
            if known.state is PublicationState.MISSED and not self._plan_again(known, now, lead):
                return False
            self._freeze_anew(catalog, known, lead)
            return True
        if self._is_twin(catalog, key, tell=True):
            return False
        thread = self._fit_thread(catalog, key)
        if thread is None:
            return False
        self._publications[key] = freeze(thread, ledger, now)
        self._tell_frozen("edition frozen", thread)
        return True

    def _plan_again(self, known: Publication, now: datetime, lead: timedelta) -> bool:
        """Whether `known`, which is MISSED, is to go out now after all; it may only be planned for later."""
        change = plan_again(known, self._newsroom.ledger, self._newsroom.config.lease, now)
        if change is None:
            return False
        self._hear(apply(known, change), change)
        return now >= known.slot_at - lead

    def _is_twin(self, catalog: Catalog, key: EditionKey, *, tell: bool = False) -> bool:
        """Whether the ledger has this text as another edition; `tell` says so, once for each catalog.

        A special is named by its file, so that a copy, or another name, makes another edition of it. What is
        compared is what was frozen: that outlives a restart, and whatever became of the file it came from.
        """
        edition = catalog.find(key)
        if edition is None:
            return False
        texts, window = catalog.texts(key), catalog.programme.duplicate_window
        if not texts or self._twins.get(key) == texts:
            return bool(texts)
        since = edition.slot_at - window
        known = (one for one in self._publications.values() if one.state in OPEN or one.slot_at >= since)
        twin = _twin(edition, texts, known, window)
        if twin is None:
            return False
        self._twins[key] = texts
        if tell:
            self._tell_twin(edition, twin, is_fit=catalog.composed(edition)[0] is not None)
        return True

    def _tell_twin(self, edition: Edition, twin: Publication, *, is_fit: bool) -> None:
        """`is_fit`: it could be published by hand, for all that the desk finds."""
        about = self._about(edition) | {"path": edition.path, "same": str(twin.key), "state": twin.state}
        advice = f"flashtweet publish {edition.key}" if is_fit else f"flashtweet check {edition.path}"
        about |= {"next": advice, "alert": AlertKind.FOLDER}
        log.warning("edition not sent: the ledger has its text already, as another edition", extra=about)

    def _freeze_anew(self, catalog: Catalog, known: Publication, lead: timedelta) -> None:
        """What was frozen long before its slot, because a person held it, goes out as its file is now."""
        edition = catalog.find(known.key)
        thread = catalog.composed(edition)[0] if edition and not has_begun(known) else None
        ledger, now = self._newsroom.ledger, self._newsroom.clock.now()
        if thread is not None and freeze_anew(known, thread, ledger, self._newsroom.config.lease, now, lead):
            self._tell_frozen("edition frozen anew", thread)

    def _tell_frozen(self, sentence: str, thread: Thread) -> None:
        edition = thread.edition
        about = {**self._about(edition), "posts": len(thread.posts), "path": edition.path}
        log.info(sentence, extra=about)

    def _fit_thread(self, catalog: Catalog, key: EditionKey) -> Thread | None:
        """The thread of an edition that is due; None, said once for each version of the files, if unfit."""
        edition = catalog.find(key)
        if edition is None:
            return None
        thread, findings = catalog.composed(edition)
        if thread is not None:
            self._unfit.pop(key, None)
        elif self._unfit.get(key) != findings:
            self._unfit[key] = findings
            self._alerted.add(key)
            about = self._about(edition) | {"path": edition.path, "next": f"flashtweet check {edition.path}"}
            sentence = "edition cannot be published: its file has an error"
            log.error(sentence, extra=about | {"alert": AlertKind.FINDING})
        return thread

    def miss(self, catalog: Catalog, key: EditionKey, now: datetime) -> None:
        """Slot and grace of an edition went by without it."""
        edition = catalog.find(key)
        if edition is None or self._is_twin(catalog, key):
            return
        thread, _ = catalog.composed(edition)
        if thread is not None:
            if miss(thread, self._newsroom.ledger, _MISSED, now) and key not in self._missed:
                self._tell_missed(edition, _MISSED)
            return
        # Without posts the ledger cannot have it, and so not remember it.
        if key not in self._missed and edition.slot_at + edition.format.grace >= self._since:
            self._missed.add(key)
            self._count_missed(key)
            self._tell_missed(edition, f"its file has an error. Mend it: flashtweet check {edition.path}")

    def _tell_missed(self, edition: Edition, reason: str) -> None:
        about = self._about(edition) | {"reason": reason, "next": f"flashtweet publish {edition.key}"}
        log.error("edition missed", extra=about | {"alert": AlertKind.MISSED})

    def tell_late(self, catalog: Catalog, late: Iterable[Late]) -> None:
        """Report editions whose files came or changed after their slots, once for each change."""
        late = frozenset(late)
        for one in sorted(late - self._late, key=lambda one: (one.slot_at, one.key)):
            edition = catalog.find(one.key)
            too_late = edition is not None and one.rested_at > one.slot_at + edition.format.grace
            fields = {
                "edition": str(one.key),
                "slot": self._local(one.slot_at),
                "changed": self._local(one.changed_at),
            }
            if too_late:
                fields["next"] = f"flashtweet publish {one.key}"
                sentence = "edition is not sent: its file came or changed too late, at the end of its grace"
            else:
                fields |= {
                    "goes": self._local(one.rested_at),
                    "next": "draft: true in the file keeps it back",
                }
                sentence = "edition goes out late: its file came or changed after its slot"
            log.warning(sentence, extra=fields | {"alert": AlertKind.FOLDER})
        self._late = late

    def tell_past(self, catalog: Catalog, past: Iterable[EditionKey]) -> None:
        """Once: a slot went by just before there was a ledger, and a person may want its edition out."""
        for key in past:
            edition = catalog.find(key)
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
        return {"edition": str(edition.key), "slot": self._local(edition.slot_at)}

    def _local(self, at: datetime) -> str:
        zone = ZoneInfo(self._newsroom.config.programme.zone)
        return at.astimezone(zone).isoformat(timespec="seconds")


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


def _twin(
    edition: Edition, texts: frozenset[str], publications: Iterable[Publication], window: timedelta
) -> Publication | None:
    """Return which of `publications` has the texts of `edition` under another key.

    One of the same slot does, whatever became of it: what was cancelled or missed is so under each name. One
    of another slot does where it is out, or may be posted, and less than `window` away: X refuses the text.
    """
    publications = tuple(publications)
    unsaid = never_out(publications)
    for one in publications:
        apart = abs(one.slot_at - edition.slot_at)
        is_near = not apart or (apart < window and one.key not in unsaid)
        if is_near and one.key != edition.key and texts == {delivery.text for delivery in one.deliveries}:
            return one
    return None
