"""Random kills and faults over real processes: ``make soak``, ``make soak SOAK='--seconds 3600 --seed 7'``.

Each round publishes one thread to a sandbox process while its publisher is killed and X misbehaves, until
the thread is out. Then sandbox and ledger are compared: every post once, in order, each under the one
before. A failure prints the seed that replays it.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.processes import CONFIG, DAILY, Project, SandboxProcess, assert_thread

EDITION = "flashtweet@2020-11-06"
MAX_RUNS = 40
"""Starts of one publisher in a round; faults and kills are fewer."""

FAULTS: tuple[dict[str, object], ...] = (
    {"fault": "answer-lost"},
    {"fault": "dropped"},
    {"fault": "truncated"},
    {"fault": "unavailable"},
    {"fault": "unavailable", "when": "after", "form": "html"},
    {"fault": "odd", "form": "empty"},
    {"fault": "refused", "seconds": 0.3},
    {"fault": "rate-limit", "reset_seconds": 1},
    {"fault": "delay", "seconds": 0.3, "when": "after"},
    {"fault": "delay", "seconds": 0.3, "when": "before"},
    {"fault": "timeline-lag", "seconds": 0.2},
    {"fault": "parent-not-visible"},
    {"fault": "unavailable", "request": "timeline"},
)


def soak(seconds: float, seed: int) -> int:
    """Play rounds for `seconds`; gives how many."""
    end, rounds = time.monotonic() + seconds, 0
    while rounds == 0 or time.monotonic() < end:
        try:
            kills, faults = play(seed)
        except Exception:
            print(f"failed; replay with: make soak SOAK='--seconds 1 --seed {seed}'", file=sys.stderr)
            raise
        print(f"seed {seed}: whole, after {kills} kills and {faults} faults", flush=True)
        rounds, seed = rounds + 1, seed + 1
    return rounds


def play(seed: int) -> tuple[int, int]:
    """One round; gives the numbers of kills and faults."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="flashtweet-soak-") as folder, Project(Path(folder)) as project:
        # The settle window must be longer than the longest lag, as on live X.
        project.write("config.yaml", CONFIG.replace("settle: 300ms", "settle: 1s"))
        project.write("threads/2020-11-06.yaml", DAILY)
        sandbox = project.sandbox()
        texts = [post["text"] for post in project.json("preview", EDITION)["editions"][0]["posts"]]
        faults = [dict(dice.choice(FAULTS), after=dice.randrange(6)) for _ in range(dice.randrange(5))]
        for fault in faults:
            sandbox.switch_on(**fault)
        kills = publish_with_kills(project, sandbox, dice)
        assert_thread(sandbox.posts(), texts)
        [publication] = project.json("status")["publications"]
        assert publication["state"] == "PUBLISHED"
        assert [post["id"] for post in publication["posts"]] == [post["id"] for post in sandbox.posts()]
    return kills, len(faults)


def publish_with_kills(project: Project, sandbox: SandboxProcess, dice: random.Random) -> int:
    """Start the publisher again and again, killing it at random instants, until it ends by itself."""
    kills = 0
    for run in range(MAX_RUNS):
        process = project.start("publish", EDITION)
        if run < dice.randrange(1, 8):
            patience = dice.uniform(0.3, 2.5)
            end = time.monotonic() + patience
            while time.monotonic() < end and process.poll() is None:
                time.sleep(0.01)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
        _, err = process.communicate(timeout=60)
        if process.returncode == 0:
            return kills
        if process.returncode != -signal.SIGKILL:
            raise AssertionError(f"publish ended with {process.returncode}: {err}\n{sandbox.get('requests')}")
    raise AssertionError(f"not published after {MAX_RUNS} runs")


def main() -> None:
    """Read the command line and play."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="how long to play; default 300")
    parser.add_argument("--seed", type=int, default=None, help="the first round's seed; default random")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    rounds = soak(options.seconds, seed)
    print(f"{rounds} rounds: every post once, in order, under the one before")


if __name__ == "__main__":
    main()
