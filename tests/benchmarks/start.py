"""The start-up time of commands, against an empty Python."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.timing import row, side_by_side
from tests.processes import CONFIG, DAILY, FLASHTWEET

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
TARGETS = {"--version": " (target ≤ 5)", "--help": " (target ≤ 5)", "weigh Bonjour": "", "check": ""}


def rows() -> list[str]:
    """Measure each command; `check` reads one file, without a ledger."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(CONFIG, "utf-8")
        (folder / "threads").mkdir()
        (folder / "threads" / "2020-11-06.yaml").write_text(DAILY, "utf-8")
        empty = _process([sys.executable, "-c", "pass"], folder)
        return [
            row(
                f"flashtweet {arguments}, against python -c pass",
                *side_by_side(_process([*FLASHTWEET, *arguments.split()], folder), empty, ROUNDS),
            )
            + target
            for arguments, target in TARGETS.items()
        ]


def _process(command: list[str], folder: Path) -> Callable[[], object]:
    """Return a call that runs `command` in `folder`, with its bytecode cached, as for users."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, check=True)
