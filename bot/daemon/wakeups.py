"""The alarm clock: APScheduler, and nothing more of it than one call at an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Alarm(Protocol):
    """Calls back at an instant of the machine's wall clock, while it is entered.

    It sleeps until then on the monotonic clock: after the wall clock was set, or the machine was suspended,
    the call may come at any time.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def set(self, at: datetime, ring: Callable[[], object]) -> None:
        """Call `ring` at `at`, on a thread of its own; the instants that were set before stay set.

        Cheap to call again with the same instant: it is set once.
        """
        ...


class SchedulerAlarm:
    """Fulfils `Alarm` with APScheduler; it starts when it is entered."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def __enter__(self) -> Self:
        self._scheduler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._scheduler.shutdown(wait=False)

    def set(self, at: datetime, ring: Callable[[], object]) -> None:
        if at != self._at:  # replacing one that fires just now would end the scheduler
            self._scheduler.add_job(ring, DateTrigger(at))
        self._at = at
