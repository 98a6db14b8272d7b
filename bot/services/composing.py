"""The one path from files to threads, for check, preview, dry run and daemon."""

from __future__ import annotations

import logging
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bot.core.alerts import ABOUT_A_BUG
from bot.core.content.editions import editions_of, limit_specials, without_conflicts
from bot.core.content.repeats import (
    REPEAT_HORIZON,
    EditionTexts,
    TextIndex,
    repeats,
    texts_of_publication,
    texts_of_thread,
)
from bot.core.content.validate import examine
from bot.core.publishing.progress import is_untouched
from bot.core.publishing.publication import PublicationState
from bot.errors import ContentError, Finding, Severity, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from bot.core.edition_source import Composed
    from bot.core.model import Edition, EditionKey, Programme, Thread
    from bot.core.publishing.publication import Publication
    from bot.ports import Loaded


log = logging.getLogger("flashtweet.editorial")

if TYPE_CHECKING:
    Examiner = Callable[[Edition, str, Thread | None], Composed]
    """Takes an edition, the locale, and the thread of the edition that it repeats."""


def _unknown(_: str) -> None:
    """Return that nobody saw the file change."""


class _Examined(NamedTuple):
    """An edition composed on its own, not yet checked for repeats."""

    edition: Edition
    thread: Thread | None
    findings: tuple[Finding, ...]
    said: EditionTexts


@dataclass(frozen=True, slots=True)
class Desk:
    """The editions in the editors' files; each is composed on first access."""

    programme: Programme
    paths: tuple[str, ...]
    """The files that were read."""
    editions: tuple[Edition, ...]
    """Editions that may be published, judging by their files and dates, in order of their slots."""
    findings: tuple[Finding, ...]
    """Findings on files and dates; those on composed threads come from `thread` and `examine_all`."""
    unsaid: frozenset[EditionKey] = frozenset()
    """Editions that were never posted and never will be: missed, or cancelled in time. Their texts do not
    count as repeats."""
    strangers: frozenset[EditionKey] = frozenset()
    """Past specials that the ledger does not know. Their texts do not count either: any number of files may
    be dropped into the last days, and composing them would delay the edition that is due."""
    recorded: frozenset[EditionKey] = frozenset()
    """Editions in the ledger."""
    orphans: tuple[EditionTexts, ...] = ()
    """Texts of the ledger's editions that no file produces now; a renamed file produces another edition."""
    changed_at: Callable[[str], datetime | None] = field(default=_unknown, compare=False, repr=False)
    """Since when the file at a path is as it is; None where nobody saw it change."""
    _examine: Examiner = field(default=examine, compare=False, repr=False)
    _examined: dict[EditionKey, _Examined] = field(default_factory=dict, compare=False, repr=False)
    _index: TextIndex = field(default_factory=TextIndex, compare=False, repr=False)
    _indexed: set[datetime] = field(default_factory=set, compare=False, repr=False)
    """Hours (UTC) whose editions are in `_index`."""
    _by_key: dict[EditionKey, Edition] = field(default_factory=dict, compare=False, repr=False)
    _by_hour: dict[datetime, list[Edition]] = field(default_factory=dict, compare=False, repr=False)
    _hours: list[datetime] = field(default_factory=list, compare=False, repr=False)
    """The hours with editions, in order."""

    def __post_init__(self) -> None:
        by_hour: dict[datetime, list[Edition]] = defaultdict(list)
        for edition in self.editions:
            by_hour[_hour(edition)].append(edition)
            self._by_key[edition.key] = edition
        self._by_hour.update(by_hour)
        self._hours.extend(sorted(by_hour))
        for said in self.orphans:
            self._index.add(said, is_in_a_file=False)

    def follows(self, publications: Iterable[Publication]) -> bool:
        """Return True if this desk was read with the current state of the ledger."""
        publications = tuple(publications)
        orphans = _orphans(publications, self._by_key)
        return (
            never_out(publications) == self.unsaid
            and [one.key for one in orphans] == [one.key for one in self.orphans]
            and self.strangers.isdisjoint(one.key for one in publications)
        )

    def find(self, key: EditionKey) -> Edition | None:
        """Return the edition called `key`, or None if no sound file produces it."""
        return self._by_key.get(key)

    def thread(self, edition: Edition) -> Composed:
        """Return `edition` composed, and all findings on it.

        The thread is None if it must not be published; for a replay, also if its original must not be.
        """
        _, thread, findings, _ = self._examination(edition)
        if edition.replayed:
            _, of_original = self.thread(edition.replayed)
            findings = tuple(sorted({*findings, *(one for one in of_original if _is_error(one))}))
        if thread is not None:
            again = repeats(thread, self._texts_before(edition), self.programme.duplicate_window)
            findings = tuple(sorted({*findings, *again}))
        return (None if has_errors(findings) else thread), findings

    def composed(self, edition: Edition) -> Composed:
        """Return `thread`; a bug in composing becomes a finding and affects no other edition."""
        try:
            return self.thread(edition)
        except Exception:
            about = {"edition": str(edition.key), **ABOUT_A_BUG}
            log.exception("a bug keeps an edition from being composed", extra=about)
            return None, (_bug(edition),)

    def _examination(self, edition: Edition) -> _Examined:
        """Return `edition` composed, composing it only once."""
        known = self._examined.get(edition.key)
        if known is None or known.edition is not edition:
            thread, findings = self._compose(edition)
            said = texts_of_thread(edition, None if has_errors(findings) else thread)
            known = self._examined[edition.key] = _Examined(edition, thread, findings, said)
        return known

    def _compose(self, edition: Edition) -> Composed:
        """Return `edition` examined; a replay of what cannot be composed has no thread and no findings."""
        original = None
        if edition.replayed is not None:
            original = self._examination(edition.replayed).thread
            if original is None:
                return None, ()
        return self._examine(edition, self.programme.locale, original)

    def _texts_before(self, edition: Edition) -> TextIndex:
        """Return the index, with all editions of the days before `edition` in it."""
        last = _hour(edition)
        until = bisect_right(self._hours, last)
        for hour in self._hours[bisect_left(self._hours, last - REPEAT_HORIZON) : until]:
            if hour not in self._indexed:
                self._indexed.add(hour)
                for other in self._by_hour[hour]:
                    if other.key not in self.unsaid and other.key not in self.strangers:
                        self._index.add(self._said(other), is_in_a_file=True)
        return self._index

    def texts(self, edition: Edition) -> frozenset[str]:
        """Return the exact texts of `edition`, none if it has an error of its own."""
        return self._said(edition).texts

    def _said(self, edition: Edition) -> EditionTexts:
        """Return the texts of `edition`, none if a bug prevents it from being composed."""
        try:
            return self._examination(edition).said
        except Exception:  # noqa: BLE001  (its own thread reports it; it must not hold others back)
            return EditionTexts(edition.key, edition.slot_at, {}, frozenset())

    def examine_all(self) -> tuple[Finding, ...]:
        """Return all findings: on files, dates and composed threads."""
        found = list(self.findings)
        for edition in self.editions:
            found.extend(self.thread(edition)[1])
        return tuple(sorted(set(found)))

    def carry_over(self, before: Desk) -> None:
        """Keep what `before` composed of editions that have not changed."""
        if before.programme.locale != self.programme.locale:
            return
        for key, known in before._examined.items():
            edition = self._by_key.get(key)
            if edition is not None and edition == known.edition:
                self._examined[key] = known._replace(edition=edition)


