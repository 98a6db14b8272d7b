"""The cost of exactly-once posting: a 12-post thread with all commits, against a plain loop over tweepy."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from datetime import date, timedelta
from pathlib import Path

from bot.adapters.sql_ledger import Sidecar, SqlLedger, connect
from bot.adapters.x_publisher import OAuthCredentials, XPublisher
from bot.core.model import EditionKey
from bot.core.publishing.policy import Policy
from bot.services.publish import PublishRun
from bot.wiring import SystemClock
from tests.benchmarks.plain_script import client, post_thread
from tests.benchmarks.timing import row, side_by_side
from tests.fakes.threads import make_thread
from tests.processes import CONFIG, Project

POSTS = 12
ROUNDS = 15


def rows() -> list[str]:
    """Measure against an X that answers at once, and one that takes 50 ms."""
    with tempfile.TemporaryDirectory() as folder, Project(Path(folder)) as project:
        project.write("config.yaml", CONFIG)
        base_url = project.sandbox().base_url
        return [_measure(project, base_url, latency) for latency in (0.0, 0.05)]


def _measure(project: Project, base_url: str, latency: float) -> str:
    settings = {"latency_seconds": latency, "duplicate_window_seconds": 0, "posts_per_15min": 1_000_000}
    request = urllib.request.Request(
        f"{base_url}/_sandbox/settings",
        data=json.dumps(
            settings | {"user_posts_per_day": 1_000_000, "app_posts_per_day": 1_000_000}
        ).encode(),
        headers={"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=5):
        pass
    clock = SystemClock()
    names = "X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET"
    keys = [project.env[name] for name in names]
    user_id = project.env["X_ACCESS_TOKEN"].split("-")[0]
    path = project.folder / f"bench-{latency}.db"
    ledger = SqlLedger(
        connect(path),
        name="bench",
        now=clock.now(),
        owner="bench:1:1:boot",
        is_dead=lambda _: False,
        elapsed=clock.elapsed,
        witness=Sidecar(path),
    )
    texts = [f"Info numéro {n} : l'État dévoile un appel à projets" for n in range(POSTS)]

    editions = [EditionKey("flashtweet", date(2020, 1, 1) + timedelta(days=n)) for n in range(2 * ROUNDS)]
    for key in editions:  # already frozen; in production half a minute before the slot
        now = clock.now()
        thread = make_thread(*texts, key=key, slot_at=now, gap=timedelta(0))
        ledger.plan(thread, [now] * POSTS, now)
    frozen = iter(editions)

    def ours() -> None:
        publisher = XPublisher(base_url, user_id, OAuthCredentials(*keys), clock.now)
        PublishRun(ledger, publisher, clock, Policy(gap=timedelta(0)))(next(frozen))

    def bare() -> None:
        post_thread(client(base_url, keys), texts)

    return row(
        f"{POSTS} posts, X answering in {latency * 1000:.0f} ms, against a bare tweepy loop",
        *side_by_side(ours, bare, ROUNDS),
    ) + (" (target ≤ 1.10, aim 1.05)" if latency else "")
