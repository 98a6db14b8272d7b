"""Files that the bot keeps beside its ledger, opened so that a planted link or pipe can do no harm."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SAFELY = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""A link is not followed, and a pipe without a writer is not waited for."""


class NotOurs(OSError):
    """Something else than a file of ours stands there."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(errno.EPERM, what, str(path))


def open_own(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open the file at `path`, and return its descriptor.

    It must be a regular file with one name that belongs to this process's user, to root, or to the owner of
    its folder. `flags` must not truncate: the file is looked at once it is open.

    Raises:
        NotOurs: it is something else; nothing was changed.
        OSError: it cannot be opened.
    """
    try:
        descriptor = os.open(path, flags | _SAFELY, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotOurs(path, "it is a symbolic link") from error
        if error.errno == errno.ENXIO:  # a pipe without a reader, or a socket
            raise NotOurs(path, "it is no regular file") from error
        raise
    try:
        _refuse_foreign(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def make_own(path: Path) -> int:
    """Make a new file at `path`, for its owner alone (mode 0600), in place of whatever stands there.

    Raises:
        OSError: it cannot be made.
    """
    path.unlink(
        missing_ok=True
    )  # left by a process that died, perhaps another user's; a link goes, not its target
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)


def _refuse_foreign(path: Path, file: os.stat_result) -> None:
    if stat.S_ISDIR(file.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(file.st_mode):
        raise NotOurs(path, "it is no regular file")
    if file.st_nlink > 1:
        raise NotOurs(path, f"it has {file.st_nlink} names (hard links), 1 allowed")
    if file.st_uid not in (os.geteuid(), 0, path.parent.stat().st_uid):
        raise NotOurs(path, f"it belongs to user {file.st_uid}")
