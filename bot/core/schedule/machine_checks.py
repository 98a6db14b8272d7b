"""Checks of this machine: its disk, its folders and its clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.schedule.clock_skew import Gravity, gravity
from bot.core.schedule.preflight import Check, failure, ok, warning

if TYPE_CHECKING:
    from bot.core.schedule.clock_skew import ClockState

MIB = 1024 * 1024
DISK_SCANT, DISK_FULL = 100 * MIB, 10 * MIB
"""Bytes left beside the ledger. A commit needs room for a journal of some pages; others fill disks faster."""


def disk(free: int, place: str) -> Check:
    """`free` in bytes."""
    told = f"{free // MIB:,} MiB free at {place}."
    if free < DISK_SCANT:
        make = failure if free < DISK_FULL else warning
        return make("disk", told, "Make room: without it no post can be recorded, and none is sent.")
    return ok("disk", told)


def file_system(remote: str | None, place: str) -> Check:
    """`remote` is the type of a network file system."""
    if remote is None:
        return ok("file-system", f"{place} is on this machine.")
    told = f"{place} is on a network file system ({remote}), whose locks cannot be relied on."
    return failure("file-system", told, "Move the ledger to a local disk.")


def folder(problem: str | None, place: str, *, hangs: bool = False) -> Check:
    """Return whether the threads folder can be read; `problem` is why not."""
    if problem is None:
        return ok("folder", f"{place} can be read.")
    told = f"{place} cannot be read: {problem}."
    if hangs:
        todo = f"Check its disk or its file server, and its mount: does 'ls {place}' answer?"
        return failure("folder", told, f"{todo} A daemon that runs publishes what it read before.")
    return failure("folder", told, "Correct 'threads' in config.yaml, or the folder's owner and mode.")


def ntp(state: ClockState | None) -> Check:
    """`state` is what the kernel says of its clock."""
    if state is None:
        told = "whether something keeps the clock right is not known here."
        return warning("ntp", told, "Look yourself: timedatectl (in a container perhaps on its host).")
    if state.is_disciplined:
        return ok(
            "ntp", f"something keeps the clock right, to ± {state.max_error.total_seconds():.3f} s at most."
        )
    todo = (
        "Let NTP do it: timedatectl set-ntp true (in a container or a virtual machine perhaps on its host)."
    )
    return warning("ntp", "nothing keeps this machine's clock right, as far as the kernel knows.", todo)


def clock(ahead: timedelta, within: timedelta) -> Check:
    """`ahead` is X's clock minus ours, true to ± `within`."""
    off = abs(ahead)
    side = "behind" if ahead > timedelta(0) else "ahead of"
    if off <= within:
        return ok("clock", f"it agrees with X's, as far as can be told (± {_seconds(within)}).")
    told = f"it is {_seconds(off)} {side} X's (± {_seconds(within)})"
    how_bad = gravity(off - within)
    if how_bad is Gravity.NONE:
        return ok("clock", f"{told}.")
    make = failure if how_bad is Gravity.ALERT else warning
    late = "late" if side == "behind" else "early"
    return make(
        "clock",
        f"{told}: editions go out {late} by as much.",
        "Let NTP set this machine's clock: timedatectl set-ntp true",
    )


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.1f} s"
