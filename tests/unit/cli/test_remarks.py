"""Tests of log warnings printed by commands that write no log."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from click.testing import CliRunner, Result

from bot.cli.common import Frame
from bot.cli.warnings_output import remarks
from tests.fakes.clock import START
from tests.fakes.threads import KEY
from tests.fakes.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

log = logging.getLogger("flashtweet.test")


def command(act: Callable[[], object]) -> Result:
    """Return the output of a command that runs `act` and prints "done"."""

    @click.group(cls=Frame)
    def group() -> None:
        pass

    @group.command("try")
    def attempt() -> None:
        act()
        click.echo("done")

    return CliRunner().invoke(group, ["try"])


def test_a_warning_is_a_line_on_stderr_with_its_fields() -> None:
    done = command(lambda: log.warning("something is odd", extra={"edition": KEY, "why": "a b"}))
    assert done.stderr == f'warning: something is odd edition={KEY} why="a b"\n'
    assert done.stdout == "done\n"


def test_what_is_no_warning_is_not_shown() -> None:
    assert command(lambda: log.info("post sent")).stderr == ""


def test_a_text_cannot_steer_the_terminal() -> None:
    done = command(lambda: log.error("odd", extra={"path": "a\x1b[2J\nb"}))
    assert done.stderr.startswith("error: odd path=")
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr


def test_a_bug_that_is_caught_has_a_line_and_no_traceback() -> None:
    def fail() -> None:
        try:
            dict[str, str]()["seven"]
        except KeyError:
            log.exception("a bug keeps an edition from being composed")

    line = "error: a bug keeps an edition from being composed: KeyError('seven')\n"
    assert command(fail).stderr == line


def test_after_the_command_the_log_is_as_before() -> None:
    before = logging.getLogger().handlers[:]
    command(lambda: None)
    assert logging.getLogger().handlers == before


def test_a_clock_that_is_set_while_a_thread_is_published_is_such_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path)
    world.clock.at(START + timedelta(seconds=1), lambda: world.clock.jump(-timedelta(seconds=30)))
    with remarks():
        world.publish()
    line = f"warning: the wall clock was set; the thread keeps its pace edition={KEY} seconds=-30.0\n"
    assert capsys.readouterr().err == line


def test_the_simulator_prints_none() -> None:
    """The simulation sets clocks dozens of times."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--editions", "60"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stderr == ""
    assert "0 broken" in done.stdout
