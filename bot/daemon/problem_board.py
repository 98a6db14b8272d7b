"""Board of the problems that hold: the only memory of what was logged and alerted."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.core.outage import LOG_INTERVAL
from bot.core.problems import OUTAGES, Identity, Problem, ProblemKind, Problems, by_identity, diff
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from bot.core.alerts import AlertKind
    from bot.core.problems import Transitions

log = logging.getLogger("flashtweet.daemon")

_LEVELS = {Severity.ERROR: logging.ERROR, Severity.WARNING: logging.WARNING}
_AT_THE_END = ("edition", "path", "check")
"""Fields of a problem that the line about its end repeats."""
MAX_VERSIONS = 20
"""Versions of one problem that are remembered."""

_Line = tuple[int, str, dict[str, object], Exception | None]
"""Level, sentence, fields and exception of a log line."""


@dataclass(slots=True)
class _History:
    """Record of the log lines about a problem since it began; times are those of `Clock.elapsed`."""

    since: float
    logged_at: float
    times: int = 0
    """Number of updates that had it."""
    versions: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_VERSIONS))
    """Versions that were logged, the latest last."""
    alerts: set[AlertKind] = field(default_factory=set)


class ProblemBoard:
    """The problems that hold, by source; logs and alerts what begins, changes and ends. Thread-safe."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        """Start with no problems; `elapsed` as in `bot.ports.Clock`."""
        self._elapsed = elapsed
        self._lock, self._writing = threading.Lock(), threading.Lock()
        """The second keeps lines about one problem in order; readers of the board do not wait for it."""
        self._sources: dict[Hashable, Problems] = {}
        self._histories: dict[tuple[Hashable, Identity], _History] = {}

    def update(self, source: Hashable, problems: Iterable[Problem] = ()) -> Transitions:
        """Replace the problems of `source`, log the differences, and return them.

        An outage is logged again from time to time. A version that was logged before counts as no change:
        two errors may alternate.
        """
        now, fresh = self._elapsed(), by_identity(problems)
        with self._writing:
            with self._lock:
                found = diff(self._sources.get(source, {}), fresh)
                lines = [*self._ends(source, found, now), *self._begins(source, fresh, now)]
                self._sources[source] = {key: replace(one, error=None) for key, one in fresh.items()}
                if not fresh:
                    del self._sources[source]
            for level, sentence, about, error in lines:
                log.log(level, sentence, exc_info=error, extra=about)
        return found

    def hold(self, problem: Problem) -> None:
        """Add or replace `problem`, a source of its own."""
        self.update(problem.identity, [problem])

    def clear(self, kind: ProblemKind, subject: object = "") -> None:
        """Clear the problem added by `hold`; nothing happens if there is none."""
        self.update((kind, str(subject)))

    def drop(self, concerns: Callable[[Problem], bool]) -> None:
        """Remove the problems that `concerns` selects, without a line: nothing is known of them now."""
        with self._lock:
            for source, problems in tuple(self._sources.items()):
                for identity in [key for key, one in problems.items() if concerns(one)]:
                    del problems[identity]
                    del self._histories[source, identity]
                if not problems:
                    del self._sources[source]

    def all(self) -> tuple[Problem, ...]:
        """Return every problem."""
        with self._lock:
            return tuple(one for problems in self._sources.values() for one in problems.values())

    def of(self, *kinds: ProblemKind) -> tuple[Problem, ...]:
        """Return the problems of `kinds`."""
        return tuple(one for one in self.all() if one.kind in kinds)

    def find(self, kind: ProblemKind, subject: object = "") -> Problem | None:
        """Return the problem `kind` about `subject`; None if there is none."""
        identity = kind, str(subject)
        with self._lock:
            found = (problems[identity] for problems in self._sources.values() if identity in problems)
            return next(found, None)

    def _begins(self, source: Hashable, fresh: Problems, now: float) -> Iterator[_Line]:
        for identity, one in fresh.items():
            history = self._histories.setdefault((source, identity), _History(now, now))
            history.times += 1
            is_known = one.version in history.versions
            is_due = one.kind in OUTAGES and now - history.logged_at >= LOG_INTERVAL.total_seconds()
            if is_known and not is_due:
                continue
            history.logged_at = now
            about = {**dict(one.about), **_so_far(one, history, now)}
            if is_known:
                about["reason"] = one.reason
                yield logging.ERROR, f"{one.kind.value.begin} (still failing)", about, None
                continue
            history.versions.append(one.version)
            about |= {"next": one.action} if one.action else {}
            if one.alert is not None:
                history.alerts.add(one.alert)
                about["alert"] = one.alert
            if one.message:
                yield _LEVELS[one.severity], one.message, about, one.error

    def _ends(self, source: Hashable, found: Transitions, now: float) -> Iterator[_Line]:
        for one in found.replaced:
            del self._histories[source, one.identity]
        for one in found.cleared:
            history = self._histories.pop((source, one.identity))
            about = {name: value for name, value in one.about if name in _AT_THE_END}
            about |= _so_far(one, history, now)
            overs = [{"alert_over": alert} for alert in sorted(history.alerts)]
            for over in (overs or [{}]) if one.kind.value.end else ():
                yield logging.INFO, one.kind.value.end, about | over, None


def _so_far(one: Problem, history: _History, now: float) -> dict[str, object]:
    """Return the number of failures and their duration as log fields; none for a single failure."""
    if one.kind not in OUTAGES or history.times <= 1:
        return {}
    return {"failures": history.times, "for_s": round(now - history.since)}
