"""The names in the editors' folder: which are read, and which are left out, in silence or with a warning."""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from typing import Literal

from bot.errors import Finding, Severity

SUFFIXES = (".yaml", ".yml")
_ADDED = (".txt", ".rtf", ".doc", ".docx", ".odt")
"""What editors' programs add to a name, where the desktop hides it."""

_DATED = re.compile(
    r"(?<![0-9])"
    r"(?:[0-9]{4}[-_. ][0-9]{1,2}[-_. ][0-9]{1,2}|[0-9]{1,2}[-_. ][0-9]{1,2}[-_. ][0-9]{4}|20[0-9]{6})"
    r"(?![0-9])"
)
"""What is called by a date was meant for the bot."""

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
"""OneDrive adds the name of a computer to its copy: only what stands beside its original is one."""


Kind = Literal["hidden", "issue", "perhaps-copy", "sync-copy", "not-read", "other"]


@lru_cache(maxsize=8192)
def known_as(name: str) -> tuple[Kind, str]:
    """What a file is by its name, and how that is shown."""
    return _kind(name), as_text(name)


def _kind(name: str) -> Kind:
    if name.startswith((".", "~", "#")):
        return "hidden"
    stem, suffix = os.path.splitext(name.lower())  # noqa: PTH122
    if suffix in SUFFIXES:
        if _SYNC_COPY.search(unicodedata.normalize("NFC", name)):
            return "sync-copy"
        return "perhaps-copy" if original_of(name) else "issue"
    if _is_ending(suffix) and suffix not in _ADDED:
        return "other"
    return "not-read" if stem.endswith(SUFFIXES) or _DATED.search(name) else "other"


def _is_ending(suffix: str) -> bool:
    """Return whether `suffix` is the ending of a kind of file, and no part of a date: ``1.12.2026``."""
    return bool(suffix) and not suffix[1:].isdigit()


def as_text(name: str) -> str:
    """`name` as text: it need not be UTF-8."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def original_of(name: str) -> str | None:
    """Return the name of the file that `name` is a computer's copy of, if that is there."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122
    before, slash, last = stem.rpartition("/")
    match = _OF_A_HOST.fullmatch(last)
    return f"{before}{slash}{match[1]}{suffix}" if match else None


def not_read(name: str) -> Finding:
    """Return the warning that a file that was meant for the bot is not read."""
    stem, suffix = os.path.splitext(name.rpartition("/")[2])  # noqa: PTH122
    ending = suffix if _is_ending(suffix) else ""
    what = f"ends in {ending}" if ending else "has no ending"
    stem = stem if ending else stem + suffix
    remedy = f"Save it as plain text under the name {stem.removesuffix('.yaml').removesuffix('.yml')}.yaml."
    message = f"its name {what}, so it is not read."
    if stem.lower().endswith(SUFFIXES):
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
