"""Classification of file names in the editors' folder: read, ignored silently, or ignored with a warning."""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Collection

SUFFIXES = (".yaml", ".yml")
_TEXTS = frozenset(
    (
        *(".txt", ".text", ".rtf", ".doc", ".docx", ".odt", ".pages", ".wps", ".gdoc"),
        *(".md", ".markdown", ".html", ".htm", ".json", ".eml", ".msg"),
    )
)
"""Text formats of editors' programs; some append the extension to a name while the desktop hides it."""
_ABOUT_THE_FOLDER = re.compile(r"(?:readme|read me|lisezmoi|lisez-moi|licen[cs]e|changelog)\b", re.IGNORECASE)
MOST_NOT_READ = 20
"""Maximum number of ignored files that are named; one warning covers the others."""

_DATED = re.compile(
    r"(?<![0-9])"
    r"(?:[0-9]{4}[-_. ][0-9]{1,2}[-_. ][0-9]{1,2}|[0-9]{1,2}[-_. ][0-9]{1,2}[-_. ][0-9]{4}|20[0-9]{6})"
    r"(?![0-9])"
)
"""A date in a file name, which suggests that the file is meant for the bot."""

_SYNC_COPY = re.compile(
    r"conflicted copy|copie en conflit|conflit de copie|sync-conflict"  # Dropbox, Syncthing
    r"|_conflict-[0-9]"  # Nextcloud
    r"|\[conflict[^\]]*\]"  # pCloud, Box
    r"|\((?:case conflict|conflit de casse)[^)]*\)",  # Dropbox
    re.IGNORECASE,
)
_OF_A_HOST = re.compile(
    r"(.+?)-(?:(?:PC|DESKTOP|LAPTOP|WIN|IMAC|MACBOOK|POSTE|PORTABLE)-[A-Z0-9-]+|[A-Z0-9]+-(?:PC|IMAC|LAPTOP))"
)
"""OneDrive appends a computer name to its copies; such a file is a copy only if its original is present."""


FileKind = Literal["hidden", "issue", "perhaps-copy", "sync-copy", "not-read", "other"]


@lru_cache(maxsize=8192)
def known_as(name: str) -> tuple[FileKind, str]:
    """Return the kind of a file by its name, and its name in findings."""
    return _kind(name), as_text(name)


def _kind(name: str) -> FileKind:
    if name.startswith((".", "~", "#")):
        return "hidden"
    suffix = os.path.splitext(name.lower())[1]  # noqa: PTH122
    if suffix in SUFFIXES:
        if _SYNC_COPY.search(unicodedata.normalize("NFC", name)):
            return "sync-copy"
        return "perhaps-copy" if original_of(name) else "issue"
    if _ABOUT_THE_FOLDER.match(name):
        return "other"
    if _is_ending(suffix):
        return "not-read" if suffix in _TEXTS else "other"
    return "not-read" if _DATED.search(name) else "other"


def _is_ending(suffix: str) -> bool:
    """Return True if `suffix` is a file extension rather than part of a date such as ``1.12.2026``."""
    return bool(suffix) and not suffix[1:].isdigit()


def as_text(name: str) -> str:
    """Return `name`, which need not be UTF-8, as text."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def original_of(name: str) -> str | None:
    """Return the name of the original if `name` has the form of a computer's copy."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122
    before, slash, last = stem.rpartition("/")
    match = _OF_A_HOST.fullmatch(last)
    return f"{before}{slash}{match[1]}{suffix}" if match else None


def not_read(names: Collection[str]) -> list[Finding]:
    """Return a limited number of warnings that the files `names` are not read, dated names first."""
    shown = sorted(names, key=lambda name: (not _DATED.search(name), name))[:MOST_NOT_READ]
    found = [_not_read(name) for name in shown]
    if more := len(names) - len(shown):
        folder = shown[-1].rpartition("/")[0] or "."
        message = f"{more} more files with names that do not end in .yaml are not read."
        remedy = "Move files that are not meant to be published out of the folder."
        found.append(Finding(folder, 0, 0, Severity.WARNING, "other-ending", message, remedy))
    return found


def _not_read(name: str) -> Finding:
    stem, suffix = os.path.splitext(name.rpartition("/")[2])  # noqa: PTH122
    ending = suffix if _is_ending(suffix) else ""
    what = f"ends in {ending}" if ending else "has no ending"
    stem = stem if ending else stem + suffix
    had_two = stem.lower().endswith(SUFFIXES)
    stem = stem.removesuffix(".yaml").removesuffix(".yml")
    remedy = f"If it is for flashtweet, save it as plain text named {stem}.yaml."
    message = f"its name {what}, so it is not read."
    if had_two:
        return Finding(name, 0, 0, Severity.WARNING, "second-ending", message, remedy)
    return Finding(name, 0, 0, Severity.WARNING, "other-ending", message, remedy)


def sync_copy(name: str) -> Finding:
    return Finding(
        name,
        0,
        0,
        Severity.WARNING,
        "sync-copy",
        "a synchronisation tool made this copy; it is left out.",
        "Move what you need into the original and delete the copy.",
    )
