"""The separate process that reads the editors' folder for a daemon, and its entry point."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bot
from bot.wiring.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.reader_process import Limits, ReaderProcess, Setup
    from bot.config import Config
    from bot.services.catalog import DirectReader

_PASSED_ON = ("PATH", "TZ", "TMPDIR")
"""Environment variables that the reader needs, besides those of the locale and of Python. It reads untrusted
files, so it gets no secrets."""

_ENTRY = (
    "import sys; from bot.wiring.reader_process import run_reader; "
    "run_reader(int(sys.argv[1]), int(sys.argv[2]))"
)


def folder_reader(config: Config, clock: SystemClock) -> ReaderProcess:
    """Return a reader of the configured folder for a daemon."""
    return files_reader([config.threads], clock)


def files_reader(paths: Sequence[Path], clock: SystemClock) -> ReaderProcess:
    """Return a reader of `paths` for a daemon."""
    from bot.adapters.reader_process import ReaderProcess, Setup
    from bot.adapters.reader_process.limits import MEMORY, SECONDS

    setup = Setup(tuple(map(str, paths)), str(Path.cwd()), clock.offset, SECONDS, MEMORY, os.getpid())
    return ReaderProcess([sys.executable, "-P", "-c", _ENTRY], _environment(), setup, clock.elapsed)


def _environment() -> dict[str, str]:
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(("LC_", "LANG", "PYTHON"))
    }
    return passed | {"PYTHONPATH": str(Path(bot.__file__).parents[1])}


def run_reader(handle: int, progress: int) -> None:
    """Run the reader process, connected to its parent by the socket `handle`."""
    from bot.adapters.reader_process import serve

    serve(handle, progress, _reader)


def _reader(setup: Setup, limits: Limits) -> DirectReader:
    from bot.adapters.folder import FolderSource
    from bot.adapters.issue_files import parse
    from bot.adapters.reader_process import Guarded
    from bot.services.catalog import DirectReader

    guarded, clock = Guarded(limits, parse), SystemClock(setup.offset)
    source = FolderSource(
        [Path(root) for root in setup.roots],
        guarded.parse,
        shown_from=Path(setup.shown_from),
        held=setup.held,
        elapsed=clock.elapsed,
        now=clock.now,
        offset=clock.offset,
    )
    return DirectReader(source, guarded.examine, clock.elapsed)
