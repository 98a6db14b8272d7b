"""The health endpoint over real HTTP; no client can harm publishing."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import socket
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from bot import __version__
from bot.adapters.health import Checks, HealthCheck, HealthServer
from bot.adapters.health.connections import MOST_BYTES, MOST_IDLE, MOST_REQUESTS
from bot.core.address import ListenAddress
from bot.errors import LedgerError
from tests.processes import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HERE = ListenAddress("127.0.0.1", 0)
PATIENCE = 60.0
"""Timeout of a test in seconds; no test waits for it to pass."""


class House:
    """A daemon, as far as its health is concerned."""

    def __init__(self) -> None:
        self.age = 0.0
        self.checks: dict[str, HealthCheck] = {"ledger": lambda: None, "clock": lambda: None}
        self.metrics: Callable[[str, Mapping[str, bool]], tuple[str, bytes]] = _metrics

    def server(
        self, address: ListenAddress = HERE, patience: float = PATIENCE, **times: float
    ) -> HealthServer:
        return HealthServer(
            address,
            age=lambda: self.age,
            checks=Checks(self.checks, patience),
            metrics=self._metrics_page,
            **times,
        )

    def _metrics_page(self, checks: Mapping[str, bool]) -> WSGIApplication:
        def page(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
            content_type, text = self.metrics(environ.get("HTTP_ACCEPT", ""), checks)
            start_response("200 OK", [("Content-Type", content_type)])
            return [text]

        return page

    @contextlib.contextmanager
    def open(self, **how: Any) -> Iterator[Asker]:
        with self.server(**how) as server:
            yield Asker(server)


def _metrics(accept: str, checks: Mapping[str, bool]) -> tuple[str, bytes]:
    return "text/plain", f"{accept} {checks}".encode()


class Asker:
    def __init__(self, server: HealthServer) -> None:
        assert server.url
        self.url, self.port = server.url, int(server.url.rpartition(":")[2])

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer, answer.read()

    def json(self, path: str) -> tuple[int, Any]:
        answer, body = self.ask(path)
        assert answer.headers["Content-Type"] == "application/json"
        return answer.status, json.loads(body)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)


@pytest.fixture
def house() -> House:
    return House()


class TestPages:
    def test_a_loop_that_turns(self, house: House):
        house.age = 1.5
        with house.open() as asker:
            assert asker.json("/healthz") == (
                HTTPStatus.OK,
                {"alive": True, "heartbeat_age_seconds": 1.5, "allowed_seconds": 30.0},
            )

    def test_a_loop_that_stands_still(self, house: House):
        with house.open(alive_within=10.0) as asker:
            house.age = 10.25
            assert asker.json("/healthz") == (
                HTTPStatus.SERVICE_UNAVAILABLE,
                {"alive": False, "heartbeat_age_seconds": 10.25, "allowed_seconds": 10.0},
            )
            house.age = 10.0
            assert asker.json("/healthz")[0] == HTTPStatus.OK

    def test_ready(self, house: House):
        with house.open() as asker:
            ok = {"ok": True, "problem": None}
            assert asker.json("/readyz") == (
                HTTPStatus.OK,
                {"ready": True, "checks": {"ledger": ok, "clock": ok}},
            )

    def test_not_ready(self, house: House):
        """The page reports each problem; the text of a foreign error stays in the log."""

        def locked() -> str | None:
            raise LedgerError("the ledger is locked.")

        house.checks = {
            "ledger": locked,
            "clock": lambda: "31 s ahead of X's. Set the clock.",
            "token": lambda: str(1 // 0),
            "disk": lambda: None,
        }
        with house.open() as asker:
            status, told = asker.json("/readyz")
        assert (status, told["ready"]) == (HTTPStatus.SERVICE_UNAVAILABLE, False)
        assert {name: check["problem"] for name, check in told["checks"].items()} == {
            "ledger": "the ledger is locked.",
            "clock": "31 s ahead of X's. Set the clock.",
            "token": "ZeroDivisionError; see the log for details.",
            "disk": None,
        }

    def test_an_error_without_words_is_an_error(self, house: House):
        def fails() -> str | None:
            raise LedgerError

        house.checks = {"ledger": fails}
        with house.open() as asker:
            status, told = asker.json("/readyz")
        assert status == HTTPStatus.SERVICE_UNAVAILABLE
        assert told["checks"]["ledger"] == {"ok": False, "problem": "LedgerError"}

    def test_readiness_is_not_life(self, house: House):
        """A supervisor that restarts the daemon because of X's refusals would make it worse."""
        house.checks = {"token": lambda: "X answered 401."}
        with house.open() as asker:
            assert asker.json("/healthz")[0] == HTTPStatus.OK

    def test_metrics(self, house: House):
        house.checks["clock"] = lambda: "31 s ahead."
        with house.open() as asker:
            answer, body = asker.ask("/metrics?x=1", Accept="text/plain")
        assert (answer.status, answer.headers["Content-Type"]) == (HTTPStatus.OK, "text/plain")
        assert body == b"text/plain {'ledger': True, 'clock': False}"
        assert answer.headers["Server"] == f"flashtweet/{__version__}"

    def test_head_has_no_body(self, house: House):
        house.age = 60
        with house.open() as asker, asker.connect() as reader:
            reader.sendall(b"HEAD /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            answer = b"".join(iter(lambda: reader.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.0 503")
        assert answer.endswith(b"\r\n\r\n")

    def test_other_pages_and_methods(self, house: House):
        with house.open() as asker:
            answer, body = asker.ask("/")
            assert (answer.status, body) == (
                HTTPStatus.NOT_FOUND, b"Available: /healthz, /readyz and /metrics.\n"
            )  # fmt: skip
            assert asker.ask("/healthz", "POST")[0].status == HTTPStatus.NOT_IMPLEMENTED

    def test_a_bug_is_an_answer_and_a_line_in_the_log(self, house: House, caplog: pytest.LogCaptureFixture):
        house.metrics = lambda _, checks: ("", bytes(str(checks["no such check"]), "ascii"))
        with house.open() as asker:
            answer, body = asker.ask("/metrics")
        assert (answer.status, body) == (
            HTTPStatus.INTERNAL_SERVER_ERROR, b"This is a bug in flashtweet; see its log for details.\n"
        )  # fmt: skip
        [record] = [one for one in caplog.records if one.levelno >= logging.ERROR]
        assert record.exc_info


