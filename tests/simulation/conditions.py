"""The kind of world a seed produces: how much goes wrong in it, and the assumptions that hold.

There are two kinds. In a *trusting* world X refuses duplicates, as it really does, and nearly everything may
go wrong. In a *strict* world X accepts every text twice, so only our own care prevents a double post. That
care relies on these assumptions, which a strict world therefore keeps:

A1. A process is not suspended between its last look at the clocks and its request, which follows at once: no
    program can close that gap. It may be suspended anywhere else.
A2. A request reaches X within 20 s or never, and the timeline shows what it created within `settle` after it
    was sent. (In trusting worlds: within `settle` after it was created.)
A3. A sender's wall clock is at most 15 min ahead of X's. Further ahead, the sender cannot find its own lost
    head again. It may be behind by hours.
A4. A ledger is deleted or restored only while no process of ours runs and the wall clocks are right. A copy
    of the current generation is not restored alone; together with the file beside it, any copy may be.
    Otherwise, X's rule is the last line of defence.
A5. The clock of the database does not jump, because leases depend on it. SQLite's is the wall clock of its
    machine; if it is set forward, a slow sender and its successor may both believe that they hold the claim.
A6. An operator who declares a post (not) posted has watched long enough, and is right. A ledger that replaced
    the one in which an operator skipped a post does not have that decision: it sends the post, and the
    following ones under it, though those are already posted. (X's rule refuses it.)
A7. A post written by hand with the exact text of one of our posts may be taken for it while ours is being
    sent, and by a ledger that replaced another. (In strict worlds only the former happens.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.policy import OnUnknown
from tests.simulation.hub import MINUTE, SECOND

if TYPE_CHECKING:
    import random

FLIGHT = 20 * SECOND
"""The longest time from sending a request until X has it."""
ALLOWANCE = 15 * MINUTE
"""Maximum lead of a wall clock over X's; bot.core.text.matching.CLOCK_ALLOWANCE."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a world. Probabilities are per request, per commit, or per stop between two calls."""

    strict: bool
    daemons: int
    hosts: int
    settle: timedelta
    longest_lag: int
    on_unknown: OnUnknown
    x_offset: int
    """Lead of X's clock over true time."""
    own_database_clock: bool
    create_faults: float
    read_faults: float
    disk_faults: float
    slow_commits: float
    deaths: float
    """Probability that a process is killed at a stop by the hub."""
    jumps: int
    """Maximum forward jump of a wall clock; backward jumps may be larger."""
    jumps_back: int
    loses_ledgers: bool
    has_operators: bool
    unrest: int
    """Mean time between two events; 0: no events."""


def conditions(dice: random.Random) -> Conditions:
    """Return the conditions drawn from `dice`."""
    strict = dice.random() < 0.5
    settle = dice.choice((30, 45, 60, 90)) * SECOND
    loses = dice.random() < 0.25
    calm_clocks = loses if strict else dice.random() < 0.3
    return Conditions(
        strict=strict,
        daemons=dice.choice((1, 2, 2)),
        hosts=1 if strict and loses else dice.choice((1, 1, 1, 2)),
        settle=timedelta(microseconds=settle),
        longest_lag=dice.choice((0, 1, 1)) * ((settle - FLIGHT - 5 * SECOND) if strict else settle),
        on_unknown=dice.choice((OnUnknown.RESEND, OnUnknown.RESEND, OnUnknown.HOLD)),
        x_offset=dice.randrange(-10 * MINUTE, 10 * MINUTE),
        own_database_clock=dice.random() < 0.3 or strict,
        create_faults=dice.choice((0, 0.03, 0.15, 0.4)),
        read_faults=dice.choice((0, 0.05, 0.3)),
        disk_faults=dice.choice((0, 0, 0.01, 0.05)),
        slow_commits=dice.choice((0, 0, 0.01, 0.05)),
        deaths=dice.choice((0, 0.01, 0.04, 0.1)),
        jumps=0 if calm_clocks else (4 * MINUTE if strict else 180 * MINUTE),
        jumps_back=0 if calm_clocks else dice.choice((10 * SECOND, 2 * MINUTE, 180 * MINUTE)),
        loses_ledgers=loses,
        has_operators=dice.random() < 0.6,
        unrest=dice.choice((0, 120, 45, 15)) * SECOND,
    )
