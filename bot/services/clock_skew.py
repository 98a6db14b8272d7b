"""Tells when a clock of the machine was set, when the machine slept, and when its clock is not X's."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind
from bot.core.schedule.clock_skew import ALERT_ABOVE, Gravity, disturbance, gravity

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.schedule.clock_skew import ClockReading

log = logging.getLogger("flashtweet.clock")

_NEXT = "look whether NTP runs on this machine: timedatectl"


class ClockWatch:
    """For one thread at a time, except `hear`, which any may call."""

    def __init__(self, read: Callable[[], ClockReading]) -> None:
        self._read = read
        self._last = read()
        self._told = Gravity.NONE

    def look(self) -> bool:
        """Whether the clocks were disturbed since the last look: what was planned by them is void then."""
        before, self._last = self._last, self._read()
        found = disturbance(before, self._last)
        if found.slept:
            log.warning("the machine slept", extra={"seconds": _seconds(found.slept)})
        if found.stepped:
            _tell("the wall clock was set", found.stepped, gravity(found.stepped))
        return bool(found)

    def trouble(self) -> str | None:
        """Why nobody should rely on the clock now; None if X's answers agree with it."""
        if self._told is not Gravity.ALERT:
            return None
        return f"the clock is more than {_seconds(ALERT_ABOVE):g} s off X's: {_NEXT}"

    def hear(self, offset: timedelta, give_or_take: timedelta) -> None:
        """X's clock was seen `offset` ahead of ours. Told when that matters more, or less, than before."""
        certain = max(abs(offset) - give_or_take, timedelta(0))
        now = gravity(certain)
        if now is not self._told:
            if now is Gravity.NONE:
                log.info("the clock agrees with X's again", extra={"alert_over": AlertKind.CLOCK})
            else:
                _tell("the clock is not X's", offset, now)
        self._told = now


def _tell(sentence: str, offset: timedelta, how_bad: Gravity) -> None:
    fields: dict[str, object] = {"seconds": _seconds(offset), "next": _NEXT}
    if how_bad is Gravity.ALERT:
        log.error(sentence, extra=fields | {"alert": AlertKind.CLOCK})
    else:
        log.warning(sentence, extra=fields)


def _seconds(duration: timedelta) -> float:
    return round(duration.total_seconds(), 3)
