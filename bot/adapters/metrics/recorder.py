"""Recording of events and of the daemon's observations as metrics."""

from __future__ import annotations

import logging
from collections import Counter
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from bot.adapters.metrics.instruments import ENDS, OUTCOMES, Instruments
from bot.core.content.pricing import thread_price
from bot.core.problems import ProblemKind
from bot.core.publishing.next_actions import is_by_hand
from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.core.publishing.snowflake import created_at
from bot.core.publishing.states import DeliveryChange, DeliveryEvent
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from datetime import datetime
    from wsgiref.types import WSGIApplication

    from bot.adapters.metrics.instruments import MetricRows
    from bot.core.model import EditionKey
    from bot.core.problems import Problem
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change

log = logging.getLogger("flashtweet.metrics")

SPECIAL_LABEL = "special"
"""The series label of editions whose file has its own time: each such file is a series, and the number of
labels must not grow with every file."""

P = ParamSpec("P")


def _harmless(method: Callable[Concatenate[Metrics, P], None]) -> Callable[Concatenate[Metrics, P], None]:
    """Wrap `method` so that a bug in it blocks no post: each is logged once, and a number is wrong."""

    @wraps(method)
    def guarded(self: Metrics, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            if repr(error) not in self.logged:
                self.logged.add(repr(error))
                log.exception("bug in a metric; publishing continues")

    return guarded


class Metrics:
    """Recorder of events, as a `bot.services.publish.Narrator`, and of the daemon's observations.

    Thread-safe, except that `looked` and the other methods about a turn of the loop are for one thread.
    Nothing waits for a scrape, and nothing raises.
    """

    def __init__(self, series: Iterable[str], ticks: Callable[[], float]) -> None:
        """`series` are those in config.yaml.

        `ticks` returns seconds on a clock that never jumps and stops while the machine is suspended: a loop
        that could not run then is not dead.
        """
        self._ticks = ticks
        self._beat_at = ticks()
        self._states: dict[EditionKey, PublicationState] = {}
        self._has_looked = False
        self.logged: set[str] = set()
        """Bugs that were already logged."""
        self._instruments = Instruments()
        self._known_problems: Callable[[], Iterable[Problem]] = tuple
        self._gauges = self._instruments.gauges
        self.know(series)

    def know(self, series: Iterable[str]) -> None:
        """Set the series that have their own label from now on."""
        self._series = frozenset(series)
        self._instruments.begin((*sorted(self._series), SPECIAL_LABEL))

    # -- events ------------------------------------------------------------------------------------------

    @_harmless
    def __call__(self, publication: Publication, change: Change) -> None:
        """Count the outcome of a post."""
        if isinstance(change, DeliveryChange):
            self._count(publication, change)

    def _count(self, publication: Publication, change: DeliveryChange) -> None:
        series = self._label(publication.key)
        if change.event in OUTCOMES:
            self._instruments.posts.labels(series, OUTCOMES[change.event]).inc()
        if change.event in (DeliveryEvent.CONFIRMED, DeliveryEvent.FOUND):
            self._count_sent(publication, change.after, series)

    def _count_sent(self, publication: Publication, delivery: Delivery, series: str) -> None:
        self._instruments.dollars.labels(series).inc(float(thread_price([delivery.text]).dollars))
        if delivery.offset_ms is not None and delivery.round_trip_ms is not None:
            self.clock_offset(delivery.offset_ms / 1000)
            self._instruments.round_trip.observe(delivery.round_trip_ms / 1000)
        if delivery.post_id is None:
            return
        created = created_at(int(delivery.post_id))
        self._instruments.post_lateness.labels(series).observe(
            max(0.0, (created - delivery.due_at).total_seconds())
        )
        if publication.parent_of(delivery.position) is None:
            late = (created - publication.slot_at).total_seconds()
            # A decreasing sum would look like a restart.
            self._instruments.slot_lateness.labels(series).observe(max(0.0, late))
            self._instruments.last_lateness.labels(series).set(late)

    def _label(self, key: EditionKey) -> str:
        return key.series if key.series in self._series else SPECIAL_LABEL

    # -- observations of the daemon ----------------------------------------------------------------------

    def beat(self, now: datetime) -> None:
        """Record a turn of the loop; `now` is the wall clock."""
        self._beat_at = self._ticks()
        self._gauges["heartbeat_timestamp_seconds"].set(now.timestamp())

    def age(self) -> float:
        """Return the seconds since the last turn of the loop, or since the start before the first one."""
        return self._ticks() - self._beat_at

    @_harmless
    def rescanned(self, seconds: float, found: Mapping[Severity, int], files: int) -> None:
        """Record a scan of the folder: its duration, findings by severity and number of files."""
        self._instruments.rescans.inc()
        self._instruments.rescan_duration.observe(seconds)
        self._gauges["files"].set(files)
        rows: MetricRows = {(severity.value,): found.get(severity, 0) for severity in Severity}
        self._gauges["findings"].rows = rows

    @_harmless
    def planned(self, slots: Iterable[tuple[EditionKey, datetime]], ready: Container[EditionKey]) -> None:
        """Record the next of the future `slots` of each series, and if its edition is in `ready`."""
        first: dict[str, tuple[datetime, EditionKey]] = {}
        for key, at in slots:
            series = self._label(key)
            first[series] = min(first.get(series, (at, key)), (at, key))
        self._gauges["next_slot_timestamp_seconds"].rows = {
            (series,): at.timestamp() for series, (at, _) in first.items()
        }
        self._gauges["next_slot_ready"].rows = {
            (series,): float(key in ready) for series, (_, key) in first.items()
        }

    @_harmless
    def looked(self, publications: Iterable[Publication]) -> None:
        """Record the open and recent publications in the ledger.

        Editions that came to rest since the previous call are counted, whichever process caused it.
        """
        seen = tuple(publications)
        states: MetricRows = {(state.value,): 0 for state in PublicationState}
        held: MetricRows = {("person",): 0, ("trouble",): 0}
        for one in seen:
            states[(one.state.value,)] += 1
            if one.state is PublicationState.HELD:
                held[("person" if is_by_hand(one) else "trouble",)] += 1
        self._gauges["publications"].rows, self._gauges["held_publications"].rows = states, held
        self._gauges["posts_in_doubt"].set(
            sum(d.state is DeliveryState.IN_DOUBT for one in seen for d in one.deliveries)
        )
        self._count_ends(seen)

    def _count_ends(self, seen: tuple[Publication, ...]) -> None:
        before, now = self._states, {one.key: one.state for one in seen}
        self._states = before | now  # all ever seen: a clock set back shows old ones again
        is_first, self._has_looked = not self._has_looked, True
        if is_first:
            return  # editions from before this process started were counted by another one
        for key, state in now.items():
            if state in ENDS and before.get(key) is not state:
                self._instruments.editions.labels(self._label(key), state).inc()

    @_harmless
    def missed(self, key: EditionKey) -> None:
        """Record a missed edition that is not in the ledger because its file has an error."""
        self._states[key] = PublicationState.MISSED  # it may be recorded in the ledger later
        self._instruments.editions.labels(self._label(key), PublicationState.MISSED).inc()

    def paused(self, paused: bool) -> None:
        """Record the start or end of a pause of all publishing."""
        self._gauges["paused"].set(float(paused))

    def read_problems(self, source: Callable[[], Iterable[Problem]]) -> None:
        """Read the problems from `source` whenever the page is."""
        self._known_problems = source

    @_harmless
    def _count_problems(self) -> None:
        found = Counter(one.kind for one in self._known_problems())
        self._gauges["problems"].rows = {(kind.code,): found[kind] for kind in ProblemKind}

    def clock_offset(self, seconds: float) -> None:
        """Record X's clock minus this machine's, as measured by other means than a post."""
        self._gauges["clock_offset_seconds"].set(seconds)

    def page(self, checks: Mapping[str, bool]) -> WSGIApplication:
        """Return the page for Prometheus; `checks` are the results of the checks of /readyz."""
        self._count_problems()
        self._gauges["check_ok"].rows = {(name,): float(ok) for name, ok in checks.items()}
        return self._instruments.page
