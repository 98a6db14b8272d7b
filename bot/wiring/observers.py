"""Builders of the observers: metrics, alerts, pings, the service manager."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.errors import ConfigError
from bot.wiring.clock import boot_time, real_now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.adapters.alerts import AppriseAlerter
    from bot.adapters.health import HealthCheck, HealthServer
    from bot.adapters.metrics import Metrics
    from bot.adapters.systemd import ServiceManager
    from bot.config import Config
    from bot.core.alerts import Alerting
    from bot.core.typed_commands import GlobalOptions
    from bot.wiring.publishing import Newsroom


def metrics(config: Config) -> Metrics:
    """Return the counters of a daemon's activity, to be served by `health`."""
    from bot.adapters.metrics import Metrics

    return Metrics((series.name for series in config.programme.series), time.monotonic)


@contextlib.contextmanager
def health(
    newsroom: Newsroom, metrics: Metrics, checks: Mapping[str, HealthCheck]
) -> Iterator[HealthServer | None]:
    """Serve /healthz, /readyz with `checks`, and /metrics during a block; yield None if they are off.

    A rehearsal takes any free port, so that the daemon's own port stays free.
    """
    from bot.adapters.health import Checks, HealthServer

    address = newsroom.config.health
    if address is None:
        yield None
        return
    if newsroom.access.is_rehearsal:
        address = replace(address, port=0)
    with HealthServer(address, age=metrics.age, checks=Checks(checks), metrics=metrics.page) as server:
        yield server


def stderr_is_journal() -> bool:
    """Return True if stderr is connected directly to systemd's journal.

    Source: https://www.freedesktop.org/software/systemd/man/258/systemd.exec.html ($JOURNAL_STREAM),
    2026-11-24.
    """
    try:
        file = os.fstat(2)
    except OSError:  # closed
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{file.st_dev}:{file.st_ino}"


def service_manager() -> ServiceManager:
    """Return the connection to systemd, which does nothing if systemd did not start this process."""
    from bot.adapters.systemd import ServiceManager

    return ServiceManager(os.environ, os.getpid())


def need_alerting(config: Config) -> Alerting:
    """Return all alert and ping destinations.

    Raises:
        ConfigError: config.yaml refers to variables that are not set.
    """
    if config.unset:
        raise ConfigError(config.unset)
    return config.alerting


def alert_destinations(config: Config) -> Alerting:
    """Return the destinations of a daemon's alerts; in a rehearsal, those whose variables are set.

    Raises:
        ConfigError: some variables are not set.
    """
    is_rehearsal = config.access is not None and config.access.is_rehearsal
    return config.alerting if is_rehearsal else need_alerting(config)


@contextlib.contextmanager
def alerting(
    config: Config, ledger: Path | None = None, typed: GlobalOptions | None = None
) -> Iterator[AppriseAlerter]:
    """Send log records with an alert kind during a block; yield the alerter, and wait briefly at the end.

    Sent alerts are remembered beside `ledger`, if there is one that outlives this process. Destinations with
    unset variables are skipped; `alert_destinations` rejects them. Commands in alerts get `typed`.
    """
    from bot.adapters.alerts import AlertHandler, AlertMemory, AppriseAlerter

    is_rehearsal = config.access is not None and config.access.is_rehearsal
    memory = AlertMemory(ledger.with_name(f"{ledger.name}.alerts"), real_now) if ledger else None
    alerter = AppriseAlerter(config.alerting, boot_time, rehearsal=is_rehearsal, memory=memory)
    handler, log = AlertHandler(alerter, typed), logging.getLogger("flashtweet")
    log.addHandler(handler)
    try:
        yield alerter
    finally:
        log.removeHandler(handler)
        alerter.close()


@dataclass(frozen=True, slots=True)
class AlertResult:
    """The result of a test alert to one destination."""

    to: str
    """Name of the destination, without its secrets."""
    trouble: str | None
    """Reason why the alert could not be sent; None if it was sent."""


def try_alerts(config: Config, *, ping: bool = False) -> Iterator[AlertResult]:
    """Send a test alert to each destination in turn; with `ping`, request the hourly ping as well.

    Raises:
        ConfigError: variables are not set.
    """
    from bot.adapters.alerts import ping as ask_for
    from bot.adapters.alerts import send_alert
    from bot.core.alerts import TEST

    plan = need_alerting(config)
    for to in plan.urls:
        yield AlertResult(to.name, send_alert(TEST, to, sender="flashtweet"))
    if ping and plan.hourly_ping is not None:
        yield AlertResult(plan.hourly_ping.name, ask_for(plan.hourly_ping))
