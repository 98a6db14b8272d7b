"""The cost of ten years of editors' files: at the start, per scan, and in memory."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import yaml

from bot.adapters.folder import FolderSource
from bot.adapters.issue_files import parse
from bot.core.schedule.slots import agenda
from bot.services.catalog import Ask, DirectReader
from bot.wiring import load_config
from tests.benchmarks.timing import row
from tests.processes import DAILY

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parents[2]
FILES, FEW = 3_650, 500
SATURDAY = 5
ROUNDS = 7
LOOK = 2.0
"""Seconds between two scans of the daemon."""
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_RESIDENT = """
import sys
from pathlib import Path
from bot.adapters.folder import FolderSource
from bot.adapters.issue_files import parse
from bot.services.catalog import Ask, DirectReader
from bot.services.composing import read_desk
from bot.wiring import load_config

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

programme = load_config(Path(sys.argv[1])).programme
before = resident()
folder = Path(sys.argv[2])
source = FolderSource([folder], parse, shown_from=folder)
desk = read_desk(source.load(), programme)
print(before, resident())
"""


def rows() -> list[str]:
    """Measure loading against PyYAML alone, rescans against loading, and the cost of a scan."""
    with tempfile.TemporaryDirectory() as name:
        many, few = (_folder(Path(name) / str(count), count) for count in (FILES, FEW))
        ours, theirs, again = _in_turns(
            lambda: _source(many).load(), lambda: _alone(many), _warm(_source(many))
        )
        return [
            row(f"loading {FILES:,} daily files, against PyYAML with libyaml", ours, theirs)
            + " (target ≤ 3)",
            f"- again, unchanged: {again * 1000:.1f} ms, {again / ours:.1%} of loading (target ≤ 5 %)",
            *_look(many, FILES),
            *_look(few, FEW),
            *_memory(many, few),
        ]


def _folder(path: Path, count: int) -> Path:
    """Write `count` files for the working days up to a month from `NOW`."""
    path.mkdir()
    days = (NOW.date() + timedelta(days=30 - n) for n in range(2 * count))
    for day in list(itertools.islice((day for day in days if day.weekday() < SATURDAY), count)):
        (path / f"{day}.yaml").write_text(DAILY.replace("Info numéro", f"Info du {day}, numéro"), "utf-8")
    return path


def _source(folder: Path) -> FolderSource:
    elapsed = itertools.count(0, LOOK).__next__
    return FolderSource([folder], parse, shown_from=folder, elapsed=elapsed, now=lambda: NOW)


def _alone(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506  (our own files; the safe loader)


def _warm(source: FolderSource) -> Callable[[], object]:
    source.load()
    return source.load


def _in_turns(*calls: Callable[[], object]) -> list[float]:
    """Return the median CPU seconds of each call; nothing here waits for more than the disk cache."""
    samples: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, into in zip(calls, samples, strict=True):
            begin = time.process_time()
            call()
            into.append(time.process_time() - begin)
    return [median(taken) for taken in samples]


def _look(folder: Path, count: int) -> list[str]:
    """Measure the daemon's scan of the folder every two seconds, and a scan after a change."""
    programme = load_config(REPOSITORY / "config.yaml").programme
    reader, ask = DirectReader(_source(folder)), Ask(programme, (), NOW)
    today = folder / f"{NOW.date()}.yaml"

    def look() -> None:
        catalog = reader.look(ask).catalog
        agenda(catalog.editions, {}, NOW, NOW, changed_at=catalog.changed_at)

    def edit() -> None:
        today.write_text(today.read_text("utf-8") + "  Une info de plus\n", "utf-8")
        reader.look(ask)
        reader.look(ask)

    look()
    edited = _in_turns(edit)[0]
    look()
    idle = _in_turns(look)[0]
    return [
        f"- a look at {count:,} files: {idle * 1000:.2f} ms, every {LOOK:.0f} s {idle / LOOK:.2%} of a core",
        f"- where one of them changed, until it is planned and reported: {edited * 1000:.0f} ms",
    ]


def _memory(*folders: Path) -> list[str]:
    found = []
    for folder in folders:
        command = [sys.executable, "-c", _RESIDENT, str(REPOSITORY / "config.yaml"), str(folder)]
        answer = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        before, after = map(float, answer.stdout.split())
        count = len(list(folder.iterdir()))
        found.append(f"- memory for {count:,} files and their editions: {after - before:.1f} MB resident")
    return found
