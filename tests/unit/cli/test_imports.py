"""Tests that a command imports only the libraries that it uses."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click
import pytest

from bot import cli as commands
from bot.cli.main import COMMANDS, cli
from tests.processes import CONFIG, DAILY

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"yaml", "pydantic", "babel"}
LEDGER = {"sqlalchemy", "sqlite3"}
X = {"tweepy", "requests"}
ALARM = {"apscheduler"}
WEB = {"starlette", "uvicorn", "jinja2"}
ALERTS = {"apprise"}
ALL = ALERTS | FILES | LEDGER | X | ALARM | WEB | {"rich"}

EDITION = "flashtweet@2020-11-06"
KEYS = {
    "X_API_KEY": "key",
    "X_API_KEY_SECRET": "keysecret",
    "X_ACCESS_TOKEN": "1-token",
    "X_ACCESS_TOKEN_SECRET": "tokensecret",
    "X_API_BASE_URL": "http://127.0.0.1:9",  # a port without a listener
}

LOOK = """
import sys
from bot.cli import main
try:
    main()
finally:
    sys.stderr.write("\\n" + " ".join({name.partition(".")[0] for name in sys.modules}))
"""


def imported(folder: Path, command: str, env: dict[str, str] | None = None) -> set[str]:
    """Return the modules of `ALL` that ``flashtweet`` has imported when `command` ends."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *command.split()],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in KEYS} | (env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ALL & set(done.stderr.splitlines()[-1].split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "threads").mkdir()
    (tmp_path / "threads" / "2020-11-06.yaml").write_text(DAILY, "utf-8")
    return tmp_path


WITHOUT_A_LEDGER = {
    "--version": set[str](),
    "--help": set[str](),
    "chekc": set[str](),
    "run --help": {"babel"},
    "weigh Bonjour": {"rich"},
    "check": FILES | {"rich"},
    f"preview {EDITION}": FILES | {"rich"},
    f"publish --dry-run {EDITION}": FILES | {"rich"},
    "run": FILES | {"rich"},  # the credentials are missing
    "alert --test": FILES | {"rich"},  # there are no recipients
}
WITH_A_LEDGER = {
    f"publish {EDITION}": FILES | LEDGER | X | {"rich"},
    "status": FILES | LEDGER | {"rich"},
    f"log {EDITION}": FILES | LEDGER | {"rich"},
    f"hold {EDITION} --yes": FILES | LEDGER | {"rich"},
    "backup copy.db": FILES | LEDGER | {"rich"},
    "check": FILES | LEDGER | {"rich"},
    f"doctor {EDITION}": FILES | LEDGER | X | {"rich"},
}


@pytest.mark.parametrize("command", WITHOUT_A_LEDGER)
def test_imports_without_a_ledger(folder: Path, command: str) -> None:
    """Nothing is recorded, looked up or sent."""
    assert imported(folder, command) == WITHOUT_A_LEDGER[command]


@pytest.mark.parametrize("command", WITH_A_LEDGER)
def test_imports_with_a_ledger(folder: Path, command: str) -> None:
    """An existing ledger is opened; only commands that publish import the client of X."""
    imported(folder, "pause --yes", KEYS)
    assert imported(folder, command, KEYS) == WITH_A_LEDGER[command]


def test_imports_of_the_daemon(folder: Path) -> None:
    """The daemon imports everything it will need before it reports that it runs; no web server."""
    with subprocess.Popen(
        [sys.executable, "-c", LOOK, "run"],
        cwd=folder,
        env=os.environ | KEYS,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as daemon:
        assert daemon.stderr
        assert any("flashtweet started" in line for line in daemon.stderr)
        daemon.terminate()
        *_, last = daemon.stderr
    assert ALL & set(last.split()) == FILES | LEDGER | X | ALARM


def test_commands_are_listed_as_they_are() -> None:
    """Names and first sentences are in a table, so that no command is imported to list them."""
    found = {
        f"bot.cli.{module.name}": {
            str(name): one.get_short_help_str(limit=1000)
            for name, one in vars(import_module(f"bot.cli.{module.name}")).items()
            if isinstance(one, click.Command) and not isinstance(one, click.Group)
        }
        for module in pkgutil.iter_modules(commands.__path__)
    }
    assert {module: listed for module, listed in found.items() if listed} == COMMANDS
    assert sorted(name for listed in COMMANDS.values() for name in listed) == sorted(cli.commands)
