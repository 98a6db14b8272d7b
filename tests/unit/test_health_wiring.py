"""The pages of health, joined as the daemon gets them."""

from __future__ import annotations

import json
import socket
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import wiring
from bot.config import XAccess, load
from bot.core.address import ListenAddress
from tests.fakes.clock import START
from tests.processes import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    from bot.wiring import Newsroom


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    """One for the real X, which nobody asks here."""
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
    config = replace(load(tmp_path / "config.yaml", {}, tmp_path), health=ListenAddress("127.0.0.1", free))
    access = XAccess("https://api.x.com", "key", "secret", "1-token", "secret")
    clock = wiring.SystemClock()
    with wiring.open_ledger(tmp_path / "ledger.db", clock) as ledger:
        return wiring.Newsroom(config, access, clock, ledger)


def read(url: str | None, path: str) -> str:
    with urllib.request.urlopen(f"{url}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def test_the_heart_that_beats_is_the_one_that_is_listened_to(newsroom: Newsroom):
    metrics = wiring.metrics(newsroom.config)
    with wiring.health(newsroom, metrics, {"ledger": lambda: None}) as server:
        assert server
        assert server.url == f"http://{newsroom.config.health}"
        metrics.beat(START)
        assert 0 <= json.loads(read(server.url, "/healthz"))["heartbeat_age_seconds"] < 5
        assert json.loads(read(server.url, "/readyz"))["ready"] is True
        page = read(server.url, "/metrics")
    assert 'flashtweet_check_ok{check="ledger"} 1.0' in page
    assert f"flashtweet_heartbeat_timestamp_seconds {START.timestamp()!r}"[:40] in page
    assert 'flashtweet_posts_total{outcome="sent",series="flashtweet"} 0.0' in page


def test_off(newsroom: Newsroom):
    newsroom = replace(newsroom, config=replace(newsroom.config, health=None))
    with wiring.health(newsroom, wiring.metrics(newsroom.config), {}) as server:
        assert server is None


def test_a_rehearsal_leaves_the_port_to_the_daemon(newsroom: Newsroom):
    access = replace(newsroom.access, base_url="http://127.0.0.1:1")
    metrics = wiring.metrics(newsroom.config)
    with (
        wiring.health(newsroom, metrics, {}) as real,
        wiring.health(replace(newsroom, access=access), metrics, {}) as rehearsal,
    ):
        assert real
        assert rehearsal
        assert real.url == f"http://{newsroom.config.health}"
        assert rehearsal.url not in (None, real.url)
