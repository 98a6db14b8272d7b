"""A whole daemon in this process: real clocks, a real ledger file, real HTTP to a sandbox."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from bot.adapters.sql_ledger import Sidecar, SqlLedger, connect
from bot.config import Config, XAccess
from bot.core.model import Chapter, EditionKey, Format, Issue, Item, Numbering, Programme, Series, Wording
from bot.core.publication import Policy
from bot.daemon import Daemon, company
from bot.ports import Loaded
from bot.sandbox import Sandbox, SandboxServer
from bot.services.catalog import DirectReader
from bot.services.events import log_event
from bot.wiring import Newsroom, SystemClock, boot_time, real_now

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
    """Fulfils `bot.ports.IssueSource`; the test may change `loaded`, or let it fail."""

    loaded: Loaded
    trouble: Exception | None = None
    looks: int = 0

    def load(self) -> Loaded:
        self.looks += 1
        if self.trouble:
            raise self.trouble
        return self.loaded


class Clocks:
    """The machine's clocks, of which a test can set the wall clock, or suspend the machine."""

    def __init__(self, now: datetime) -> None:
        self._shift = now - real_now()
        self.step = timedelta(0)
        """How far the wall clock was set forward."""
        self.sleep = timedelta(0)
        """How long the machine was suspended."""

    def true(self) -> datetime:
        """What a clock shows that nobody set."""
        return real_now() + self._shift + self.sleep

    def make(self) -> SystemClock:
        """The clock of one process."""
        return SystemClock(
            self._shift,
            wall=lambda: real_now() + self.sleep + self.step,
            boot=lambda: boot_time() + self.sleep.total_seconds(),
        )


class House:
    """A daemon on real clocks that are shifted to shortly before the slot, a real ledger and a sandbox."""

    def __init__(self, folder: Path, server: SandboxServer, clocks: Clocks, sandbox: Sandbox) -> None:
        self.clocks, self.clock, self.sandbox = clocks, clocks.make(), sandbox
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
        """Delete the ledger's file, and nothing else; another one is made."""
        path = self.newsroom.config.ledger
        self.ledger.close()
        path.unlink()
        self.ledger = self.open_ledger(path, born_at)
        self.newsroom = replace(self.newsroom, ledger=self.ledger)

    def run(self, until: datetime = SLOT, **changed: Any) -> None:
        """Run the daemon to its end."""
        daemon = self._daemon(until, **changed)
        watch = threading.Timer(20, daemon.stop)
        watch.start()
        daemon.run()
        watch.cancel()
        daemon.join()

    def _daemon(self, until: datetime | None, narrate: Narrator = log_event, **changed: Any) -> Daemon:
        return Daemon(
            self.newsroom, DirectReader(self.files), until, company(self.newsroom, narrate), **changed
        )

    @contextlib.contextmanager
    def running(self, **changed: Any) -> Iterator[Daemon]:
        """The daemon on a thread of its own; it is stopped at the end."""
        daemon = self._daemon(None, **changed)
        thread = threading.Thread(target=daemon.run)
        thread.start()
        try:
            yield daemon
        finally:
            daemon.stop()
            thread.join(20)
            assert not thread.is_alive()
            daemon.join()

    def texts(self) -> list[str]:
        return [post.text for post in self.sandbox.posts()]

    def created(self) -> list[datetime]:
        """When X created each post."""
        return [post.created_at for post in self.sandbox.posts()]


@contextlib.contextmanager
def houses(folder: Path) -> Iterator[Callable[[datetime], House]]:
    """Makes houses at a given time; ends their servers."""
    servers = []

    def make(now: datetime) -> House:
        clocks = Clocks(now)
        sandbox = Sandbox(now=clocks.true, real_now=real_now)
        server = SandboxServer(sandbox)
        server.start()
        servers.append(server)
        return House(folder, server, clocks, sandbox)

    yield make
    for server in servers:
        server.stop()
