"""Alerts and pings, through apprise and requests to a real server."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.adapters.alerts import AlertHandler, AlertMemory, AppriseAlerter, send_alert
from bot.adapters.alerts.lane import MAX_QUEUED, Lane
from bot.adapters.alerts.records import alert_of
from bot.adapters.alerts.sending import ping
from bot.core.alerts import MOST_OF_A_KIND, REPEAT_INTERVAL, Alert, Alerting, AlertKind, Memory, SecretUrl
from bot.core.typed_commands import GlobalOptions
from tests.fakes.service import SECONDS, Service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
KEY = "flashtweet@2026-11-24"
HELD = Alert(AlertKind.HELD, "edition held: X answered 402", (("edition", KEY),))
PLANTED = "planted-secret-1f3c"
SOON = (0.001, 0.001)
"""Retry delays."""
TELLS_AND_ENDS = """
import sys, time
from bot.adapters.alerts import AppriseAlerter
from bot.core.alerts import Alert, Alerting, AlertKind, SecretUrl
from bot.core.typed_commands import GlobalOptions
urls = (SecretUrl("a", f"json://{sys.argv[1]}"),)
alerter = AppriseAlerter(Alerting(urls), time.monotonic)
alerter.alert(Alert(AlertKind.BUG, "a"))
sys.stdin.read()
alerter.close(0.1)
"""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as one:
        yield one


@pytest.fixture
def everything_said() -> Iterator[list[logging.LogRecord]]:
    """Collect all records at the root logger, DEBUG included; pytest's handler also sees closed loggers."""
    records: list[logging.LogRecord] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    root, ear = logging.getLogger(), Ear()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    yield records
    root.removeHandler(ear)
    root.setLevel(level)


def url(service: Service, path: str = "hook") -> SecretUrl:
    return SecretUrl(f"alerts.urls ({path})", f"json://{service.host}/{path}")


def web(service: Service, path: str) -> SecretUrl:
    return SecretUrl(path, f"http://{service.host}/{path}")


