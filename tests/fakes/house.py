"""A whole daemon in this process: a real ledger file, real HTTP to a sandbox, and time as set by the test."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from bot.adapters.metrics import Metrics
from bot.adapters.sql_ledger import Sidecar, SqlLedger, connect
from bot.config import Config, XAccess
from bot.core.model import Chapter, EditionKey, Format, Issue, Item, Numbering, Programme, Series, Wording
from bot.core.publishing.policy import Policy
from bot.daemon import Daemon, build_sinks, workers
from bot.ports import Loaded
from bot.sandbox import Sandbox, SandboxServer
from bot.services.catalog import DirectReader
from bot.services.publication_events import log_event
from bot.wiring import Newsroom, real_now
from tests.fakes.machine import SECONDS, Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.services.publish import Narrator

DAY = date(2020, 11, 6)
KEY = EditionKey("flashtweet", DAY)
SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
PROGRAMME = Programme(
    zone="Europe/Paris",
    locale="fr_FR",
    series=(
        Series(
            "flashtweet",
            time(7, 30),
            frozenset(range(7)),
            Format(numbering=Numbering.NONE, gap=timedelta(milliseconds=10)),
        ),
    ),
    special=Format(),
)


def issue(day: date = DAY, *texts: str) -> Issue:
    items = tuple(Item(text) for text in texts or ("un", "deux", "trois"))
    return Issue(f"threads/{day}.yaml", (Chapter("flashtweet", day, items=items, wording=Wording("", "")),))


@dataclass
class Files:
    """`bot.ports.IssueSource` for tests, which may change `loaded` or make it fail."""

    loaded: Loaded
    trouble: Exception | None = None
    looks: int = 0

    def load(self) -> Loaded:
        self.looks += 1
        if self.trouble:
            raise self.trouble
        return self.loaded


ERRANDS = frozenset({"folder"})
"""Threads of the daemon that do one thing and end: while one of them is not waiting, there is work."""


class House:
    """A daemon on the clocks of a machine that the test moves, with a real ledger and a sandbox."""

    def __init__(self, folder: Path, server: SandboxServer, clocks: Machine, sandbox: Sandbox) -> None:
        self.clocks, self.clock, self.sandbox = clocks, clocks.make(), sandbox
        self._runs: tuple[Daemon, Future[None]] | None = None
        self._others = frozenset(threading.enumerate())
        clocks.work = self._work
        keys = sandbox.credentials
        access = XAccess(
            server.base_url, keys.api_key, keys.api_key_secret, keys.access_token, keys.access_token_secret
        )
        config = Config(
            path=folder / "config.yaml",
            programme=PROGRAMME,
            threads=folder,
            ledger=folder / "ledger.db",
            ledger_is_forced=False,
            policy=Policy(settle=timedelta(seconds=1)),
            lease=timedelta(seconds=60),
            access=access,
            missing=(),
            malformed=(),
            settle_is_auto=False,
            health=None,
        )
        self.ledger = self.open_ledger(folder / "ledger.db", SLOT - timedelta(days=3))
        self.newsroom = Newsroom(config, access, self.clock, self.ledger)
        self.files = Files(Loaded(("threads/a.yaml",), (issue(),), ()))

    def open_ledger(self, path: Path, born_at: datetime) -> SqlLedger:
        return SqlLedger(
            connect(path),
            name="ledger.db",
            now=born_at,
            owner="here:1:1:boot",
            is_dead=lambda _: False,
            elapsed=self.clock.elapsed,
            witness=Sidecar(path),
        )

    def replace_ledger(self, born_at: datetime) -> None:
        """Delete only the ledger's file; a new one is created."""
        path = self.newsroom.config.ledger
        self.ledger.close()
        path.unlink()
        self.ledger = self.open_ledger(path, born_at)
        self.newsroom = replace(self.newsroom, ledger=self.ledger)

    def run(self, until: datetime = SLOT, **changed: Any) -> None:
        """Run the daemon to its end, which is not before `until`."""
        with self._on_a_thread(self._daemon(until, **changed)) as run:
            self.clocks.drive(run.done)

    def _daemon(self, until: datetime | None, narrate: Narrator = log_event, **changed: Any) -> Daemon:
        series = (one.name for one in self.newsroom.config.programme.series)
        told = replace(build_sinks(self.newsroom, narrate), metrics=Metrics(series, self.clocks.monotonic))
        own: dict[str, Any] = {"wake": self.clocks.event(), "alarm": self.clocks.alarm()}
        return Daemon(self.newsroom, DirectReader(self.files), until, told, **own | changed)

    @contextlib.contextmanager
    def running(self, **changed: Any) -> Iterator[Daemon]:
        """Run the daemon on its own thread; it is stopped at the end."""
        daemon = self._daemon(None, **changed)
        with self._on_a_thread(daemon):
            yield daemon

    @contextlib.contextmanager
    def _on_a_thread(self, daemon: Daemon) -> Iterator[Future[None]]:
        with ThreadPoolExecutor(1, thread_name_prefix="loop") as pool:
            run = pool.submit(daemon.run)
            self._runs = daemon, run
            try:
                yield run
            finally:
                daemon.stop()
                run.result(SECONDS)
                self._runs = None
                daemon.join()

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Let time pass until `condition` holds, and return its value; evaluated when no thread works."""
        return self.clocks.until(condition, what)

    def looks_again(self) -> None:
        """Let the daemon scan everything in its current state, twice and to the end."""
        looks = self.files.looks
        self.until(lambda: self.files.looks >= looks + 2, "it looked again")

    def _work(self) -> str | None:
        """Return the daemon's work in progress, for which time stands still."""
        if self._runs is None or self._runs[1].done():
            return None
        daemon, waiting = self._runs[0], self.clocks.waiting()
        if not self.clocks.is_waiting(daemon.wake):
            return "the loop"
        threads = [one for one in threading.enumerate() if one not in self._others]
        if any(one.name in ERRANDS and one.ident not in waiting for one in threads):
            return "the reading of the folder"
        crew = dict(daemon._workers._under_way)
        waits = sum(one.name.startswith("publish") and one.ident in waiting for one in threads)
        specials = sum(daemon._is_special(key) for key in crew)
        at_work = len(crew) - specials + min(specials, workers.MAX_PARALLEL_SPECIALS)
        if any(one.done() for one in crew.values()) or waits < at_work:
            return "a worker"
        if not daemon._rounds.are_over():
            return "a round of the preflight"
        return None if self.clocks.is_waiting(daemon.wake) else "the loop"

    def texts(self) -> list[str]:
        return [post.text for post in self.sandbox.posts()]

    def created(self) -> list[datetime]:
        """Return the time X created each post."""
        return [post.created_at for post in self.sandbox.posts()]


@contextlib.contextmanager
def houses(
    folder: Path, machine: Callable[[datetime], Machine] = Machine
) -> Iterator[Callable[[datetime], House]]:
    """Yield a factory of houses at a given time; stop their servers at the end."""
    servers = []

    def make(now: datetime) -> House:
        clocks = machine(now)
        sandbox = Sandbox(now=clocks.true, real_now=real_now)
        server = SandboxServer(sandbox)
        server.start()
        servers.append(server)
        return House(folder, server, clocks, sandbox)

    yield make
    for server in servers:
        server.stop()
