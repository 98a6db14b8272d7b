"""Tests that `check` warns of a date far ahead, or one already over when its file was written."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot import wiring
from bot.cli.main import cli
from bot.wiring import SystemClock

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    clock = SystemClock(wall=lambda: NOW)
    monkeypatch.setattr(wiring, "SystemClock", lambda _: clock)
    (tmp_path / "config.yaml").write_text("series: {flashtweet: {at: 07:30, weekdays: mon-fri}}\n", "utf-8")
    (tmp_path / "threads").mkdir()
    return tmp_path / "threads"


def write(path: Path, text: str, written: datetime) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, (written.timestamp(), written.timestamp()))


def test_dates(folder: Path):
    for name, written in (
        ("2026-11-20", NOW),  # last week's file, copied with its old date
        ("2026-11-19", NOW - timedelta(days=9)),  # last week's
        ("2027-11-30", NOW),
        ("2026-11-30", NOW),
    ):
        write(folder / f"{name}.yaml", f"date: {name}\nitems: |\n  Info {name}\n", written)
    result = CliRunner().invoke(cli, ["check"])
    assert [line for line in result.output.splitlines() if "warning" in line or "  →" in line] == [
        (
            "warning threads/2026-11-20.yaml:1:1: flashtweet@2026-11-20 was over when this file was written; "
            "it is not sent."
        ),
        "      → Correct the date, if another day is meant.  [past-date]",
        "warning threads/2027-11-30.yaml:1:1: flashtweet@2027-11-30 goes out in 367 days.",
        "      → Check the date and its year.  [far-date]",
        "4 files, 4 editions, 0 errors, 2 warnings",
    ]
    assert result.exit_code == 0
