"""Detection of steps of the wall clock, suspensions of the machine, and offsets from X's clock."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.alerts import AlertKind
from bot.core.schedule.clock_skew import ALERT_ABOVE, OffsetSeverity, disturbance, severity_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.schedule.clock_skew import ClockReading

log = logging.getLogger("flashtweet.clock")

_NEXT = "check that NTP runs on this machine: timedatectl"


class ClockWatch:
    """Watch on the clocks. Not thread-safe, except `hear`."""

    def __init__(self, read: Callable[[], ClockReading]) -> None:
        self._read = read
        self._last = read()
        self._reported = OffsetSeverity.NONE

    def look(self) -> bool:
        """Return True if the clocks were disturbed since the last look: plans made by them are void."""
        before, self._last = self._last, self._read()
        found = disturbance(before, self._last)
        if found.slept:
            log.warning("the machine was suspended", extra={"seconds": _seconds(found.slept)})
        if found.stepped:
            _report("the wall clock was set", found.stepped, severity_of(found.stepped))
        return bool(found)

    def trouble(self) -> str | None:
        """Return the reason not to rely on the clock now; None if X's answers agree with it."""
        if self._reported is not OffsetSeverity.ALERT:
            return None
        return f"the clock is more than {_seconds(ALERT_ABOVE):g} s off X's: {_NEXT}"

    def hear(self, offset: timedelta, give_or_take: timedelta) -> None:
        """Take note that X's clock is `offset` ahead of ours; report it if the severity changed."""
        certain = max(abs(offset) - give_or_take, timedelta(0))
        now = severity_of(certain)
        if now is not self._reported:
            if now is OffsetSeverity.NONE:
                log.info("the clock agrees with X's again", extra={"alert_over": AlertKind.CLOCK})
            else:
                _report("the clock differs from X's", offset, now)
        self._reported = now


def _report(sentence: str, offset: timedelta, severity: OffsetSeverity) -> None:
    fields: dict[str, object] = {"seconds": _seconds(offset), "next": _NEXT}
    if severity is OffsetSeverity.ALERT:
        log.error(sentence, extra=fields | {"alert": AlertKind.CLOCK})
    else:
        log.warning(sentence, extra=fields)


def _seconds(duration: timedelta) -> float:
    return round(duration.total_seconds(), 3)
