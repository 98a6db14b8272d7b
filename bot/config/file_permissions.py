"""Messages and remedies for files that are unreadable because of their owner or mode."""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from typing import TYPE_CHECKING

from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from pathlib import Path


READ_BY_ALL, READ_BY_OWNER = "644", "600"
"""Modes of files without and with secrets."""


def unreadable_file(path: Path, shown: str, error: OSError, mode: str = READ_BY_OWNER) -> tuple[str, str]:
    """Return why `path` cannot be read and the remedy; `mode` is the mode that it should have."""
    why = f"cannot be read: {error.strerror}"
    if not isinstance(error, PermissionError):
        return f"{why}.", "Check its path and its disk."
    try:
        known = path.stat()
    except OSError:  # a folder above it is closed
        return (
            f"{why}.",
            f"Type: namei -l {shlex.quote(shown)}; it shows the owner and mode of each folder above.",
        )
    owner, user = _name(known.st_uid), _name(os.geteuid())
    message = (
        f"{why}. It belongs to {owner} (mode {stat.S_IMODE(known.st_mode):o}), and {user} needs to read it."
    )
    return message, advice(owner, user, shown, mode)


def advice(owner: str, user: str, shown: str, mode: str) -> str:
    """Return the command that lets `user` read the file `shown`, which belongs to `owner`."""
    file = shlex.quote(shown)
    if owner == user:
        return f"Type: chmod {mode} {file}"
    if mode == READ_BY_ALL:
        return f"Type: sudo chmod {mode} {file}"
    command = f"Type: sudo chown {user} {file} && sudo chmod {mode} {file}"
    if owner == "root":
        return command
    return f"{command}; or, if flashtweet runs as {owner}: sudo -u {owner} flashtweet …"


def no_config(path: Path, shown: str, error: OSError) -> Finding:
    """Return the finding for a config.yaml that cannot be read."""
    if isinstance(error, PermissionError):
        what, remedy = unreadable_file(path, shown, error, READ_BY_ALL)
        return Finding(shown, 0, 0, Severity.ERROR, "no-config", f"it {what}", remedy)
    return Finding(
        shown,
        0,
        0,
        Severity.ERROR,
        "no-config",
        f"it cannot be read: {error.strerror}.",
        "A newsroom's folder has config.yaml and threads/: run this there, or copy config.yaml of "
        "this project and make threads/, or name the file: flashtweet --config PATH …",
    )


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
