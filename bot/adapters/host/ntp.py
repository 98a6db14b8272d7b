"""Kernel state of the clock: its synchronization and maximum error.

Source of the call and its numbers: adjtimex(2),
https://man7.org/linux/man-pages/man2/adjtimex.2.html, 2026-11-24.
"""

from __future__ import annotations

import ctypes
import sys
from datetime import timedelta

from bot.core.schedule.clock_skew import ClockState

_STA_UNSYNC = 0x0040
_TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """The fields of struct timex that we read; the kernel writes 208 bytes on 64-bit machines."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def clock_state() -> ClockState | None:
    """Return the current state; None if it is unavailable: on other systems, and in some containers."""
    if not sys.platform.startswith("linux"):
        return None
    timex = _Timex(modes=0)  # read only
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except AttributeError:
        return None
    if state < 0:
        return None
    disciplined = state != _TIME_ERROR and not timex.status & _STA_UNSYNC
    return ClockState(disciplined, timedelta(microseconds=timex.maxerror))
