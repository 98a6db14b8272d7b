"""The instruments: every metric by its name, what it says, and its labels. docs/operators.md lists them.

Counters and histograms hold what happened since the process started, as Prometheus expects of them. Gauges
hold what the daemon saw at its latest look; one of which nothing is known yet is absent, rather than 0.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder

from bot import __version__
from bot.core.model import PublicationState
from bot.core.publishing.states import DeliveryEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

LATENESS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
"""Bounds in seconds: fine around what a good network gives, coarse up to `grace`."""
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
"""What can become of a post in a daemon; persons' decisions are made elsewhere."""

ENDS = (
    PublicationState.PUBLISHED,
    PublicationState.HELD,
    PublicationState.MISSED,
    PublicationState.CANCELLED,
)
"""Where an edition comes to rest, for good or until a person acts."""

GAUGES: Mapping[str, tuple[str, ...]] = {
    "build_info": ("The version that runs; always 1.", "version", "python"),
    "heartbeat_timestamp_seconds": ("When the daemon's loop last turned, Unix time.",),
    "check_ok": ("Whether a check of /readyz passed: 1 or 0.", "check"),
    "paused": ("Whether a person has paused all publishing: 1 or 0.",),
    "publications": ("Editions in the ledger that are open, or of the last days.", "state"),
    "held_publications": ("Editions that are HELD, by what stopped them: person or trouble.", "by"),
    "posts_in_doubt": ("Posts of which nobody knows yet whether they are out.",),
    "clock_offset_seconds": ("X's clock minus this machine's: positive where X's is ahead.",),
    "next_slot_timestamp_seconds": ("The next slot of a series, Unix time.", "series"),
    "next_slot_ready": ("Whether an edition for the next slot is fit to go out: 1 or 0.", "series"),
    "files": ("Editors' files that were read at the latest look.",),
    "findings": ("Findings in the editors' files at the latest look.", "severity"),
}
"""What each says, and its labels."""

MetricRows = dict[tuple[str, ...], float]
"""Label values, and the number under them."""


class _Gauge:
    """A collector of one gauge whose rows are replaced all at once.

    What is gone must not stay in the page, and no scrape may see half of a look.
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


class _Page:
    """A registry without ``_created`` series: they would double the page and tell nothing."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for family in self._registry.collect():
            family.samples = [one for one in family.samples if not one.name.endswith("_created")]
            yield family


class Instruments:
    """One set of them, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
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

        self.posts = counter("posts_total", "What became of posts.", "series", "outcome")
        self.dollars = counter(
            "spent_dollars_total", "US dollars for posts that are out, by X's price list.", "series"
        )
        self.editions = counter(
            "editions_total", "Editions that came to rest, whoever brought them there.", "series", "state"
        )
        self.rescans = counter("rescans_total", "Looks into the threads folder.")

    def _make_histograms(self) -> None:
        def histogram(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"flashtweet_{name}", what, labels, buckets=buckets, registry=self._registry)

        on_x = "on X's clock; less than 0 counts as 0."
        self.slot_lateness = histogram(
            "slot_lateness_seconds",
            f"From an edition's slot to the creation of its first post, {on_x}",
            LATENESS,
            "series",
        )
        self.post_lateness = histogram(
            "post_lateness_seconds",
            f"From the time a post was due to its creation, {on_x}",
            LATENESS,
            "series",
        )
        self.last_lateness = Gauge(
            "flashtweet_last_slot_lateness_seconds",
            "Slot lateness of the latest edition; negative where X's clock is behind.",
            ["series"],
            registry=self._registry,
        )
        self.round_trip = histogram(
            "post_round_trip_seconds", "From a request for a post to X's answer.", DURATIONS
        )
        self.rescan_duration = histogram(
            "rescan_duration_seconds", "How long a look into the threads folder took.", DURATIONS
        )

    def begin(self, series: Iterable[str]) -> None:
        """Let each of `series` begin at 0 in every counter: its first miss must be an increase."""
        for name in series:
            self.slot_lateness.labels(name)
            self.post_lateness.labels(name)
            self.dollars.labels(name)
            for outcome in OUTCOMES.values():
                self.posts.labels(name, outcome)
            for state in ENDS:
                self.editions.labels(name, state)

    def page(self, accept: str) -> tuple[str, bytes]:
        """Content type and text of the page, in the form that the `accept` header asks for."""
        encode, content_type = choose_encoder(accept)
        return content_type, encode(_Page(self._registry))


def _split(row: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return row[0], row[1:]
