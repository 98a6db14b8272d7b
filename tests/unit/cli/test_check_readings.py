"""Tests of how `check` shows the reading of each file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
series:
  flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour !, outro: À demain !}
  replay: {at: 19:30, weekdays: mon-fri, replays: flashtweet}
"""
TEN = "items: |\n" + "".join(f"  {n}. Info n° {n}\n" for n in range(1, 11))
FILES = {
    "2020-11-05.yaml": TEN,
    "2020-11-06.yaml": "items: |\n  Une seule info\noutro: ''\nintro: ''\n",
    "2020-11-09.yaml": "items: |\n  Un\n  Deux\noutro: Fin {issue}\n",
    "2020-11-10.yaml": "item: |\n  Un\n",
    "focus.yaml": "at: 2020-11-06 18:00\ntext: Un\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "threads").mkdir()
    for name, text in FILES.items():
        (tmp_path / "threads" / name).write_text(text, "utf-8")


@pytest.mark.usefixtures("folder")
def test_each_edition_has_a_line_with_its_file_items_and_posts() -> None:
    done = CliRunner().invoke(cli, ["check"])
    lines = [line.partition("  ")[0] for line in done.stdout.splitlines() if " → " in line and "@" in line]
    assert lines == [
        "threads/2020-11-05.yaml → flashtweet@2020-11-05, 10 items, 12 posts",
        "threads/2020-11-05.yaml → replay@2020-11-05, 10 items, 10 posts",
        "threads/2020-11-06.yaml → flashtweet@2020-11-06, 1 item, 1 post",
        "threads/focus.yaml → focus@2020-11-06, 1 post",
        "threads/2020-11-06.yaml → replay@2020-11-06, 1 item, 1 post",
        "threads/2020-11-09.yaml → flashtweet@2020-11-09, 2 items",
        "threads/2020-11-09.yaml → replay@2020-11-09, 2 items",
    ]
    assert done.stdout.count("not published: it has an error") == 2


@pytest.mark.usefixtures("folder")
def test_the_document_has_the_same() -> None:
    done = CliRunner().invoke(cli, ["check", "--json"])
    readings = json.loads(done.stdout)["readings"]
    assert readings[:4:3] == [
        {"path": "threads/2020-11-05.yaml", "edition": "flashtweet@2020-11-05", "items": 10, "posts": 12},
        {"path": "threads/focus.yaml", "edition": "focus@2020-11-06", "items": None, "posts": 1},
    ]
    assert readings[5] == {
        "path": "threads/2020-11-09.yaml",
        "edition": "flashtweet@2020-11-09",
        "items": 2,
        "posts": None,
    }
