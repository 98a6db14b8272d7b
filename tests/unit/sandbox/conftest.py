from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox import Sandbox, SandboxServer
from tests.unit.sandbox.support import Client, SettableClock, real_now

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def sandbox(clock: SettableClock) -> Sandbox:
    return Sandbox(now=clock, real_now=real_now)


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[SandboxServer]:
    with SandboxServer(sandbox) as server:
        yield server


@pytest.fixture
def client(server: SandboxServer) -> Iterator[Client]:
    with Client(server) as client:
        yield client
