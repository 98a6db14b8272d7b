"""Liveness of processes if /proc shows only one's own (``hidepid=2``)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.host import processes
from bot.adapters.host.processes import is_gone, this_process


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a /proc of this boot and namespace without any process."""
    for name in ("sys/kernel/random", "self/ns"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copyfile("/proc/sys/kernel/random/boot_id", tmp_path / "sys/kernel/random/boot_id")
    (tmp_path / "self/ns/pid").symlink_to(Path("/proc/self/ns/pid").readlink())
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    return tmp_path


def ours(pid: int) -> str:
    """Return the name of a process of this boot and namespace."""
    host, _, _, system = this_process().rsplit(":", 3)
    return f"{host}:{pid}:12345:{system}"


@pytest.mark.usefixtures("proc")
def test_a_process_that_is_hidden_is_not_dead() -> None:
    """Otherwise a daemon would take over the claim of an operator's process, and post in parallel."""
    assert not is_gone(ours(os.getppid()))


@pytest.mark.usefixtures("proc")
def test_another_users_process_that_is_hidden_is_not_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(pid: int, number: int) -> None:
        assert number == 0
        raise PermissionError(pid)

    monkeypatch.setattr(os, "kill", kill)
    assert not is_gone(ours(os.getppid()))


@pytest.mark.usefixtures("proc")
def test_a_process_that_is_nowhere_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert is_gone(ours(process.pid))


def test_another_process_under_the_same_number(proc: Path) -> None:
    """The process is visible, and was started at another time."""
    assert processes._start_time(os.getpid()) is None
    (proc / str(os.getpid())).mkdir()
    (proc / str(os.getpid()) / "stat").write_text("1 (x) S" + 18 * " 0" + " 777", "utf-8")
    assert is_gone(ours(os.getpid()))
