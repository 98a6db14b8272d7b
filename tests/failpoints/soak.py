"""Random kills and faults over real processes and HTTP: ``make soak``, ``make soak SOAK='--kills 1000'``.

In each round up to three threads are posted to one sandbox process: by hand, by two racing publishers each,
by a daemon, or by a daemon and by hand at once. The publishers are killed at random instants and at random
failpoints (tests/failpoints), X loses answers and misbehaves, until all is posted. Then sandbox and ledger
are compared: every post once, in order, each under the previous one. A failure prints the seed that
reproduces the round.
"""

from __future__ import annotations

import argparse
import json
import random
import select
import sys
import tempfile
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import PublishError
from tests.failpoints import forks
from tests.failpoints.matrix import problems
from tests.failpoints.points import POINTS, arm
from tests.failpoints.stage import Slot, Stage, warm_up
from tests.processes import LINKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.failpoints.forks import Child

LIMIT = 300.0
"""Maximum seconds of a round."""
STARTS = 300
"""Starts of one publisher in a round; kills and lost races are fewer."""
FAILURES = 5
"""Failures after which no further round starts."""

LOST: tuple[dict[str, object], ...] = (
    {"fault": "answer-lost"},
    {"fault": "answer-lost"},
    {"fault": "dropped"},
    {"fault": "truncated"},
)
"""Faults without a complete answer."""
OTHERS: tuple[dict[str, object], ...] = (
    {"fault": "unavailable"},
    {"fault": "unavailable", "when": "after", "form": "html"},
    {"fault": "odd", "form": "empty"},
    {"fault": "odd", "form": "html"},
    {"fault": "refused", "seconds": 0.3},
    {"fault": "rate-limit", "reset_seconds": 1},
    {"fault": "delay", "seconds": 0.3, "when": "after"},
    {"fault": "delay", "seconds": 0.3, "when": "before"},
    {"fault": "timeline-lag", "seconds": 0.4},
    {"fault": "parent-not-visible"},
    {"fault": "unavailable", "request": "timeline"},
    {"fault": "truncated", "request": "timeline"},
)

CONFIG = """
timezone: {zone}
settle: 1500ms
series:
"""
SERIES = """
  {name}: {{at: '{wall}', weekdays: mon-sun, gap: {gap}, intro: "{name} : bonjour !", outro: "{name} : fin."}}
"""
NAMES = ("matin", "midi", "soir")
WAYS = {"by hand": 4, "race": 3, "daemon": 4, "daemon and by hand": 1}
"""The publishers, and their relative frequency: a daemon that loses a race waits for ten seconds."""


@dataclass
class Tally:
    """Totals of the rounds."""

    rounds: int = 0
    posts: int = 0
    kills: int = 0
    answers: int = 0
    """Requests to create a post that reached X."""
    lost: int = 0
    """Those without a complete answer."""

    def add(self, other: Tally) -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def __str__(self) -> str:
        share = self.lost / self.answers if self.answers else 0
        lost = f"{self.lost} of {self.answers} answers lost ({share:.1%})"
        return f"{self.posts} posts, {self.kills} kills, {lost}"


# -- one round ---------------------------------------------------------------------------------------------


@dataclass
class Publisher:
    """One command, restarted until it has done its work."""

    stage: Stage
    command: tuple[str, ...]
    dice: random.Random
    longest: int
    """Posts of the longest thread."""
    left: int = field(init=False)
    """Remaining kills."""
    kills: int = 0
    starts: int = 0
    is_done: bool = False
    child: Child | None = None
    next_at: float = 0
    """Time of its next kill or start."""

    def __post_init__(self) -> None:
        self.left = self.dice.randrange(2, 12)

    def act(self) -> None:
        """Do what is due: a start, a kill, or a check of how it ended."""
        if self.is_done:
            return
        now = time.monotonic()
        if self.child is None:
            if now >= self.next_at:
                self._start(now)
        elif self.child.wait(0) is not None:
            self._look_back(self.child, now)
        elif now >= self.next_at:
            self.child.kill()
            self._look_back(self.child, now)

    def _start(self, now: float) -> None:
        self.starts += 1
        assert self.starts <= STARTS, f"'{' '.join(self.command)}' has not come to its end"
        plan = (
            self.dice.choice(("instant", "instant", "failpoint", "failpoint", "none"))
            if self.left
            else "none"
        )
        name, position = self.dice.choice(POINTS).name, self.dice.randint(1, self.longest)
        patience = self.dice.uniform(0.02, 0.6)
        prepare = (lambda: arm(name, position)) if plan == "failpoint" else None
        self.child = self.stage.start(*self.command, prepare=prepare)
        self.next_at = now + patience if plan == "instant" else float("inf")

    def _look_back(self, child: Child, now: float) -> None:
        """Check how it ended: killed, finished, or behind another publisher; nothing else may happen."""
        self.child, self.next_at = None, now
        if child.was_killed:
            self.kills, self.left = self.kills + 1, self.left - 1
        elif child.code == 0 and self.command[0] == "publish":
            self.is_done = True
        else:
            said = child.said()
            lost_race = child.code == PublishError.exit_code and (
                "is being published by" in said or "has taken over this publication" in said
            )
            assert lost_race, f"'{' '.join(self.command)}' ended with {child.code}:\n{said}"
            self.next_at = now + self.dice.uniform(0.05, 0.5)

    def finish(self) -> None:
        """End a daemon whose work is done."""
        if self.child is not None and not self.is_done:
            self.stage.stop(self.child)
            self.kills += self.child.was_killed  # at its failpoint, after everything was posted
        self.child, self.is_done = None, True


