"""The editors' folder. A rescan is the truth; unchanged files are not parsed twice."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.errors import Finding, Severity
from bot.ports import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bot.core.model import Issue

SUFFIXES = (".yaml", ".yml")
_ADDED = (".txt", ".rtf", ".doc", ".docx", ".odt")
"""What editors' programs add to a name, where the desktop hides it."""

MAX_BYTES_READ = 1024 * 1024 + 1
"""One byte over what a file may have: enough to see that it has more."""

_SYNC_COPY = re.compile(r"conflicted copy|copie en conflit|conflit de copie|sync-conflict", re.IGNORECASE)


class Parsed(Protocol):
    """What parsing one file gives."""

    @property
    def issue(self) -> Issue | None: ...

    @property
    def findings(self) -> tuple[Finding, ...]: ...


Signature = tuple[int, int, int]
"""(mtime in ns, size in bytes, inode)"""


@dataclass(slots=True)
class _Known:
    signature: Signature
    parsed: Parsed


class FolderSource:
    """Fulfils `bot.ports.IssueSource` for a folder, or for a list of files and folders.

    With `patient`, a file that changed counts when two scans in a row see the same size and time: a copy
    under way is not read half. Until then the file is as it was.
    """

    def __init__(
        self,
        roots: Sequence[Path],
        parse: Callable[[str, bytes], Parsed],
        *,
        shown_from: Path,
        patient: bool = False,
    ) -> None:
        self._roots, self._parse, self._shown_from, self._patient = roots, parse, shown_from, patient
        self._known: dict[str, _Known] = {}
        self._seen: dict[str, Signature] = {}
        self._loaded: Loaded | None = None
        self._state: object = None

    def load(self) -> Loaded:
        findings: list[Finding] = []
        found: dict[str, _Known] = {}
        seen: dict[str, Signature] = {}
        for path in sorted(set(self._files(findings))):
            name = self._shown(path)
            try:
                seen[name] = _signature(path)
            except OSError as error:
                findings.append(_unreadable(name, error))
                continue
            known = self._known.get(name)
            if known is None or known.signature != seen[name]:
                known = (
                    self._read(path, name, seen[name], findings) if self._is_settled(name, seen) else known
                )
            if known is not None:
                found[name] = known
        self._known, self._seen = found, seen
        return self._assembled(findings)

    def _is_settled(self, name: str, seen: dict[str, Signature]) -> bool:
        return not self._patient or self._loaded is None or self._seen.get(name) == seen[name]

    def _assembled(self, findings: list[Finding]) -> Loaded:
        """What was found; the very same object as last time where nothing has changed."""
        state = ([(name, known.signature) for name, known in self._known.items()], findings)
        if self._loaded is None or state != self._state:
            self._state = state
            known = self._known.values()
            self._loaded = Loaded(
                paths=tuple(self._known),
                issues=tuple(one.parsed.issue for one in known if one.parsed.issue),
                findings=tuple(sorted([*findings, *(f for one in known for f in one.parsed.findings)])),
            )
        return self._loaded

    def _read(self, path: Path, name: str, signature: Signature, findings: list[Finding]) -> _Known | None:
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES_READ)
        except OSError as error:
            findings.append(_unreadable(name, error))
            return None
        return _Known(signature, self._parse(name, data))

    def _files(self, findings: list[Finding]) -> Iterator[Path]:
        for root in self._roots:
            if root.is_dir():
                yield from self._below(root, findings, set())
            elif root.exists():
                yield root
            else:
                findings.append(
                    Finding(
                        self._shown(root),
                        0,
                        0,
                        Severity.ERROR,
                        "not-found",
                        "there is no such file or folder.",
                        "Correct the path, or 'threads' in config.yaml.",
                    )
                )

    def _below(self, folder: Path, findings: list[Finding], visited: set[tuple[int, int]]) -> Iterator[Path]:
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in visited:
                return  # a link led back to where we were
            visited.add((status.st_dev, status.st_ino))
            entries = sorted(folder.iterdir())
        except OSError as error:
            findings.append(_unreadable(self._shown(folder), error))
            return
        for entry in entries:
            if entry.name.startswith((".", "~", "#")):
                continue
            if _is_folder(entry):
                yield from self._below(entry, findings, visited)
            elif entry.suffix.lower() in SUFFIXES:
                if _SYNC_COPY.search(unicodedata.normalize("NFC", entry.name)):
                    findings.append(_sync_copy(self._shown(entry)))
                else:
                    yield entry
            elif entry.suffix.lower() in _ADDED and entry.stem.lower().endswith(SUFFIXES):
                findings.append(_second_ending(self._shown(entry), entry.suffix))

    def _shown(self, path: Path) -> str:
        """`path` as the reader would type it."""
        shown = os.path.relpath(path, self._shown_from)
        shown = str(path) if shown.startswith("..") else shown
        return os.fsencode(shown).decode("utf-8", "backslashreplace")  # a name need not be UTF-8


def _is_folder(path: Path) -> bool:
    """Whether to look inside; what cannot be told is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _signature(path: Path) -> Signature:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):  # a pipe would keep us waiting for ever
        raise OSError(errno.EINVAL, "it is not a file")
    return found.st_mtime_ns, found.st_size, found.st_ino


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
