"""The cost of an idle daemon: memory and CPU of the real process, with 500 files."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.wiring import real_now
from tests.processes import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tests.processes import Process

REPOSITORY = Path(__file__).parents[2]
FILES = 500
SATURDAY = 5
SETTLED = 5.0
"""Seconds after its first scan during which a daemon may still be busy starting."""
IDLE = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


def rows() -> list[str]:
    """Measure resident memory and CPU time over a minute, then the delay until a dropped file is planned."""
    days = _days()
    with tempfile.TemporaryDirectory() as name, Project(Path(name)) as project:
        project.write("config.yaml", (REPOSITORY / "config.yaml").read_text("utf-8"))
        project.sandbox()
        for day in itertools.islice(days, FILES):
            project.write(f"threads/{day}.yaml", _daily(day))
        load = os.getloadavg()[0]
        daemon = project.start("run")
        project.wait_for_line(daemon, "flashtweet started")
        time.sleep(SETTLED)
        before = _used(daemon)
        time.sleep(IDLE)
        used = _used(daemon) - before
        dropped, begin = next(days), time.monotonic()
        project.write(f"threads/{dropped}.yaml", _daily(dropped))
        resident = _resident(daemon)
        project.wait_for_line(daemon, f"threads/{dropped}.yaml →")
        planned = time.monotonic() - begin
        return [
            f"- load average {load:.1f} before, {os.getloadavg()[0]:.1f} after; {os.cpu_count()} cores",
            f"- resident after {SETTLED + IDLE:.0f} s: {resident:.1f} MB (target ≤ 110, aim 80)",
            f"- processor over {IDLE:.0f} s: {used:.2f} s, {used / IDLE:.2%} of a core (target ≤ 1 %)",
            f"- a dropped file is planned and reported after {planned:.1f} s (target ≤ 5)",
        ]


def _days() -> Iterator[date]:
    """Yield working days: the first `FILES` end a month ahead, so that some are within reach."""
    day = real_now().date() + timedelta(days=30 - FILES * 7 // 5)
    return (one for one in (day + timedelta(days=n) for n in itertools.count()) if one.weekday() < SATURDAY)


def _daily(day: date) -> str:
    lines = (f"  Info du {day}, numéro {n} : l'État dévoile https://example.com/{n}\n" for n in range(1, 11))
    return "items: |\n" + "".join(lines)


def _used(process: Process) -> float:
    """Return the CPU seconds used by the process, its threads included, in user and kernel mode."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("utf-8").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS  # utime and stime: proc(5)


def _resident(process: Process) -> float:
    lines = Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
