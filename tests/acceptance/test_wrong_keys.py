"""Malformed keys: errors name the fault, and the ledger binds to the right account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.processes import DAILY, Project, SandboxProcess

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.acceptance, pytest.mark.usefixtures("sandbox")]

EDITION = "flashtweet@2020-11-06"


def creates(sandbox: SandboxProcess) -> int:
    return sum(request["kind"] == "create" for request in sandbox.get("requests"))


@pytest.fixture
def written(project: Project) -> Project:
    project.write("threads/2020-11-06.yaml", DAILY)
    project.env["FLASHTWEET_LEDGER"] = "sqlite:///ledger.db"
    return project


@pytest.mark.parametrize("form", ['"{}"', "“{}”", "{} ", "{}\n", "\u200b{}", "\ufeff{}"])
def test_a_malformed_token_has_no_effect(written: Project, sandbox: SandboxProcess, form: str) -> None:
    token = written.env["X_ACCESS_TOKEN"]
    done = written.run("publish", EDITION, X_ACCESS_TOKEN=form.format(token))
    assert done.returncode == 2, done.stderr
    assert "environment: X_ACCESS_TOKEN: character " in done.stderr
    assert sandbox.get("requests") == []
    assert written.run("publish", EDITION).returncode == 0
    assert creates(sandbox) == 12


def test_an_account_that_x_does_not_accept_does_not_bind_the_ledger(
    written: Project, sandbox: SandboxProcess
) -> None:
    """The token's form is right but its account is not, and the ledger replaces another one."""
    assert written.run("publish", EDITION, X_ACCESS_TOKEN="1-abc").returncode == 4
    (written.folder / "ledger.db").unlink()
    done = written.run("publish", EDITION, X_ACCESS_TOKEN="1-abc")
    assert (done.returncode, "timeline cannot be read" in done.stdout) == (4, True), done.stdout
    assert written.run("publish", EDITION).returncode == 0
    assert creates(sandbox) == 13  # 12, and one with the refused keys: X answered 401


def test_another_account_posts_nothing_from_a_used_ledger(
    written: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert written.run("publish", EDITION).returncode == 0
    folder: Path = tmp_path_factory.mktemp("other")
    with Project(folder, forked=True) as other:
        second = other.sandbox()
        written.write("threads/2020-11-09.yaml", DAILY)
        done = written.run("publish", "flashtweet@2020-11-09", **other.env)
        assert (done.returncode, "and has 12 posts there" in done.stderr) == (4, True), done.stderr
        assert second.get("requests") == []


def test_a_post_in_doubt_frees_the_ledger_once_the_operator_resolves_it(
    written: Project, sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory
) -> None:
    written.write("config.yaml", "on_unknown: hold\n" + (written.folder / "config.yaml").read_text("utf-8"))
    sandbox.switch_on(fault="dropped", request="create")
    assert written.run("publish", EDITION).returncode == 4
    folder: Path = tmp_path_factory.mktemp("other")
    with Project(folder, forked=True) as other:
        second = other.sandbox()
        done = written.run("publish", EDITION, **other.env)
        assert done.returncode == 4
        command = f"flashtweet resolve {EDITION} --post 1 --resend"
        assert done.stderr.rstrip().endswith(command), done.stderr
        assert second.get("requests") == []
        assert written.run(*command.split()[1:], "--yes", **other.env).returncode == 0
        assert written.run("publish", EDITION, **other.env).returncode == 0
        assert creates(second) == 12
