"""Which faults are on, and which of them the request that just arrived has hit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from bot.sandbox.faults import Fault, FaultKind, RequestKind

if TYPE_CHECKING:
    from collections.abc import Callable


ClientAddress = tuple[str, int]
"""Host and port of a client: the name of its connection."""


@dataclass
class _Switched:
    """A fault that is on; `fault.after` and `fault.times` are what is left of them."""

    fault: Fault

    def hears(self, request: RequestKind) -> bool:
        return self.fault.request in {RequestKind.ANY, request}


class Switchboard:
    """The faults of one sandbox, switched from any thread. The first one switched on strikes first."""

    def __init__(self) -> None:
        self._switched: list[_Switched] = []
        self._lock = Lock()
        self.refuse: Callable[[float, ClientAddress | None], None] = lambda _seconds, _spared: None
        """Closes the listener for so many seconds, and all connections but one; the server sets it."""

    def add(self, *faults: Fault) -> None:
        """Switches `faults` on, counting requests from now. A refusal that waits for none starts at once."""
        self.prepare(*faults)
        self.refuse_if_due()

    def prepare(self, *faults: Fault) -> None:
        """As `add`, but for a caller that has an answer to send before a refusal starts."""
        with self._lock:
            self._switched += [_Switched(fault) for fault in faults]

    def clear(self) -> None:
        """Switches everything off. A refusal that has begun ends by itself."""
        with self._lock:
            self._switched.clear()

    def active(self) -> tuple[Fault, ...]:
        """The faults still on; their `after` and `times` are what is left of them."""
        with self._lock:
            return tuple(switched.fault for switched in self._switched)

    def strike(self, request: RequestKind) -> Fault | None:
        """Counts an arriving `request`, and gives the fault that it hits."""
        struck: Fault | None = None
        with self._lock:
            for switched in [switched for switched in self._switched if switched.hears(request)]:
                fault = switched.fault
                if fault.after:
                    switched.fault = replace(fault, after=fault.after - 1)
                elif struck is None and fault.fault is not FaultKind.REFUSED:
                    struck = fault
                    switched.fault = replace(fault, times=fault.times - 1)
            self._switched = [switched for switched in self._switched if switched.fault.times]
        return struck

    def refuse_if_due(self, spared: ClientAddress | None = None) -> bool:
        """Starts the refusals whose turn has come, and tells whether there were any.

        A refused request never arrives, so this is called before the answer to the one ahead of it. That one
        leaves on the connection of the client at `spared`, and must be the last one there.
        """
        with self._lock:
            due = [switched for switched in self._switched if _refuses_now(switched.fault)]
            self._switched = [switched for switched in self._switched if switched not in due]
        if due:
            self.refuse(max(switched.fault.seconds for switched in due), spared)
        return bool(due)


def _refuses_now(fault: Fault) -> bool:
    return fault.fault is FaultKind.REFUSED and not fault.after
