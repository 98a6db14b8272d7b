"""Safe access to the files beside the ledger: a planted link or pipe does no harm."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SAFELY = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""Do not follow a link; do not wait for the writer of a pipe."""


class NotOurs(OSError):
    """The path is not a file of ours."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(errno.EPERM, what, str(path))


def open_own(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open the file at `path` and return its descriptor.

    It must be a regular file with a single name that belongs to this process's user, to root, or to the
    owner of its folder. `flags` must not truncate: the file is checked after it is opened.

    Raises:
        NotOurs: the path is something else; nothing was changed.
        OSError: the file cannot be opened.
    """
    try:
        descriptor = os.open(path, flags | _SAFELY, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotOurs(path, "it is a symbolic link") from error
        if error.errno == errno.ENXIO:  # a pipe without a reader, or a socket
            raise NotOurs(path, "it is not a regular file") from error
        raise
    try:
        _refuse_foreign(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def make_own(path: Path) -> int:
    """Create a new file at `path`, readable by its owner only (mode 0600), replacing any existing file.

    Raises:
        OSError: the file cannot be created.
    """
    # May have been left by a dead process, perhaps of another user. A link is removed, not its target.
    path.unlink(missing_ok=True)
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)


def _refuse_foreign(path: Path, file: os.stat_result) -> None:
    if stat.S_ISDIR(file.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(file.st_mode):
        raise NotOurs(path, "it is not a regular file")
    if file.st_nlink > 1:
        raise NotOurs(path, f"it has {file.st_nlink} names (hard links), 1 allowed")
    if file.st_uid not in (os.geteuid(), 0, path.parent.stat().st_uid):
        raise NotOurs(path, f"it belongs to user {file.st_uid}")
