"""The failpoints, as wrappers around the adapters.

`arm` installs them where bot/wiring takes its adapters from, in a process forked by tests; everything else is
the unchanged product. A process that reaches its failpoint sends itself SIGKILL, which cannot be caught: no
handler, no `finally`, no flush.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.adapters import sql_ledger, x_publisher
from bot.adapters.sql_ledger import Sidecar, SqlLedger
from bot.adapters.x_publisher import XPublisher
from bot.core.publishing.progress import first_unsettled
from bot.core.publishing.publication import DeliveryState
from bot.core.publishing.states import DeliveryChange, DeliveryEvent
from tests.failpoints.forks import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime, timedelta

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication, RemotePost
    from bot.core.publishing.states import Change
    from bot.ports import Claim

Fault = dict[str, object]

Reached = tuple[str, int | None]
"""A failpoint's name, and the post at which it is reached."""

LATE = 0.1
"""Seconds a request spends at X before it takes effect; its sender is dead by then."""


@dataclass(frozen=True)
class Point:
    """One failpoint "at post N"."""

    name: str
    what: str
    out: tuple[int, ...]
    """Allowed numbers of posts on X when the process dies, less N."""
    state: DeliveryState
    """The state of post N in the ledger at that time."""
    fault: Callable[[int], Fault | None] = lambda _: None
    """The fault that brings a process there, given N."""
    held: bool = False
    """True if the publication is held before or at that point; only an operator can resume it."""


def _late(position: int) -> Fault:
    return {"fault": "delay", "when": "before", "seconds": LATE, "after": position - 1}


def _lost(position: int) -> Fault:
    return {"fault": "answer-lost", "after": position - 1}


def _dropped(position: int) -> Fault:
    return {"fault": "dropped", "after": position - 1}


def _held_after(position: int) -> Fault:
    """Return a fault that leaves no credits for the next post: the publication is held and released."""
    return {"fault": "credits", "after": position}


def _held_before(position: int) -> Fault | None:
    return _held_after(position - 1) if position > 1 else None


_S = DeliveryState
POINTS: tuple[Point, ...] = (
    Point("in-claim", "the claim is written, not committed", (-1,), _S.PENDING, _held_before, held=True),
    Point("before-intent", "before the intent's transaction", (-1,), _S.PENDING),
    Point("in-intent", "the intent is written, not committed", (-1,), _S.PENDING),
    Point("after-intent", "the intent is committed", (-1,), _S.SENDING),
    Point("request-sent", "the request is out, X has not acted on it", (-1, 0), _S.SENDING, _late),
    Point("answer-there", "X's answer has come and is not read", (0,), _S.SENDING),
    Point("after-answer", "the id is known, and not in the ledger", (0,), _S.SENDING),
    Point("in-record", "the id is written, not committed", (0,), _S.SENDING),
    Point("after-record", "the id is committed", (0,), _S.SENT),
    Point("before-read", "the answer was lost, the timeline not read yet", (0,), _S.IN_DOUBT, _lost),
    Point("after-read", "the timeline was read, and nothing made of it", (0,), _S.IN_DOUBT, _lost),
    Point("before-found", "the post was found, and not recorded", (0,), _S.IN_DOUBT, _lost),
    Point("after-found", "the id that was found is committed", (0,), _S.SENT, _lost),
    Point("before-not-found", "settled: it is not out; not recorded", (-1,), _S.IN_DOUBT, _dropped),
    Point("after-not-found", "settled: it is not out; committed", (-1,), _S.PENDING, _dropped),
    Point("before-release", "all is done; the claim is held", (0,), _S.SENT, _held_after, held=True),
    Point("in-release", "the release is written, not committed", (0,), _S.SENT, _held_after, held=True),
    Point("after-release", "the claim is free", (0,), _S.SENT, _held_after, held=True),
)
"""Sorted as a post passes them."""

BY_NAME = {point.name: point for point in POINTS}

_WORDS = {
    DeliveryEvent.SEND: "intent",
    DeliveryEvent.CONFIRMED: "record",
    DeliveryEvent.FOUND: "found",
    DeliveryEvent.NOT_FOUND: "not-found",
}


