"""Tests of the first command that ``flashtweet sandbox`` suggests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli.main import cli
from bot.sandbox import SandboxServer

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "series:\n  flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour !, outro: À demain !}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(SandboxServer, "serve_forever", lambda _: None)
    (tmp_path / "threads").mkdir()
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    return tmp_path


def says() -> str:
    done = CliRunner().invoke(cli, ["sandbox", "--port", "0"])
    assert done.exit_code == 0, done.output
    return next(line for line in done.stdout.splitlines() if line.startswith("Then"))


@pytest.mark.parametrize(
    ("dates", "edition"),
    [
        (("2020-11-05", "2020-11-06"), "flashtweet@2020-11-06"),
        (("2020-11-06", "2099-01-01", "2099-01-02"), "flashtweet@2099-01-01"),
    ],
    ids=["the latest", "the next"],
)
def test_it_names_an_edition_that_is_there(folder: Path, dates: tuple[str, ...], edition: str) -> None:
    for one in dates:
        (folder / "threads" / f"{one}.yaml").write_text(f"items: |\n  Un appel {one}\n  Deux\n", "utf-8")
    assert says() == f"Then, for instance: flashtweet publish {edition}"


@pytest.mark.parametrize("config", [CONFIG, "series: nonsense\n", None])
def test_without_one_it_shows_the_form(folder: Path, config: str | None) -> None:
    path = folder / "config.yaml"
    path.unlink() if config is None else path.write_text(config, "utf-8")
    assert says() == "Then: flashtweet publish EDITION ('flashtweet check' lists them)"
