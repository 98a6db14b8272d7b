"""The machine's places, as they are."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.machine import Machine
from bot.adapters.ntp import clock_state

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


def machine(folder: Path, remote: str | None = None) -> Machine:
    ledger, threads = folder / "flashtweet.db", folder / "threads"
    return Machine(ledger, threads, lambda path: path.name, lambda _: remote, clock_state)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has adjtimex")
def test_the_kernel_tells_of_its_clock(tmp_path: Path):
    """What it says depends on the machine; that it answers, and in which units, does not."""
    state = machine(tmp_path).clock()
    assert state is not None
    assert timedelta(0) <= state.max_error <= timedelta(minutes=1)


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
