"""Rehearsals with hostile folders: punctual first posts and a responsive daemon.

``python -m tests.hostile.rehearse [--only WORDS] [--quick]`` prints a table, and exits 1 if a rehearsal lost
a post, missed a slot by more than `LATE`, or stopped answering.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.hostile.folders import AT_THE_SLOT, FOLDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LATE = 1.0
"""Allowed delay of a first post in seconds. These machines are noisy: docs/proof.md has the measurements."""
DEAF = 5.0
"""Seconds the loop may stall, as shown by /metrics."""
STOPPED = 3.0
"""Seconds the daemon may take to end after SIGTERM, with no post in flight."""
START = "2020-11-06 07:29:35"
DROPPED = 5.0
"""Seconds after the start: 20 s before the first slot."""
UNTIL = 91.0
"""Seconds after the start: the second slot is 85 s after it."""
DAY, SERIES = "2020-11-06", ("flashtweet", "second")
HEADS, POSTS = 2, 6
CONFIG = """
series:
  flashtweet: {at: 07:30, weekdays: mon-fri, gap: 1s, intro: Bonjour, outro: ""}
  second: {at: 07:31, weekdays: mon-fri, gap: 1s, intro: Bonjour aussi, outro: ""}
"""
EDITION = "items: |\n  Une info\n  Une autre\n"


@dataclass
class Seen:
    """The results of one rehearsal."""

    late: list[int] = field(default_factory=list)
    """Delays in milliseconds of the first post of each series' edition."""
    posts: int = 0
    """Posts of these editions."""
    specials: tuple[int, int, int] = (0, 0, 0)
    """Numbers of specials frozen, started, completed."""
    shift: float = -math.inf
    """Seconds by which the rehearsal's clock is ahead."""
    beat: float = 0.0
    """Age of the oldest heartbeat."""
    deaf: int = 0
    """Number of times /healthz did not answer within a second."""
    asked: int = 0
    largest: dict[str, int] = field(default_factory=dict)
    """Peak resident MiB of the daemon and its reader."""
    stopped: float = 0.0
    wrong: list[str] = field(default_factory=list)


