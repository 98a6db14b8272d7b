"""The alarm clock: APScheduler, used only for single calls at an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Alarm(Protocol):
    """A timer for instants of the machine's wall clock, active inside a ``with`` block.

    It sleeps on the monotonic clock: after a change of the wall clock or a suspend, the call may come at any
    time.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def set(self, at: datetime, ring: Callable[[], object]) -> None:
        """Call `ring` at `at` on a separate thread, in addition to the instants set before.

        A repeated call with the same instant has no effect.
        """
        ...


class SchedulerAlarm:
    """Implementation of `Alarm` with APScheduler."""

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
        if at != self._at:  # replacing a job that is firing would end the scheduler
            self._scheduler.add_job(ring, DateTrigger(at))
        self._at = at
