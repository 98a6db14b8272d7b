from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.sandbox import Sandbox, SandboxServer
from tests.contract.session import tweepy_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tweepy


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox(now=lambda: datetime.now(UTC))) as server:
        yield server


@pytest.fixture
def x(server: SandboxServer) -> Iterator[tweepy.Client]:
    client = tweepy_client(server)
    yield client
    client.session.close()
