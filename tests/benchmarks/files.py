"""The cost of careful parsing: a year of daily files, against PyYAML alone."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import yaml

from bot.adapters.folder import FolderSource
from bot.adapters.issue_files import parse
from bot.services.composing import read_desk
from bot.wiring import load_config
from tests.benchmarks.timing import row, side_by_side
from tests.processes import DAILY

ROUNDS = 7
FILES = 260


def rows() -> list[str]:
    """Measure a cold read, a rescan without changes, and a full composition with checks."""
    programme = load_config(Path(__file__).parents[2] / "config.yaml").programme
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        days = (date(2020, 1, 1) + timedelta(days=n) for n in range(400))
        for day in [day for day in days if day.weekday() < 5][:FILES]:
            (folder / f"{day}.yaml").write_text(DAILY, "utf-8")

        def alone() -> None:
            for path in folder.iterdir():
                yaml.load(path.read_bytes(), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506

        warm = FolderSource([folder], parse, shown_from=folder)
        return [
            row(
                f"reading {FILES} files, against PyYAML alone",
                *side_by_side(lambda: FolderSource([folder], parse, shown_from=folder).load(), alone, ROUNDS),
            ),
            row("a rescan without changes, against PyYAML alone", *side_by_side(warm.load, alone, ROUNDS)),
            row(
                f"reading, composing and examining {2 * FILES} threads, against PyYAML alone",
                *side_by_side(
                    lambda: read_desk(
                        FolderSource([folder], parse, shown_from=folder).load(), programme
                    ).examine_all(),
                    alone,
                    ROUNDS,
                ),
            ),
        ]
