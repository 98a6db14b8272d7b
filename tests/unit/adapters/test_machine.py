"""Locations and clock of a real machine."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.adapters.host import machine as machine_module
from bot.adapters.host.machine import LocalMachine
from bot.adapters.host.ntp import clock_state
from bot.core.schedule.clock_skew import ClockState

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


def machine(folder: Path, remote: str | None = None) -> LocalMachine:
    ledger, threads = folder / "flashtweet.db", folder / "threads"
    return LocalMachine(ledger, threads, lambda path: path.name, lambda _: remote, clock_state)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has adjtimex")
def test_the_kernel_tells_of_its_clock(tmp_path: Path):
    """The values depend on the machine; that there are values, and their units, do not."""
    state = machine(tmp_path).clock()
    assert state is not None
    assert timedelta(0) <= state.max_error <= timedelta(minutes=1)


@dataclass
class Kernel:
    """The C library of a machine whose kernel returns these values."""

    returned: int
    status: int

    def adjtimex(self, pointer: Any) -> int:
        timex = pointer._obj
        assert timex.modes == 0  # read only
        timex.status, timex.maxerror = self.status, 20_000
        return self.returned


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has adjtimex")
@pytest.mark.parametrize(
    ("returned", "status", "is_disciplined"),
    [
        (0, 0x2001, True),  # TIME_OK; STA_PLL, STA_NANO: as set by chronyd or systemd-timesyncd
        (1, 0x2011, True),  # TIME_INS: a leap second is announced
        (5, 0x2041, False),  # TIME_ERROR; STA_UNSYNC: as after a boot, and 16 s of error later
        (0, 0x2041, False),
        (5, 0x0001, False),
    ],
)
def test_whether_something_keeps_the_clock_right(
    monkeypatch: pytest.MonkeyPatch, returned: int, status: int, is_disciplined: bool
):
    """Names and numbers: adjtimex(2), and linux/timex.h."""
    monkeypatch.setattr("ctypes.CDLL", lambda _: Kernel(returned, status))
    assert clock_state() == ClockState(is_disciplined, max_error=timedelta(milliseconds=20))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has adjtimex")
def test_a_kernel_that_does_not_answer(monkeypatch: pytest.MonkeyPatch):
    """As in a container that forbids the call, or with a C library without it."""
    for library in (Kernel(-1, 0), object()):
        monkeypatch.setattr("ctypes.CDLL", lambda _, library=library: library)
        assert clock_state() is None


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
    assert (away.ledger().problem, away.threads().problem) == (
        "its folder does not exist",
        "it does not exist",
    )
    (tmp_path / "threads").touch()
    assert machine(tmp_path).threads().problem == "it is not a folder"


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Run as an unprivileged user, if we are root: root may read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_places_of_somebody_else():
    with tempfile.TemporaryDirectory() as name:  # pytest's own folder is not accessible to other users
        folder = Path(name)
        (folder / "threads").mkdir(0o000)
        folder.chmod(0o555)
        with nobody():
            here = machine(folder)
            assert (here.ledger().problem, here.threads().problem) == (
                "its folder is not writable",
                "Permission denied",
            )
        folder.chmod(0o700)


def test_a_folder_that_does_not_answer_keeps_no_other_check_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()

    def hang(_: Path) -> None:
        answers.wait(20)
        raise OSError

    monkeypatch.setattr(os, "scandir", hang)
    monkeypatch.setattr(machine_module, "LOOK_TIMEOUT", 0.05)
    place = machine(tmp_path).threads()
    assert (place.problem, place.hangs) == ("it does not respond within 0.05 s", True)
    answers.set()
