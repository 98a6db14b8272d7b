"""Scan of the editors' folder: names, times and sizes of files, without reading them."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bot.adapters.folder.names import as_text, known_as, not_read, original_of, sync_copy
from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

DEEPEST = 32
"""Maximum depth of folders below the threads folder."""

MOST_ENTRIES = 100_000
"""Maximum number of names scanned. A folder of fifty years of daily files has a fifth of that."""

Signature = tuple[int, int, int]
"""(mtime in ns, size in bytes, inode)."""


@dataclass(slots=True)
class Scan:
    """The result of a scan."""

    files: dict[str, Signature] = field(default_factory=dict)
    counts: list[int | None] = field(default_factory=list)
    """Number of files in each root; None if unknown, with a finding that explains why."""
    findings: list[Finding] = field(default_factory=list)
    blind: set[str] = field(default_factory=set)
    """Name prefixes of folders that cannot be read now."""
    entries: int = field(default=0, compare=False)
    """Number of names scanned."""
    folders: dict[str, str] = field(default_factory=dict, compare=False)
    """The path of each folder, by the prefix of its files' names."""
    places: dict[str, str] = field(default_factory=dict, compare=False)
    """The path of each file whose shown name differs from its real name."""

    unread: list[str] = field(default_factory=list, compare=False)
    """Text files whose names are not read."""
    copies: list[str] = field(default_factory=list, compare=False)
    """Files that are copies if their originals are present."""

    def set_copies_aside(self) -> None:
        """Drop each of `copies` whose original is present."""
        for name in self.copies:
            if name in self.files and original_of(name) in self.files:
                del self.files[name]
                self.findings.append(sync_copy(name))
        self.copies.clear()

    def place(self, name: str) -> str:
        """Return the path of the file that is shown as `name`."""
        before, slash, last = name.rpartition("/")
        return self.places.get(name) or self.folders[before + slash] + last

    def is_blind_to(self, name: str) -> bool:
        """Return True if the state of the file shown as `name` is unknown now."""
        folder = name
        while folder:
            folder = folder.rpartition("/")[0]
            if _prefix(folder) in self.blind:
                return True
        return "" in self.blind


