"""Tests of other users' access: reading secrets, or writing files that decide on posts."""

from __future__ import annotations

import pytest

from bot.core.schedule.secret_checks import Access, places, secrets

ME, ELSE, GROUP = 1000, 1001, 2000


@pytest.mark.parametrize(
    ("mode", "owner", "group", "is_shared", "who"),
    [
        (0o100600, ME, GROUP, True, None),
        (0o100400, 0, 0, True, None),
        (0o100440, 0, 0, True, None),  # systemd's, which names its reader in an ACL
        (0o100640, 0, GROUP, True, "the group editors"),
        (0o100640, ME, GROUP, False, None),  # a group with this user only
        (0o100604, ME, GROUP, True, "every user"),
        (0o100644, ME, GROUP, False, "every user"),
        (0o100600, ELSE, GROUP, True, "its owner, user 1001"),
    ],
)
def test_who_can_read_a_secret(mode: int, owner: int, group: int, is_shared: bool, who: str | None):
    [check] = secrets([Access("key", mode, owner, group, "editors", is_shared)], ME)
    if who is None:
        assert (check.verdict, check.observed) == (
            "ok",
            "no other user can read the files that hold them (1).",
        )
    else:
        assert (check.name, check.verdict) == ("secrets", "warning")
        assert check.observed == f"key can be read by {who} (mode {mode & 0o777:o})."
        assert check.remedy == "Let the daemon's user own it, and run: chmod 600 key"


@pytest.mark.parametrize(
    ("mode", "owner", "who"),
    [
        (0o040755, 0, None),
        (0o041777, 0, None),  # /tmp
        (0o040777, ME, "every user"),
        (0o042775, 0, "the group editors"),
        (0o040755, ELSE, "its owner, user 1001"),
    ],
)
def test_who_can_write_a_place(mode: int, owner: int, who: str | None):
    [check] = places([Access("srv", mode, owner, GROUP, "editors")], ME)
    assert (check.name, check.verdict) == ("places", "warning" if who else "ok")
    if who:
        assert check.observed.startswith(f"srv can be written by {who} (mode {mode & 0o7777:o}): ")
        assert check.remedy.endswith("chmod go-w srv")


def test_root_sees_what_others_see():
    """Files of the daemon's own user are not an exposure if root runs the check."""
    [check] = secrets([Access("key", 0o100600, ELSE, GROUP)], 0)
    assert check.verdict == "ok"
