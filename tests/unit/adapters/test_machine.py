"""The machine's places, as they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bot.adapters.machine import Machine

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_places_of_somebody_else(tmp_path: Path):
    (tmp_path / "threads").mkdir(0o000)
    tmp_path.chmod(0o500)
    try:
        here = machine(tmp_path)
        assert (here.ledger().problem, here.threads().problem) == (
            "its folder may not be written",
            "Permission denied",
        )
    finally:
        tmp_path.chmod(0o700)