def nobody() -> SecretUrl:
    """Return an address without a server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return SecretUrl("dead", f"json://127.0.0.1:{free.getsockname()[1]}/{PLANTED}")


def alerter(*urls: SecretUrl, rehearsal: bool = False, **settings) -> AppriseAlerter:
    alerting = Alerting(urls, **settings)
    return AppriseAlerter(alerting, time.monotonic, rehearsal=rehearsal, retry_delays=SOON)


class TestSending:
    def test_what_arrives(self, service: Service):
        assert send_alert(HELD, url(service), sender="flashtweet") is None
        [(path, body)] = service.got
        assert path == "/hook"
        assert (body["title"], body["message"], body["type"]) == (
            f"flashtweet: HELD {KEY}",
            f"edition held: X answered 402\nedition: {KEY}",
            "failure",
        )

    @pytest.mark.parametrize(
        ("alert", "kind"),
        [
            (Alert(AlertKind.LATE, "a", is_serious=False), "warning"),
            (Alert(AlertKind.CLOCK, "a", is_over=True), "success"),
        ],
    )
    def test_how_bad_it_is(self, service: Service, alert: Alert, kind: str):
        send_alert(alert, url(service), sender="flashtweet")
        assert service.got[0][1]["type"] == kind

    def test_why_it_failed(self, service: Service):
        service.statuses = [500, 302]
        found = [send_alert(HELD, to, sender="a") for to in (url(service), url(service), nobody())]
        assert found == ["it answered 500", "it answered 302", "it cannot be reached"]
        unknown = SecretUrl("a", f"bogus://{PLANTED}")
        assert send_alert(HELD, unknown, sender="a") == "apprise does not understand this URL"
        assert len(service.got) == 2, "no redirect is followed"

    def test_of_what_is_raised_the_type_alone(self, service: Service):
        class Broken(Alert):
            @property
            def body(self) -> str:
                raise ValueError(PLANTED)

        broken = Broken(AlertKind.BUG, "a")
        assert send_alert(broken, url(service), sender="a") == "apprise raised ValueError"

    def test_a_ping(self, service: Service, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # no server there
        monkeypatch.setenv("no_proxy", "")
        service.statuses = [200, 301, 404]
        found = [ping(web(service, "p")) for _ in range(3)]
        assert found == [None, "it answered 301", "it answered 404"]
        assert [path for path, _ in service.got] == ["/p"] * 3
        dead = nobody().url.replace("json", "http")
        assert ping(SecretUrl("a", dead)) == "it cannot be reached (ConnectionError)"


class TestAlerter:
    def test_each_address_gets_each_alert_of_the_kinds_that_are_wanted(self, service: Service):
        one = alerter(url(service, "a"), url(service, "b"), on=frozenset({AlertKind.HELD}))
        one.alert(HELD)
        one.alert(Alert(AlertKind.CLOCK, "the clock is wrong"))
        one.close(SECONDS)
        assert sorted(path for path, _ in service.got) == ["/a", "/b"]

    def test_the_same_is_not_sent_again(self, service: Service):
        one = alerter(url(service))
        clock = Alert(AlertKind.CLOCK, "the clock is wrong")
        for alert in (clock, clock, Alert(AlertKind.CLOCK, "the clock is right", is_over=True), clock):
            one.alert(alert)
        one.close(SECONDS)
        assert service.titles == ["flashtweet: CLOCK", "flashtweet: clock is over", "flashtweet: CLOCK"]

    def test_nor_by_the_next_process(self, service: Service, tmp_path: Path):
        """The memory is beside the ledger, readable by its owner only."""
        wall, path = 1000.0, tmp_path / "flashtweet.db.alerts"

        def process(elapsed: float) -> AppriseAlerter:
            memory = AlertMemory(path, lambda: datetime.fromtimestamp(wall, UTC))
            return AppriseAlerter(Alerting((url(service),)), lambda: elapsed, memory=memory)

        clock = Alert(AlertKind.CLOCK, "the clock is wrong")
        over = Alert(AlertKind.CLOCK, "the clock is right", is_over=True)
        for wall, elapsed, alert in (  # noqa: B007  (the clock of both processes)
            (1000.0, 50.0, clock),
            (1010.0, 60.0, clock),
            (1010.0 + REPEAT_INTERVAL, 5.0, clock),  # the machine was restarted
            (2000.0, 70.0, clock),  # the clock was set back
            (2010.0 + REPEAT_INTERVAL, 80.0, over),
        ):
            one = process(elapsed)
            one.alert(alert)
            one.close(SECONDS)
        assert service.titles == ["flashtweet: CLOCK", "flashtweet: CLOCK", "flashtweet: clock is over"]
        assert path.stat().st_mode & 0o777 == 0o600
        assert not list(tmp_path.glob("*.new"))

    @pytest.mark.parametrize(
        "kept", [b"", b"[]", b"{}", b"\xff", b'{"at": 1, "sent": [1], "let_through": []}']
    )
    def test_a_memory_that_makes_no_sense_keeps_nobody_from_being_told(
        self, service: Service, tmp_path: Path, kept: bytes
    ):
        path = tmp_path / "alerts"
        path.write_bytes(kept)
        one = AppriseAlerter(Alerting((url(service),)), time.monotonic, memory=AlertMemory(path, lambda: NOW))
        one.alert(HELD)
        one.close(SECONDS)
        assert len(service.got) == 1

    def test_nor_does_one_that_cannot_be_written(self, service: Service, tmp_path: Path):
        memory = AlertMemory(tmp_path / "not there" / "alerts", lambda: NOW)
        one = AppriseAlerter(Alerting((url(service),)), time.monotonic, memory=memory)
        one.alert(HELD)
        one.close(SECONDS)
        assert len(service.got) == 1

    def test_a_link_in_its_place_is_not_written_through(self, service: Service, tmp_path: Path):
        victim, path = tmp_path / "victim", tmp_path / "alerts"
        victim.write_text("precious", "utf-8")
        for planted in (path, path.with_name("alerts.new")):
            planted.symlink_to(victim)
        one = AppriseAlerter(Alerting((url(service),)), time.monotonic, memory=AlertMemory(path, lambda: NOW))
        one.alert(HELD)
        one.close(SECONDS)
        assert victim.read_text("utf-8") == "precious"
        assert not path.is_symlink()
        assert "EDITION" in path.read_text("utf-8").upper()

    def test_a_pipe_in_its_place_is_not_waited_for(self, service: Service, tmp_path: Path):
        os.mkfifo(tmp_path / "alerts")
        memory = AlertMemory(tmp_path / "alerts", lambda: NOW)
        one = AppriseAlerter(Alerting((url(service),)), time.monotonic, memory=memory)
        one.alert(HELD)
        one.close(SECONDS)
        assert len(service.got) == 1

    def test_a_disk_that_hangs_keeps_no_thread_from_logging(
        self, service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ):
        """The handler's lock is shared by all threads: holding it blocks every line of the log."""
        answers, asked = threading.Event(), threading.Event()

        class Hanging(AlertMemory):
            def save(self, memory: Memory) -> None:
                asked.set()
                answers.wait()
                super().save(memory)

        path, log = tmp_path / "alerts", logging.getLogger("flashtweet.test")
        memory = Hanging(path, lambda: NOW)
        one = AppriseAlerter(Alerting((url(service),)), time.monotonic, memory=memory)
        handler = AlertHandler(one)
        log.addHandler(handler)
        logs = [
            threading.Thread(
                target=lambda n=n: log.error("bad", extra={"alert": AlertKind.FINDING, "n": n}), daemon=True
            )
            for n in range(MAX_QUEUED + 5)
        ]
        try:
            for thread in logs:
                thread.start()
            for thread in logs:
                thread.join(SECONDS)
            assert not any(thread.is_alive() for thread in logs)
            assert asked.wait(SECONDS)
            one.close(timeout=0)
            assert "disk not responding; alerts may be repeated after the next start" in caplog.messages
        finally:
            log.removeHandler(handler)
            answers.set()
        assert one._keeping.join(SECONDS)
        assert one._gate.memory(0).sent  # all of it is saved once the disk responds
        assert len(AlertMemory(path, lambda: NOW).load().sent) == len(one._gate.memory(0).sent)

    def test_too_many_end_in_one_line(self, service: Service):
        one = alerter(url(service))
        for n in range(MOST_OF_A_KIND + 40):
            one.alert(Alert(AlertKind.FINDING, f"{n}: too long"))
        one.close(SECONDS)
        assert len(service.got) == MOST_OF_A_KIND + 1
        assert service.got[-1][1]["message"].startswith("40 more alerts were held back")

    def test_what_was_held_back_is_told_while_the_loop_is_alive(self, service: Service):
        elapsed = 0.0
        one = AppriseAlerter(Alerting((url(service),)), lambda: elapsed)
        for n in range(MOST_OF_A_KIND + 1):
            one.alert(Alert(AlertKind.FINDING, f"{n}: too long"))
        one.ping_hourly(NOW)
        elapsed = 601
        one.ping_hourly(NOW)
        service.wait_for(MOST_OF_A_KIND + 1)
        assert "1 more alerts" in service.got[-1][1]["message"]
        one.close(SECONDS)

    def test_a_service_that_recovers_gets_it(self, service: Service):
        service.statuses = [503, 503]
        one = alerter(url(service))
        one.alert(HELD)
        service.wait_for(3)
        one.close(SECONDS)
        assert len(service.got) == 3

    def test_what_fails_is_told_without_its_url(
        self, service: Service, everything_said: list[logging.LogRecord]
    ):
        """A service refuses; no server; a wrong token, which apprise would quote; an unknown URL."""
        service.statuses = [500] * 10
        urls = (
            SecretUrl("no", f"json://{service.host}/{PLANTED}"),
            nobody(),
            SecretUrl("slack", f"slack://{PLANTED}/x"),
            SecretUrl("bogus", f"bogus://{PLANTED}"),
        )
        one = alerter(*urls, hourly_ping=SecretUrl("ping", nobody().url.replace("json", "http")))
        one.alert(HELD)
        one.ping_hourly(NOW)
        one.close(SECONDS)
        told = {
            vars(r)["to"]: vars(r)["reason"]
            for r in everything_said
            if r.msg == "alert not sent; no further retries"
        }
        assert told == {
            "no": "it answered 500",
            "dead": "it cannot be reached",
            "slack": "apprise does not understand this URL",
            "bogus": "apprise does not understand this URL",
            "ping": "it cannot be reached (ConnectionError)",
        }
        assert PLANTED not in "".join(f"{vars(record)}" for record in everything_said) + repr(one._alerting)

    def test_others_do_not_wait_for_a_service_that_hangs(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ):
        with Service() as hung:
            hung.hang()
            one = alerter(SecretUrl("hung", f"json://{hung.patient}"), url(service))
            for _ in range(3):
                one.alert(HELD)
            service.wait_for(3)
            hung.wait_for(1)
            assert len(hung.got) == 1
            one.close(0.2)
            assert "alert services not responding; exiting anyway" in caplog.messages
            assert hung.answered == 0

    def test_a_process_ends_although_a_service_hangs(self):
        """The interpreter does not wait for sending threads."""
        with Service() as hung:
            hung.hang()
            command = [sys.executable, "-c", TELLS_AND_ENDS, hung.patient]
            with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
                hung.wait_for(1)
                assert process.stdin
                process.stdin.close()
                assert process.wait(SECONDS) == 0
            assert hung.answered == 0

    def test_what_waits_for_a_hung_service_is_bounded(self):
        gate = threading.Event()
        lane = Lane("a")
        assert all(lane.put("a", lambda: str(gate.wait(SECONDS))[:0] or None) for _ in range(MAX_QUEUED))
        assert not all(lane.put("a", lambda: None) for _ in range(2))
        gate.set()
        lane.close()
        assert lane.join(SECONDS)

    def test_rehearsals_say_so_and_ping_nothing(self, service: Service):
        one = alerter(
            url(service),
            rehearsal=True,
            hourly_ping=web(service, "hourly"),
            pings=(("flashtweet", web(service, "series")),),
        )
        one.ping_hourly(NOW)
        one.ping_published("flashtweet")
        one.alert(HELD)
        one.close(SECONDS)
        assert service.titles == [f"flashtweet rehearsal: HELD {KEY}"]

    def test_pings(self, service: Service):
        one = alerter(hourly_ping=web(service, "hourly"), pings=(("flashtweet", web(service, "series")),))
        for minutes in (0, 1, 29, 30, 31, -40):  # 06:30 to 07:01, and a clock set back
            one.ping_hourly(NOW + timedelta(minutes=minutes))
        one.ping_published("flashtweet")
        one.ping_published("replay")
        one.close(SECONDS)
        paths = sorted(path for path, _ in service.got)
        assert paths == ["/hourly"] * 3 + ["/series"]

    def test_others_from_now_on(self, service: Service):
        one = alerter(url(service, "a"))
        one.alert(HELD)
        one.use(Alerting((url(service, "b"),)))
        one.alert(HELD)
        one.close(SECONDS)
        assert sorted(path for path, _ in service.got) == ["/a", "/b"]

    def test_without_anybody_to_tell_there_is_no_thread(self):
        before = threading.active_count()
        one = alerter()
        one.alert(HELD)
        one.ping_hourly(NOW)
        assert threading.active_count() == before
        one.close()


