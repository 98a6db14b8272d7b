"""Checks of this machine: its disk, its folders and its clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.schedule.clock_skew import OffsetSeverity, severity_of
from bot.core.schedule.preflight import Check, failure, ok, skipped, warning

if TYPE_CHECKING:
    from bot.core.schedule.clock_skew import ClockState

MIB = 1024 * 1024
DISK_SCANT, DISK_FULL = 100 * MIB, 10 * MIB
"""Free bytes beside the ledger. A commit needs a journal of some pages; other programs fill disks faster."""


def disk(free: int, place: str) -> Check:
    """Return the check of the space left for the ledger; `free` is in bytes."""
    observed = f"{free // MIB:,} MiB free at {place}."
    if free < DISK_SCANT:
        make = failure if free < DISK_FULL else warning
        return make("disk", observed, "Make room: without it no post can be recorded, and none is sent.")
    return ok("disk", observed)


def file_system(remote: str | None, place: str) -> Check:
    """Return the check of the ledger's file system; `remote` is its type if it is a network file system."""
    if remote is None:
        return ok("file-system", f"{place} is on this machine.")
    observed = f"{place} is on a network file system ({remote}), whose locks cannot be relied on."
    return failure("file-system", observed, "Move the ledger to a local disk.")


def folder(problem: str | None, place: str, *, hangs: bool = False) -> Check:
    """Return the check of the threads folder; `problem` is the reason if it cannot be read."""
    if problem is None:
        return ok("folder", f"{place} can be read.")
    observed = f"{place} cannot be read: {problem}."
    if hangs:
        todo = f"Check its disk or its file server, and its mount: does 'ls {place}' answer?"
        return failure("folder", observed, f"{todo} A running daemon publishes what it read before.")
    return failure("folder", observed, "Correct 'threads' in config.yaml, or the folder's owner and mode.")


def ntp(state: ClockState | None) -> Check:
    """Return the check that something disciplines the clock; `state` is the kernel's estimate."""
    if state is None:
        observed = "unknown whether the clock is synchronized."
        return skipped("ntp", observed, "Check it: timedatectl (in a container, on its host).")
    if state.is_disciplined:
        return ok("ntp", f"the clock is synchronized, to ± {state.max_error.total_seconds():.3f} s at most.")
    todo = "Turn on NTP: timedatectl set-ntp true (in a container or a virtual machine perhaps on its host)."
    return warning("ntp", "the clock is not synchronized, according to the kernel.", todo)


def clock(ahead: timedelta, within: timedelta) -> Check:
    """Return the check of the clock against X's; `ahead` is X's clock minus ours, ± `within`."""
    off = abs(ahead)
    side = "behind" if ahead > timedelta(0) else "ahead of"
    if off <= within:
        return ok("clock", f"it agrees with X's, within the error of measurement (± {_seconds(within)}).")
    observed = f"it is {_seconds(off)} {side} X's (± {_seconds(within)})"
    how_bad = severity_of(off - within)
    if how_bad is OffsetSeverity.NONE:
        return ok("clock", f"{observed}.")
    make = failure if how_bad is OffsetSeverity.ALERT else warning
    late = "late" if side == "behind" else "early"
    return make(
        "clock",
        f"{observed}: editions are posted {late} by as much.",
        "Let NTP set this machine's clock: timedatectl set-ntp true",
    )


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.1f} s"
