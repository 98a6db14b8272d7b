"""File system type and owner of a database file's location.

SQLite needs file locks and syncs that network file systems do not reliably provide.
Source: https://www.sqlite.org/faq.html#q5 and https://www.sqlite.org/useovernet.html, 2026-11-23.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "9p", "lustre", "gfs2", "ocfs2"}
    | {"glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "davfs", "fuse.davfs2"}
)


def network_file_system(path: Path, mounts: str | None = None) -> str | None:
    """Return the type of the network file system of `path`; None if it is local or unknown.

    `mounts` is the text of ``/proc/self/mounts``: device, mount point, type, … per line, blanks as ``\\040``.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text("utf-8", errors="replace")
        except OSError:
            return None
    target, best, kind = path.resolve(), Path("/"), ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        point = Path(fields[1].replace("\\040", " "))
        if target.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, fields[2]
    return kind if kind in _NETWORK else None


def give_to_owner_of(place: Path, file: int) -> None:
    """Give the open `file`, which this process has just created, to the owner of `place`.

    Only root can do this. Files created by ``sudo flashtweet hold`` must not lock out the daemon of another
    user. SQLite does the same with its journal.
    """
    owner = place.stat()
    with contextlib.suppress(PermissionError):
        os.fchown(file, owner.st_uid, owner.st_gid)
