"""Fan-out of daemon events to log, metrics, alerts, pings and the service manager."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import DeliveryChange
from bot.core.schedule.calendar import next_of_each
from bot.services.clock_skew import ClockWatch
from bot.services.publication_events import EventLog, log_event
from bot.wiring import alert_destinations, metrics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.adapters.alerts import AppriseAlerter
    from bot.adapters.metrics import Metrics
    from bot.adapters.systemd import ServiceManager
    from bot.config import Config
    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.services.catalog import Catalog
    from bot.services.publish import Narrator
    from bot.wiring import Newsroom

log = logging.getLogger("flashtweet.daemon")

_MS = timedelta(milliseconds=1)


@dataclass(slots=True)
class Sinks:
    """The sinks of daemon events. An error in a sink does not affect the daemon."""

    metrics: Metrics
    watch: ClockWatch
    alerter: AppriseAlerter | None = None
    manager: ServiceManager | None = None
    narrate: Narrator = log_event

    def beat(self, now: datetime) -> None:
        """Send the heartbeat of the loop."""
        self.metrics.beat(now)
        if self.manager is not None:
            self.manager.alive()
        if self.alerter is not None:
            self.alerter.ping_hourly(now)

    def narrate_change(self, publication: Publication, change: Change) -> None:
        """Report a recorded change of a publication. Never raises."""
        try:
            self._narrate_change(publication, change)
        except Exception:
            log.exception("bug while reporting a change", extra={"edition": str(publication.key)})

    def _narrate_change(self, publication: Publication, change: Change) -> None:
        self.narrate(publication, change)
        self.metrics(publication, change)
        if isinstance(change, DeliveryChange):
            offset, took = change.after.offset_ms, change.after.round_trip_ms
            if offset is not None and took is not None:
                self.watch.hear(offset * _MS, took * _MS / 2)
        elif change.after is PublicationState.PUBLISHED and self.alerter is not None:
            self.alerter.ping_published(publication.key.series)

    def looked(self, catalog: Catalog, publications: Mapping[EditionKey, Publication], now: datetime) -> None:
        """Update the metrics from a look: publications and upcoming slots."""
        self.metrics.looked(publications.values())
        slots = (one.slot for one in next_of_each(catalog.programme, catalog.editions, now))
        frozen = (PublicationState.PLANNED, PublicationState.PUBLISHING)
        ready = catalog.sound | {key for key, one in publications.items() if one.state in frozen}
        self.metrics.planned(slots, ready)

    def adopt(self, config: Config) -> None:
        """Switch to a reloaded configuration.

        Raises:
            ConfigError: an alert address is not set.
        """
        if self.alerter is not None:
            self.alerter.use(alert_destinations(config))
        self.metrics.know(series.name for series in config.programme.series)

    def ready(self, status: str) -> None:
        """Report that the start or a reload is complete."""
        if self.manager is not None:
            self.manager.ready(status)

    def reloading(self) -> None:
        """Report that a reload begins; `ready` follows."""
        if self.manager is not None:
            self.manager.reloading()

    def stopping(self) -> None:
        """Report that the daemon stops once posts in flight are answered."""
        if self.manager is not None:
            self.manager.stopping()


def build_sinks(newsroom: Newsroom, narrate: Narrator | None = None) -> Sinks:
    """Return sinks for metrics and the log, or `narrate` in place of the log."""
    narrate = narrate or EventLog(newsroom.clock.elapsed)
    return Sinks(metrics(newsroom.config), ClockWatch(newsroom.clock.reading), narrate=narrate)