def play(seed: int, place: Path) -> Tally:
    """Run one round, in its own process.

    Raises:
        AssertionError: a check failed.

    """
    dice = random.Random(seed)
    way = dice.choices(tuple(WAYS), tuple(WAYS.values()))[0]
    with Stage(place) as stage:
        editions = _set_up(stage, dice, daemon="daemon" in way)
        texts = {edition: stage.texts(edition) for edition in editions}
        _switch_on(stage, dice, sum(len(one) for one in texts.values()))
        longest = max(len(one) for one in texts.values())
        commands: list[tuple[str, ...]] = [("publish", one) for one in editions if way != "daemon"]
        commands += commands if way == "race" else [("run",)] if "daemon" in way else []
        publishers = [
            Publisher(stage, command, random.Random(f"{seed} {number}"), longest)
            for number, command in enumerate(commands)
        ]
        try:
            _publish(stage, publishers, editions)
            _compare(stage, texts)
        except AssertionError as error:
            raise AssertionError(f"{_last_requests(stage)}\n{way}: {error}") from error
        creates = [one for one in stage.sandbox.get("requests") if one["kind"] == "create"]
        lost = [one for one in creates if one["fault"] in {fault["fault"] for fault in LOST}]
        posts = sum(len(one) for one in texts.values())
        return Tally(1, posts, sum(one.kills for one in publishers), len(creates), len(lost))


def _set_up(stage: Stage, dice: random.Random, *, daemon: bool) -> list[str]:
    slot = Slot.a_minute_ago() if daemon else Slot("Europe/Paris", "2020-11-06", "07:30")
    names = NAMES[: dice.randint(1, len(NAMES))]
    gap = dice.choice(("0ms", "20ms", "60ms"))
    config = CONFIG.format(zone=slot.zone)
    for name in names:
        config += SERIES.format(name=name, wall=slot.wall, gap=gap)
        items = "".join(
            f"  {name} {n} : l'État dévoile son {n}e appel à projets{LINKS.get(n, '')}\n"
            for n in range(1, dice.randint(2, 24))
        )
        stage.write(f"threads/{name}.yaml", f"series: {name}\ndate: {slot.day}\nitems: |\n{items}")
    stage.write("config.yaml", config)
    if daemon:
        stage.born_yesterday()
    return [f"{name}@{slot.day}" for name in names]


def _switch_on(stage: Stage, dice: random.Random, posts: int) -> None:
    """Set up settings and faults: any post may meet a lost answer, and sometimes X misbehaves otherwise."""
    stage.sandbox.set(
        posts_per_15min=100_000,
        timelines_per_15min=100_000,
        duplicate_window_seconds=dice.choice((0, 3600)),
        timeline_lag_seconds=dice.choice((0, 0.3)),
        latency_seconds=dice.choice((0, 0, 0.02)),
    )
    faults = [dict(dice.choice(LOST), after=at) for at in range(posts) if dice.random() < 0.1]
    faults += [dict(dice.choice(OTHERS), after=at) for at in range(posts) if dice.random() < 0.04]
    dice.shuffle(faults)
    for fault in faults:
        stage.sandbox.switch_on(**fault)


