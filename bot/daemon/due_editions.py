"""Editions whose slots have come: freeze them, or alert that they are missed; report each once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.alerts import AlertKind
from bot.core.publishing.progress import has_begun, overdue
from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import OPEN, apply
from bot.services.composing import never_out
from bot.services.freeze import freeze, freeze_anew, miss, plan_again
from bot.services.publication_events import LATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from bot.core.model import Edition, EditionKey, Thread
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.schedule.slots import Late
    from bot.errors import Finding
    from bot.services.catalog import Catalog
    from bot.services.publish import Narrator
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

_MISSED = "its slot passed."


class Editions:
    """Freezer of due editions; reports those that are not posted, and why."""

    def __init__(
        self, newsroom: Newsroom, count_missed: Callable[[EditionKey], None], narrate: Narrator
    ) -> None:
        """Call `count_missed` for missed editions without a ledger record, `narrate` for replanned ones."""
        self._count_missed, self._narrate = count_missed, narrate
        self._newsroom, self._since = newsroom, newsroom.clock.now()
        self._unfit: dict[EditionKey, tuple[Finding, ...]] = {}
        """Editions with an error, and the findings that were reported."""
        self._alerted: set[EditionKey] = set()
        """Editions alerted because their file had an error at the freeze."""
        self._twins: dict[EditionKey, frozenset[str]] = {}
        """Editions whose texts the ledger has under another key, and these texts."""
        self._late: frozenset[Late] = frozenset()
        self._publications: dict[EditionKey, Publication] = {}
        """The ledger's open and recent publications, and those frozen since."""
        self._past: set[EditionKey] = set()
        self._missed: set[EditionKey] = set()
        """Reported editions that the ledger cannot record."""
        self._held: frozenset[EditionKey] = frozenset()
        self._overdue: frozenset[EditionKey] = frozenset()

    def use(self, newsroom: Newsroom) -> None:
        """Switch to a reloaded configuration."""
        self._newsroom = newsroom

    def see(self, catalog: Catalog, publications: Mapping[EditionKey, Publication]) -> None:
        """Take over the ledger's publications, and report files whose errors are fixed, even after a miss."""
        self._publications = dict(publications)
        for key in sorted(self._alerted):
            edition = catalog.find(key)
            if edition is not None and catalog.composed(edition)[0] is not None:
                self._alerted.discard(key)
                self._unfit.pop(key, None)
                about = {"edition": str(key), "path": edition.path, "alert_over": AlertKind.FINDING}
                log.info("error in the edition's file fixed", extra=about)

    def freeze(self, catalog: Catalog, key: EditionKey, lead: timedelta) -> bool:
        """Freeze an edition's text in the ledger, `lead` before its slot; return True if it can be posted."""
        ledger, now = self._newsroom.ledger, self._newsroom.clock.now()
        known = ledger.get(key)
        if known is not None:
            if known.state is PublicationState.MISSED and not self._plan_again(known, now, lead):
                return False
            self._freeze_anew(catalog, known, lead)
            return True
        if self._is_twin(catalog, key, report=True):
            return False
        thread = self._fit_thread(catalog, key)
        if thread is None:
            return False
        self._publications[key] = freeze(thread, ledger, now)
        self._log_frozen("edition frozen", thread)
        return True

    def _plan_again(self, known: Publication, now: datetime, lead: timedelta) -> bool:
        """Plan the missed edition `known` again if possible; return True if it is due now."""
        change = plan_again(known, self._newsroom.ledger, self._newsroom.config.lease, now)
        if change is None:
            return False
        self._narrate(apply(known, change), change)
        return now >= known.slot_at - lead

    def _is_twin(self, catalog: Catalog, key: EditionKey, *, report: bool = False) -> bool:
        """Return True if the ledger has this text as another edition; `report` logs it once.

        A special is named after its file, so a copied or renamed file makes another edition. The comparison
        uses frozen texts, which survive a restart and changes of the original file.
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
        if report:
            self._report_twin(edition, twin, is_fit=catalog.composed(edition)[0] is not None)
        return True

    def _report_twin(self, edition: Edition, twin: Publication, *, is_fit: bool) -> None:
        """Alert that the edition is a twin; `is_fit`: its file has no error, so ``publish`` would post it."""
        about = self._about(edition) | {"path": edition.path, "same": str(twin.key), "state": twin.state}
        advice = f"flashtweet publish {edition.key}" if is_fit else f"flashtweet check {edition.path}"
        about |= {"next": advice, "alert": AlertKind.FOLDER}
        log.warning("edition not posted: the ledger has the same text as another edition", extra=about)

    def _freeze_anew(self, catalog: Catalog, known: Publication, lead: timedelta) -> None:
        """Replace a text frozen long before its slot (because of a hold) by the file's current text."""
        edition = catalog.find(known.key)
        thread = catalog.composed(edition)[0] if edition and not has_begun(known) else None
        ledger, now = self._newsroom.ledger, self._newsroom.clock.now()
        if thread is not None and freeze_anew(known, thread, ledger, self._newsroom.config.lease, now, lead):
            self._log_frozen("edition frozen again", thread)

    def _log_frozen(self, sentence: str, thread: Thread) -> None:
        edition = thread.edition
        about = {**self._about(edition), "posts": len(thread.posts), "path": edition.path}
        log.info(sentence, extra=about)

    def _fit_thread(self, catalog: Catalog, key: EditionKey) -> Thread | None:
        """Return the thread of a due edition; None if its file has an error, alerted once per version."""
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
        """Record and report that an edition's slot and grace have passed."""
        edition = catalog.find(key)
        if edition is None or self._is_twin(catalog, key):
            return
        thread, _ = catalog.composed(edition)
        if thread is not None:
            if miss(thread, self._newsroom.ledger, _MISSED, now) and key not in self._missed:
                self._report_missed(edition, _MISSED)
            return
        # The ledger cannot record an edition without posts, so it is remembered here.
        if key not in self._missed and edition.slot_at + edition.format.grace >= self._since:
            self._missed.add(key)
            self._count_missed(key)
            self._report_missed(edition, f"its file has an error. Fix it: flashtweet check {edition.path}")

    def _report_missed(self, edition: Edition, reason: str) -> None:
        about = self._about(edition) | {"reason": reason, "next": f"flashtweet publish {edition.key}"}
        log.error("edition missed", extra=about | {"alert": AlertKind.MISSED})

    def report_late(self, catalog: Catalog, late: Iterable[Late]) -> None:
        """Alert editions whose files appeared or changed after their slots, once for each change."""
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
                sentence = "edition not posted: its file appeared or changed at the end of its grace"
            else:
                fields |= {
                    "goes": self._local(one.rested_at),
                    "next": "To prevent it, set draft: true in the file",
                }
                sentence = "edition will be late: its file appeared or changed after its slot"
            log.warning(sentence, extra=fields | {"alert": AlertKind.FOLDER})
        self._late = late

    def report_past(self, catalog: Catalog, past: Iterable[EditionKey]) -> None:
        """Alert once that a slot passed just before the ledger was created: an operator may publish it."""
        for key in past:
            edition = catalog.find(key)
            if edition is not None and key not in self._past:
                self._past.add(key)
                about = self._about(edition) | {"next": f"flashtweet publish {key}"}
                sentence = "edition not posted: its slot was before the creation of this ledger"
                log.warning(sentence, extra=about | {"alert": AlertKind.MISSED})

    def report_released(self, publications: Mapping[EditionKey, Publication]) -> None:
        """End the alerts of editions that any process has released or cancelled."""
        held = frozenset(key for key, one in publications.items() if one.state is PublicationState.HELD)
        for key in sorted(self._held - held):
            known = self._newsroom.ledger.get(key)
            if known is not None and known.state is PublicationState.HELD:
                continue  # still held, but too old for `publications`
            about = {"edition": str(key), "alert_over": AlertKind.HELD}
            log.info("edition no longer held", extra=about)
        self._held = held

    def report_overdue(
        self,
        publications: Iterable[Publication],
        now: datetime,
        why: Callable[[EditionKey], str | None],
    ) -> None:
        """Alert threads whose next post is late, until they resume: readers see half a thread, or none."""
        late: set[EditionKey] = set()
        for one in publications:
            due, was_late = overdue(one, now), one.key in self._overdue
            if due is not None and due[1] > LATE:
                if one.paused is None and not was_late:
                    _report_overdue(one, *due, why(one.key))
                if one.paused is None or was_late:  # a pause neither raises nor clears the alert
                    late.add(one.key)
            elif was_late and one.state in (*OPEN, PublicationState.PUBLISHED):
                about = {"edition": str(one.key), "alert_over": AlertKind.LATE}
                log.info("thread resumed", extra=about)
        self._overdue = frozenset(late)

    def _about(self, edition: Edition) -> dict[str, str]:
        return {"edition": str(edition.key), "slot": self._local(edition.slot_at)}

    def _local(self, at: datetime) -> str:
        zone = ZoneInfo(self._newsroom.config.programme.zone)
        return at.astimezone(zone).isoformat(timespec="seconds")


def _report_overdue(publication: Publication, delivery: Delivery, late: timedelta, why: str | None) -> None:
    about: dict[str, object] = {
        "edition": str(publication.key),
        "post": f"{delivery.position}/{len(publication.deliveries)}",
        "state": delivery.state,
        "late_s": round(late.total_seconds()),
        "reason": why or delivery.reason or "reason not yet known",
        "next": f"It is retried automatically. For the history: flashtweet log {publication.key}",
    }
    log.warning("post is late and not yet sent", extra=about | {"alert": AlertKind.LATE})


def _twin(
    edition: Edition, texts: frozenset[str], publications: Iterable[Publication], window: timedelta
) -> Publication | None:
    """Return the publication that has the texts of `edition` under another key.

    With the same slot, its state does not matter: a cancelled or missed text is so under every name. With
    another slot, it must be posted or still possible, and less than `window` away: X refuses the text then.
    """
    publications = tuple(publications)
    unposted = never_out(publications)
    for one in publications:
        apart = abs(one.slot_at - edition.slot_at)
        is_near = not apart or (apart < window and one.key not in unposted)
        if is_near and one.key != edition.key and texts == {delivery.text for delivery in one.deliveries}:
            return one
    return None
