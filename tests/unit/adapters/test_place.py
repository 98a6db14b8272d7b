"""Local and network file systems of a ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.sql_ledger.location import network_file_system

MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/export /mnt/share nfs4 rw 0 0
/dev/vdb /mnt/share/local xfs rw 0 0
//nas/news /mnt/news\\040room cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/lib/flashtweet.db", None),
        ("/mnt/share/flashtweet.db", "nfs4"),
        ("/mnt/share/local/flashtweet.db", None),
        ("/mnt/shared/flashtweet.db", None),
        ("/mnt/news room/flashtweet.db", "cifs"),
    ],
)
def test_the_file_system_of_a_path(path: str, expected: str | None) -> None:
    assert network_file_system(Path(path), MOUNTS) == expected


def test_this_machine_can_be_asked(tmp_path: Path) -> None:
    assert network_file_system(tmp_path) is None
