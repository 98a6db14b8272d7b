"""Checks of file modes and groups: other users' access to secrets and to files that decide about posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.schedule.preflight import ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.core.schedule.preflight import Check

ROOT = 0
"""User and group id of root: its access is no exposure. systemd gives credentials to root's group, too."""
READ, WRITE, STICKY = 0o4, 0o2, 0o1000


@dataclass(frozen=True, slots=True)
class Access:
    """Owner, group and mode of a file or folder."""

    shown: str
    mode: int
    owner: int
    group: int
    group_name: str = ""
    is_shared: bool = True
    """True if its group has members besides its owner and the user of this process."""


def secrets(files: Iterable[Access], user: int) -> Iterator[Check]:
    """Yield a warning for each file with a secret that users other than `user` can read."""
    count = 0
    exposed = False
    for one in files:
        count += 1
        if who := _who(one, user, READ):
            exposed = True
            observed = f"{one.shown} can be read by {who} (mode {one.mode & 0o7777:o})."
            todo = f"Let the daemon's user own it, and run: chmod 600 {one.shown}"
            yield warning("secrets", observed, todo)
    if not exposed:
        yield ok("secrets", f"no other user can read the files that hold them ({count}).")


def places(found: Iterable[Access], user: int) -> Iterator[Check]:
    """Yield a warning for each file or folder in `found` that users other than `user` can write."""
    exposed = False
    for one in found:
        is_sticky = bool(one.mode & STICKY)  # others can add files there, but not replace ours
        if (who := _who(one, user, WRITE)) and not is_sticky:
            exposed = True
            observed = f"{one.shown} can be written by {who} (mode {one.mode & 0o7777:o})"
            observed += ": write access decides what is posted."
            todo = f"Let the daemon's user or root own it, and run: chmod go-w {one.shown}"
            yield warning("places", observed, todo)
    if not exposed:
        yield ok("places", "no other user can replace configuration, ledger or the threads folder.")


def _who(one: Access, user: int, right: int) -> str | None:
    if one.mode & right:
        return "every user"
    if one.mode & right << 3 and one.is_shared and one.group != ROOT:
        return f"the group {one.group_name or one.group}"
    if one.owner not in (user, ROOT) and user != ROOT and one.mode & right << 6:
        return f"its owner, user {one.owner}"
    return None