class Scanner:
    """Scanner of files and folders. Paths are shown as an operator would type them in `shown_from`."""

    def __init__(self, roots: Sequence[Path], shown_from: Path) -> None:
        self._roots = [(root, _shown(root, shown_from)) for root in roots]

    @property
    def names(self) -> list[str]:
        """The shown names of the roots."""
        return [shown for _, shown in self._roots]

    def look(self, expected: Collection[str] = ()) -> Scan:
        """Scan all roots. A missing root is a finding unless it is in `expected`: the caller reports that."""
        scan = Scan()
        for root, shown in self._roots:
            before = len(scan.files)
            is_known = self._look_at_root(root, shown, scan, is_expected=shown in expected)
            count = len(scan.files) - before
            scan.counts.append(count if count or is_known else None)
        scan.findings.extend(not_read(scan.unread))
        return scan

    def _look_at_root(self, root: Path, shown: str, scan: Scan, *, is_expected: bool) -> bool:
        """Scan a root; return False if its contents are unknown."""
        try:
            is_folder = stat.S_ISDIR(root.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            if not is_expected:
                scan.findings.append(_not_found(shown))
            return is_expected
        except OSError as error:  # from a file server or disk, such as a stale handle or a lost connection
            return self._is_blind(shown, scan, _folder_unreadable(shown, error))
        if is_folder:
            is_known = self._below(str(root), shown, scan, _Way(0, set()), _folder_unreadable)
            scan.set_copies_aside()
            return is_known
        scan.places[shown] = str(root)
        self._look_at(root.stat, shown, scan)
        return shown in scan.files

    def _is_blind(self, shown: str, scan: Scan, finding: Finding) -> bool:
        scan.blind.add(_prefix(shown))
        scan.findings.append(finding)
        return False

    def _below(
        self,
        folder: str,
        shown: str,
        scan: Scan,
        way: _Way,
        trouble: Callable[[str, OSError], Finding],
    ) -> bool:
        """Scan `folder` recursively; return False if it cannot be read.

        Avoids `Path`, since it handles many thousand names every two seconds. The folder is opened so that
        its entries are looked up from there and not from the root each time. Files come before subfolders, so
        that a subfolder with too many names does not crowd out the files beside it.
        """
        if way.depth > DEEPEST:
            return self._is_blind(shown, scan, _too_deep(shown))
        prefix, path = _prefix(shown), folder.rstrip("/") + "/"
        scan.folders[prefix] = path
        inside: list[tuple[str, str]] = []
        try:
            with _opened(folder) as handle, os.scandir(handle) as entries:
                status = os.fstat(handle)
                if (status.st_dev, status.st_ino) in way.visited:
                    return True  # a link led back to a visited folder
                way.visited.add((status.st_dev, status.st_ino))
                for entry in entries:
                    scan.entries += 1
                    if scan.entries > MOST_ENTRIES:
                        return self._is_blind(shown, scan, _too_full(shown))
                    if not self._look_at_entry(entry, prefix, path, scan):
                        inside.append((path + entry.name, prefix + known_as(entry.name)[1]))
        except OSError as error:
            return self._is_blind(shown, scan, trouble(shown, error))
        for place, name in inside:
            self._below(place, name, scan, way.down(), unreadable_name)
        return True

    def _look_at_entry(self, entry: os.DirEntry[str], prefix: str, path: str, scan: Scan) -> bool:
        """Scan an entry; return False for a folder, which the caller must scan."""
        kind, shown_as = known_as(entry.name)
        if kind == "hidden":
            return True
        name = prefix + shown_as
        if _is_folder(entry):
            return False
        if kind in ("issue", "perhaps-copy"):
            if kind == "perhaps-copy":
                scan.copies.append(name)
            self._look_at(entry.stat, name, scan)
            if shown_as != entry.name:
                scan.places[name] = path + entry.name
        elif kind == "sync-copy":
            scan.findings.append(sync_copy(name))
        elif kind == "not-read":
            scan.unread.append(name)
        return True

    def _look_at(self, status: Callable[[], os.stat_result], name: str, scan: Scan) -> None:
        try:
            scan.files[name] = _signature(status())
        except OSError as error:
            scan.findings.append(unreadable_name(name, error))


class _Way(NamedTuple):
    """The position of a folder in the scan."""

    depth: int
    visited: set[tuple[int, int]]
    """All folders visited so far, by device and inode."""

    def down(self) -> _Way:
        """Return the position of a subfolder."""
        return self._replace(depth=self.depth + 1)


def _shown(path: Path, shown_from: Path) -> str:
    """Return `path` as an operator would type it."""
    shown = os.path.relpath(path, shown_from)
    return as_text(str(path) if shown.startswith("..") else shown)


def _prefix(shown: str) -> str:
    """Return the prefix of the names of all files in the folder shown as `shown`."""
    return "" if shown == "." else shown.rstrip("/") + "/"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return True for a folder; False if unknown."""
    try:
        return entry.is_dir()
    except OSError:
        return False


@contextlib.contextmanager
def _opened(folder: str) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


def _signature(found: os.stat_result) -> Signature:
    if not stat.S_ISREG(found.st_mode):  # a pipe would block us forever
        raise OSError(errno.EINVAL, "it is not a file")
    return found.st_mtime_ns, found.st_size, found.st_ino


def unreadable_name(name: str, error: OSError) -> Finding:
    return Finding(
        name,
        0,
        0,
        Severity.ERROR,
        "unreadable",
        f"it cannot be read: {error.strerror}.",
        "Move it out of the folder." if error.errno == errno.EINVAL else "Check its owner and mode.",
    )


def _not_found(name: str) -> Finding:
    remedy = "Correct the path, or 'threads' in config.yaml."
    return Finding(name, 0, 0, Severity.ERROR, "not-found", "there is no such file or folder.", remedy)


def _folder_unreadable(name: str, error: OSError) -> Finding:
    message = f"the folder cannot be read: {error.strerror}."
    remedy = "Check its owner and mode, and that its disk is mounted. The last version read still applies."
    return Finding(name, 0, 0, Severity.ERROR, "folder-unreadable", message, remedy)


def _too_deep(name: str) -> Finding:
    message = f"it is more than {DEEPEST} folders deep; its files are not read."
    return Finding(name, 0, 0, Severity.ERROR, "too-deep-folder", message, "Move its files further up.")


def _too_full(name: str) -> Finding:
    message = f"the threads folder has more than {MOST_ENTRIES:,} entries; those from here on are not read."
    remedy = (
        "Move files that are not meant to be published out of the folder. "
        "The last version read still applies."
    )
    return Finding(name, 0, 0, Severity.ERROR, "folder-too-full", message, remedy)
