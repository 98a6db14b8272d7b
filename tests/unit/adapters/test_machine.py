"""The machine's places, as they are."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


def machine(folder: Path, remote: str | None = None) -> Machine:
    return Machine(folder / "flashtweet.db", folder / "threads", lambda path: path.name, lambda _: remote)


def test_places_that_are_well(tmp_path: Path):
    (tmp_path / "threads").mkdir()
    (tmp_path / "threads" / "a.yaml").touch()
    ledger, threads = machine(tmp_path).ledger(), machine(tmp_path).threads()
    assert (ledger.shown, ledger.problem, ledger.remote) == ("flashtweet.db", None, None)
    assert 0 < ledger.free <= 2**60
    assert (threads.shown, threads.problem) == ("threads", None)


def test_a_network_file_system(tmp_path: Path):
    assert machine(tmp_path, "nfs4").ledger().remote == "nfs4"


def test_places_that_are_not_there(tmp_path: Path):
    away = machine(tmp_path / "away")
    assert (away.ledger().problem, away.threads().problem) == ("its folder is not there", "it is not there")
    (tmp_path / "threads").touch()
    assert machine(tmp_path).threads().problem == "it is not a folder"


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Be a user without rights, if we are root: root may read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_places_of_somebody_else():
    with tempfile.TemporaryDirectory() as name:  # pytest's own folder is closed to others
        folder = Path(name)
        (folder / "threads").mkdir(0o000)
        folder.chmod(0o555)
        with nobody():
            here = machine(folder)
            assert (here.ledger().problem, here.threads().problem) == (
                "its folder may not be written",
                "Permission denied",
            )
        folder.chmod(0o700)
