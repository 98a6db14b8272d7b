"""Is this a place for a database file, and whose is it?

SQLite needs file locks and syncs that network file systems do not reliably give.
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
    """The type of the network file system that `path` lies on; None where it is local or cannot be told.

    `mounts` is the text of ``/proc/self/mounts``: device, mount point, type, … a line, blanks as ``\\040``.
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
    """Let the open `file`, which this process has just made, belong to whom `place` belongs to.

    Only root can. What ``sudo flashtweet hold`` makes must not lock the daemon of another user out. SQLite
    does the same with its journal.
    """
    owner = place.stat()
    with contextlib.suppress(PermissionError):
        os.fchown(file, owner.st_uid, owner.st_gid)
