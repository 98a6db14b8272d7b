"""The server: loopback only, one port, and a prompt stop."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from bot.errors import UsageError
from bot.sandbox import Fault, FaultKind, Sandbox, SandboxServer
from tests.unit.sandbox.support import TIMEOUT, Client, real_now

ROOT = Path(__file__).parents[3]


def new() -> Sandbox:
    return Sandbox(now=real_now)


def test_a_taken_port_is_reported():
    with SandboxServer(new()) as first:
        port = int(first.base_url.rsplit(":", 1)[1])
        with pytest.raises(UsageError, match=rf"port {port} of 127.0.0.1 is taken .* or 0 for any free port"):
            SandboxServer(new(), port=port).start()


def test_a_port_stays_taken_while_connections_are_refused():
    """Otherwise another program could take the port in the meantime."""
    with SandboxServer(new()) as first:
        port = int(first.base_url.rsplit(":", 1)[1])
        first.sandbox.faults.add(Fault(FaultKind.REFUSED, seconds=30))
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))


def test_a_port_is_free_again_after_stop():
    with SandboxServer(new()) as first, Client(first) as client:
        port = int(first.base_url.rsplit(":", 1)[1])
        client.create("Bonjour")
    with SandboxServer(new(), port=port) as second, Client(second) as client:
        client.create("Bonjour")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.com", ""])  # noqa: S104
def test_only_loopback_is_served(host):
    with pytest.raises(UsageError, match="is not loopback"):
        SandboxServer(new(), host=host)


def test_a_port_that_does_not_exist():
    with pytest.raises(UsageError, match="port 70000"):
        SandboxServer(new(), port=70_000).start()


def test_the_socket_really_listens_on_loopback_only():
    """Checked with the kernel, not our own code: no other address of this machine reaches the port."""
    with SandboxServer(new()) as server:
        port = int(server.base_url.rsplit(":", 1)[1])
        table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


def test_a_stop_before_the_start_takes_effect():
    """A signal may arrive while the command is still starting."""
    server = SandboxServer(new())
    server.stop()
    server.serve_forever()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.page, timeout=TIMEOUT)


def test_stop_can_be_called_twice():
    server = SandboxServer(new())
    server.start()
    server.stop()
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.page, timeout=TIMEOUT)


def test_serving_prints_nothing(capfd, caplog):
    """Not even if the program configures logging: signatures and texts must not be logged."""
    caplog.set_level(logging.INFO)
    with SandboxServer(new()) as server, Client(server) as client:
        client.create("Bonjour")
        server.sandbox.faults.add(Fault(FaultKind.ANSWER_LOST), Fault(FaultKind.TRUNCATED))
        for _ in range(2):
            with pytest.raises(requests.RequestException):
                client.post("x" * 281)
        requests.get(server.page, timeout=TIMEOUT)
    assert capfd.readouterr() == ("", "")
    assert [record.name for record in caplog.records if not record.name.startswith("urllib3")] == []


FOREVER = """
import signal, sys
from datetime import datetime, UTC
from bot.sandbox import Fault, FaultKind, Sandbox, SandboxServer
server = SandboxServer(Sandbox(now=lambda: datetime.now(UTC)))
server.start()
server.sandbox.faults.add(Fault(FaultKind.DELAY, seconds=60))
for name in (signal.SIGINT, signal.SIGTERM):
    signal.signal(name, lambda *_: server.stop())
print(server.base_url, flush=True)
server.serve_forever()
print("stopped", flush=True)
"""


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_serve_forever(name):
    """``flashtweet sandbox`` relies on this: `stop` from a signal handler, in the waiting thread.

    A delayed request neither holds it up nor logs an error.
    """
    command = [sys.executable, "-W", "error", "-c", FOREVER]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        with pytest.raises(requests.ReadTimeout):
            requests.post(f"{base_url}/2/tweets", json={"text": "Bonjour"}, timeout=0.2)
        process.send_signal(name)
        assert process.communicate(timeout=TIMEOUT) == ("stopped\n", "")
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait(TIMEOUT)


def test_posts_can_be_read_from_other_threads_while_they_are_made():
    with SandboxServer(new()) as server, Client(server) as client:
        stop = threading.Event()
        snapshots = []

        def watch():
            while not stop.is_set():
                snapshots.append([post.id for post in server.sandbox.posts()])

        watcher = threading.Thread(target=watch)
        watcher.start()
        made = [client.create(f"post {number}") for number in range(50)]
        stop.set()
        watcher.join(TIMEOUT)
    assert all(made[: len(snapshot)] == snapshot for snapshot in snapshots)


def test_answers_do_not_wait_for_acknowledgements(client):
    """Without TCP_NODELAY each answer takes 40 ms more, which would distort every lateness measured here."""
    client.create("Bonjour")
    (connection,) = client.server.sandbox.world.connections.values()
    assert connection.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