class Trap:
    """A trap that kills this process when it reaches `name` at post `position`.

    Posts in progress are kept per thread: a daemon publishes several editions in parallel.
    """

    def __init__(self, name: str, position: int) -> None:
        self.name, self.position = name, position
        self._thread = threading.local()

    def reach(self, name: str, position: int | None) -> None:
        if (name, position) == (self.name, self.position):
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def at(self) -> int | None:
        """The post in progress."""
        return getattr(self._thread, "at", None)

    @at.setter
    def at(self, position: int | None) -> None:
        self._thread.at = position

    @contextlib.contextmanager
    def within(self, *points: Reached) -> Iterator[None]:
        """Reach `points` during this context."""
        self._thread.within = points
        try:
            yield
        finally:
            self._thread.within = ()

    @property
    def inside(self) -> tuple[Reached, ...]:
        return getattr(self._thread, "within", ())

    def reach_inside(self) -> None:
        for name, position in self.inside:
            self.reach(name, position)

    def reach_on_the_wire(self, connection: http.client.HTTPConnection) -> None:
        """Reach the points after a request was sent, before any of its answer is read."""
        for name, position in self.inside:
            if name == self.name == "answer-there":
                select.select([connection.sock], [], [], SECONDS)
            self.reach(name, position)


def arm(name: str, position: int) -> None:
    """Let this process die at failpoint `name` of post `position`, in the first edition that reaches it."""
    trap = Trap(name, position)
    _trap_connections(trap)
    for package, adapter, trapped in (
        (sql_ledger, "SqlLedger", _ledger(trap)),
        (sql_ledger, "Sidecar", _sidecar(trap)),
        (x_publisher, "XPublisher", _publisher(trap)),
    ):
        assert hasattr(package, adapter)
        setattr(package, adapter, trapped)


def _ledger(trap: Trap) -> type[SqlLedger]:
    class TrappedLedger(SqlLedger):
        def __init__(self, engine: sa.Engine, **options: Any) -> None:
            super().__init__(engine, **options)
            sa.event.listen(engine, "commit", lambda _: trap.reach_inside())

        def claim(self, key: EditionKey, lease: timedelta, now: datetime) -> Claim:
            publication = self.get(key)
            first = first_unsettled(publication) if publication else None
            trap.at = first.position if first else None
            with trap.within(("in-claim", trap.at)):
                return super().claim(key, lease, now)

        def release(self, claim: Claim) -> None:
            publication = self.get(claim.key)
            out = [d for d in publication.deliveries if d.state is DeliveryState.SENT] if publication else []
            trap.reach("before-release", len(out))
            with trap.within(("in-release", len(out))):
                super().release(claim)
            trap.reach("after-release", len(out))

        def record(
            self, claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
        ) -> Publication:
            changes = tuple(changes)
            known = [one for one in changes if isinstance(one, DeliveryChange)]
            points = [(_WORDS[one.event], one.after.position) for one in known if one.event in _WORDS]
            for word, position in points:
                trap.reach(f"before-{word}", position)
            with trap.within(*((f"in-{word}", position) for word, position in points)):
                after = super().record(claim, publication, changes, now)
            trap.at = known[-1].after.position if known else trap.at
            for word, position in points:
                trap.reach(f"after-{word}", position)
            return after

    return TrappedLedger


def _sidecar(trap: Trap) -> type[Sidecar]:
    class TrappedSidecar(Sidecar):
        def write(self, generation: str) -> str:
            mark = super().write(generation)
            trap.reach_inside()
            return mark

    return TrappedSidecar


def _publisher(trap: Trap) -> type[XPublisher]:
    class TrappedPublisher(XPublisher):
        def create(self, text: str, reply_to: str | None) -> str:
            with trap.within(("request-sent", trap.at), ("answer-there", trap.at)):
                post_id = super().create(text, reply_to)
            trap.reach("after-answer", trap.at)
            return post_id

        def timeline(self, since: datetime) -> Iterator[RemotePost]:
            trap.reach("before-read", trap.at)
            yield from super().timeline(since)
            trap.reach("after-read", trap.at)

    return TrappedPublisher


def _trap_connections(trap: Trap) -> None:
    genuine = http.client.HTTPConnection.getresponse

    def getresponse(self: http.client.HTTPConnection) -> http.client.HTTPResponse:
        trap.reach_on_the_wire(self)
        return genuine(self)

    http.client.HTTPConnection.getresponse = getresponse  # type: ignore[method-assign]
