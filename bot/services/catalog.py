"""Catalog of the editions near now, composed: everything the daemon needs from the editors' folder."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from heapq import nsmallest
from typing import TYPE_CHECKING, Protocol

from bot.core.alerts import ABOUT_A_BUG
from bot.core.content.validate import examine
from bot.core.model import ReplayWishes, Wording
from bot.core.schedule.slots import LONGEST_GRACE, MISSED_HORIZON
from bot.errors import Severity
from bot.ports import Loaded
from bot.services.composing import read_desk
from bot.services.folder_events import CHECKED_AHEAD, Newsdesk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from bot.core.edition_source import Composed
    from bot.core.model import Edition, EditionKey, Programme
    from bot.core.publishing.publication import Publication
    from bot.errors import Finding
    from bot.ports import IssueSource
    from bot.services.composing import Desk, Examiner
    from bot.services.folder_events import Notice

log = logging.getLogger("flashtweet.folder")

_BUILT_EVERY = timedelta(hours=1)

COMPOSING_BUDGET = 2.0
"""Seconds that one look may spend on composing: thousands of files may appear at once."""

MAX_CARRIED_FINDINGS = 100
"""Limit of findings of a folder, or of an edition, in a catalog."""


@dataclass(frozen=True, slots=True, eq=False)
class CatalogEntry:
    """One edition with its thread. The edition's own texts are omitted: the thread has them."""

    edition: Edition
    composed: Composed
    texts: frozenset[str]
    """Its exact texts, even if they must not be posted because an earlier edition has them."""
    changed_at: datetime | None
    """Time of the last change of its file."""


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Figures about the folder."""

    programme: Programme
    findings: tuple[Finding, ...]
    """The first `MAX_CARRIED_FINDINGS` errors about files and dates; ``too-many-editions`` comes last."""
    files: int = 0
    editions: int = 0
    found: Mapping[Severity, int] = field(default_factory=dict)
    """Number of findings by severity."""
    is_whole: bool = True
    """True if all new files were read and all editions near now composed; else later looks do the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """The editions near now, in order of their slots."""

    summary: Summary
    entries: tuple[CatalogEntry, ...]
    _by_key: dict[EditionKey, CatalogEntry] = field(init=False, repr=False)
    _changed_at: dict[str, datetime | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {one.edition.key: one for one in self.entries})
        object.__setattr__(self, "_changed_at", {one.edition.path: one.changed_at for one in self.entries})

    @property
    def programme(self) -> Programme:
        return self.summary.programme

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.summary.findings

    @property
    def editions(self) -> tuple[Edition, ...]:
        return tuple(one.edition for one in self.entries)

    @property
    def sound(self) -> frozenset[EditionKey]:
        """The editions that may be published."""
        return frozenset(key for key, one in self._by_key.items() if one.composed[0] is not None)

    def find(self, key: EditionKey) -> Edition | None:
        """Return edition `key` if a file without errors produces it and its slot is near."""
        entry = self._by_key.get(key)
        return entry.edition if entry else None

    def composed(self, edition: Edition) -> Composed:
        """Return `edition` composed, and the first of its findings."""
        return self._by_key[edition.key].composed

    def texts(self, edition: Edition) -> frozenset[str]:
        """Return the texts of `edition`; none if they cannot be composed without an error."""
        return self._by_key[edition.key].texts

    def changed_at(self, path: str) -> datetime | None:
        """Return the time of the last change of the file at `path`; None if no change was seen."""
        return self._changed_at.get(path)


@dataclass(frozen=True, slots=True)
class Ask:
    """Inputs of a look at the folder, besides the files."""

    programme: Programme
    publications: tuple[Publication, ...]
    """Publications of the ledger that are open or of the last days."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """Result of one look at the folder."""

    catalog: Catalog
    """The same object while nothing has changed."""
    news: tuple[Notice, ...] = ()
    """Notices that were not returned before."""


class FolderReader(Protocol):
    """Repeated looks at the editors' folder."""

    def look(self, ask: Ask) -> Look:
        """Return the current catalog and the news.

        Raises:
            FolderUnread: its reader failed; a later look may succeed.
        """
        ...

    def close(self) -> None:
        """Release its resources. No look follows."""
        ...


