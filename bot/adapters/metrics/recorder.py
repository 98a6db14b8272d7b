"""Turns what happens and what the daemon sees into numbers."""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from bot.adapters.metrics.instruments import ENDS, OUTCOMES, Instruments
from bot.core.content.pricing import thread_price
from bot.core.model import DeliveryState, PublicationState
from bot.core.publishing.next_actions import is_by_hand
from bot.core.publishing.snowflake import created_at
from bot.core.publishing.states import DeliveryChange, DeliveryEvent
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from datetime import datetime

    from bot.adapters.metrics.instruments import MetricRows
    from bot.core.model import Delivery, EditionKey, Publication
    from bot.core.publishing.states import Change

log = logging.getLogger("flashtweet.metrics")

SPECIAL_LABEL = "special"
"""The series under which editions count whose file has a time of its own: each such file is a series, and
labels must not grow with every file."""

P = ParamSpec("P")


def _harmless(method: Callable[Concatenate[Metrics, P], None]) -> Callable[Concatenate[Metrics, P], None]:
    """`method`, of which a bug keeps no post back: it is logged, each once, and a number is wrong."""

    @wraps(method)
    def guarded(self: Metrics, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            if repr(error) not in self.told:
                self.told.add(repr(error))
                log.exception("a bug kept something from being counted; publishing goes on")

    return guarded


class Metrics:
    """Hears what happens, as a `bot.services.publish.Narrator`, and what the daemon sees.

    May be used from any thread; `looked` and what else tells of a look come from one. Nothing waits for a
    scrape, and nothing raises.
    """

    def __init__(self, series: Iterable[str], ticks: Callable[[], float]) -> None:
        """`series` are those that config.yaml names.

        `ticks` gives seconds on a clock that never jumps and stands still while the machine is suspended: a
        loop that could not run then is not dead.
        """
        self._ticks = ticks
        self._beat_at = ticks()
        self._states: dict[EditionKey, PublicationState] = {}
        self._has_looked = False
        self.told: set[str] = set()
        """The bugs that were logged."""
        self._instruments = Instruments()
        self._gauges = self._instruments.gauges
        self.know(series)

    def know(self, series: Iterable[str]) -> None:
        """From now on these are the series that have a label of their own."""
        self._series = frozenset(series)
        self._instruments.begin((*sorted(self._series), SPECIAL_LABEL))

    # -- what happens ------------------------------------------------------------------------------------

    @_harmless
    def __call__(self, publication: Publication, change: Change) -> None:
        """Count what became of a post."""
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
            # A sum that falls would look like a restart.
            self._instruments.slot_lateness.labels(series).observe(max(0.0, late))
            self._instruments.last_lateness.labels(series).set(late)

    def _label(self, key: EditionKey) -> str:
        return key.series if key.series in self._series else SPECIAL_LABEL

    # -- what the daemon sees ----------------------------------------------------------------------------

    def beat(self, now: datetime) -> None:
        """The loop turns; `now` is the wall clock."""
        self._beat_at = self._ticks()
        self._gauges["heartbeat_timestamp_seconds"].set(now.timestamp())

    def age(self) -> float:
        """Seconds since the loop last turned, or since the start if it has not yet."""
        return self._ticks() - self._beat_at

    @_harmless
    def rescanned(self, seconds: float, found: Mapping[Severity, int], files: int) -> None:
        """Record a look at the folder, which took `seconds`, its findings and its files."""
        self._instruments.rescans.inc()
        self._instruments.rescan_duration.observe(seconds)
        self._gauges["files"].set(files)
        rows: MetricRows = {(severity.value,): found.get(severity, 0) for severity in Severity}
        self._gauges["findings"].rows = rows

    @_harmless
    def planned(self, slots: Iterable[tuple[EditionKey, datetime]], ready: Container[EditionKey]) -> None:
        """`slots` are ahead; the editions in `ready` are fit to go out. The first of each series counts."""
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
        """What stands in the ledger now, of what is open or recent.

        Editions that came to rest since the look before are counted: by whom does not matter.
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
        self._states = before | now  # all ever seen: a clock that is set back shows old ones again
        is_first, self._has_looked = not self._has_looked, True
        if is_first:
            return  # what came to rest before this process started was counted by another one
        for key, state in now.items():
            if state in ENDS and before.get(key) is not state:
                self._instruments.editions.labels(self._label(key), state).inc()

    @_harmless
    def missed(self, key: EditionKey) -> None:
        """An edition was missed that the ledger cannot have, since its file has an error."""
        self._states[key] = PublicationState.MISSED  # as it may stand in the ledger later
        self._instruments.editions.labels(self._label(key), PublicationState.MISSED).inc()

    def paused(self, paused: bool) -> None:
        """Whether a person has paused all publishing."""
        self._gauges["paused"].set(float(paused))

    def clock_offset(self, seconds: float) -> None:
        """X's clock minus this machine's. Posts tell it too; this is for who learns it otherwise."""
        self._gauges["clock_offset_seconds"].set(seconds)

    def page(self, accept: str, checks: Mapping[str, bool]) -> tuple[str, bytes]:
        """Content type and text of the page, in the form that the `accept` header asks for.

        `checks` are those of /readyz, and whether they passed.
        """
        self._gauges["check_ok"].rows = {(name,): float(ok) for name, ok in checks.items()}
        return self._instruments.page(accept)
