"""The editors' folder. A rescan is the truth; unchanged files are not parsed twice."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import re
import stat
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from bot.errors import Finding, Severity
from bot.ports import Loaded, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.core.model import Issue

SUFFIXES = (".yaml", ".yml")
_ADDED = (".txt", ".rtf", ".doc", ".docx", ".odt")
"""What editors' programs add to a name, where the desktop hides it."""

MAX_BYTES_READ = 1024 * 1024 + 1
"""One byte over what a file may have: enough to see that it has more."""

MANY = 100
"""More new files than this come at a start, or when somebody restores an archive."""

_SYNC_COPY = re.compile(r"conflicted copy|copie en conflit|conflit de copie|sync-conflict", re.IGNORECASE)


class Parsed(Protocol):
    """What parsing one file gives."""

    @property
    def issue(self) -> Issue | None: ...

    @property
    def findings(self) -> tuple[Finding, ...]: ...


Signature = tuple[int, int, int]
"""(mtime in ns, size in bytes, inode)"""


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A file as it was read."""

    signature: Signature
    parsed: Parsed
    changed_at: datetime

    @property
    def version(self) -> Version:
        return Version(self.changed_at, self.signature)


@dataclass(slots=True)
class _Scan:
    """What stands in the folders, unread."""

    files: dict[str, Signature] = field(default_factory=dict)
    counts: list[int | None] = field(default_factory=list)
    """How many files each root holds; None where that cannot be told, and a finding says why."""
    findings: list[Finding] = field(default_factory=list)
    folders: dict[str, str] = field(default_factory=dict, compare=False)
    """Where each folder is, by what stands before the names of its files."""
    places: dict[str, str] = field(default_factory=dict, compare=False)
    """What to open, for each file that is not called what it is shown as."""

    def place(self, name: str) -> str:
        """What to open for the file that is shown as `name`."""
        before, slash, last = name.rpartition("/")
        return self.places.get(name) or self.folders[before + slash] + last


class FolderSource:
    """Fulfils `bot.ports.IssueSource` for a folder, or for a list of files and folders.

    With `patient`, a change counts when two scans in a row see the same: a copy under way is not read half,
    and a file that a program takes away to put another in its place is not gone. Until then all is as it was.

    `now` is the clock of `Version.changed_at`, and `offset` how far that is from the file system's. Without
    one, files changed when the file system says so.
    """

    def __init__(
        self,
        roots: Sequence[Path],
        parse: Callable[[str, bytes], Parsed],
        *,
        shown_from: Path,
        patient: bool = False,
        now: Callable[[], datetime] | None = None,
        offset: timedelta = timedelta(0),
    ) -> None:
        self._roots, self._parse, self._shown_from, self._patient = roots, parse, shown_from, patient
        self._now, self._offset = now, offset
        self._known: dict[str, _Known] = {}
        self._last = _Scan()
        self._held = [0] * len(roots)
        """How many files each root held when it last held any."""
        self._away = [False] * len(roots)
        """Whether these are gone."""
        self._unsettled = False
        self._findings: list[Finding] = []
        self._loaded: Loaded | None = None

    def load(self) -> Loaded:
        scan = self._scan()
        if self._loaded is None or self._unsettled or scan != self._last:
            self._loaded = self._taken(scan, self._loaded)
        self._last = scan
        return self._loaded

    # -- what is new -----------------------------------------------------------------------------------

    def _taken(self, scan: _Scan, before: Loaded | None) -> Loaded:
        """What stands there now; the very same object as `before` where nothing has changed."""
        self._unsettled = False
        findings = [*scan.findings, *self._lost(scan)]
        known: dict[str, _Known] = {}
        with _uncollected() if len(scan.files) > len(self._known) + MANY else contextlib.nullcontext():
            for path in sorted(scan.files.keys() | self._known.keys(), key=_parts):
                found = self._file(path, scan, findings)
                if found is not None:
                    known[path] = found
        if before is not None and known == self._known and findings == self._findings:
            return before
        self._known, self._findings = known, findings
        return Loaded(
            paths=tuple(known),
            issues=tuple(one.parsed.issue for one in known.values() if one.parsed.issue),
            findings=tuple(sorted([*findings, *(f for one in known.values() for f in one.parsed.findings)])),
            versions={path: one.version for path, one in known.items()},
        )

    def _file(self, path: str, scan: _Scan, findings: list[Finding]) -> _Known | None:
        """The file at `path` as it counts now; None if it does not."""
        known, signature = self._known.get(path), scan.files.get(path)
        if known is not None and known.signature == signature:
            return known
        if not self._is_settled(path, signature, scan):
            self._unsettled = True
            return known
        if signature is None:
            return None
        try:
            data = _read(scan.place(path), signature[1])
        except OSError as error:
            self._unsettled = True  # mending that changes neither time nor size
            findings.append(_unreadable(path, error))
            return None
        parsed = self._parse(path, data)
        if known is not None and parsed.issue and known.parsed == parsed:  # written again as it was
            return _Known(signature, known.parsed, known.changed_at)
        return _Known(signature, parsed, self._changed_at(signature))

    def _is_settled(self, path: str, signature: Signature | None, scan: _Scan) -> bool:
        if not self._patient or self._loaded is None:
            return True
        if signature is None:
            moved = self._known[path].signature in scan.files.values()
            return moved or path not in self._last.files
        moved = any(known.signature == signature for known in self._known.values())
        return moved or self._last.files.get(path) == signature

    def _changed_at(self, signature: Signature) -> datetime:
        """Since when a file is as it is: as we saw it, and at the first look as its time says."""
        written = datetime.fromtimestamp(signature[0] / 1e9, UTC) + self._offset
        if self._now is None:
            return written
        now = self._now()
        return min(written, now) if self._loaded is None else now

    def _lost(self, scan: _Scan) -> list[Finding]:
        """A finding for each root that had files and has none: moved away, or its disk is not there."""
        findings = []
        for n, (root, count) in enumerate(zip(self._roots, scan.counts, strict=True)):
            if self._patient and self._loaded and bool(count) != bool(self._last.counts[n]):
                self._unsettled = True
            elif count is not None:
                self._away[n] = not count and self._held[n] > 0
            self._held[n] = count or self._held[n]
            if self._away[n]:
                findings.append(_emptied(self._shown(root), self._held[n]))
        return findings

    # -- looking ---------------------------------------------------------------------------------------

    def _scan(self) -> _Scan:
        scan = _Scan()
        for root, held in zip(self._roots, self._held, strict=True):
            findings, files = len(scan.findings), len(scan.files)
            if root.is_dir():
                self._below(str(root), self._shown(root), scan, set())
            elif os.path.lexists(root):
                scan.places[self._shown(root)] = str(root)
                self._look_at(root.stat, self._shown(root), scan)
            elif not held:
                scan.findings.append(_not_found(self._shown(root)))
            count = len(scan.files) - files
            untold = any(one.code in ("unreadable", "not-found") for one in scan.findings[findings:])
            scan.counts.append(None if not count and untold else count)
        return scan

    def _below(self, folder: str, shown: str, scan: _Scan, visited: set[tuple[int, int]]) -> None:
        """Look at all that `folder` holds; many thousand names every two seconds, hence no `Path`.

        The folder is opened, so that what it holds is looked up from there and not from the root each time.
        """
        prefix, path = "" if shown == "." else shown.rstrip("/") + "/", folder.rstrip("/") + "/"
        scan.folders[prefix] = path
        try:
            with _opened(folder) as handle, os.scandir(handle) as entries:
                status = os.fstat(handle)
                if (status.st_dev, status.st_ino) in visited:
                    return  # a link led back to where we were
                visited.add((status.st_dev, status.st_ino))
                for entry in entries:
                    kind, shown_as = _known_as(entry.name)
                    if kind == "hidden":
                        continue
                    name = prefix + shown_as
                    if _is_folder(entry):
                        self._below(path + entry.name, name, scan, visited)
                    elif kind == "issue":
                        self._look_at(entry.stat, name, scan)
                        if shown_as != entry.name:
                            scan.places[name] = path + entry.name
                    elif kind == "sync-copy":
                        scan.findings.append(_sync_copy(name))
                    elif kind == "second-ending":
                        scan.findings.append(_second_ending(name, Path(name).suffix))
        except OSError as error:
            scan.findings.append(_unreadable(shown, error))

    def _look_at(self, status: Callable[[], os.stat_result], name: str, scan: _Scan) -> None:
        try:
            scan.files[name] = _signature(status())
        except OSError as error:
            scan.findings.append(_unreadable(name, error))

    def _shown(self, path: Path) -> str:
        """`path` as the reader would type it."""
        shown = os.path.relpath(path, self._shown_from)
        return _text(str(path) if shown.startswith("..") else shown)


Kind = Literal["hidden", "issue", "sync-copy", "second-ending", "other"]


@lru_cache(maxsize=8192)
def _known_as(name: str) -> tuple[Kind, str]:
    """What a file is by its name, and how that is shown."""
    return _kind(name), _text(name)


def _kind(name: str) -> Kind:
    if name.startswith((".", "~", "#")):
        return "hidden"
    stem, suffix = os.path.splitext(name.lower())  # noqa: PTH122
    if suffix in SUFFIXES:
        return "sync-copy" if _SYNC_COPY.search(unicodedata.normalize("NFC", name)) else "issue"
    return "second-ending" if suffix in _ADDED and stem.endswith(SUFFIXES) else "other"


def _text(name: str) -> str:
    """`name` as text: it need not be UTF-8."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def _parts(path: str) -> list[str]:
    return path.split("/")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether to look inside; what cannot be told is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: it would walk again and again over all that is read, and that stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextlib.contextmanager
