"""Fulfils `bot.ports.Alerter`: what is admitted goes to lanes, and nobody waits for them."""

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
"""Seconds that the end of the process may wait for alerts that are being sent."""


class AppriseAlerter:
    """Alerts and pings by threads of its own, which start when there is something to send.

    In a rehearsal alerts say so, and nothing is pinged: a dead man's switch must not take a rehearsal for the
    edition.
    """

    def __init__(
        self,
        alerting: Alerting,
        elapsed: Callable[[], float],
        *,
        rehearsal: bool = False,
        pauses: tuple[float, ...] = RETRY_DELAYS,
        memory: AlertMemory | None = None,
    ) -> None:
        """`elapsed` gives seconds on a clock that never jumps; `memory` is what outlives this process."""
        self._alerting, self._elapsed, self._pauses = alerting, elapsed, pauses
        self._rehearsal, self._sender = rehearsal, "flashtweet rehearsal" if rehearsal else "flashtweet"
        self._gate, self._memory = AlertThrottle(), memory
        if memory is not None:
            self._gate.recall(memory.load(), elapsed())
        self._lanes: dict[str, Lane] = {}
        self._keeping = Lane("the memory of alerts")
        self._hour: int | None = None
        self._lock = threading.Lock()
        """For gate and lanes; never held while something is sent or written."""

    def use(self, alerting: Alerting) -> None:
        """Send to others from now on; what waits goes where it was meant to go."""
        self._alerting = alerting

    def alert(self, alert: Alert) -> None:
        """Take `alert`, and return at once: log handlers call this, and all threads' lines wait for them."""
        if alert.kind not in self._alerting.on or not self._alerting.urls:
            return
        with self._lock:
            if self._gate.admits(alert, self._elapsed()):
                self._put(alert)
                if self._memory is not None:  # where there is no room, what waits will save this as well
                    self._keeping.put("memory", partial(self._keep, self._memory))

    def _keep(self, file: AlertMemory) -> None:
        """Save what is remembered by now; on the thread of its lane, since a disk may hang."""
        with self._lock:
            memory = self._gate.memory(self._elapsed())
        file.save(memory)

    def ping_published(self, series: str) -> None:
        for name, to in self._alerting.pings:
            if name == series:
                self._ping(to)

    def ping_hourly(self, now: datetime) -> None:
        self._tell_held_back()
        hour = int(now.timestamp() // 3600)
        if hour != self._hour:
            self._hour = hour
            if self._alerting.hourly_ping is not None:
                self._ping(self._alerting.hourly_ping)

    def close(self, patience: float = CLOSE_TIMEOUT) -> None:
        """Try once more what waits, for `patience` seconds at most, then leave it."""
        self._tell_held_back(at_once=True)
        with self._lock:
            lanes = list(self._lanes.values())
        for lane in (*lanes, self._keeping):
            lane.close()
        end = time.monotonic() + patience
        left = [lane for lane in lanes if not lane.join(end - time.monotonic())]
        if left:
            log.warning("an alert service does not answer; left without it", extra={"services": len(left)})
        if not self._keeping.join(end - time.monotonic()):
            log.warning("the disk does not answer; alerts may be sent again after the next start")

    def _tell_held_back(self, *, at_once: bool = False) -> None:
        with self._lock:
            summary = self._gate.take_summary(self._elapsed(), at_once=at_once)
            if summary is not None:
                self._put(summary)

    def _put(self, alert: Alert) -> None:
        """One job for each address."""
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
            lane = self._lanes[to.url] = Lane(to.name, self._pauses)
        return lane
