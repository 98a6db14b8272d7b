"""Alerts to an operator and their throttle. Every alert is also a line of the log."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class AlertKind(StrEnum):
    """Subject of an alert; docs/operators.md lists the commands for each."""

    MISSED = "missed"
    """Slot and grace of an edition passed without a post."""
    HELD = "held"
    """A publication stopped and needs an operator."""
    LATE = "late"
    """A post is overdue, or a first post was posted late."""
    DELETED = "deleted"
    """A post was deleted on X while its thread was being posted."""
    PREFLIGHT = "preflight"
    """A check before a slot failed: without an operator the edition may not be posted."""
    CLOCK = "clock"
    """The machine's clock differs from X's by more than half a minute, or was set by as much."""
    FOLDER = "folder"
    """The editors' folder is gone or cannot be read."""
    FINDING = "finding"
    """An error in an editor's file keeps it from being posted."""
    LEDGER = "ledger"
    """The ledger cannot be read or written: nothing is published."""
    CONFIG = "config"
    """A changed configuration is invalid; the previous one stays in use."""
    BUDGET = "budget"
    """Credits or a rate limit of X are nearly used up."""
    START = "start"
    """The daemon cannot start, or an error ended it: nothing is published."""
    BUG = "bug"
    """An unexpected error in flashtweet."""


BUG_ADVICE = "Look for waiting editions: flashtweet status. The traceback is in the log; report it"
"""Advice for the operator after a bug."""

ABOUT_A_BUG = {"alert": AlertKind.BUG, "next": BUG_ADVICE}
"""Fields of a log line about a bug."""

EVENTS = frozenset({AlertKind.MISSED, AlertKind.HELD, AlertKind.DELETED})
"""Kinds that are events, not conditions. The ledger records each once, so each is alerted: an edition held
twice for the same reason was released by an operator in between."""

OF_EDITIONS = EVENTS | {AlertKind.LATE}
"""Kinds about what followers see or miss; other kinds never crowd them out."""


_MANY_REASONS = frozenset({AlertKind.CONFIG, AlertKind.START})


@dataclass(frozen=True, slots=True)
class SecretUrl:
    """Target of alerts or pings. The URL is a secret: it is all that sending takes."""

    name: str
    """Name for messages: its place in the configuration, its scheme, the variable that holds it."""
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Alerting:
    """Targets of alerts and pings, and the kinds that are sent."""

    urls: tuple[SecretUrl, ...] = ()
    on: frozenset[AlertKind] = frozenset(AlertKind)
    hourly_ping: SecretUrl | None = None
    """Requested every hour while the loop is alive."""
    pings: tuple[tuple[str, SecretUrl], ...] = ()
    """URL to request when an edition of a series is PUBLISHED, by series name."""


Topic = tuple[AlertKind, str, str]
"""Identity of an alert: kind, subject, words."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: the sentence and fields of a line of the log."""

    kind: AlertKind
    sentence: str
    fields: tuple[tuple[str, str], ...] = ()
    is_serious: bool = True
    """True if the log level is ERROR, False if it is WARNING."""
    is_over: bool = False
    """True if it ends an earlier alert."""
    is_test: bool = False

    @property
    def subject(self) -> str:
        """The edition or file, and the check that failed; empty for the whole installation."""
        fields = dict(self.fields)
        what = fields.get("edition") or fields.get("path") or ""
        return f"{what} {fields.get('check', '')}".strip()

    @property
    def topic(self) -> Topic:
        """The key by which alerts are deduplicated; for CONFIG and START it includes the reason."""
        reason = dict(self.fields).get("reason", "") if self.kind in _MANY_REASONS else ""
        return self.kind, self.subject, self.sentence + reason

    @property
    def title(self) -> str:
        """The title, ``HELD flashtweet@2026-11-24``."""
        if self.is_test:
            return "test"
        what = f"{self.kind} is over" if self.is_over else self.kind.upper()
        return f"{what} {self.subject}".rstrip()

    @property
    def body(self) -> str:
        """The sentence, one line per field, and the command at the end."""
        about = [f"{name}: {value}" for name, value in self.fields if name != "next"]
        advice = [f"→ {value}" for name, value in self.fields if name == "next"]
        return "\n".join([self.sentence, *about, *advice])


TEST = Alert(
    AlertKind.BUG,
    "This is a test; nothing is wrong: an operator typed flashtweet alert --test",
    is_serious=False,
    is_test=True,
)
"""The alert of ``flashtweet alert --test``."""

