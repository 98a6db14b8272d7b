"""Tests that printed commands, pasted unchanged, act on the ledger in question."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot import errors, wiring
from bot.cli.main import cli
from bot.config import XAccess
from bot.core.publishing.policy import Policy
from bot.core.schedule.slots import due_times
from bot.services.operator_actions import Decisions
from bot.services.publish import PublishRun
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.x import FakeX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.core.model import EditionKey

CONFIG = "series:\n  flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour !, outro: À demain !}\n"
CREDENTIALS = {
    name: f"1-{name.lower().replace('_', '')}"
    for name in ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
}
TEXTS = ("Bonjour !", "Un", "Deux", "À demain !")
ACCESS = XAccess("http://127.0.0.1:1", "key", "secret", "7-token", "token-secret")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "threads").mkdir()
    (tmp_path / "threads" / f"{KEY.date}.yaml").write_text("items: |\n  flashtweet status\n  Deux\n", "utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    return tmp_path


def stop_in(ledger_file: Path, clock: FakeClock, key: EditionKey = KEY) -> Decisions:
    """Leave an edition HELD in the ledger, with post 2 refused."""
    ledger, x = make_ledger(ledger_file, clock), FakeX(clock)
    x.outcomes.extend([None, errors.Rejected("X answered 400.")])
    ledger.plan(
        make_thread(*TEXTS, key=key, slot_at=START), due_times(START, timedelta(seconds=2), 4), clock.now()
    )
    assert PublishRun(ledger, x, clock, Policy(settle=timedelta(seconds=90)))(key).state == "HELD"
    return Decisions(ledger, clock, None, timedelta(seconds=60))  # type: ignore[arg-type]


@pytest.fixture
def rehearsal(folder: Path) -> Iterator[Decisions]:
    """Return a folder in which a rehearsal runs with a HELD edition."""
    file = folder / "flashtweet.sandbox.db"
    decisions = stop_in(file, FakeClock())
    with wiring.daemon_lock(file), wiring.reachable(file, ACCESS, timedelta(0)):
        yield decisions


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env=CREDENTIALS)


def commands(done: Result) -> list[str]:
    """Return the commands on a ledger in the output, with the options before their names."""
    found = re.findall(r"flashtweet ((?:-\S+ |'[^']*' |\S+\.yaml )*[a-z]+)\b", done.output)
    return [one for one in found if one != "sandbox"]


REHEARSED = [
    ("status",),
    ("status", "--json"),
    ("log", str(KEY)),
    ("release", str(KEY), "--yes"),
    ("hold", "flashtweet@2020-11-09", "--yes"),
    ("hold", str(KEY), "--yes"),
    ("cancel", str(KEY)),
    ("resolve", str(KEY), "--skip", "--yes"),
    ("pause", "--yes"),
    ("doctor", str(KEY)),
    ("publish", "flashtweet@2020-11-09"),
]


@pytest.mark.parametrize("typed", REHEARSED, ids=" ".join)
@pytest.mark.usefixtures("rehearsal")
def test_each_command_of_a_rehearsal_reaches_it(typed: tuple[str, ...]) -> None:
    for done in (run("--rehearsal", *typed), run(*typed, "--rehearsal")):
        assert [one for one in commands(done) if not one.startswith("--rehearsal ")] == [], done.output


@pytest.mark.usefixtures("rehearsal")
def test_some_name_one() -> None:
    assert "type: flashtweet --rehearsal publish flashtweet@" in run("--rehearsal", "status").stdout


def test_a_pause_of_it_names_how_to_end_it(rehearsal: Decisions) -> None:
    rehearsal.pause("breaking news")
    assert commands(run("--rehearsal", "publish", str(KEY))) == ["--rehearsal resume"]


@pytest.mark.usefixtures("rehearsal")
def test_posts_come_out_byte_for_byte() -> None:
    assert "1️⃣ flashtweet status\n" in run("--rehearsal", "preview", str(KEY)).stdout
    assert "\n1️⃣ flashtweet status\n" in run("--rehearsal", "publish", str(KEY), "--dry-run").stdout
    shown = json.loads(run("--rehearsal", "preview", str(KEY), "--json").stdout)
    assert shown["editions"][0]["posts"][1]["text"] == "1️⃣ flashtweet status"


def test_who_publishes_it_is_told_of_with_a_command_that_reaches_it(rehearsal: Decisions) -> None:
    claim = rehearsal.ledger.claim(KEY, timedelta(seconds=60), rehearsal.clock.now())
    done = run("--rehearsal", "hold", str(KEY), "--yes")
    rehearsal.ledger.release(claim)
    assert [one for one in commands(done) if not one.startswith("--rehearsal ")] == [], done.output


def test_another_configuration_is_named(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    stop_in(folder / "flashtweet.db", FakeClock())
    elsewhere = tmp_path_factory.mktemp("là bas")
    for name in ("config.yaml", "flashtweet.db"):
        (folder / name).rename(elsewhere / name)
    (elsewhere / "threads").mkdir()
    config = str(elsewhere / "config.yaml")
    done = run("--config", config, "status")
    assert f"type: flashtweet --config '{config}' publish {KEY}" in done.stdout


@pytest.mark.usefixtures("rehearsal")
def test_beside_a_rehearsal_publishing_for_real_asks_first(folder: Path) -> None:
    done = run("publish", str(KEY))
    assert done.exit_code == 2, done.output
    assert f"A rehearsal runs here (process {_pid(folder)}); this command is not part of it. " in done.stderr
    assert f"Publish {KEY} for real, to account 1?" in done.stderr
    assert "add --yes. Nothing was changed." in done.stderr


def _pid(folder: Path) -> str:
    return wiring.daemon_lock(folder / "flashtweet.sandbox.db").holder() or ""


@pytest.mark.usefixtures("rehearsal")
def test_a_daemon_on_another_ledger_here_is_named(folder: Path) -> None:
    assert (
        "no daemon runs on it, but one runs on flashtweet.sandbox.db "
        f"(process {_pid(folder)}; type: flashtweet --rehearsal status)"
    ) in run("status").stdout
