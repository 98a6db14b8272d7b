"""The one path from files to threads: check, preview, dry run and daemon all come through here."""

from __future__ import annotations

import heapq
import logging
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.core.alerts import ABOUT_A_BUG
from bot.core.editions import editions_of, settle_claims
from bot.core.model import PublicationState
from bot.core.publication import is_untouched
from bot.core.validate import REPEAT_HORIZON, Said, examine, repeats, said_by, said_in
from bot.errors import ContentError, Finding, Severity, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from bot.core.model import Edition, EditionKey, Programme, Publication, Thread
    from bot.ports import Loaded


log = logging.getLogger("flashtweet.editorial")

Composed = tuple["Thread | None", "tuple[Finding, ...]"]
"""A thread, None if it must not be published, and all that is wrong with it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The editions on the editors' desk. Composing one is left until it is asked for."""

    programme: Programme
    paths: tuple[str, ...]
    """The files that were read."""
    editions: tuple[Edition, ...]
    """Those that may be published as far as their files and dates tell, in order of their slots."""
    findings: tuple[Finding, ...]
    """About files and dates; what a composed thread shows comes from `thread` and `examine_all`."""
    unsaid: frozenset[EditionKey] = frozenset()
    """Editions of which nothing is out, nor will be: missed, or cancelled in time. What they have is news."""
    orphans: tuple[Said, ...] = ()
    """What the ledger's editions say that no file makes any more: one that is renamed makes another."""
    _said: dict[EditionKey, Said] = field(default_factory=dict, compare=False, repr=False)
    """What editions say, kept once it was composed."""

    def follows(self, publications: Iterable[Publication]) -> bool:
        """Whether this desk was read with what the ledger knows now."""
        publications = tuple(publications)
        orphans = _orphans(publications, {one.key for one in self.editions})
        return never_out(publications) == self.unsaid and [one.key for one in orphans] == [
            one.key for one in self.orphans
        ]

    def knows_as_much_as(self, other: Desk) -> bool:
        """Whether both were read with the same knowledge of the ledger."""
        return (self.unsaid, self.orphans) == (other.unsaid, other.orphans)

    def find(self, key: EditionKey) -> Edition | None:
        """The edition called `key`, if a sound file makes it."""
        return next((edition for edition in self.editions if edition.key == key), None)

    def thread(self, edition: Edition) -> Composed:
        """`edition` composed, and all that is wrong with it.

        The thread is None if it must not be published: for a replay also if its original must not be.
        """
        thread, findings = examine(edition, self.programme.locale)
        if edition.replayed:
            _, of_original = self.thread(edition.replayed)
            findings = tuple(sorted({*findings, *(one for one in of_original if _is_error(one))}))
        if thread is not None:
            again = repeats(thread, self._before(edition), self.programme.duplicate_window)
            findings = tuple(sorted({*findings, *again}))
        return (None if has_errors(findings) else thread), findings

    def composed(self, edition: Edition) -> Composed:
        """As `thread`; a bug that the edition brings out, which keeps no other back, is a finding."""
        try:
            return self.thread(edition)
        except Exception:
            about = {"edition": str(edition.key), **ABOUT_A_BUG}
            log.exception("a bug keeps an edition from being composed", extra=about)
            return None, (_bug(edition),)

    def _before(self, edition: Edition) -> Iterator[Said]:
        """What is said in the days before `edition`, latest first; not what never went out."""
        since = edition.slot_at - REPEAT_HORIZON
        orphans = (one for one in self.orphans if since <= one.slot_at <= edition.slot_at)
        return heapq.merge(orphans, self._files_before(edition, since), key=_said_at, reverse=True)

    def _files_before(self, edition: Edition, since: datetime) -> Iterator[Said]:
        end = bisect_left(self.editions, (edition.slot_at, edition.key), key=_slot_order)
        for other in reversed(self.editions[:end]):
            if other.slot_at < since:
                return
            if other.key in self.unsaid:
                continue
            yield self.says(other)

    def says(self, edition: Edition) -> Said:
        """What `edition` says; nothing where a bug keeps it from being composed: its own thread tells."""
        if edition.key not in self._said:
            try:
                said = said_by(edition, self.programme.locale)
            except Exception:  # noqa: BLE001  (it must not keep those back that are compared with it)
                said = Said(edition.key, edition.slot_at, {}, frozenset())
            self._said[edition.key] = said
        return self._said[edition.key]

    def examine_all(self) -> tuple[Finding, ...]:
        """Every finding there is: of files, dates and composed threads."""
        found = list(self.findings)
        for edition in self.editions:
            found.extend(self.thread(edition)[1])
        return tuple(sorted(set(found)))


def _bug(edition: Edition) -> Finding:
    mark, message = edition.chapter.mark, f"{edition.key}: a bug keeps it from being composed."
    remedy = "Report it with this file; what 'flashtweet check --debug' shows tells where. Try other words."
    return Finding(edition.path, mark.line, mark.column, Severity.ERROR, "bug", message, remedy)


def read_desk(loaded: Loaded, programme: Programme, publications: Iterable[Publication] = ()) -> Desk:
    """What the editors have written, as editions; `publications` are the ledger's of these days."""
    editions: list[Edition] = []
    findings = list(loaded.findings)
    for issue in loaded.issues:
        made, found = editions_of(issue, programme)
        findings.extend(found)
        if not has_errors(found):
            editions.extend(made)
    alone, found = settle_claims(editions)
    findings.extend(found)
    publications = tuple(publications)
    return Desk(
        programme,
        loaded.paths,
        tuple(sorted(alone, key=_slot_order)),
        tuple(sorted(findings)),
        never_out(publications),
        tuple(said_in(one) for one in _orphans(publications, {one.key for one in alone})),
    )


def _orphans(publications: Iterable[Publication], made: Collection[EditionKey]) -> list[Publication]:
    """What is out, or may go out, and no file makes any more; latest first."""
    unsaid = never_out(publications)
    found = (one for one in publications if one.key not in made and one.key not in unsaid)
    return sorted(found, key=lambda one: (one.slot_at, one.key), reverse=True)


def never_out(publications: Iterable[Publication]) -> frozenset[EditionKey]:
    """Those of `publications` of which nothing is out, nor will be unless a person says so."""
    over = (PublicationState.MISSED, PublicationState.CANCELLED)
    return frozenset(one.key for one in publications if one.state in over and is_untouched(one))


def _said_at(said: Said) -> datetime:
    return said.slot_at


def _slot_order(edition: Edition) -> tuple[datetime, EditionKey]:
    return edition.slot_at, edition.key


def thread_for(desk: Desk, key: EditionKey) -> Thread:
    """The thread of edition `key`, fit to be published.

    Raises:
        ContentError: its file has an error.
        UsageError: no file makes this edition.
    """
    edition = desk.find(key)
    if edition is None:
        if has_errors(desk.findings):
            raise ContentError(filter(_is_error, desk.findings))
        raise UsageError(_no_such_edition(desk, key))
    thread, findings = desk.thread(edition)
    if thread is None:
        raise ContentError(filter(_is_error, findings))
    return thread


def has_errors(findings: tuple[Finding, ...]) -> bool:
    """Whether one of `findings` keeps an edition from being published."""
    return any(map(_is_error, findings))


def _is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _no_such_edition(desk: Desk, key: EditionKey) -> str:
    same_day = [str(edition.key) for edition in desk.editions if edition.key.date == key.date]
    known = ", ".join(same_day) or "no edition on that day"
    return f"{key}: no file makes this edition; the folder has {known}. Run: flashtweet check"