class TestWhoMayAsk:
    @pytest.mark.parametrize("host", ["127.0.0.1:9464", "localhost", "LOCALHOST:1", "[::1]:9464"])
    def test_this_machine(self, house: House, host: str):
        with house.open() as asker:
            assert asker.ask("/healthz", Host=host)[0].status == HTTPStatus.OK

    @pytest.mark.parametrize("host", ["attacker.example:9464", "10.0.0.1", "127.0.0.1.attacker.example", ""])
    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
    def test_a_page_in_a_browser_that_came_by_another_name(self, house: House, host: str, path: str):
        """DNS rebinding: a foreign name that resolves to 127.0.0.1."""
        with house.open() as asker:
            answer, body = asker.ask(path, Host=host)
        assert answer.status == HTTPStatus.FORBIDDEN
        assert b"health is for this machine only" in body

    def test_what_listens_to_all_is_asked_by_any_name(self, house: House):
        """In compose, Prometheus requests ``flashtweet:9464``."""
        with house.open(address=ListenAddress("0.0.0.0", 0)) as asker:  # noqa: S104
            assert asker.ask("/healthz", Host="flashtweet:9464")[0].status == HTTPStatus.OK


class TestPatience:
    def test_a_check_that_hangs(self, house: House):
        """The hang is reported, the check is not started again, and other pages are served."""
        release, asked = threading.Event(), []

        def hangs() -> str | None:
            asked.append(1)
            release.wait(PATIENCE)
            return None

        house.checks["ledger"] = hangs
        with house.open(patience=0.05) as asker:
            for _ in range(3):
                status, told = asker.json("/readyz")
                assert status == HTTPStatus.SERVICE_UNAVAILABLE
                assert told["checks"]["ledger"]["problem"] == "no answer within 0.05 s."
            until(lambda: asker.json("/readyz")[1]["checks"]["clock"]["ok"], "the other check answers")
            assert asker.json("/healthz")[0] == HTTPStatus.OK
            assert len(asked) == 1
            release.set()

    def test_a_reader_who_trickles(self, house: House):
        """An occasional byte does not extend the time allowed for a request."""
        with house.open(request_seconds=0.3) as asker, asker.connect() as slow:
            slow.settimeout(0.02)
            slow.sendall(b"GET /healthz HTTP/1.1\r\n")
            until(lambda: _is_closed_after(slow, b"x"), "it is cut off")
            assert asker.json("/healthz")[0] == HTTPStatus.OK

    def test_connections_that_say_nothing_take_nobodys_place(self, house: House):
        """Many more than the limit, of both kinds: silent, or silent in mid-request."""
        with house.open(request_seconds=PATIENCE) as asker, contextlib.ExitStack() as crowd:
            for n in range(3 * MOST_IDLE):
                place = crowd.enter_context(asker.connect())
                if n % 3 == 0:
                    place.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
                if n % 40 == 0:
                    assert asker.json("/healthz")[0] == HTTPStatus.OK
            for _ in range(20):
                assert asker.json("/healthz")[0] == HTTPStatus.OK

    def test_the_oldest_makes_room(self, house: House):
        with house.open(request_seconds=PATIENCE) as asker, contextlib.ExitStack() as crowd:
            places = [crowd.enter_context(asker.connect()) for _ in range(MOST_IDLE + 1)]
            assert places[0].recv(1) == b""
            for place in (places[1], places[-1]):
                place.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                assert place.recv(12) == b"HTTP/1.0 200"

    def test_requests_that_are_being_answered_make_no_room(self, house: House):
        asked, answers = threading.Semaphore(0), threading.Event()

        def slow(*_: object) -> tuple[str, bytes]:
            asked.release()
            answers.wait(PATIENCE)
            return "text/plain", b""

        house.metrics = slow
        with house.open(request_seconds=PATIENCE) as asker, contextlib.ExitStack() as crowd:
            places = [crowd.enter_context(asker.connect()) for _ in range(MOST_REQUESTS)]
            for place in places:
                place.sendall(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
                assert asked.acquire(timeout=PATIENCE)
            with asker.connect() as one_more, contextlib.suppress(ConnectionError):
                one_more.sendall(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
                assert one_more.recv(1) == b""
            answers.set()
            for place in places:
                assert place.recv(12) == b"HTTP/1.0 200"

    def test_answers_that_nobody_receives_make_room(self, house: House):
        """They take the place of no other request, however long they are."""
        house.metrics = lambda *_: ("text/plain", bytes(8_000_000))
        with house.open(request_seconds=PATIENCE) as asker, contextlib.ExitStack() as crowd:
            for _ in range(3 * MOST_REQUESTS):
                place = crowd.enter_context(asker.connect())
                place.sendall(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
                assert place.recv(12) == b"HTTP/1.0 200"
                assert asker.json("/healthz")[0] == HTTPStatus.OK

    @pytest.mark.parametrize("line", [b"x", b"X: x\r\n"])
    def test_a_request_without_end(self, house: House, line: bytes):
        with house.open(request_seconds=PATIENCE) as asker, asker.connect() as endless:
            with contextlib.suppress(ConnectionError):
                endless.sendall(b"GET /healthz HTTP/1.1\r\n")
                for _ in range(MOST_BYTES):
                    endless.sendall(line)
                assert endless.recv(1) == b""
            assert asker.json("/healthz")[0] == HTTPStatus.OK

    def test_a_connection_that_says_nothing_is_closed_in_time(self, house: House):
        with house.open(request_seconds=0.05) as asker, asker.connect() as silent:
            assert silent.recv(1) == b""

    def test_a_reader_who_hangs_up(self, house: House, caplog: pytest.LogCaptureFixture):
        with house.open() as asker:
            for _ in range(5):
                with asker.connect() as rude:
                    rude.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            assert asker.json("/healthz")[0] == HTTPStatus.OK
        assert [one for one in caplog.records if one.levelno > logging.INFO] == []


def _is_closed_after(connection: socket.socket, data: bytes) -> bool:
    """Return True if the other side has closed the connection shortly after `data` was sent."""
    try:
        connection.sendall(data)
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


class TestThePort:
    def test_it_is_said_where(self, house: House, caplog: pytest.LogCaptureFixture):
        with caplog.at_level(logging.INFO), house.open() as asker:
            pass
        [record] = caplog.records
        assert (record.message, vars(record)["url"]) == ("health and metrics served", asker.url)

    def test_ipv6(self, house: House):
        if not socket.has_ipv6:
            pytest.skip("no IPv6 here")
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("no address ::1 here")
        with house.server(ListenAddress("::1", 0)) as server:
            assert server.url
            assert server.url.startswith("http://[::1]:")

    def test_a_port_that_is_taken_is_told_once_and_had_as_soon_as_it_is_free(
        self, house: House, caplog: pytest.LogCaptureFixture
    ):
        """Publishing continues without it; the daemon need not be restarted."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            server = house.server(ListenAddress("127.0.0.1", port), try_again=0.02)
            server.start()
            try:
                assert server.url is None
                assert not server.wait_until_it_listens(0.2)
                [told] = [one.message for one in caplog.records]
                assert told == (
                    f"health and metrics not served: port {port} of 127.0.0.1 is in use by another "
                    "program; publishing continues, will retry"
                )
                other.close()
                assert server.wait_until_it_listens(PATIENCE)
                assert Asker(server).json("/healthz")[0] == HTTPStatus.OK
            finally:
                server.stop()

    def test_an_address_that_this_machine_does_not_have(self, house: House, caplog: pytest.LogCaptureFixture):
        with house.server(ListenAddress("192.0.2.1", 9464)) as server:
            assert server.url is None
        assert "this machine has no address 192.0.2.1" in caplog.text

    def test_after_the_end_the_port_is_free(self, house: House):
        with house.open() as asker:
            asker.json("/healthz")
        with pytest.raises(ConnectionRefusedError), asker.connect():
            pass
        with house.open(address=ListenAddress("127.0.0.1", asker.port)) as again:
            assert again.port == asker.port

    def test_a_request_under_way_does_not_keep_the_end_back(self, house: House):
        """Otherwise a hanging check would delay the daemon's exit."""
        release = threading.Event()

        def hangs() -> str | None:
            release.wait(PATIENCE)
            return None

        house.checks["ledger"] = hangs
        server = house.server()
        server.start()
        with Asker(server).connect() as reader:
            reader.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            server.stop()
            assert not server._thread.is_alive()
            release.set()
