"""Source of issues from the editors' folder. Every load rescans it; unchanged files are not parsed again."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bot.adapters.folder.scan import Scan, Scanner, unreadable_name
from bot.errors import Finding, Severity
from bot.ports import Loaded, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bot.adapters.folder.scan import Signature
    from bot.core.model import Issue

MAX_BYTES_READ = 1024 * 1024 + 1
"""The size limit of a file plus one byte, enough to detect that it is exceeded."""

STABLE_SECONDS = 1.5
"""Seconds for which a change must be stable before it counts. The daemon scans every 2 s, and in between when
something wakes it, perhaps just after a write began."""

BUDGET, FILES = 4 * 1024 * 1024, 5_000
"""Maximum bytes and number of new files read per load, smallest first; the next load continues. A folder of
ten years has less."""

MANY_NEW_FILES = 100
"""Number of new files that is exceeded only at a start, or when an archive is restored."""


class Parsed(Protocol):
    """The result of parsing a file."""

    @property
    def issue(self) -> Issue | None: ...

    @property
    def findings(self) -> tuple[Finding, ...]: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A file as last read."""

    signature: Signature
    parsed: Parsed
    changed_at: datetime

    @property
    def version(self) -> Version:
        return Version(self.changed_at, self.signature)


class _Seen(NamedTuple):
    """Signatures of all files; a moved file keeps its signature."""

    here: frozenset[Signature]
    before: frozenset[Signature]