def _hour(edition: Edition) -> datetime:
    return edition.slot_at.replace(minute=0, second=0, microsecond=0)


def _bug(edition: Edition) -> Finding:
    mark, message = edition.chapter.mark, f"{edition.key}: a bug keeps it from being composed."
    remedy = "Report it with this file; what 'flashtweet check --debug' shows tells where. Try other words."
    return Finding(edition.path, mark.line, mark.column, Severity.ERROR, "bug", message, remedy)


def read_desk(
    loaded: Loaded,
    programme: Programme,
    publications: Iterable[Publication] = (),
    examiner: Examiner = examine,
    now: datetime | None = None,
) -> Desk:
    """Return the editors' files as editions; `publications` are those of the ledger for these days.

    With `now`, specials whose grace is over and that are not in `publications` count as strangers.
    """
    editions: list[Edition] = []
    findings = list(loaded.findings)
    for issue in loaded.issues:
        made, found = editions_of(issue, programme)
        findings.extend(found)
        if not has_errors(found):
            editions.extend(made)
    alone, of_claims = without_conflicts(editions)
    kept, of_the_crowd = limit_specials(alone, programme)
    findings += [*of_claims, *of_the_crowd]
    publications = tuple(publications)
    known = {one.key for one in publications}
    return Desk(
        programme,
        loaded.paths,
        tuple(sorted(kept, key=_slot_order)),
        tuple(sorted(findings)),
        never_out(publications),
        strangers=frozenset(
            one.key
            for one in kept
            if now is not None
            and one.slot_at + one.format.grace < now
            and one.key not in known
            and programme.get(one.key.series) is None
        ),
        recorded=frozenset(one.key for one in publications),
        orphans=tuple(
            texts_of_publication(one) for one in _orphans(publications, {one.key: one for one in kept})
        ),
        changed_at=loaded.changed_at,
        _examine=examiner,
    )


def _orphans(publications: Iterable[Publication], made: Collection[EditionKey]) -> list[Publication]:
    """Return posted or postable publications that no file produces now, latest first."""
    unsaid = never_out(publications)
    found = (one for one in publications if one.key not in made and one.key not in unsaid)
    return sorted(found, key=lambda one: (one.slot_at, one.key), reverse=True)


def never_out(publications: Iterable[Publication]) -> frozenset[EditionKey]:
    """Return those of `publications` that have no post and, unless an operator acts, never will."""
    over = (PublicationState.MISSED, PublicationState.CANCELLED)
    return frozenset(one.key for one in publications if one.state in over and is_untouched(one))


def _slot_order(edition: Edition) -> tuple[datetime, EditionKey]:
    return edition.slot_at, edition.key


def thread_for(desk: Desk, key: EditionKey) -> Thread:
    """Return the thread of edition `key`, fit to be published.

    Raises:
        ContentError: its file has an error.
        UsageError: no file produces this edition.
    """
    edition = desk.find(key)
    if edition is None:
        if has_errors(desk.findings):
            title = f"{key}: no file makes this edition. Errors that may be why:"
            raise ContentError(filter(_is_error, desk.findings), title)
        raise UsageError(_no_such_edition(desk, key))
    thread, findings = desk.thread(edition)
    if thread is None:
        raise ContentError(filter(_is_error, findings))
    return thread


def has_errors(findings: tuple[Finding, ...]) -> bool:
    """Return True if one of `findings` prevents an edition from being published."""
    return any(map(_is_error, findings))


def _is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _no_such_edition(desk: Desk, key: EditionKey) -> str:
    same_day = [str(edition.key) for edition in desk.editions if edition.key.date == key.date]
    known = ", ".join(same_day) or "no edition on that day"
    return f"{key}: no file makes this edition; the folder has {known}. Run: flashtweet check"