def rehearse(fill: Callable[[Path], None] | None, *, at_start: bool) -> Seen:
    """Publish two editions beside the files written by `fill`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        threads = folder / "threads"
        threads.mkdir()
        (folder / "config.yaml").write_text(CONFIG, "utf-8")
        (threads / "2020-11-06.yaml").write_text(EDITION, "utf-8")
        second = "date: 2020-11-06\nseries: second\n" + EDITION.replace("Une", "La")
        (threads / "second.yaml").write_text(second, "utf-8")
        aside = folder / "aside"
        aside.mkdir()
        if fill is not None:
            fill(aside)
        if at_start:
            aside.rename(threads / "hostile")
        return _run(folder, None if at_start else aside)


def _run(folder: Path, aside: Path | None) -> Seen:
    seen = Seen()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--sandbox", "--start-at", START],
            cwd=folder,
            stderr=log,
            stdout=subprocess.DEVNULL,
            env=_environment(),
        )
    begin = time.monotonic()
    try:
        while time.monotonic() - begin < UNTIL:
            if aside is not None and time.monotonic() - begin > DROPPED:
                aside.rename(folder / "threads" / "hostile")
                aside = None
            _look(process.pid, (folder / "log").read_text("utf-8", "replace"), seen)
            time.sleep(0.25)
        stop = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        seen.stopped = time.monotonic() - stop
    finally:
        process.kill()
        process.wait()
    return _judged(seen, (folder / "log").read_text("utf-8", "replace"))


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


def _look(pid: int, log: str, seen: Seen) -> None:
    found = re.search(r"health and metrics served url=(\S+)", log)
    if not found:
        return
    seen.asked += 1
    try:
        with urllib.request.urlopen(f"{found[1]}/healthz", timeout=1):
            pass
        with urllib.request.urlopen(f"{found[1]}/metrics", timeout=1) as answer:
            page = answer.read().decode()
    except OSError:
        seen.deaf += 1
    else:
        beat = re.search(r"^flashtweet_heartbeat_timestamp_seconds (\S+)$", page, re.MULTILINE)
        if beat:
            ahead = float(beat[1]) - time.time()  # at most the shift of the rehearsal's clock
            seen.shift = max(seen.shift, ahead)
            seen.beat = max(seen.beat, seen.shift - ahead)
    for name, process in (("daemon", pid), *(("reader", child) for child in _children(pid))):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process}/status").read_text("utf-8")
            peak = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
            seen.largest[name] = max(seen.largest.get(name, 0), int(peak[1]) // 1024 if peak else 0)


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    with contextlib.suppress(OSError):
        return [int(child) for path in children for child in path.read_text().split()]
    return []


def _judged(seen: Seen, log: str) -> Seen:
    sent = re.findall(r"post sent .*?edition=(\S+) post=(\d+)/(\d+) .*late_ms=(-?\d+)", log)
    ours = [one for one in sent if one[0].startswith(SERIES)]
    seen.late = [int(late) for _, position, _, late in ours if position == "1"]
    seen.posts = len(ours)
    if len(seen.late) != HEADS or seen.posts != POSTS:
        seen.wrong.append(f"{seen.posts} posts of {POSTS}")
    _judge_specials(seen, log, [one for one in sent if one not in ours])
    if any(one > LATE * 1000 for one in seen.late):
        seen.wrong.append("late")
    if seen.beat > DEAF:
        seen.wrong.append(f"a heartbeat of {seen.beat:.1f} s")
    if seen.deaf > 2:  # a busy machine
        seen.wrong.append(f"/healthz did not answer {seen.deaf} times")
    if seen.stopped > STOPPED:
        seen.wrong.append("SIGTERM was not obeyed in time")
    if ": a bug" in log or "Traceback" in log:
        line = next(line for line in log.splitlines() if ": a bug" in line or "Traceback" in line)
        seen.wrong.append(f"a bug: {line}")
    return seen


def _judge_specials(seen: Seen, log: str, sent: list[tuple[str, str, str, str]]) -> None:
    """Check that each special due is complete, in progress, or frozen and queued; and in order."""
    due = set(re.findall(r"edition frozen .*?edition=(\S+)", log)) - {f"{one}@{DAY}" for one in SERIES}
    threads: dict[str, list[int]] = {}
    for edition, position, _, _ in sent:
        threads.setdefault(edition, []).append(int(position))
    whole = {edition for edition, position, of, _ in sent if position == of}
    seen.specials = len(due), len(threads), len(whole)
    if due and not threads:
        seen.wrong.append("no special was begun")
    seen.wrong += [
        f"{edition} is out of order"
        for edition, positions in threads.items()
        if positions != list(range(1, len(positions) + 1))
    ]
    given_up = re.findall(r"edition (?:held|missed) .*?edition=(\S+)", log)
    if due and given_up:
        seen.wrong.append(f"given up: {', '.join(given_up)}")


def _figures(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true", help="drop each folder while it runs, and no more")
    options = parser.parse_args()
    print(
        "| folder | when | first posts of series, ms late | specials frozen, begun, whole | heartbeat "
        "| /healthz | daemon, reader MiB | SIGTERM |"
    )
    print("|---|---|---|---|---|---|---|---|")
    wrong = 0
    rows = [("nothing", None), *((name, fill) for name, fill in FOLDERS.items() if options.only in name)]
    for name, fill in rows:
        for at_start in (False,) if options.quick or fill is None else (True, False):
            seen = rehearse(fill, at_start=at_start)
            if seen.specials[0] != AT_THE_SLOT.get(name, 0):
                seen.wrong.append(f"{seen.specials[0]} specials were frozen")
            when = "there at the start" if at_start else "20 s before the slot"
            sizes = _figures(seen.largest.get(one, 0) for one in ("daemon", "reader"))
            posted = f"{_figures(seen.late)} | {_figures(seen.specials)}"
            print(
                f"| {name} | {when} | {posted} | {seen.beat:.1f} s | "
                f"{seen.asked - seen.deaf} of {seen.asked} | {sizes} | {seen.stopped:.1f} s |"
                + (f" **{'; '.join(seen.wrong)}**" if seen.wrong else ""),
                flush=True,
            )
            wrong += bool(seen.wrong)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