class FolderSource:
    """Implementation of `bot.ports.IssueSource` for a folder, or for a list of files and folders.

    With `elapsed`, which returns seconds on a clock that never jumps, a change counts once it has been stable
    for `STABLE_SECONDS`: a copy in progress is not read half, and a file that a program removes to replace it
    is not considered gone. Until then the previous state applies, as it does for folders that cannot be read.

    `held` is the number of files that a previous source found; 0 if there was none.

    `now` is the clock of `Version.changed_at`, and `offset` its difference from the file system's clock.
    Without `now`, the modification times of the file system apply.
    """

    def __init__(
        self,
        roots: Sequence[Path],
        parse: Callable[[str, bytes], Parsed],
        *,
        shown_from: Path,
        held: int = 0,
        elapsed: Callable[[], float] | None = None,
        now: Callable[[], datetime] | None = None,
        offset: timedelta = timedelta(0),
    ) -> None:
        self._scanner, self._parse, self._elapsed = Scanner(roots, shown_from), parse, elapsed
        self._now, self._offset = now, offset
        self._known: dict[str, _Known] = {}
        self._last = Scan()
        self._is_continued = held > 0
        self._held = dict.fromkeys(self._scanner.names, held) if held else {}
        """Number of files of each root when it was last not empty."""
        self._away: set[str] = set()
        """Roots that are gone."""
        self._unsettled = False
        self._is_whole = True
        """True if this load read every new file."""
        self._has_seen = False
        """True once all folders were readable: later files appeared while we were watching."""
        self._at = 0.0
        """Time of the last scan on the clock `elapsed`."""
        self._pending: dict[str, tuple[object, float]] = {}
        """Observed changes that do not count yet: the new state, and the time since it is stable."""
        self._still: dict[str, tuple[object, float]] = {}
        """The pending changes still observed in this load."""
        self._seen = _Seen(frozenset(), frozenset())
        self._findings: list[Finding] = []
        self._loaded: Loaded | None = None

    def load(self) -> Loaded:
        self._at = self._elapsed() if self._elapsed is not None else 0.0
        scan = self._scanner.look(self._held)
        if self._loaded is None or self._unsettled or scan != self._last:
            try:
                self._loaded = self._taken(scan, self._loaded)
            except BaseException:
                self._unsettled = True  # the next load starts over
                raise
        self._last = scan
        return self._loaded

    # -- changes ---------------------------------------------------------------------------------------

    def _taken(self, scan: Scan, before: Loaded | None) -> Loaded:
        """Return the current contents; the same object as `before` if nothing has changed."""
        self._unsettled, self._still = False, {}
        findings = [*scan.findings, *self._lost(scan)]
        known: dict[str, _Known] = {}
        self._seen = _Seen(
            frozenset(scan.files.values()), frozenset(o.signature for o in self._known.values())
        )
        affordable = self._affordable(scan)
        with (
            _uncollected()
            if len(scan.files) > len(self._known) + MANY_NEW_FILES
            else contextlib.nullcontext()
        ):
            for path in sorted(scan.files.keys() | self._known.keys(), key=_parts):
                found = self._file(path, scan, findings, affordable)
                if found is not None:
                    known[path] = found
        self._pending, self._has_seen = self._still, self._has_seen or not scan.blind
        same = before is not None and before.is_whole == self._is_whole
        if before is not None and same and known == self._known and findings == self._findings:
            return before
        self._known, self._findings = known, findings
        return Loaded(
            paths=tuple(known),
            issues=tuple(one.parsed.issue for one in known.values() if one.parsed.issue),
            findings=tuple(sorted([*findings, *(f for one in known.values() for f in one.parsed.findings)])),
            versions={path: one.version for path, one in known.items()},
            is_whole=self._is_whole,
        )

    def _affordable(self, scan: Scan) -> frozenset[str]:
        """Return the new files to read in this load."""
        new = [
            (signature[1], path)
            for path, signature in scan.files.items()
            if path not in self._known or self._known[path].signature != signature
        ]
        left, chosen = BUDGET, []
        for size, path in sorted(new)[:FILES]:
            left -= min(size, MAX_BYTES_READ)
            if left < 0:
                break
            chosen.append(path)
        self._is_whole = len(chosen) == len(new)
        return frozenset(chosen)

    def _file(
        self, path: str, scan: Scan, findings: list[Finding], affordable: frozenset[str]
    ) -> _Known | None:
        """Return the effective version of the file at `path`, if any."""
        known, signature = self._known.get(path), scan.files.get(path)
        if known is not None and (known.signature == signature or scan.is_blind_to(path)):
            return known
        if not self._is_settled(path, signature):
            self._unsettled = True
            return known
        if signature is None:
            return None
        if path not in affordable:
            self._unsettled = True
            return known
        try:
            data = _read(scan.place(path))
        except OSError as error:
            self._unsettled = True  # a fix may change neither time nor size
            findings.append(unreadable_name(path, error))
            return None
        parsed = self._parse(path, data)
        if known is not None and parsed.issue and known.parsed == parsed:  # rewritten unchanged
            return _Known(signature, known.parsed, known.changed_at)
        return _Known(signature, parsed, self._changed_at(signature))

    def _is_settled(self, path: str, signature: Signature | None) -> bool:
        if self._elapsed is None:
            return True
        if not self._has_seen:
            return signature is None or not self._is_fresh(signature)
        if signature is None:
            moved = self._known[path].signature in self._seen.here
        else:
            moved = signature in self._seen.before
        return moved or self._is_stable(path, signature)

    def _is_fresh(self, signature: Signature) -> bool:
        """Return True if a file changed just now while we were watching, so that it may be half written."""
        if self._now is None or not self._is_continued:
            return False
        age = (self._now() - self._offset).timestamp() - signature[0] / 1e9
        return 0 <= age < STABLE_SECONDS

    def _is_stable(self, what: str, state: object) -> bool:
        """Return True if `state` of `what` has been observed long enough to count."""
        before, since = self._pending.get(what, (None, self._at))
        since = since if before == state else self._at
        self._still[what] = state, since
        return self._at - since >= STABLE_SECONDS

    def _changed_at(self, signature: Signature) -> datetime:
        """Return the time of a change: as observed, or in the first load the file's modification time."""
        written = _instant(signature[0]) + self._offset
        if self._now is None:
            return written
        now = self._now()
        return now if self._has_seen else min(written, now)

    def _lost(self, scan: Scan) -> list[Finding]:
        """Return a finding for each root that had files and has none: moved, or its disk is not mounted."""
        findings = []
        for root, count in zip(self._scanner.names, scan.counts, strict=True):
            if count is None:
                continue
            is_away = not count and self._held.get(root, 0) > 0
            if self._is_sure(root, is_away=is_away):
                self._away = self._away | {root} if is_away else self._away - {root}
            else:
                self._unsettled = True
            self._held |= {root: count} if count else {}
            if root in self._away:
                findings.append(_emptied(root, self._held[root]))
        return findings

    def _is_sure(self, root: str, *, is_away: bool) -> bool:
        if self._elapsed is None or is_away == (root in self._away):
            return True
        return self._is_stable(f"{root}/", is_away)


_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def _instant(nanoseconds: int) -> datetime:
    """Convert a file's modification time, which may be any number."""
    try:
        return min(max(datetime.fromtimestamp(nanoseconds / 1e9, UTC), _EARLIEST), _LATEST)
    except (ValueError, OverflowError, OSError):
        return _EARLIEST if nanoseconds < 0 else _LATEST


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Disable the garbage collector, which would repeatedly traverse all files read, in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(path: str) -> bytes:
    """Return the content of the file at `path`, cut off if it is too large.

    It may have been replaced by anything since the scan. A pipe, or a file with a lease of another program,
    would block an ordinary `open`.

    Raises:
        OSError: the file cannot be read now, or is not a file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a file")
        pieces, left = [], MAX_BYTES_READ
        while left and (piece := os.read(handle, min(left, 64 * 1024))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)
    finally:
        os.close(handle)


def _emptied(name: str, held: int) -> Finding:
    files = "one file" if held == 1 else f"{held:,} files"
    message = f"it held {files} and is now empty: it was moved, or its disk is not mounted."
    remedy = "Bring it back; until then only frozen editions are posted."
    return Finding(name, 0, 0, Severity.ERROR, "folder-emptied", message, remedy)


def _parts(path: str) -> list[str]:
    return path.split("/")
