"""An editor's folder, a sandbox process and a ledger for one play, all in processes that are forked."""

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
from bot.core.model import EditionKey, PublicationState
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
    """One folder with its configuration, one sandbox, one ledger; the process that has it works there."""

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
        os.utime(path, (_LONG_AGO, _LONG_AGO))  # a file that came after its slot would rest for a minute

    def start(self, *arguments: str, prepare: Callable[[], object] | None = None) -> forks.Child:
        """Start a command; `prepare` happens in its process first."""

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

        def told() -> Any:
            assert child.wait(0) is None, f"the sandbox did not start:\n{child.said()}"
            said = child.said()
            return json.loads(said) if said.endswith("}\n") else None

        introduced = until(told, "the sandbox listens")
        self.env |= introduced["env"]
        return SandboxProcess(introduced["base_url"])

    # -- what is expected, and what is there -----------------------------------------------------------

    def texts(self, edition: str) -> list[str]:
        """The posts of an edition, as `publish` would freeze them now."""
        config = wiring.load_config(Path("config.yaml"))
        desk = read_desk(wiring.issue_source(config).load(), config.programme)
        return list(thread_for(desk, EditionKey.parse(edition)).texts)

    def recorded(self, edition: str) -> Recorded | None:
        """What the ledger's file says of an edition; cheap to ask again and again."""
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
        """A ledger that was made a day ago, so that today's slots are not history to it."""
        with wiring.open_ledger(Path(LEDGER), wiring.SystemClock(-timedelta(days=1))):
            pass

    def stop(self, daemon: forks.Child) -> None:
        """SIGTERM, once it has looked around, and a clean end; or it is killed before it comes to that."""
        until(lambda: daemon.has_said("flashtweet runs") or daemon.wait(0) is not None, "the daemon greets")
        daemon.send(signal.SIGTERM)
        daemon.end()
        assert daemon.code == 0 or daemon.was_killed, f"the daemon ended with {daemon.code}:\n{daemon.said()}"


def warm_up(folder: Path) -> None:
    """Do in this process what every process here does first: those that are forked find it in memory."""
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
    """A slot that has just passed, far from midnight in a zone of its own: a daemon publishes it at once."""

    zone: str
    day: str
    wall: str

    @classmethod
    def a_minute_ago(cls) -> Slot:
        now = datetime.now(UTC)
        zone = f"Etc/GMT{now.hour - 12:+d}"  # there it is about noon; POSIX counts west as positive
        local = now.astimezone(ZoneInfo(zone)) - timedelta(minutes=1)
        return cls(zone, f"{local:%Y-%m-%d}", f"{local:%H:%M}")
