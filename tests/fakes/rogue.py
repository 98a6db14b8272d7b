"""A reader process whose parser misbehaves as a file requests: bugs that the real one must not have."""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.folder import FolderSource
from bot.adapters.issue_files import parse
from bot.adapters.reader_process import Guarded, Limits, Setup, serve
from bot.core.alerts import ABOUT_A_BUG
from bot.services.catalog import DirectReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.adapters.issue_files import ParsedFile

ENTRY = "import sys; from tests.fakes.rogue import main; main(int(sys.argv[1]), int(sys.argv[2]))"
COMMAND = (sys.executable, "-c", ENTRY)


def misbehave(path: str, data: bytes) -> ParsedFile:
    """Do what the first word of the file requests, then parse it."""
    word, *rest = data.decode("utf-8", "replace").split()
    if word in DEEDS:
        DEEDS[word](path, data, rest)
    return parse(path, data)


def _spin(*_: object) -> None:
    while True:
        pass


def _be_deaf(*_: object) -> None:
    """Ignore all signals that would stop it."""
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    _spin()


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_once(_path: str, _data: bytes, rest: list[str]) -> None:
    if not Path(rest[0]).exists():
        Path(rest[0]).touch()
        _die()


def _log_a_bug(*_: object) -> None:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        logging.getLogger("flashtweet.folder").exception("a bug", extra=ABOUT_A_BUG)


DEEDS: dict[str, Callable[[str, bytes, list[str]], object]] = {
    "#spin": _spin,
    "#regex": lambda *_: re.fullmatch(r"(a|a)*b", "a" * 200),
    "#deaf": _be_deaf,
    "#die": _die,
    "#die-once": _die_once,
    "#eat": lambda *_: bytearray(10**10),
    "#deep": lambda path, data, _: misbehave(path, data),
    "#log": _log_a_bug,
}


def make(setup: Setup, limits: Limits) -> DirectReader:
    guarded = Guarded(limits, misbehave)
    source = FolderSource(
        [Path(root) for root in setup.roots], guarded.parse, shown_from=Path(setup.shown_from)
    )
    return DirectReader(source, guarded.examine)


def main(handle: int, progress: int) -> None:
    serve(handle, progress, make)
