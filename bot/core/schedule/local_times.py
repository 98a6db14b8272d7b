"""Instants in words, in the newsroom's zone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime


def when(at: datetime, zone: str) -> str:
    """Return ``Tue 2026-11-24 07:30``."""
    return f"{at.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


def when_over(end: datetime, zone: str) -> str:
    """Return `end` in the form of `when`, rounded up to a full minute."""
    return when(end + timedelta(minutes=1) - timedelta.resolution, zone)


def clock_time(at: datetime, zone: str, now: datetime) -> str:
    """Return ``07:30:15``, preceded by the date if it differs from that of `now`."""
    local = at.astimezone(ZoneInfo(zone))
    is_today = local.date() == now.astimezone(ZoneInfo(zone)).date()
    return f"{local:%H:%M:%S}" if is_today else f"{local:%a %Y-%m-%d %H:%M:%S}"


def in_log(at: datetime, zone: str) -> str:
    """Return ``2026-11-24T07:30:00+01:00``."""
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
