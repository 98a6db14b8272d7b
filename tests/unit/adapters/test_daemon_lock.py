"""The lock of a ledger's daemon: its holder is reported, and inspecting it does not take it away."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from bot.adapters.host.processes import DaemonLock
from bot.errors import LedgerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_nobody_holds_what_was_never_taken(ledger: Path) -> None:
    assert DaemonLock(ledger).holder() is None


def test_its_holder_is_told_until_it_ends(ledger: Path) -> None:
    with DaemonLock(ledger):
        assert DaemonLock(ledger).holder() == str(os.getpid())
    assert DaemonLock(ledger).holder() is None


def test_a_second_daemon_is_refused(ledger: Path) -> None:
    refused = rf"ledger\.db\.lock: another daemon \(process {os.getpid()}\) is running on this ledger"
    with DaemonLock(ledger), pytest.raises(UsageError, match=refused), DaemonLock(ledger):
        pass


def test_a_daemon_starts_while_others_look_who_runs(ledger: Path) -> None:
    """``watch flashtweet status`` does not keep a daemon from starting."""
    with DaemonLock(ledger):
        pass
    over = threading.Event()

    def look() -> None:
        lock = DaemonLock(ledger)
        while not over.is_set():
            lock.holder()

    watchers = [threading.Thread(target=look) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    try:
        for _ in range(100):
            with DaemonLock(ledger):
                pass
    finally:
        over.set()
        for watcher in watchers:
            watcher.join()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"No such file or directory\. Create the folder"):
        DaemonLock(tmp_path / "nowhere" / "ledger.db").__enter__()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_lock_that_root_makes_belongs_to_the_owner_of_its_folder(ledger: Path) -> None:
    os.chown(ledger.parent, 65534, 65534)
    with DaemonLock(ledger):
        assert ledger.with_name("ledger.db.lock").stat().st_uid == 65534


def plant(lock: Path, kind: str) -> None:
    """Put something other than our lock at `lock`."""
    victim = lock.with_name("victim")
    victim.write_text("precious\n", "utf-8")
    match kind:
        case "link":
            lock.symlink_to(victim)
        case "dangling link":
            lock.symlink_to(lock.with_name("made"))
        case "hard link":
            lock.hardlink_to(victim)
        case "pipe":
            os.mkfifo(lock)
        case "folder":
            lock.mkdir()


@pytest.mark.parametrize("kind", ["link", "dangling link", "hard link", "pipe", "folder"])
def test_what_is_no_file_of_ours_is_not_written(ledger: Path, kind: str) -> None:
    lock = ledger.with_name("ledger.db.lock")
    plant(lock, kind)
    with pytest.raises(LedgerError, match=r"ledger\.db\.lock: the lock beside the ledger cannot be"):
        DaemonLock(ledger).__enter__()
    assert lock.with_name("victim").read_text("utf-8") == "precious\n"
    assert not lock.with_name("made").exists()
    assert DaemonLock(ledger).holder() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_users_lock_is_not_taken(ledger: Path) -> None:
    lock = ledger.with_name("ledger.db.lock")
    lock.touch()
    os.chown(lock, 65534, 65534)
    with pytest.raises(
        LedgerError, match=r"cannot be acquired: it belongs to user 65534\. It was left unchanged"
    ):
        DaemonLock(ledger).__enter__()


def test_no_child_inherits_the_lock(ledger: Path) -> None:
    with DaemonLock(ledger) as lock:
        assert lock._file is not None
        assert not os.get_inheritable(lock._file.fileno())


# -- signals to the holder ---------------------------------------------------------------------------------

HOLDER = """
import signal, sys
from pathlib import Path
from bot.adapters.host.processes import DaemonLock
signal.signal(signal.SIGHUP, lambda *_: (print("hup", flush=True), sys.exit()))
with DaemonLock(Path(sys.argv[1])):
    print("ready", flush=True)
    signal.pause()
"""
BYSTANDER = """
import signal, sys
print("ready", flush=True)
signal.pause()
"""


@contextlib.contextmanager
def process(program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start a process that runs `program`, and yield it once it is ready."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            assert started.stdout.readline() == "ready\n"
            yield started
        finally:
            started.kill()


def test_the_holder_is_signalled(ledger: Path) -> None:
    with process(HOLDER, ledger) as daemon:
        assert DaemonLock(ledger).signal_holder(signal.SIGHUP) == str(daemon.pid)
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == "hup\n"


def test_nobody_is_signalled_where_nobody_holds_the_lock(ledger: Path) -> None:
    """The file still names a process that has ended, whose id may have been reused."""
    with process(BYSTANDER) as bystander:
        ledger.with_name("ledger.db.lock").write_text(f"{bystander.pid}\n", "utf-8")
        assert DaemonLock(ledger).signal_holder(signal.SIGHUP) is None
        assert bystander.poll() is None


def test_only_the_process_that_holds_the_lock_is_signalled(ledger: Path) -> None:
    with process(HOLDER, ledger) as daemon, process(BYSTANDER) as bystander:
        ledger.with_name("ledger.db.lock").write_text(f"{bystander.pid}\n", "utf-8")
        refused = rf"process {bystander.pid}: that process does not hold the lock\. Nothing was sent"
        with pytest.raises(UsageError, match=refused):
            DaemonLock(ledger).signal_holder(signal.SIGHUP)
        assert (daemon.poll(), bystander.poll()) == (None, None)


@pytest.mark.parametrize("told", ["", "0", "-1", "1" * 30, "mail\x1b[2J", "999999999"])
def test_a_lock_that_names_no_process_signals_none(ledger: Path, told: str) -> None:
    with process(HOLDER, ledger) as daemon:
        ledger.with_name("ledger.db.lock").write_text(told, "utf-8")
        with pytest.raises(UsageError, match="Nothing was sent"):
            DaemonLock(ledger).signal_holder(signal.SIGHUP)
        assert daemon.poll() is None