class TestRecords:
    def record(self, **fields) -> logging.LogRecord:
        return logging.makeLogRecord(
            {"msg": "edition %s", "args": ("held",), "levelno": logging.ERROR, "created": 1e9, **fields}
        )

    def test_a_line_with_a_kind_is_an_alert(self):
        found = alert_of(self.record(alert=AlertKind.HELD, edition=KEY, late_ms=5))
        assert found == Alert(
            AlertKind.HELD,
            "edition held",
            (("edition", KEY), ("late_ms", "5"), ("at", "2001-09-09T01:46:40Z")),
        )

    def test_a_line_without_is_none(self):
        assert alert_of(self.record(edition=KEY)) is None

    def test_its_end(self):
        found = alert_of(self.record(alert_over=AlertKind.CLOCK, levelno=logging.INFO))
        assert found
        assert (found.kind, found.is_over, found.is_serious) == (AlertKind.CLOCK, True, False)

    def test_of_an_exception_its_type_alone(self):
        found = alert_of(self.record(alert=AlertKind.BUG, exc_info=(ValueError, ValueError(PLANTED), None)))
        assert found
        assert "error: ValueError; the log has its traceback" in found.body
        assert PLANTED not in found.body

    def test_the_handler_never_raises(self):
        class Broken:
            def alert(self, _: Alert) -> None:
                raise RuntimeError

        handler = AlertHandler(Broken())  # type: ignore[arg-type]
        handler.handle(self.record(alert=AlertKind.HELD))
        handler.handle(self.record(alert="no kind"))
        handler.handle(self.record(alert=AlertKind.HELD, args=("too", "many")))


def test_commands_in_alerts_of_a_rehearsal_act_on_it() -> None:
    class Remembers:
        def __init__(self) -> None:
            self.alerts: list[Alert] = []

        def alert(self, alert: Alert) -> None:
            self.alerts.append(alert)

    heard = Remembers()
    record = logging.makeLogRecord(
        {
            "msg": "edition held",
            "levelno": logging.ERROR,
            "alert": AlertKind.HELD,
            "next": "To go on, type: flashtweet publish a@2026-11-24",
        }
    )
    AlertHandler(heard, GlobalOptions(rehearsal=True)).emit(record)  # type: ignore[arg-type]
    (alert,) = heard.alerts
    assert dict(alert.fields)["next"] == "To go on, type: flashtweet --rehearsal publish a@2026-11-24"
