"""Tests that commands on the ledger alone work while keys are rotated, on the ledger that can be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot import errors, wiring
from bot.cli.main import cli
from bot.core.publishing.policy import Policy
from bot.core.schedule.slots import due_times
from bot.services.publish import PublishRun
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.x import FakeX

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
SOUND = "".join(f"{name}=1-abc\n" for name in SECRETS)
BROKEN = {
    "none": b"",
    "half": b"X_API_KEY=abc\n",
    "quotes": SOUND.encode() + b"X_ACCESS_TOKEN='\"1-abc\"'\n",
    "not text": b"X_API_KEY=\xff\n",
    "file gone": b"X_API_KEY_FILE=nowhere\n",
    "no address": SOUND.encode() + b"X_API_BASE_URL=https://a b\n",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a thread that X stopped at post 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "threads").mkdir()
    (tmp_path / "config.yaml").write_text(
        "series:\n  flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour !, outro: À demain !}\n",
        "utf-8",
    )
    clock = FakeClock()
    ledger = make_ledger(tmp_path / "flashtweet.db", clock)
    ledger.plan(make_thread("un", "deux"), due_times(START, START - START, 2), START)
    x = FakeX(clock)
    x.outcomes.extend([None, errors.AccountRefused("X answered 402.")])
    PublishRun(ledger, x, clock, Policy())(KEY)
    ledger.close()
    return tmp_path


def run(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(cli, arguments, env=dict.fromkeys(SECRETS) | env)


def write_env(folder: Path, content: bytes) -> None:
    path = folder / ".env"
    path.write_bytes(content)
    path.chmod(0o600)


USED = "warning: flashtweet.db: using this ledger from config.yaml, without valid credentials to confirm it"


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_the_brake_works(folder: Path, content: bytes) -> None:
    write_env(folder, content)
    for command in (("pause", "--yes"), ("resume", "--yes"), ("cancel", str(KEY), "--yes")):
        done = run(*command)
        assert done.exit_code == 0, done.output
        assert done.stderr.count(USED) == 1
        assert "no daemon runs on it. If yours is another ledger, type: " in done.stderr
        assert "FLASHTWEET_LEDGER=sqlite:////PATH/TO/LEDGER.db flashtweet" in done.stderr
    assert run("status").exit_code == 0


def test_a_daemon_that_runs_on_it_shows_that_it_is_the_right_one(folder: Path) -> None:
    write_env(folder, b"")
    with wiring.daemon_lock(folder / "flashtweet.db"):
        done = run("pause", "--yes")
    assert done.exit_code == 0
    assert f"{USED}; a daemon runs on it (process " in done.stderr
    assert "FLASHTWEET_LEDGER" not in done.stderr


def test_both_have_codes(folder: Path) -> None:
    write_env(folder, b"")
    config = wiring.load_for_ledger(folder / "config.yaml")
    doubt = wiring.found_ledger(config)[1]
    assert doubt is not None
    assert doubt.code == "ledger-in-doubt"
    (folder / "flashtweet.db").unlink()
    (folder / ".env").write_bytes(b"X_API_KEY=\xff")
    with pytest.raises(errors.ConfigError) as refused:
        wiring.load_for_ledger(folder / "config.yaml")
    assert "no-ledger" in [one.code for one in refused.value.findings]


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_ledger_that_the_environment_names_is_certain(folder: Path, content: bytes) -> None:
    write_env(folder, content)
    (folder / "flashtweet.db").rename(folder / "other.db")
    done = run("pause", "--yes", FLASHTWEET_LEDGER="sqlite:///other.db")
    assert (done.exit_code, USED in done.stderr) == (0, False), done.output
    assert not (folder / "flashtweet.db").exists()


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_where_no_ledger_is_found_it_says_what_to_type(folder: Path, content: bytes) -> None:
    write_env(folder, content)
    (folder / "flashtweet.db").rename(folder / "elsewhere.db")
    done = run("pause", "--yes")
    assert done.exit_code == 2
    assert "FLASHTWEET_LEDGER=sqlite:////PATH/TO/LEDGER.db flashtweet" in done.stderr
    assert not (folder / "flashtweet.db").exists()


def test_a_sandbox_without_its_account_has_a_ledger_that_nobody_knows(folder: Path) -> None:
    write_env(folder, b"X_API_BASE_URL=http://127.0.0.1:9\n")
    done = run("pause", "--yes")
    assert done.exit_code == 2
    assert "a sandbox's ledger is named after its account" in done.stderr
    assert "FLASHTWEET_LEDGER=sqlite:////PATH/TO/LEDGER.db flashtweet" in done.stderr


def test_a_ledger_that_is_named_wrongly_is_not_guessed(folder: Path) -> None:
    write_env(folder, SOUND.encode() + b"FLASHTWEET_LEDGER=postgresql://u:p@h/d\n")
    done = run("pause", "--yes")
    assert done.exit_code == 2
    assert "FLASHTWEET_LEDGER" in done.stderr
    assert "paused" not in done.stdout


def test_an_id_is_believed_where_x_cannot_be_asked(folder: Path) -> None:
    write_env(folder, b"")
    done = run("resolve", str(KEY), "--post", "2", "--skip", "--yes")
    assert "not checked on X" not in done.stderr
    done = run("resolve", str(KEY), "--posted", "1324617389283635200", "--yes")
    assert "not checked on X that post 1324617389283635200 exists" in done.stderr
