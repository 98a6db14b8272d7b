"""Alerts: what a person should hear of, and how often it is said. What is alerted is what is logged."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class AlertKind(StrEnum):
    """What an alert is about; docs/operators.md tells what to type for each."""

    MISSED = "missed"
    """Slot and grace of an edition went by without it."""
    HELD = "held"
    """A publication stopped and waits for a person."""
    LATE = "late"
    """A post is long due and not out yet, or a first one went out as late as that."""
    DELETED = "deleted"
    """A person deleted a post on X while its thread goes out."""
    PREFLIGHT = "preflight"
    """A check before a slot failed: without a person the edition may not go out."""
    CLOCK = "clock"
    """The machine's clock is more than half a minute from X's, or was set by as much."""
    FOLDER = "folder"
    """The editors' folder is gone or cannot be read."""
    FINDING = "finding"
    """Something in an editor's file keeps it from going out."""
    LEDGER = "ledger"
    """The durable record cannot be read or written: nothing is published."""
    CONFIG = "config"
    """A changed configuration cannot be used; the old one is kept."""
    BUDGET = "budget"
    """Money or rate that X grants are nearly spent."""
    START = "start"
    """The daemon cannot start, or was ended by an error: nothing is published."""
    BUG = "bug"
    """Something happened that flashtweet did not foresee."""


ABOUT_A_BUG = {
    "alert": AlertKind.BUG,
    "next": "flashtweet status: is an edition waiting? The traceback is in the log; report it",
}
"""Fields of a line of the log about one."""

EVENTS = frozenset({AlertKind.MISSED, AlertKind.HELD, AlertKind.DELETED})
"""Kinds that happen instead of lasting. The ledger moves once for each, so each is said: an edition that is
held twice for the same reason was released by a person in between."""

OF_EDITIONS = EVENTS | {AlertKind.LATE}
"""Kinds about what followers see, or miss: nothing else crowds them out."""


_MANY_REASONS = frozenset({AlertKind.CONFIG, AlertKind.START})


@dataclass(frozen=True, slots=True)
class SecretUrl:
    """Where alerts or pings go. The URL is a secret: whoever has it can send."""

    name: str
    """How to speak of it: its place in the configuration, its scheme, the variable that it comes from."""
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Alerting:
    """Who hears of what."""

    urls: tuple[SecretUrl, ...] = ()
    on: frozenset[AlertKind] = frozenset(AlertKind)
    hourly_ping: SecretUrl | None = None
    """Asked for every hour while the loop is alive."""
    pings: tuple[tuple[str, SecretUrl], ...] = ()
    """Series, and what is asked for when an edition of it is PUBLISHED."""


Topic = tuple[AlertKind, str, str]
"""What an alert is about: kind, subject, words."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell a person: the sentence and fields of a line of the log."""

    kind: AlertKind
    sentence: str
    fields: tuple[tuple[str, str], ...] = ()
    is_serious: bool = True
    """Whether the log calls it an error, not a warning."""
    is_over: bool = False
    """Whether it tells that what was alerted before is over."""
    is_test: bool = False

    @property
    def subject(self) -> str:
        """What it is about: an edition or a file, and the check that failed; empty where it is the whole."""
        fields = dict(self.fields)
        what = fields.get("edition") or fields.get("path") or ""
        return f"{what} {fields.get('check', '')}".strip()

    @property
    def topic(self) -> Topic:
        """Alerts with one topic say the same; a configuration or a start can be wrong in many ways."""
        reason = dict(self.fields).get("reason", "") if self.kind in _MANY_REASONS else ""
        return self.kind, self.subject, self.sentence + reason

    @property
    def title(self) -> str:
        """``HELD flashtweet@2026-11-24``"""
        if self.is_test:
            return "test"
        what = f"{self.kind} is over" if self.is_over else self.kind.upper()
        return f"{what} {self.subject}".rstrip()

    @property
    def body(self) -> str:
        """The sentence, the fields a line each, and what to type at the end."""
        about = [f"{name}: {value}" for name, value in self.fields if name != "next"]
        advice = [f"→ {value}" for name, value in self.fields if name == "next"]
        return "\n".join([self.sentence, *about, *advice])


TEST = Alert(
    AlertKind.BUG,
    "This is a test, and nothing is wrong: somebody typed flashtweet alert --test",
    is_serious=False,
    is_test=True,
)
"""What is sent to see whether anybody hears."""

