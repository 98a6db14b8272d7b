"""Definitions of all metrics: name, help and labels. docs/operators.md lists them.

Counters and histograms cover the time since the process started, as Prometheus expects. Gauges show the
daemon's latest observation; a gauge without one is absent rather than 0.
"""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    make_wsgi_app,
)
from prometheus_client.core import GaugeMetricFamily

from bot import __version__
from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import DeliveryEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from prometheus_client.core import Metric

LATENESS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
"""Bucket bounds in seconds: fine around the latency of a good network, coarse up to `grace`."""
DURATIONS = (0.001, 0.005, 0.025, 0.1, 0.5, 2, 10)

OUTCOMES = {
    DeliveryEvent.CONFIRMED: "sent",
    DeliveryEvent.FOUND: "found",
    DeliveryEvent.NOT_CREATED: "not_created",
    DeliveryEvent.REFUSED: "refused",
    DeliveryEvent.LOST: "in_doubt",
    DeliveryEvent.REPEATED: "in_doubt",
    DeliveryEvent.UNVOUCHED: "unvouched",
    DeliveryEvent.NOT_FOUND: "not_found",
    DeliveryEvent.UNREAD: "unread",
    DeliveryEvent.GIVEN_UP: "given_up",
}
"""Outcomes of a post in a daemon; operators' decisions are made in other processes."""

ENDS = (
    PublicationState.PUBLISHED,
    PublicationState.HELD,
    PublicationState.MISSED,
    PublicationState.CANCELLED,
)
"""States in which an edition rests, finally or until an operator acts."""

GAUGES: Mapping[str, tuple[str, ...]] = {
    "build_info": ("The running version; always 1.", "version", "python"),
    "heartbeat_timestamp_seconds": ("Last turn of the daemon's loop, Unix time.",),
    "check_ok": ("1 if a check of /readyz passed, else 0.", "check"),
    "paused": ("1 if an operator has paused all publishing, else 0.",),
    "problems": ("Problems that the daemon knows now.", "kind"),
    "publications": ("Open and recent editions in the ledger.", "state"),
    "held_publications": ("HELD editions, by cause: person or trouble.", "by"),
    "posts_in_doubt": ("Posts whose outcome is still unknown.",),
    "clock_offset_seconds": ("X's clock minus this machine's: positive if X's is ahead.",),
    "next_slot_timestamp_seconds": ("The next slot of a series, Unix time.", "series"),
    "next_slot_ready": ("1 if an edition for the next slot is ready, else 0.", "series"),
    "files": ("Editors' files read in the latest scan.",),
    "findings": ("Findings in the editors' files in the latest scan.", "severity"),
}
"""Help and labels of each gauge."""

MetricRows = dict[tuple[str, ...], float]
"""Values by label values."""


class _Gauge:
    """A collector of one gauge whose rows are replaced atomically.

    Stale rows must not remain on the page, and no scrape may see half an update.
    """

    def __init__(self, name: str, what: str, labels: tuple[str, ...]) -> None:
        self._name, self._what, self._labels = name, what, labels
        self.rows: MetricRows = {}

    def set(self, value: float) -> None:
        self.rows = {(): value}

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(self._name, self._what, labels=self._labels)
        for labels, value in self.rows.items():
            family.add_metric(labels, value)
        yield family


class Instruments:
    """A set of all metrics in its own registry."""

    def __init__(self) -> None:
        # They would double the page without any use.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry(auto_describe=True)
        self.page: WSGIApplication = _tolerant(make_wsgi_app(self._registry))
        """The metrics in the format that a request accepts."""
        ProcessCollector(registry=self._registry)
        self.gauges = {name: _Gauge(f"flashtweet_{name}", *_split(row)) for name, row in GAUGES.items()}
        for gauge in self.gauges.values():
            self._registry.register(gauge)
        self.gauges["build_info"].rows = {(__version__, platform.python_version()): 1}
        self._make_counters()
        self._make_histograms()

    def _make_counters(self) -> None:
        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"flashtweet_{name}", what, labels, registry=self._registry)

        self.posts = counter("posts_total", "Outcomes of posts.", "series", "outcome")
        self.dollars = counter(
            "spent_dollars_total", "US dollars for created posts, by X's price list.", "series"
        )
        self.editions = counter(
            "editions_total", "Editions that came to rest, in any process.", "series", "state"
        )
        self.rescans = counter("rescans_total", "Scans of the threads folder.")

    def _make_histograms(self) -> None:
        def histogram(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"flashtweet_{name}", what, labels, buckets=buckets, registry=self._registry)

        on_x = "on X's clock; negative values count as 0."
        self.slot_lateness = histogram(
            "slot_lateness_seconds",
            f"From an edition's slot to the creation of its first post, {on_x}",
            LATENESS,
            "series",
        )
        self.post_lateness = histogram(
            "post_lateness_seconds",
            f"From a post's due time to its creation, {on_x}",
            LATENESS,
            "series",
        )
        self.last_lateness = Gauge(
            "flashtweet_last_slot_lateness_seconds",
            "Slot lateness of the latest edition; negative if X's clock is behind.",
            ["series"],
            registry=self._registry,
        )
        self.round_trip = histogram(
            "post_round_trip_seconds", "From the request of a post to X's answer.", DURATIONS
        )
        self.rescan_duration = histogram(
            "rescan_duration_seconds", "Duration of a scan of the threads folder.", DURATIONS
        )

    def begin(self, series: Iterable[str]) -> None:
        """Start every counter of `series` at 0, so that its first miss is an increase."""
        for name in series:
            self.slot_lateness.labels(name)
            self.post_lateness.labels(name)
            self.dollars.labels(name)
            for outcome in OUTCOMES.values():
                self.posts.labels(name, outcome)
            for state in ENDS:
                self.editions.labels(name, state)


def _split(row: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return row[0], row[1:]


_ODD_VERSION = re.compile(r"version=(?!\"?[0-9]+(?:\.[0-9]+)*\"?[ \t]*(?:[;,]|\Z))")


def _tolerant(page: WSGIApplication) -> WSGIApplication:
    """Return `page` for any Accept header; prometheus_client 0.26 raises for a version that is no number."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if _ODD_VERSION.search(environ.get("HTTP_ACCEPT", "")):
            environ = {**environ, "HTTP_ACCEPT": ""}
        return page(environ, start)

    return answer
