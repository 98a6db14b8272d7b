"""Log lines and alerts for changes in the editors' folder, each reported once.

They cover files that appear, change, move and disappear, their findings, and edits after the freeze.
"""

from __future__ import annotations

import heapq
import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.alerts import AlertKind
from bot.core.content.date_checks import FAR
from bot.core.content.pricing import dollars, thread_price
from bot.core.publishing.next_actions import next_action
from bot.core.publishing.progress import is_untouched
from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import OPEN
from bot.core.schedule.slots import FREEZE_LEAD, MISSED_HORIZON
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.core.edition_source import Composed
    from bot.core.model import Edition, EditionKey
    from bot.core.publishing.publication import Publication
    from bot.errors import Finding
    from bot.ports import Loaded, Version
    from bot.services.composing import Desk

log = logging.getLogger("flashtweet.folder")

CHECKED_AHEAD = timedelta(days=8)
"""Range in which editions are composed for their findings, even if no file changes."""

MAX_NAMED_FILES = 20
"""Limit of files named at once; more are counted, as when an archive is sorted."""

MANY_FINDINGS = 50
"""Limit of new findings that one look reports by name; the rest is counted. `flashtweet check` lists all."""

FOLDER_GONE = "folder-emptied"
"""Code of the finding that all files of a folder disappeared at once."""

FOLDER = (FOLDER_GONE, "folder-unreadable", "not-found")
"""Finding codes about the folder as a whole."""

