"""Implementation of `bot.ports.Alerter`: queues admitted alerts in background lanes."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from bot.adapters.alerts.lane import RETRY_DELAYS, Lane
from bot.adapters.alerts.sending import ping, send_alert
from bot.core.alerts import AlertThrottle

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.adapters.alerts.sent_alerts import AlertMemory
    from bot.core.alerts import Alert, Alerting, SecretUrl

log = logging.getLogger("flashtweet.alerts")

CLOSE_TIMEOUT = 5.0
"""Seconds that the process waits on exit for alerts being sent."""


class AppriseAlerter:
    """Sends alerts and pings from its own threads, which start on demand.

    In a rehearsal alerts are marked as such, and nothing is pinged: a dead man's switch must not mistake a
    rehearsal for the edition.
    """

    def __init__(
        self,
        alerting: Alerting,
        elapsed: Callable[[], float],
        *,
        rehearsal: bool = False,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
        memory: AlertMemory | None = None,
    ) -> None:
        """`elapsed` returns seconds on a clock that never jumps; `memory` outlives this process."""
        self._alerting, self._elapsed, self._retry_delays = alerting, elapsed, retry_delays
        self._rehearsal, self._sender = rehearsal, "flashtweet rehearsal" if rehearsal else "flashtweet"
        self._gate, self._memory = AlertThrottle(), memory
        if memory is not None:
            self._gate.recall(memory.load(), elapsed())
        self._lanes: dict[str, Lane] = {}
        self._keeping = Lane("the memory of alerts")
        self._hour: int | None = None
        self._lock = threading.Lock()
        """Guards gate and lanes; never held while an alert is sent or the memory written."""

    def use(self, alerting: Alerting) -> None:
        """Use another configuration from now on; queued alerts keep their addresses."""
        self._alerting = alerting

    def alert(self, alert: Alert) -> None:
        """Queue `alert` and return at once: log handlers call this, and block all threads' log lines."""
        if alert.kind not in self._alerting.on or not self._alerting.urls:
            return
        with self._lock:
            if self._gate.admits(alert, self._elapsed()):
                self._put(alert)
                if self._memory is not None:  # if the queue is full, a queued job will save this as well
                    self._keeping.put("memory", partial(self._keep, self._memory))

    def _keep(self, file: AlertMemory) -> None:
        """Save the current memory; runs on the thread of its lane, since a disk may hang."""
        with self._lock:
            memory = self._gate.memory(self._elapsed())
        file.save(memory)

    def ping_published(self, series: str) -> None:
        for name, to in self._alerting.pings:
            if name == series:
                self._ping(to)

    def ping_hourly(self, now: datetime) -> None:
        self._put_summary()
        hour = int(now.timestamp() // 3600)
        if hour != self._hour:
            self._hour = hour
            if self._alerting.hourly_ping is not None:
                self._ping(self._alerting.hourly_ping)

    def close(self, timeout: float = CLOSE_TIMEOUT) -> None:
        """Retry queued alerts once, for at most `timeout` seconds, then abandon them."""
        self._put_summary(at_once=True)
        with self._lock:
            lanes = list(self._lanes.values())
        for lane in (*lanes, self._keeping):
            lane.close()
        end = time.monotonic() + timeout
        left = [lane for lane in lanes if not lane.join(end - time.monotonic())]
        if left:
            log.warning("alert services not responding; exiting anyway", extra={"services": len(left)})
        if not self._keeping.join(end - time.monotonic()):
            log.warning("disk not responding; alerts may be repeated after the next start")

    def _put_summary(self, *, at_once: bool = False) -> None:
        with self._lock:
            summary = self._gate.take_summary(self._elapsed(), at_once=at_once)
            if summary is not None:
                self._put(summary)

    def _put(self, alert: Alert) -> None:
        """Queue one job per address."""
        for to in self._alerting.urls:
            if not self._lane(to).put(alert.title, partial(send_alert, alert, to, sender=self._sender)):
                self._gate.hold_back(alert, self._elapsed())

    def _ping(self, to: SecretUrl) -> None:
        if not self._rehearsal:
            with self._lock:
                self._lane(to).put("ping", partial(ping, to))

    def _lane(self, to: SecretUrl) -> Lane:
        lane = self._lanes.get(to.url)
        if lane is None:
            lane = self._lanes[to.url] = Lane(to.name, self._retry_delays)
        return lane