class DirectReader:
    """A `FolderReader` in this process."""

    def __init__(
        self,
        source: IssueSource,
        examiner: Examiner = examine,
        elapsed: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Read `source`; `elapsed` measures `COMPOSING_BUDGET`. Without it each look composes everything."""
        self._source, self._examiner, self._elapsed = source, examiner, elapsed
        self._loaded = Loaded((), (), ())
        self._desk: Desk | None = None
        self._newsdesk: Newsdesk | None = None
        self._catalog: Catalog | None = None
        self._built_at: datetime | None = None
        self._reported_by: Programme | None = None
        """The programme of the newsdesk's last look."""

    def look(self, ask: Ask) -> Look:
        loaded, before = self._source.load(), self._desk
        desk = self._laid(loaded, ask)
        self._loaded, self._desk = loaded, desk
        near, is_whole = self._composed(desk, ask.now)
        is_whole = is_whole and loaded.is_whole
        news = self._reported(loaded, desk, ask) if is_whole else ()
        catalog = self._catalog
        if catalog is None or desk is not before or not catalog.summary.is_whole or self._is_old(ask.now):
            found = self._newsdesk.findings if self._newsdesk is not None else ()
            self._catalog = catalog = _catalog(loaded, desk, found, near, is_whole=is_whole)
            self._built_at = ask.now
        return Look(catalog, news)

    def close(self) -> None:
        """Do nothing: it holds no resources."""

    def _laid(self, loaded: Loaded, ask: Ask) -> Desk:
        """Return the desk of `loaded`, or the previous desk if nothing has changed."""
        before = self._desk
        if (
            before is not None
            and loaded is self._loaded
            and ask.programme == before.programme
            and before.follows(ask.publications)
        ):
            return before
        desk = read_desk(loaded, ask.programme, ask.publications, self._examiner, ask.now)
        if before is not None:
            desk.carry_over(before)
        return desk

    def _composed(self, desk: Desk, now: datetime) -> tuple[list[Edition], bool]:
        """Return the composed editions near `now`, soonest first, and True if none is left to compose."""
        since, until = now - MISSED_HORIZON - LONGEST_GRACE - _BUILT_EVERY, now + CHECKED_AHEAD + _BUILT_EVERY
        near = [one for one in desk.editions if since <= one.slot_at <= until]
        ahead = [one for one in near if one.slot_at + one.format.grace >= now]
        begun, done = self._elapsed(), set()
        for edition in (*ahead, *reversed(near)):
            if edition.key not in done:
                if self._elapsed() - begun > COMPOSING_BUDGET:
                    return [one for one in near if one.key in done], False
                desk.composed(edition)
                done.add(edition.key)
        return near, True

    def _reported(self, loaded: Loaded, desk: Desk, ask: Ask) -> tuple[Notice, ...]:
        if self._newsdesk is None:
            self._newsdesk = Newsdesk(ask.programme.zone)
        elif self._reported_by is not None and ask.programme != self._reported_by:
            self._newsdesk.begin_anew(ask.programme.zone)
        self._reported_by = ask.programme
        publications = {one.key: one for one in ask.publications}
        try:
            return self._newsdesk.see(loaded, desk, publications, ask.now)
        except Exception:  # what is to be published must not wait for a report
            log.exception("a bug kept changes of the folder from being reported", extra=ABOUT_A_BUG)
            return ()

    def _is_old(self, now: datetime) -> bool:
        """Return True if other editions may be near at `now`."""
        return self._built_at is None or abs(now - self._built_at) >= _BUILT_EVERY


def _catalog(
    loaded: Loaded, desk: Desk, findings: Collection[Finding], near: Sequence[Edition], *, is_whole: bool
) -> Catalog:
    errors = (one for one in desk.findings if one.severity is Severity.ERROR)
    return Catalog(
        Summary(
            desk.programme,
            tuple(nsmallest(MAX_CARRIED_FINDINGS, errors, key=lambda one: one.code == "too-many-editions")),
            len(loaded.paths),
            len(desk.editions),
            Counter(one.severity for one in findings),
            is_whole,
        ),
        tuple(_entry(one, desk, loaded) for one in near),
    )


def _entry(edition: Edition, desk: Desk, loaded: Loaded) -> CatalogEntry:
    thread, findings = desk.composed(edition)
    bare = _bare(edition)
    if thread is not None:
        posts = tuple(replace(post, mark=replace(post.mark, rows=())) for post in thread.posts)
        thread = replace(thread, edition=bare, posts=posts)
    return CatalogEntry(
        bare, (thread, findings[:MAX_CARRIED_FINDINGS]), desk.texts(edition), loaded.changed_at(edition.path)
    )


def _bare(edition: Edition) -> Edition:
    """Return `edition` without its texts, which its thread has."""
    chapter = edition.chapter
    return replace(
        edition,
        chapter=replace(
            chapter,
            items=(),
            text=None if chapter.text is None else "",
            article=None,
            wording=Wording(),
            replay=ReplayWishes(),
            mark=replace(chapter.mark, rows=()),
        ),
        wording=Wording(),
        replayed=_bare(edition.replayed) if edition.replayed else None,
    )