def _opened(folder: str) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


def _signature(found: os.stat_result) -> Signature:
    if not stat.S_ISREG(found.st_mode):  # a pipe would keep us waiting for ever
        raise OSError(errno.EINVAL, "it is not a file")
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: str, size: int) -> bytes:
    """What the file at `path` holds; of one with a `size` in bytes that is too large, its beginning."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        return (file.read(MAX_BYTES_READ) or b"") if size >= MAX_BYTES_READ else file.readall()


def _unreadable(name: str, error: OSError) -> Finding:
    return Finding(
        name,
        0,
        0,
        Severity.ERROR,
        "unreadable",
        f"it cannot be read: {error.strerror}.",
        "Check its owner and mode.",
    )


def _not_found(name: str) -> Finding:
    remedy = "Correct the path, or 'threads' in config.yaml."
    return Finding(name, 0, 0, Severity.ERROR, "not-found", "there is no such file or folder.", remedy)


def _emptied(name: str, held: int) -> Finding:
    files = "one file" if held == 1 else f"{held:,} files"
    message = f"it held {files} and holds none: it was moved, or its disk is not mounted."
    remedy = "Bring it back; until then only what is frozen goes out."
    return Finding(name, 0, 0, Severity.ERROR, "folder-emptied", message, remedy)


def _second_ending(name: str, ending: str) -> Finding:
    message = f"its name ends in {ending}, so it is not read."
    remedy = "Save it as plain text under a name that ends in .yaml."
    return Finding(name, 0, 0, Severity.WARNING, "second-ending", message, remedy)


def _sync_copy(name: str) -> Finding:
    return Finding(
        name,
        0,
        0,
        Severity.WARNING,
        "sync-copy",
        "a synchronisation tool made this copy; it is left out.",
        "Move what you need into the original and delete the copy.",
    )
