"""A whole daemon whose alert services answer, hang or are dead: publishing never waits for them."""

from __future__ import annotations

import logging
import socket
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.alerts import Alerting, AlertKind, SecretUrl
from bot.daemon import build_sinks
from bot.errors import ConfigError, Finding, Severity
from bot.sandbox.faults import Fault, FaultKind
from bot.services.publication_events import log_event
from bot.wiring import alerting
from tests.fakes.house import KEY, PROGRAMME, SLOT, House, houses
from tests.fakes.service import SECONDS, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change

BEFORE = SLOT - timedelta(seconds=3)
LOUD = logging.getLogger("flashtweet.daemon")


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    with houses(tmp_path) as make:
        yield make


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as one:
        yield one


def told_to(house: House, *hosts: str, **changed: object) -> Alerting:
    urls = tuple(SecretUrl(host, f"json://{host}") for host in hosts)
    plan = replace(Alerting(urls), **changed)  # type: ignore[arg-type]
    house.newsroom = replace(house.newsroom, config=replace(house.newsroom.config, alerting=plan))
    return plan


def loud(publication: Publication, change: Change) -> None:
    """A narrator that alerts of everything, on the very thread that publishes."""
    log_event(publication, change)
    about = {"edition": str(publication.key), "alert": AlertKind.BUG}
    LOUD.error(f"{change.event} happened at {time.monotonic_ns()}", extra=about)


@contextmanager
def dead() -> Iterator[str]:
    """A host where nobody listens, and nobody will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def assert_on_time(house: House) -> None:
    assert house.texts() == ["un", "deux", "trois"]
    assert house.created() == [SLOT + n * PROGRAMME.series[0].format.gap for n in range(3)]


def test_a_service_that_hangs_delays_nothing(
    make_house: Callable[[datetime], House], service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever waited for its answer, to publish or to end the process, would wait longer than a test may."""
    service.hang()
    house = make_house(BEFORE)
    told_to(house, service.patient)
    with alerting(house.newsroom.config) as alerter:
        house.run(narrate=loud)
        assert_on_time(house)
        service.wait_for(1)
        alerter.close(0.1)
        assert "alert services not responding; exiting anyway" in caplog.messages
        assert service.answered == 0
        service.go_on()


def test_a_service_that_is_dead_delays_nothing(make_house: Callable[[datetime], House]) -> None:
    house = make_house(BEFORE)
    with dead() as host:
        told_to(house, host)
        with alerting(house.newsroom.config):
            house.run(narrate=loud)
            assert_on_time(house)


def test_who_is_awake_hears_why_an_edition_is_held(
    make_house: Callable[[datetime], House], service: Service
) -> None:
    house = make_house(BEFORE)
    house.sandbox.faults.prepare(Fault(FaultKind.CREDITS))
    told_to(house, service.host)
    with alerting(house.newsroom.config):
        house.run()
        service.wait_for(1)
    [(_, body)] = service.got
    assert body["title"] == f"flashtweet rehearsal: HELD {KEY}"
    assert "X answered 402" in body["message"]
    assert f"flashtweet publish {KEY}" in body["message"].splitlines()[-1]


def test_after_the_block_nobody_is_told(make_house: Callable[[datetime], House], service: Service) -> None:
    house = make_house(BEFORE)
    told_to(house, service.host)
    before = list(logging.getLogger("flashtweet").handlers)
    with alerting(house.newsroom.config):
        pass
    assert logging.getLogger("flashtweet").handlers == before


def test_a_reload_needs_the_variables_of_those_who_are_alerted_and_a_rehearsal_does_not(
    make_house: Callable[[datetime], House], service: Service
) -> None:
    house = make_house(BEFORE)
    told_to(house, service.host)
    missing = Finding("config.yaml", 1, 1, Severity.ERROR, "unset-variable", "CHAT is not set.", "Set it.")
    config = replace(house.newsroom.config, unset=(missing,))
    with alerting(config) as alerter:
        LOUD.error("a", extra={"alert": AlertKind.BUG})
        service.wait_for(1)
        told = replace(build_sinks(house.newsroom), alerter=alerter)
        told.adopt(config)  # so it is where the configuration is read again
        LOUD.error("b", extra={"alert": AlertKind.BUG})
        service.wait_for(2)
    assert config.access
    real = replace(config, access=replace(config.access, base_url="https://api.x.com"))
    with pytest.raises(ConfigError, match="CHAT is not set"):
        told.adopt(real)


def test_what_was_told_when_the_process_ends_is_still_sent(
    make_house: Callable[[datetime], House], service: Service
) -> None:
    """The alert that matters most may be the last thing that a process says."""
    house = make_house(BEFORE)
    told_to(house, service.host)
    with alerting(house.newsroom.config) as alerter:
        LOUD.error("the disk is full", extra={"alert": AlertKind.LEDGER})
        alerter.close(SECONDS)
    assert service.titles == ["flashtweet rehearsal: LEDGER"]
