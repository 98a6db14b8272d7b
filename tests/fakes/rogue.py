"""A reader process whose parser misbehaves as a file asks it to: bugs that the real one must not have."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.folder import FolderSource
from bot.adapters.issue_files import parse
from bot.adapters.reader_process import Guarded, Limits, Setup, serve
from bot.services.catalog import DirectReader

if TYPE_CHECKING:
    from bot.adapters.issue_files import ParsedFile

ENTRY = "import sys; from tests.fakes.rogue import main; main(int(sys.argv[1]), int(sys.argv[2]))"
COMMAND = (sys.executable, "-c", ENTRY)


def misbehave(path: str, data: bytes) -> ParsedFile:
    words = data.decode("utf-8", "replace").split()
    if "# spin" in data.decode("utf-8", "replace"):
        while True:
            pass
    if "#regex" in words:
        re.fullmatch(r"(a|a)*b", "a" * 200)
    if "#deaf" in words:  # to the signal that would stop it
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        while True:
            pass
    if "#die" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    if "#eat" in words:
        bytearray(10**10)
    if "#deep" in words:
        return misbehave(path, data)
    return parse(path, data)


def make(setup: Setup, limits: Limits) -> DirectReader:
    guarded = Guarded(limits, misbehave)
    source = FolderSource(
        [Path(root) for root in setup.roots], guarded.parse, shown_from=Path(setup.shown_from)
    )
    return DirectReader(source, guarded.examine)


def main(handle: int, progress: int) -> None:
    serve(handle, progress, make)
