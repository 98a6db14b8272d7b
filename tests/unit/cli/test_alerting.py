"""Tests of ``flashtweet alert --test``: whole outputs, against real servers."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli.main import cli
from tests.fakes.service import Service
from tests.processes import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLANTED = "planted-secret-1f3c"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def services() -> Iterator[tuple[Service, Service]]:
    with Service() as one, Service() as other:
        yield one, other


def configure(folder: Path, *urls: str) -> None:
    text = "".join(f"    - {url}\n" for url in urls)
    (folder / "config.yaml").write_text(f"{CONFIG}\nalerts:\n  urls:\n{text}", "utf-8")


def invoke(*arguments: str, code: int, env: dict[str, str] | None = None) -> str:
    """Return everything it prints."""
    done = CliRunner().invoke(cli, ["alert", *arguments], env=env)
    assert done.exit_code == code, done.output
    assert PLANTED not in done.output
    return done.output


def test_each_url_is_tried_and_named_without_its_secret(folder: Path, services: tuple[Service, Service]):
    one, other = services
    other.statuses = [403]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configure(folder, "${FIRST}", "${SECOND}", "${THIRD}", "${FOURTH}")
    env = {
        "FIRST": f"json://{one.host}/{PLANTED}",
        "SECOND": f"json://{other.host}/{PLANTED}",
        "THIRD": f"json://127.0.0.1:{port}/{PLANTED}",
        "FOURTH": f"bogus://{PLANTED}",
    }
    assert invoke("--test", code=4, env=env) == (
        "alerts.urls 1 (json, ${FIRST}): sent\n"
        "alerts.urls 2 (json, ${SECOND}): failed: it answered 403\n"
        "alerts.urls 3 (json, ${THIRD}): failed: it cannot be reached\n"
        "alerts.urls 4 (bogus, ${FOURTH}): failed: apprise does not understand this URL\n"
    )
    assert [body["title"] for _, body in (*one.got, *other.got)] == ["flashtweet: test"] * 2
    assert "nothing is wrong" in one.got[0][1]["message"]


def test_all_is_well(folder: Path, services: tuple[Service, Service]):
    configure(folder, f"json://{services[0].host}/a")
    assert invoke("--test", code=0) == "alerts.urls 1 (json): sent\n"
    assert json.loads(invoke("--test", "--json", code=0)) == [
        {"to": "alerts.urls 1 (json)", "sent": True, "reason": None}
    ]


def test_nobody_would_be_told(folder: Path):
    configure(folder)
    assert invoke("--test", code=2) == (
        "flashtweet: config.yaml: alerts: urls: is empty; no alert would be sent. "
        "Write a URL there as ${NAME}, and NAME=… into .env; see the comments in config.yaml.\n"
    )


def test_a_variable_is_not_set(folder: Path):
    configure(folder, "${CHAT}")
    assert "alerts.urls.1: CHAT is not set. Set it in .env beside this file: CHAT=…" in invoke(
        "--test", code=2
    )


def test_without_the_option(folder: Path):
    configure(folder)
    assert invoke(code=2) == "flashtweet: --test is missing. Type: flashtweet alert --test\n"


def test_the_hourly_ping_is_tried_where_that_is_asked_for(folder: Path, services: tuple[Service, Service]):
    one, other = services
    configure(folder, "${FIRST}")
    with (folder / "config.yaml").open("a") as config:
        config.write("  hourly_ping: ${PING}\n")
    env = {"FIRST": f"json://{one.host}/", "PING": f"http://{other.host}/{PLANTED}"}
    invoke("--test", code=0, env=env)
    assert other.got == []
    assert invoke("--test", "--ping", code=0, env=env).splitlines()[-1] == "alerts.hourly_ping: sent"
    assert [path for path, _ in other.got] == [f"/{PLANTED}"]
    other.statuses = [404]
    told = invoke("--test", "--ping", code=4, env=env)
    assert told.splitlines()[-1] == "alerts.hourly_ping: failed: it answered 404"


def test_a_ping_that_is_not_there_cannot_be_tried(folder: Path):
    configure(folder, "json://127.0.0.1:1/")
    assert "hourly_ping: is empty" in invoke("--test", "--ping", code=2)
