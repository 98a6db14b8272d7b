"""An editor's folder, a sandbox process and a ledger for one run, all in forked processes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from bot import wiring
from bot.core.model import EditionKey
from bot.core.publishing.publication import PublicationState
from bot.services.composing import read_desk, thread_for
from tests.failpoints import forks
from tests.processes import DAILY, SandboxProcess, until

if TYPE_CHECKING:
    from collections.abc import Callable

LEDGER = "ledger.db"
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
_PUBLICATION = "SELECT id, state FROM publication WHERE series = ? AND date = ?"
_DELIVERIES = "SELECT state, post_id FROM delivery WHERE publication_id = ? ORDER BY position"


@dataclass(frozen=True)
class Recorded:
    """One publication, read without the code that wrote it."""

    state: str
    posts: tuple[tuple[str, str | None], ...]
    """State and id of each."""


@dataclass
class Stage:
    """One folder with its configuration, one sandbox, one ledger; used from inside that folder."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    children: list[forks.Child] = field(default_factory=list)
    sandbox: SandboxProcess = field(init=False)

    def __enter__(self) -> Self:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("X_", "FLASHTWEET"))}
        self.env = own | {"FLASHTWEET_LEDGER": f"sqlite:///{LEDGER}"}
        (self.folder / "threads").mkdir(parents=True, exist_ok=True)
        os.chdir(self.folder)
        self.sandbox = self._start_sandbox()
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children:
            child.kill()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text, "utf-8")
        os.utime(path, (_LONG_AGO, _LONG_AGO))  # a file newer than its slot would wait for a minute

    def start(self, *arguments: str, prepare: Callable[[], object] | None = None) -> forks.Child:
        """Start a command; its process calls `prepare` first."""

        def work() -> None:
            if prepare is not None:
                prepare()
            forks.flashtweet(*arguments)

        log = self.folder / f"{len(self.children):03d}-{arguments[0]}.log"
        child = forks.fork(work, self.folder, log, self.env)
        self.children.append(child)
        return child

    def _start_sandbox(self) -> SandboxProcess:
        child = self.start("sandbox", "--port", "0", "--json")

        def announced() -> Any:
            assert child.wait(0) is None, f"the sandbox did not start:\n{child.said()}"
            printed = child.said()
            return json.loads(printed) if printed.endswith("}\n") else None

        introduced = until(announced, "the sandbox listens")
        self.env |= introduced["env"]
        return SandboxProcess(introduced["base_url"])

    # -- expected and actual state ---------------------------------------------------------------------

    def texts(self, edition: str) -> list[str]:
        """Return the posts of an edition as `publish` would freeze them now."""
        config = wiring.load_config(Path("config.yaml"))
        desk = read_desk(wiring.issue_source(config).load(), config.programme)
        return list(thread_for(desk, EditionKey.parse(edition)).texts)

    def recorded(self, edition: str) -> Recorded | None:
        """Return an edition as recorded in the ledger's file; cheap to call repeatedly."""
        key = EditionKey.parse(edition)
        db = sqlite3.connect(self.folder / LEDGER, timeout=forks.SECONDS)
        try:
            found = db.execute(_PUBLICATION, (key.series, key.date.isoformat())).fetchone()
            posts = db.execute(_DELIVERIES, (found[0],)).fetchall() if found else []
        finally:
            db.close()
        return Recorded(found[1], tuple(posts)) if found else None

    def is_published(self, edition: str) -> bool:
        recorded = self.recorded(edition)
        return recorded is not None and recorded.state == PublicationState.PUBLISHED

    # -- daemons ---------------------------------------------------------------------------------------

    def born_yesterday(self) -> None:
        """Create a ledger dated a day ago, so that today's slots are not before its time."""
        with wiring.open_ledger(Path(LEDGER), wiring.SystemClock(-timedelta(days=1))):
            pass

    def stop(self, daemon: forks.Child) -> None:
        """Send SIGTERM after the daemon's first scan and expect a clean end, or see it killed before."""
        until(
            lambda: daemon.has_said("flashtweet started") or daemon.wait(0) is not None, "the daemon greets"
        )
        daemon.send(signal.SIGTERM)
        daemon.end()
        assert daemon.code == 0 or daemon.was_killed, f"the daemon ended with {daemon.code}:\n{daemon.said()}"


def warm_up(folder: Path) -> None:
    """Initialize in this process what every process needs first, so that forks inherit it."""
    folder.mkdir()
    (folder / "config.yaml").write_text("series: {flashtweet: {at: 07:30, weekdays: mon-fri}}", "utf-8")
    (folder / "2020-11-06.yaml").write_text(DAILY, "utf-8")
    config = wiring.load_config(folder / "config.yaml")
    desk = read_desk(wiring.files_source([folder]).load(), config.programme)
    thread_for(desk, EditionKey.parse("flashtweet@2020-11-06"))
    with wiring.open_ledger(folder / LEDGER, wiring.SystemClock()) as ledger:
        ledger.recent(1)


@dataclass(frozen=True)
class Slot:
    """A slot that has just passed, far from midnight in a chosen zone: a daemon publishes it at once."""

    zone: str
    day: str
    wall: str

    @classmethod
    def a_minute_ago(cls) -> Slot:
        now = datetime.now(UTC)
        zone = f"Etc/GMT{now.hour - 12:+d}"  # where it is about noon; POSIX counts west as positive
        local = now.astimezone(ZoneInfo(zone)) - timedelta(minutes=1)
        return cls(zone, f"{local:%Y-%m-%d}", f"{local:%H:%M}")
