"""Punctuality: the delay from a slot to the arrival of its first post, compared with a plain script.

A whole daemon works through a calendar too dense for files, with a slot every 650 ms: its source supplies
issues whose wall times have milliseconds. The script, a separate process, has its slots halfway between.
Everything else is real: clocks, ledger, HTTP, and a sandbox in its own process that logs the arrival of each
request. Slots are whole milliseconds, as is the log: an early post cannot look punctual.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import config as configuration
from bot.cli.logging_output import LineFormatter
from bot.core.content import editions
from bot.core.model import Chapter, Issue
from bot.daemon import Daemon
from bot.ports import Loaded
from bot.services.catalog import DirectReader
from bot.wiring import SystemClock, newsroom, real_now
from tests.processes import SECONDS, Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.config import Config
    from tests.processes import SandboxProcess

SLOTS = 210
"""Slots of the daemon, and as many of the script."""
EVERY = timedelta(milliseconds=650)
LEAD = timedelta(milliseconds=2_500)
"""Time from freeze to slot here: four editions are in progress at a time, of eight allowed."""
START = timedelta(seconds=6)
"""Time for both to get ready."""
MS = timedelta(milliseconds=1)

CONFIG = """
settle: 300ms
health: off
reminder: never
series:
  flashtweet: {at: 07:30, weekdays: mon-fri}
"""
PLAIN = [sys.executable, "-m", "tests.benchmarks.plain_script"]


def rows() -> list[str]:
    """Measure the daemon and the script, in milliseconds after the slot."""
    with tempfile.TemporaryDirectory() as name, Project(Path(name)) as project:
        project.write("config.yaml", CONFIG)
        sandbox = project.sandbox()
        sandbox.set(posts_per_15min=10_000)
        config = configuration.load(project.folder / "config.yaml", project.env, project.folder)
        begin = (real_now() + START).replace(microsecond=0)
        ours = [begin + n * EVERY for n in range(SLOTS)]
        theirs = [slot + EVERY / 2 for slot in ours]
        load = os.getloadavg()[0]
        with _script(project, config, theirs):
            assert real_now() + LEAD < begin, "the script took too long to start"
            _daemon(project.folder, config, ours)
        arrived = _arrivals(sandbox)
        return [
            f"- load average {load:.1f} before, {os.getloadavg()[0]:.1f} after; {os.cpu_count()} cores",
            f"- the daemon, {_lateness('daemon', ours, arrived)} (targets ≥ 0, ≤ 10, ≤ 50)",
            f"- APScheduler and tweepy by hand, {_lateness('script', theirs, arrived)}",
        ]


def _lateness(who: str, slots: Sequence[datetime], arrived: dict[str, datetime]) -> str:
    late = sorted(
        (arrived[_text(who, n)] - slot) / MS for n, slot in enumerate(slots) if _text(who, n) in arrived
    )
    missing = len(slots) - len(late)
    p50, p99 = (late[math.ceil(part * len(late)) - 1] for part in (0.5, 0.99))
    return (
        f"{len(late)} slots, ms late: min {late[0]:.0f}, p50 {p50:.0f}, p99 {p99:.0f}, max {late[-1]:.0f}"
        + (f", {missing} never sent" if missing else "")
    )


def _text(who: str, n: int) -> str:
    return f"Info numéro {n}, par {who} : l'État dévoile un appel à projets"


def _arrivals(sandbox: SandboxProcess) -> dict[str, datetime]:
    """Return the arrival time of the request for each text."""
    requests = [one for one in sandbox.get("requests") if one["kind"] == "create"]
    posts = sandbox.posts()
    assert [one["status"] for one in requests] == [201] * len(posts)
    assert all(one["arrived_at"] <= post["created_at"] for one, post in zip(requests, posts, strict=True))
    return {
        post["text"]: datetime.fromisoformat(one["arrived_at"])
        for one, post in zip(requests, posts, strict=True)
    }


# ---- the daemon ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Calendar:
    """`bot.ports.IssueSource` for the calendar."""

    loaded: Loaded

    def load(self) -> Loaded:
        return self.loaded


def _calendar(slots: Sequence[datetime], zone: str) -> Calendar:
    """Return a free text for each slot: such a file has its own wall time, and is its own series."""
    issues = []
    for n, slot in enumerate(slots):
        local = slot.astimezone(ZoneInfo(zone))
        chapter = Chapter(f"slot-{n}", local.date(), local.time(), text=_text("daemon", n))
        issues.append(Issue(f"threads/{n}.yaml", (chapter,)))
    return Calendar(Loaded(tuple(issue.path for issue in issues), tuple(issues), ()))


def _daemon(folder: Path, config: Config, slots: Sequence[datetime]) -> None:
    """Run the daemon until the last slot is done."""
    assert config.access
    editions.MAX_SPECIALS_PER_DAY = SLOTS  # within two minutes: no newsroom's folder
    clock = SystemClock()
    calendar = _calendar(slots, config.programme.zone)
    until = slots[-1] + EVERY
    with (
        _log(folder / "daemon.log", LineFormatter(clock, config.programme.zone)),
        newsroom(config, config.access, clock, config.ledger) as opened,
    ):
        Daemon(opened, DirectReader(calendar), until, lead=LEAD).run()


@contextlib.contextmanager
def _log(path: Path, lines: LineFormatter) -> Iterator[None]:
    """Write the log as a daemon does, but to `path`."""
    handler, log = logging.FileHandler(path, encoding="utf-8"), logging.getLogger("flashtweet")
    before = log.level, log.propagate
    handler.setFormatter(lines)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()
        log.setLevel(before[0])
        log.propagate = before[1]


# ---- the script ------------------------------------------------------------------------------------


@contextlib.contextmanager
def _script(project: Project, config: Config, slots: Sequence[datetime]) -> Iterator[None]:
    """Run the script: wait until it is ready, and finally until it ends."""
    access = config.access
    assert access
    files = [
        project.write(f"plain/{n}.yaml", f"items: |\n  {_text('script', n)}\n") for n in range(len(slots))
    ]
    settings = {
        "base_url": access.base_url,
        "keys": [access.api_key, access.api_key_secret, access.access_token, access.access_token_secret],
        "slots": [(slot.timestamp(), str(path)) for slot, path in zip(slots, files, strict=True)],
    }
    with subprocess.Popen(
        PLAIN,
        env=project.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdin
        assert process.stdout
        json.dump(settings, process.stdin)
        process.stdin.close()
        try:
            assert process.stdout.readline() == "ready\n"
            yield
            process.wait(SECONDS)
        finally:
            process.kill()
