"""The active faults, and their matching against arriving requests."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from bot.sandbox.faults import Fault, FaultKind, RequestKind

if TYPE_CHECKING:
    from collections.abc import Callable


ClientAddress = tuple[str, int]
"""Host and port of a client: the key of its connection."""


class Switchboard:
    """The active faults of one sandbox. Thread-safe. The fault added first strikes first."""

    def __init__(self) -> None:
        self._active: list[Fault] = []
        self._lock = Lock()
        self.refuse: Callable[[float, ClientAddress | None], None] = lambda _seconds, _spared: None
        """Callback set by the server: close the listener for some seconds, and all connections but one."""

    def add(self, *faults: Fault) -> None:
        """Activate `faults`, counting requests from now. A refusal with ``after`` 0 starts at once."""
        self.prepare(*faults)
        self.refuse_if_due()

    def prepare(self, *faults: Fault) -> None:
        """Activate `faults` like `add`, for a caller that must send an answer before a refusal starts."""
        with self._lock:
            self._active += faults

    def clear(self) -> None:
        """Remove all faults. A refusal in progress still runs its course."""
        with self._lock:
            self._active.clear()

    def active(self) -> tuple[Fault, ...]:
        """Return the active faults; their `after` and `times` hold what is left of them."""
        with self._lock:
            return tuple(self._active)

    def strike(self, request: RequestKind) -> Fault | None:
        """Count an arriving `request` and return the fault that it hits, if any."""
        struck: Fault | None = None
        with self._lock:
            for place, fault in enumerate(self._active):
                if fault.request not in {RequestKind.ANY, request}:
                    continue
                if fault.after:
                    self._active[place] = replace(fault, after=fault.after - 1)
                elif struck is None and fault.fault is not FaultKind.REFUSED:
                    struck = fault
                    self._active[place] = replace(fault, times=fault.times - 1)
            self._active = [fault for fault in self._active if fault.times]
        return struck

    def refuse_if_due(self, spared: ClientAddress | None = None) -> bool:
        """Start the refusals that are due and return True if there were any.

        A refused request never arrives, so call this before sending the answer to the previous one. That
        answer leaves on the connection of the client at `spared` and must be the last on that connection.
        """
        with self._lock:
            due = [fault for fault in self._active if fault.fault is FaultKind.REFUSED and not fault.after]
            self._active = [fault for fault in self._active if fault not in due]
        if due:
            self.refuse(max(fault.seconds for fault in due), spared)
        return bool(due)
