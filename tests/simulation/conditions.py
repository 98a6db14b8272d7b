"""What kind of world a seed makes: how much goes wrong in it, and what may be relied on.

There are two kinds. In a *trusting* world X refuses duplicates, as it does in truth, and nearly everything
may go wrong. In a *strict* world X takes every text twice: there nothing but our own care keeps a post from
going out twice. What that care needs, and what a strict world therefore keeps to:

A1. Between its last look at the clocks and its request, which follows at once, a process is not suspended: no
    program closes that gap. It may be suspended anywhere else.
A2. A request reaches X within 20 s or never, and the timeline shows what it created within `settle` after it
    was sent. (In trusting worlds: within `settle` after it was created.)
A3. A sender's wall clock is no more than 15 min ahead of X's. Further ahead, its own lost head is not found
    again. It may be behind by hours.
A4. A ledger is deleted or put back while no process of ours runs and the wall clocks are right. A copy of the
    present generation is not put back alone; together with the file beside it, any is. Outside of that, X's
    rule is the last line.
A5. The clock of the database does not jump: leases run on it. SQLite's is the wall clock of its machine; if
    it is set forward, a slow sender and the one that takes over may both believe that they hold the claim.
A6. A person who says that a post is (not) out has looked long enough, and is right. A ledger that took the
    place of the one in which a person left a post out does not know of that: it sends the post, and what
    follows under it, though that is out already. (X's rule refuses it.)
A7. What a person posts by hand in the very words of one of our posts may be taken for it: as long as ours is
    under way, and by a ledger that took another's place. (In strict worlds only the former happens.)
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
"""The longest that a request is under way before X has it."""
ALLOWANCE = 15 * MINUTE
"""How far ahead of X's a wall clock may be; bot.core.text.matching.CLOCK_ALLOWANCE."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a world is. Probabilities are for one request, one commit, or one stop between two calls."""

    strict: bool
    daemons: int
    hosts: int
    settle: timedelta
    longest_lag: int
    on_unknown: OnUnknown
    x_offset: int
    """By how much X's clock is ahead of the truth."""
    own_database_clock: bool
    create_faults: float
    read_faults: float
    disk_faults: float
    slow_commits: float
    deaths: float
    """That a process is killed where the hub stopped it."""
    jumps: int
    """How far wall clocks may jump forward; backward it may be further."""
    jumps_back: int
    loses_ledgers: bool
    has_persons: bool
    unrest: int
    """Mean time between two happenings; 0: none."""


def conditions(dice: random.Random) -> Conditions:
    """The kind of world that `dice` make."""
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
        has_persons=dice.random() < 0.6,
        unrest=dice.choice((0, 120, 45, 15)) * SECOND,
    )