_WAITING = (PublicationState.HELD, PublicationState.MISSED)


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the log."""

    sentence: str
    fields: Mapping[str, str] = field(default_factory=dict)
    level: int = logging.INFO
    alert: AlertKind | None = None
    """None if the line is not an alert."""

    def tell(self) -> None:
        """Write it to the log."""
        extra = dict(self.fields) | ({"alert": str(self.alert)} if self.alert else {})
        log.log(self.level, self.sentence, extra=extra)


class View:
    """State of the folder at one look."""

    def __init__(self, loaded: Loaded, desk: Desk) -> None:
        self.loaded, self.desk = loaded, desk
        self.by_key = {edition.key: edition for edition in desk.editions}
        self.by_path: dict[str, list[Edition]] = defaultdict(list)
        for edition in desk.editions:
            self.by_path[edition.path].append(edition)
        self._composed: dict[EditionKey, Composed] = {}

    @property
    def is_in_trouble(self) -> bool:
        """True if the folder as a whole has a finding."""
        return any(finding.code in FOLDER for finding in self.loaded.findings)

    @property
    def is_gone(self) -> bool:
        """True if all files of a folder disappeared at once."""
        return any(finding.code == FOLDER_GONE for finding in self.loaded.findings)

    def composed(self, edition: Edition) -> Composed:
        """Return `edition` composed, from a cache after the first call."""
        if edition.key not in self._composed:
            self._composed[edition.key] = self.desk.composed(edition)
        return self._composed[edition.key]


@dataclass(frozen=True, slots=True)
class Changes:
    """Differences between two looks; paths in order."""

    came: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    """(old path, new path)"""

    @property
    def touched(self) -> frozenset[str]:
        """Every path, both old and new."""
        moved = (path for pair in self.renamed for path in pair)
        return frozenset((*self.came, *self.changed, *self.gone, *moved))


def changes(before: Loaded, after: Loaded) -> Changes:
    """Return the changes of files. An unreadable file is not gone: a finding names it."""
    unreadable = frozenset(one.path for one in after.findings if one.code == "unreadable")
    old, new = before.versions, after.versions
    here, there = frozenset(before.paths), frozenset(after.paths)
    came = [path for path in after.paths if path not in here]
    gone = [path for path in before.paths if path not in there and not _is_below(path, unreadable)]
    names = {old[path].identity: path for path in gone if path in old}
    renamed = [
        (names[new[path].identity], path) for path in came if path in new and new[path].identity in names
    ]
    left, arrived = {pair[0] for pair in renamed}, {pair[1] for pair in renamed}
    return Changes(
        came=tuple(path for path in came if path not in arrived),
        changed=tuple(
            path for path in after.paths if path in old and path in new and _differs(old[path], new[path])
        ),
        gone=tuple(path for path in gone if path not in left),
        renamed=tuple(renamed),
    )


def _differs(old: Version, new: Version) -> bool:
    """Return True if a file was edited, not just saved again or absent for a while with its disk."""
    return old.changed_at != new.changed_at and (old.identity is None or old.identity != new.identity)


def _is_below(path: str, places: Collection[str]) -> bool:
    """Return True if `path` is one of `places` or below one of them."""
    while path and path not in places:
        path = path.rpartition("/")[0]
    return bool(path)


def _folders(renamed: tuple[str, str]) -> tuple[str, str]:
    """Return the old and new folder of a file that kept its name; else the two paths."""
    (old, _, old_name), (new, _, new_name) = renamed[0].rpartition("/"), renamed[1].rpartition("/")
    return (old, new) if old_name == new_name else renamed


@dataclass(slots=True)
class Newsdesk:
    """Reporter of folder events, with a memory of those reported; times are shown in `zone`."""

    zone: str
    _view: View | None = None
    """The latest look at a folder that existed."""
    _desk: Desk | None = None
    _in_trouble: bool = False
    _examined_until: datetime | None = None
    _composed: dict[EditionKey, tuple[Finding, ...]] = field(default_factory=dict)
    _reported: frozenset[Finding] = frozenset()
    _named: set[str] = field(default_factory=set)
    """Files whose errors were reported by name."""
    _is_stale: bool = False
    """True if unchanged files may produce other editions since the latest look."""

    def begin_anew(self, zone: str) -> None:
        """Examine everything again: with another configuration the same files produce other editions."""
        self.zone, self._is_stale = zone, True

    @property
    def findings(self) -> frozenset[Finding]:
        """All present findings, as far as editions were examined."""
        return self._reported

    def see(
        self,
        loaded: Loaded,
        desk: Desk,
        publications: Mapping[EditionKey, Publication],
        now: datetime,
    ) -> tuple[Notice, ...]:
        """Return the news since the last look; at the first look only findings. Cheap if nothing changed.

        `publications` are those that are open or of the last days.
        """
        if desk is self._desk and self._examined_until and now + CHECKED_AHEAD < self._examined_until:
            return ()
        news: list[Notice] = []
        view, before, first = View(loaded, desk), self._view, self._desk is None
        differ = changes((before or view).loaded, loaded) if not view.is_gone else Changes((), (), (), ())
        if self._in_trouble and not view.is_in_trouble:
            fields = {"files": str(len(loaded.paths)), "alert_over": str(AlertKind.FOLDER)}
            news.append(Notice("the threads folder is back", fields))
        notices = (
            self._unseen(view, publications, now)
            if before is None
            else self._notices(before, view, differ, publications, now)
        )
        news.extend(notices)
        self._examine(view, differ.touched, now)
        news.extend(self._report(view, differ.touched, publications, first=first))
        self._desk, self._in_trouble, self._is_stale = desk, view.is_in_trouble, False
        self._view = before if view.is_gone else view
        return tuple(news)

    # -- files -----------------------------------------------------------------------------------------

    def _notices(
        self,
        before: View,
        after: View,
        differ: Changes,
        publications: Mapping[EditionKey, Publication],
        now: datetime,
    ) -> Iterator[Notice]:
        if len(differ.came) + len(differ.changed) + len(differ.gone) > MAX_NAMED_FILES:
            counts = {"new": differ.came, "changed": differ.changed, "gone": differ.gone}
            yield Notice("many files changed", {name: str(len(paths)) for name, paths in counts.items()})
        else:
            for path in differ.came:
                yield self._planning(after, path, now, "new")
            for path in differ.changed:
                yield self._planning(after, path, now, "changed")
            for path in differ.gone:
                if not any(edition.key in publications for edition in before.by_path[path]):
                    yield Notice(f"{path} is gone; it was not frozen", {"change": "gone"})
                else:
                    yield Notice(f"{path} is gone", {"change": "gone"})
        yield from self._moves(after, differ, now)
        keys = {
            edition.key for view in (before, after) for p in differ.touched for edition in view.by_path[p]
        }
        if self._is_stale:
            keys |= {key for key, one in publications.items() if one.state in OPEN}
        for key in sorted(keys & publications.keys()):
            known, old = publications[key], before.by_key.get(key)
            yield from self._after_freezing(known, old.slot_at if old else known.slot_at, after, now)

    def _unseen(
        self, view: View, publications: Mapping[EditionKey, Publication], now: datetime
    ) -> Iterator[Notice]:
        """Yield notices about editions that were edited after their freeze while no daemon ran."""
        for _, known in sorted(publications.items()):
            if known.state in OPEN:
                yield from self._after_freezing(known, known.slot_at, view, now)

    def _moves(self, after: View, differ: Changes, now: datetime) -> Iterator[Notice]:
        """Yield a line for each renamed file, but a single line for a whole folder or for many files."""
        if (
            len(differ.renamed) > MAX_NAMED_FILES
            and len({_folders(pair) for pair in differ.renamed}) > MAX_NAMED_FILES
        ):
            yield Notice("many files were renamed", {"files": str(len(differ.renamed))})
            return
        folders: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for old, new in differ.renamed:
            folders[_folders((old, new))].append((old, new))
        for (source, target), pairs in folders.items():
            if len(pairs) > 1:
                fields = {"from": source, "to": target, "files": str(len(pairs))}
                yield Notice("files moved to another folder", fields)
                continue
            [(old, new)] = pairs
            yield Notice(f"{old} renamed to {new} → {self._plan(after, new, now)}", {"change": "renamed"})

    def _planning(self, view: View, path: str, now: datetime, change: str) -> Notice:
        """Return the line about a file that appeared or changed; a date far ahead is probably a slip."""
        is_far = any(edition.slot_at > now + FAR for edition in view.by_path[path])
        level = logging.WARNING if is_far else logging.INFO
        return Notice(f"{path} → {self._plan(view, path, now)}", {"change": change}, level)

    def _plan(self, view: View, path: str, now: datetime) -> str:
        """Return ``flashtweet@2026-11-24 at 07:30, 12 posts, $2.20; replay@…``."""
        editions = view.by_path[path]
        planned = [self._planned(view, edition, now) for edition in editions[:MAX_NAMED_FILES]]
        if len(editions) > MAX_NAMED_FILES:
            planned.append(f"and {len(editions) - MAX_NAMED_FILES} more")
        return "; ".join(planned) or "no edition"

    def _planned(self, view: View, edition: Edition, now: datetime) -> str:
        wall = edition.slot_at.astimezone(ZoneInfo(self.zone))
        planned = f"{edition.key} at {wall:%H:%M}"
        if edition.slot_at + edition.format.grace < now:
            return f"{planned}, already over"
        if edition.slot_at > now + FAR:
            planned += f" in {(edition.slot_at - now).days} days"
        thread, _ = view.composed(edition)
        if thread is None:
            return f"{planned}, with an error"
        posts = "1 post" if len(thread.posts) == 1 else f"{len(thread.posts)} posts"
        return f"{planned}, {posts}, {dollars(thread_price(thread.texts).dollars)}"

    def _after_freezing(
        self, known: Publication, slot_before: datetime, after: View, now: datetime
    ) -> Iterator[Notice]:
        """Yield notices that an edit has no effect on a frozen edition: its editor may expect one."""
        new = after.by_key.get(known.key)
        if new is None:
            if known.state in OPEN:
                yield _no_effect(known, "no file produces it; its frozen text will still be posted")
            return
        thread, _ = after.composed(new)
        if thread is not None and _takes_edits(known, now):
            return
        if thread is None or thread.texts != tuple(one.text for one in known.deliveries):
            yield _no_effect(known, "its file was edited after the freeze; the frozen text will be posted")
        if new.slot_at != slot_before:
            notice = _no_effect(known, "its slot was moved after the freeze; it keeps the old slot")
            times = {"slot": self._local(known.slot_at), "moved": self._local(new.slot_at)}
            yield Notice(notice.sentence, {**notice.fields, **times}, notice.level, notice.alert)

    # -- findings --------------------------------------------------------------------------------------

    def _examine(self, view: View, touched: frozenset[str], now: datetime) -> None:
        """Compose the touched editions and those near now. The findings of all others stay."""
        since, until = now - MISSED_HORIZON, now + CHECKED_AHEAD
        touched = touched if len(touched) <= MAX_NAMED_FILES else frozenset()
        self._composed = {
            one.key: view.composed(one)[1]
            for one in view.desk.editions
            if one.slot_at >= since
            and (one.slot_at <= until or one.path in touched or one.key in self._composed)
        }
        self._examined_until = until + timedelta(hours=1)

    def _report(
        self,
        view: View,
        touched: frozenset[str],
        publications: Mapping[EditionKey, Publication],
        *,
        first: bool,
    ) -> Iterator[Notice]:
        """Yield each finding when it appears, and again when its file changes and it is still there.

        Then yield the files that have no error left: the same error would be news again.
        """
        found = frozenset(view.desk.findings).union(*self._composed.values())
        news = [one for one in found if one not in self._reported or one.path in touched]
        for one in heapq.nsmallest(MANY_FINDINGS, news, _weight):
            self._named.add(one.path)
            yield _finding(one, publications, first=first)
        if len(news) > MANY_FINDINGS:
            yield _many_findings(news, first=first)
        if view.is_gone:
            self._reported |= found  # a missing file is not a corrected one
            return
        better = [
            path
            for path in _wrong(self._reported) - _wrong(found)
            # A past edition is no longer examined; that does not correct it.
            if path in touched or any(one.key in self._composed for one in view.by_path[path])
        ]
        for path in sorted(self._named.intersection(better)):
            self._named.discard(path)
            fields = {"path": path, "alert_over": str(AlertKind.FINDING)}
            yield Notice("all errors in the file are fixed", fields)
        self._reported = found

    def _local(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.zone)).isoformat(timespec="seconds")


def _takes_edits(known: Publication, now: datetime) -> bool:
    """Return True if it was held and released and still waits for its slot: edits of its file count."""
    waits = known.state is PublicationState.PUBLISHING and is_untouched(known)
    return waits and now < known.slot_at - FREEZE_LEAD


def _no_effect(known: Publication, what: str) -> Notice:
    """Return the notice that an edit has no effect on `known`, with the command to type."""
    fields = {"edition": str(known.key)}
    if known.state in OPEN:
        fields["next"] = f"To stop it, type: flashtweet hold {known.key}"
        return Notice(f"edition: {what}", fields, logging.WARNING, AlertKind.FOLDER)
    fields["state"] = str(known.state)
    if known.state in _WAITING:
        fields["next"] = next_action(known) or f"flashtweet publish {known.key}"
        return Notice("edition needs an operator; editing its file has no effect", fields)
    return Notice("edition is over; editing its file has no effect", fields)


def _wrong(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the paths of files with an error."""
    return frozenset(
        one.path for one in findings if one.severity is Severity.ERROR and one.code not in FOLDER
    )