def _publish(stage: Stage, publishers: Sequence[Publisher], editions: Sequence[str]) -> None:
    """Start, kill and restart until everything is posted."""
    daemons = [one for one in publishers if one.command == ("run",)]
    while not all(one.is_done for one in publishers):
        for publisher in publishers:
            publisher.act()
        running = [one.child.pidfd for one in publishers if one.child is not None]
        soon = min((one.next_at for one in publishers if not one.is_done), default=0.0)
        # A daemon does not end when everything is posted, so check the ledger now and then.
        patience = min(max(soon - time.monotonic(), 0.0), 0.05 if daemons else forks.SECONDS)
        select.select(running, [], [], patience)
        if daemons and all(stage.is_published(edition) for edition in editions):
            for daemon in daemons:
                daemon.finish()


def _compare(stage: Stage, texts: dict[str, list[str]]) -> None:
    posts = stage.sandbox.posts()
    for edition, own in texts.items():
        found = problems([post for post in posts if post["text"] in own], own, stage.recorded(edition))
        assert not found, f"{edition}: " + "; ".join(found)
    strangers = {post["text"] for post in posts} - {text for own in texts.values() for text in own}
    assert not strangers, f"strangers are out: {strangers}"


def _last_requests(stage: Stage) -> str:
    names = ("arrived_at", "kind", "status", "fault")
    return "\n".join(
        " ".join(str(one[name]) for name in names) for one in stage.sandbox.get("requests")[-30:]
    )


# -- many rounds -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Goal:
    """The goal of a run: all that is given must be reached."""

    seconds: float
    rounds: int
    kills: int
    posts: int

    def is_reached(self, tally: Tally, seconds: float) -> bool:
        return (
            seconds >= self.seconds
            and tally.rounds >= self.rounds
            and tally.kills >= self.kills
            and tally.posts >= self.posts
        )


def soak(goal: Goal, first: int, lanes: int) -> tuple[Tally, int]:
    """Run rounds, some in parallel, until `goal` is reached; return the totals and failures."""
    tally, failures, began, started = Tally(), 0, 0, time.monotonic()

    def seeds() -> Iterator[int]:
        nonlocal began
        while failures < FAILURES and not goal.is_reached(tally, time.monotonic() - started):
            if goal == Goal(0, goal.rounds, 0, 0) and began >= goal.rounds:
                return
            began += 1
            yield first + began - 1

    with tempfile.TemporaryDirectory(prefix="flashtweet-soak-") as folder:

        def begin(seed: int) -> Child:
            place = Path(folder) / str(seed)
            place.mkdir()
            return forks.fork(lambda: _play_and_tell(seed, place), place, place / "round.log", {}, LIMIT)

        warm_up(Path(folder) / "warm-up")
        for seed, child in forks.side_by_side(seeds(), begin, lanes):
            result = Path(folder) / str(seed) / "tally.json"
            if child.code == 0 and result.exists():
                one = Tally(**json.loads(result.read_text("utf-8")))
                tally.add(one)
                print(f"seed {seed}: whole; {one}", flush=True)
            else:
                failures += 1
                print(f"seed {seed}: FAILED with {child.code}\n{child.said()}", file=sys.stderr)
                print(f"Again: make soak SOAK='--rounds 1 --seed {seed}'", file=sys.stderr, flush=True)
    return tally, failures


def _play_and_tell(seed: int, place: Path) -> None:
    try:
        tally = play(seed, place)
    except AssertionError as error:
        print(error)
        sys.exit(1)
    (place / "tally.json").write_text(json.dumps(vars(tally)), "utf-8")


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, help="play so long; 300 where nothing else is asked for")
    parser.add_argument("--rounds", type=int, default=0, help="play so many rounds")
    parser.add_argument("--kills", type=int, default=0, help="go on until so many publishers were killed")
    parser.add_argument("--posts", type=int, default=0, help="go on until so many posts are out")
    parser.add_argument("--seed", type=int, help="the first round's seed; default random")
    parser.add_argument("--lanes", type=int, default=4, help="rounds side by side; default 4")
    options = parser.parse_args()
    asked = options.rounds or options.kills or options.posts
    seconds = options.seconds if options.seconds is not None else 0.0 if asked else 300.0
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    started = time.monotonic()
    goal = Goal(seconds, options.rounds, options.kills, options.posts)
    tally, failures = soak(goal, seed, options.lanes)
    print(f"{tally.rounds} rounds from seed {seed} in {time.monotonic() - started:.0f} s: {tally}")
    print("0 duplicates, 0 lost" if not failures else f"{failures} rounds FAILED", flush=True)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
