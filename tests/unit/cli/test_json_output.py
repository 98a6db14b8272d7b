"""Tests that file names and texts in a JSON document cannot control the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli.main import cli
from bot.core.text.control_characters import STEERING
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
series: {flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour !, outro: À demain !}}
ledger: sqlite:///ledger.db
"""
HOSTILE = "a\u202egnp\u2066\x9b2J\u200f"

CREDENTIALS = dict.fromkeys(
    ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET"), "1-a"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "threads").mkdir()
    (tmp_path / "threads" / f"{HOSTILE}.yaml").write_text("date: 2020-13-45\nitems: [a]\n", "utf-8")
    ledger = make_ledger(tmp_path / "ledger.db", FakeClock())
    ledger.plan(make_thread(f"un {HOSTILE}"), [START], START)
    ledger.ask_hold(KEY, f"why: {HOSTILE}", START)
    ledger.pause(f"because {HOSTILE}", START)
    ledger.close()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "command",
    [
        ["check", "--json"],
        ["preview", "--json", f"threads/{HOSTILE}.yaml"],
        ["status", "--json"],
        ["log", "--json", str(KEY)],
        ["doctor", "--json"],
        ["weigh", "--json", f"x {HOSTILE}"],
        ["cancel", "--json", "--yes", "--why", HOSTILE, str(KEY)],
    ],
    ids=lambda command: command[0],
)
def test_no_document_steers(command: list[str]) -> None:
    done = CliRunner().invoke(cli, command, env=CREDENTIALS if command[0] == "cancel" else {})
    assert done.exit_code in (0, 3, 4), done.output
    shown = done.stdout
    assert not STEERING.search(shown.replace("\n", ""))
    assert HOSTILE in json.dumps(json.loads(shown), ensure_ascii=False)