def _weight(finding: Finding) -> tuple[bool, bool, Finding]:
    """Return the sort key: findings about the folder first, then errors, then by place."""
    return finding.code not in FOLDER, finding.severity is not Severity.ERROR, finding


def _many_findings(news: Sequence[Finding], *, first: bool) -> Notice:
    """Return the notice with the number of findings, if only the first are named."""
    errors = sum(one.severity is Severity.ERROR for one in news)
    fields = {
        "findings": str(len(news)),
        "errors": str(errors),
        "files": str(len({one.path for one in news})),
        "next": "flashtweet check",
    }
    alert = AlertKind.FINDING if errors and not first else None
    return Notice("many findings: only the first are named", fields, logging.WARNING, alert)


def _finding(finding: Finding, publications: Mapping[EditionKey, Publication], *, first: bool) -> Notice:
    if finding.code in FOLDER:
        frozen = sorted(str(key) for key, one in publications.items() if one.state in OPEN)
        about = {"code": finding.code, "frozen": ", ".join(frozen) or "nothing"}
        return Notice(str(finding), about, logging.ERROR, AlertKind.FOLDER)
    fields = {"code": finding.code, "path": finding.path}
    if finding.severity is not Severity.ERROR:
        return Notice(str(finding), fields, logging.WARNING)
    # Errors in an archive at each start raise no alarm; the check before each slot finds those that are due.
    return Notice(str(finding), fields, logging.ERROR, None if first else AlertKind.FINDING)
