"""Tests that commands compose each edition once, including a replay's original."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli.main import cli
from bot.core.content import compose as composing
from bot.core.content import validate

if TYPE_CHECKING:
    from pathlib import Path

    from bot.core.model import Edition, Thread

CONFIG = """
series:
  flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour !, outro: À demain !}
  replay: {at: 19:30, weekdays: mon-fri, replays: flashtweet}
"""
DAYS = ("2020-11-04", "2020-11-05", "2020-11-06")


@pytest.fixture
def counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "threads").mkdir()
    for day in DAYS:
        (tmp_path / "threads" / f"{day}.yaml").write_text(f"items: |\n  Un {day}\n  Deux {day}\n", "utf-8")
    counted: Counter[str] = Counter()
    real = composing.compose

    def compose(edition: Edition, locale: str, original: Thread | None = None) -> Thread:
        counted[str(edition.key)] += 1
        return real(edition, locale, original)

    monkeypatch.setattr(composing, "compose", compose)
    monkeypatch.setattr(validate, "compose", compose)
    return counted


@pytest.mark.parametrize(
    "command",
    [
        "check",
        "check --json",
        "check threads/2020-11-06.yaml",
        "preview threads/2020-11-06.yaml",
        "preview replay@2020-11-06",
        "publish --dry-run flashtweet@2020-11-06",
    ],
)
def test_no_edition_is_composed_twice(counts: Counter[str], command: str) -> None:
    done = CliRunner().invoke(cli, command.split())
    assert done.exit_code == 0, done.output
    assert {key for key in counts if key.endswith("2020-11-06")}
    assert {key: count for key, count in counts.items() if count != 1} == {}
