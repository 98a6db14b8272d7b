"""Who hears of what happens: metrics, alerts, pings, the service manager."""

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
    """Counts what a daemon does; hand it to `health`, which shows it."""
    from bot.adapters.metrics import Metrics

    return Metrics((series.name for series in config.programme.series), time.monotonic)


@contextlib.contextmanager
def health(
    newsroom: Newsroom, metrics: Metrics, checks: Mapping[str, HealthCheck]
) -> Iterator[HealthServer | None]:
    """/healthz, /readyz with `checks`, and /metrics, while a block lasts; None where they are off.

    A rehearsal takes any free port: the daemon's own shall be free when that one starts.
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
    """Whether systemd's journal reads stderr, and nothing was put in between.

    Source: https://www.freedesktop.org/software/systemd/man/258/systemd.exec.html ($JOURNAL_STREAM),
    2026-11-24.
    """
    try:
        file = os.fstat(2)
    except OSError:  # closed
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{file.st_dev}:{file.st_ino}"


def service_manager() -> ServiceManager:
    """Whoever started this process and wants to hear of it: systemd, or nobody."""
    from bot.adapters.systemd import ServiceManager

    return ServiceManager(os.environ, os.getpid())


def need_alerting(config: Config) -> Alerting:
    """Who hears of what, all of them.

    Raises:
        ConfigError: config.yaml refers to variables that are not set.
    """
    if config.unset:
        raise ConfigError(config.unset)
    return config.alerting


def who_hears(config: Config) -> Alerting:
    """Who hears of what a daemon alerts; in a rehearsal as far as variables are set.

    Raises:
        ConfigError: some are not set.
    """
    is_rehearsal = config.access is not None and config.access.is_rehearsal
    return config.alerting if is_rehearsal else need_alerting(config)


@contextlib.contextmanager
def alerting(
    config: Config, ledger: Path | None = None, typed: GlobalOptions | None = None
) -> Iterator[AppriseAlerter]:
    """Make alerts of the log's lines that have a kind, and give what pings; its end is waited for briefly.

    What was told is remembered beside `ledger`, if there is one for more than this process. Whose variables
    are not set, `who_hears` tells: somebody else may hear of it. `typed`: what commands in alerts must have.
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
class Told:
    """What became of an alert to one address."""

    to: str
    """How to speak of the address, without its secrets."""
    trouble: str | None
    """Why it could not be sent; None if it was."""


def try_alerts(config: Config, *, ping: bool = False) -> Iterator[Told]:
    """Send a test alert to one address after the other; with `ping`, ask for the hourly one as well.

    Raises:
        ConfigError: variables are not set.
    """
    from bot.adapters.alerts import ping as ask_for
    from bot.adapters.alerts import send_alert
    from bot.core.alerts import TEST

    plan = need_alerting(config)
    for to in plan.urls:
        yield Told(to.name, send_alert(TEST, to, sender="flashtweet"))
    if ping and plan.hourly_ping is not None:
        yield Told(plan.hourly_ping.name, ask_for(plan.hourly_ping))