WINDOW = 600.0
"""Seconds over which alerts are counted for the limits below."""
MAX_PER_WINDOW = 12
"""Limit of alerts in one window. `OF_EDITIONS` are exempt: alerts about editions always pass."""
MOST_OF_A_KIND = 6
"""Limit of alerts of one kind in one window: fifty findings must not hide a wrong clock."""
MAX_NAMED_SUBJECTS = 6
"""Subjects of one kind that a summary names: it is read on a phone."""
REPEAT_INTERVAL = 3600.0
"""Seconds before the same alert is sent again."""
_REMEMBERED = 1000
"""Limit of alerted topics that are kept, to send their ends."""


@dataclass(frozen=True, slots=True)
class Memory:
    """State of a throttle for the next process; times are ages in seconds."""

    sent: tuple[tuple[Topic, float], ...] = ()
    let_through: tuple[tuple[AlertKind, float], ...] = ()


@dataclass(slots=True)
class AlertThrottle:
    """Deduplicates alerts and limits their rate; `now` is in seconds on a monotonic clock."""

    _sent: dict[Topic, float] = field(default_factory=dict)
    _let_through: deque[tuple[float, AlertKind]] = field(default_factory=deque)
    _held_back: dict[AlertKind, Counter[str]] = field(default_factory=dict)
    """Number of alerts held back, by kind and subject."""
    _held_since: float = 0.0

    def admits(self, alert: Alert, now: float) -> bool:
        """Return True if `alert` may be sent. The end of an alert may be sent if that alert was."""
        if alert.is_over:  # never more of these than of alerts, so they do not count
            return self._forget(alert)
        topic = alert.topic
        if alert.kind not in EVENTS and now - self._sent.get(topic, -REPEAT_INTERVAL) < REPEAT_INTERVAL:
            return False
        if self._is_too_much(alert.kind, now):
            self.hold_back(alert, now)
            return False
        self._let_through.append((now, alert.kind))
        self._sent.pop(topic, None)
        self._sent[topic] = now
        if len(self._sent) > _REMEMBERED:
            del self._sent[next(iter(self._sent))]
        return True

    def hold_back(self, alert: Alert, now: float) -> None:
        """Count `alert` as held back."""
        if not self._held_back:
            self._held_since = now
        self._held_back.setdefault(alert.kind, Counter())[alert.subject] += 1

    def take_summary(self, now: float, *, at_once: bool = False) -> Alert | None:
        """Return the summary of held-back alerts, due one window after the first or `at_once`; else None.

        The summary itself counts toward no limit.
        """
        if not self._held_back or (now - self._held_since < WINDOW and not at_once):
            return None
        most = sorted(self._held_back.items(), key=lambda one: -one[1].total())
        self._held_back = {}
        total = sum(subjects.total() for _, subjects in most)
        kinds = ", ".join(f"{subjects.total()} {kind}" for kind, subjects in most)
        sentence = f"{total} more alerts were held back because there were too many: {kinds}."
        about = [(str(kind), names) for kind, subjects in most if (names := _named(subjects))]
        about.append(("next", "Read the log, and type: flashtweet status"))
        return Alert(most[0][0], sentence, tuple(about))

    def memory(self, now: float) -> Memory:
        """Return the state to persist, so that a restarting process does not repeat its alerts."""
        return Memory(
            tuple((topic, now - at) for topic, at in self._sent.items()),
            tuple((kind, now - at) for at, kind in self._let_through),
        )

    def recall(self, memory: Memory, now: float) -> None:
        """Restore the state of an earlier process."""
        self._sent = {topic: now - ago for topic, ago in memory.sent}
        self._let_through = deque((now - ago, kind) for kind, ago in memory.let_through)

    def _forget(self, alert: Alert) -> bool:
        over = [topic for topic in self._sent if topic[:2] == (alert.kind, alert.subject)]
        for topic in over:
            del self._sent[topic]
        return bool(over)

    def _is_too_much(self, kind: AlertKind, now: float) -> bool:
        while self._let_through and now - self._let_through[0][0] >= WINDOW:
            self._let_through.popleft()
        of_a_kind = sum(one is kind for _, one in self._let_through)
        others = sum(one not in OF_EDITIONS for _, one in self._let_through)
        return of_a_kind >= MOST_OF_A_KIND or (kind not in OF_EDITIONS and others >= MAX_PER_WINDOW)


def _named(subjects: Iterable[str]) -> str:
    """Return the first of `subjects`, with an ellipsis if there are more; empty if none has a name."""
    named = [one for one in subjects if one]
    return ", ".join(named[:MAX_NAMED_SUBJECTS]) + (", …" if len(named) > MAX_NAMED_SUBJECTS else "")
