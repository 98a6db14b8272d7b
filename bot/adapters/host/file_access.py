"""Owners, groups and modes of files."""

from __future__ import annotations

import grp
import os
import pwd
import threading
from typing import TYPE_CHECKING

from bot.core.schedule.secret_checks import Access

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

ACCESS_TIMEOUT = 5.0
"""Seconds for all files together: a call to a hanging file server never returns."""


def accesses(paths: Iterable[Path], shown: Callable[[Path], str]) -> tuple[Access, ...]:
    """Return the access of each existing path, following links, as far as known within `ACCESS_TIMEOUT`."""
    found: list[Access] = []
    looking = threading.Thread(target=lambda: found.extend(_looks(paths, shown)), daemon=True)
    looking.start()
    looking.join(ACCESS_TIMEOUT)
    return tuple(found)


def this_user() -> int:
    """Return the effective user of this process."""
    return os.geteuid()


def _looks(paths: Iterable[Path], shown: Callable[[Path], str]) -> Iterator[Access]:
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue  # other checks report missing files
        name, is_shared = _group(status.st_gid, {status.st_uid, os.geteuid()})
        yield Access(shown(path), status.st_mode, status.st_uid, status.st_gid, name, is_shared)


def _group(group: int, own: set[int]) -> tuple[str, bool]:
    """Return the name of `group`, and True if it has members other than the users `own`."""
    try:
        known = grp.getgrgid(group)
    except KeyError:
        return "", True
    users = pwd.getpwall()
    names = {one.pw_name for one in users if one.pw_uid in own}
    by_number = any(one.pw_gid == group and one.pw_uid not in own for one in users)
    return known.gr_name, by_number or not names.issuperset(known.gr_mem)