WINDOW = 600.0
"""Seconds over which alerts are counted."""
MAX_PER_WINDOW = 12
"""Alerts in one window, `OF_EDITIONS` aside: whatever else is wrong, what happened to an edition is told."""
MOST_OF_A_KIND = 6
"""Alerts of one kind in one window: fifty findings must not hide that the clock is wrong."""
MAX_NAMED_SUBJECTS = 6
"""Subjects of one kind that a summary names; it is read on a telephone."""
REPEAT_INTERVAL = 3600.0
"""Seconds in which the same is not said again."""
_REMEMBERED = 1000
"""Topics that were told, so that it can be told when they are over."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a gate hands on to that of the next process; how long ago things were, in seconds."""

    told: tuple[tuple[Topic, float], ...] = ()
    let_through: tuple[tuple[AlertKind, float], ...] = ()


@dataclass(slots=True)
class AlertThrottle:
    """Lets alerts through once and not too many; `now` is in seconds on a clock that never jumps."""

    _told: dict[Topic, float] = field(default_factory=dict)
    _let_through: deque[tuple[float, AlertKind]] = field(default_factory=deque)
    _held_back: dict[AlertKind, Counter[str]] = field(default_factory=dict)
    """How often which subject of a kind was not told."""
    _held_since: float = 0.0

    def admits(self, alert: Alert, now: float) -> bool:
        """Whether `alert` goes out. One that tells that something is over does where that was told."""
        if alert.is_over:  # there are no more of these than of what was told, so they count as nothing
            return self._forget(alert)
        topic = alert.topic
        if alert.kind not in EVENTS and now - self._told.get(topic, -REPEAT_INTERVAL) < REPEAT_INTERVAL:
            return False
        if self._is_too_much(alert.kind, now):
            self.hold_back(alert, now)
            return False
        self._let_through.append((now, alert.kind))
        self._told.pop(topic, None)
        self._told[topic] = now
        if len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]
        return True

    def hold_back(self, alert: Alert, now: float) -> None:
        """Count `alert` as one that was not told."""
        if not self._held_back:
            self._held_since = now
        self._held_back.setdefault(alert.kind, Counter())[alert.subject] += 1

    def take_summary(self, now: float, *, at_once: bool = False) -> Alert | None:
        """What was held back, a window after the first of it or `at_once`; None if there is nothing to say.

        It counts neither as said nor as too much.
        """
        if not self._held_back or (now - self._held_since < WINDOW and not at_once):
            return None
        most = sorted(self._held_back.items(), key=lambda one: -one[1].total())
        self._held_back = {}
        total = sum(subjects.total() for _, subjects in most)
        kinds = ", ".join(f"{subjects.total()} {kind}" for kind, subjects in most)
        sentence = f"{total} more alerts were held back, because there were too many: {kinds}."
        about = [(str(kind), told) for kind, subjects in most if (told := _named(subjects))]
        about.append(("next", "Read the log, and type: flashtweet status"))
        return Alert(most[0][0], sentence, tuple(about))

    def memory(self, now: float) -> Memory:
        """What a new process has to know: one that starts again and again shall not say it each time."""
        return Memory(
            tuple((topic, now - at) for topic, at in self._told.items()),
            tuple((kind, now - at) for at, kind in self._let_through),
        )

    def recall(self, memory: Memory, now: float) -> None:
        """Go on where another gate was."""
        self._told = {topic: now - ago for topic, ago in memory.told}
        self._let_through = deque((now - ago, kind) for kind, ago in memory.let_through)

    def _forget(self, alert: Alert) -> bool:
        over = [topic for topic in self._told if topic[:2] == (alert.kind, alert.subject)]
        for topic in over:
            del self._told[topic]
        return bool(over)

    def _is_too_much(self, kind: AlertKind, now: float) -> bool:
        while self._let_through and now - self._let_through[0][0] >= WINDOW:
            self._let_through.popleft()
        of_a_kind = sum(one is kind for _, one in self._let_through)
        others = sum(one not in OF_EDITIONS for _, one in self._let_through)
        return of_a_kind >= MOST_OF_A_KIND or (kind not in OF_EDITIONS and others >= MAX_PER_WINDOW)


def _named(subjects: Iterable[str]) -> str:
    """The first of `subjects`, and that there are more; empty where nothing has a name."""
    named = [one for one in subjects if one]
    return ", ".join(named[:MAX_NAMED_SUBJECTS]) + (", …" if len(named) > MAX_NAMED_SUBJECTS else "")
