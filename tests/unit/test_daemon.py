"""The daemon's loop: what it starts, what it records, and that nothing ends it but a stop."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.adapters.sql_ledger import Sidecar, SqlLedger, connect
from bot.config import Config, XAccess
from bot.core.model import Chapter, EditionKey, Format, Issue, Item, Numbering, Programme, Series, Wording
from bot.core.publication import Policy
from bot.daemon import Daemon
from bot.errors import LedgerError
from bot.ports import Loaded
from bot.sandbox import Sandbox, SandboxServer
from bot.wiring import Newsroom, SystemClock, real_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.core.model import Publication
    from bot.core.publication import Change

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


class House:
    """A daemon on real clocks that are shifted to shortly before the slot, a real ledger and a sandbox."""

    def __init__(self, folder: Path, server: SandboxServer, clock: SystemClock, sandbox: Sandbox) -> None:
        self.clock, self.sandbox = clock, sandbox
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
        )
        self.ledger = self.open_ledger(folder / "ledger.db", SLOT - timedelta(days=3))
        self.newsroom = Newsroom(config, access, clock, self.ledger)
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

    def run(self, until: datetime = SLOT, **changed: object) -> None:
        """Run the daemon to its end."""
        daemon = replace(Daemon(self.newsroom, self.files, until), **changed)  # type: ignore[arg-type]
        watch = threading.Timer(20, daemon.stop)
        watch.start()
        daemon.run()
        watch.cancel()

    def texts(self) -> list[str]:
        return [post.text for post in self.sandbox.posts()]


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    servers = []

    def make(now: datetime) -> House:
        clock = SystemClock(now - real_now())
        sandbox = Sandbox(now=clock.now, real_now=real_now)
        server = SandboxServer(sandbox)
        server.start()
        servers.append(server)
        return House(tmp_path, server, clock, sandbox)

    yield make
    for server in servers:
        server.stop()


BEFORE = SLOT - timedelta(milliseconds=600)


def test_an_edition_goes_out_at_its_slot(make_house: Callable[[datetime], House]) -> None:
    house = make_house(BEFORE)
    house.run()
    assert house.texts() == ["un", "deux", "trois"]
    assert timedelta(0) <= house.sandbox.posts()[0].created_at - SLOT < timedelta(seconds=2)


def test_what_was_frozen_is_what_is_sent(make_house: Callable[[datetime], House]) -> None:
    """The file changes between the freeze and the slot."""
    house = make_house(BEFORE)
    first = house.files.load

    def change_after_the_first_look() -> Loaded:
        loaded = first()
        house.files.loaded = Loaded(("threads/a.yaml",), (issue(DAY, "autre chose"),), ())
        return loaded

    house.files.load = change_after_the_first_look  # type: ignore[method-assign]
    house.run()
    assert house.texts() == ["un", "deux", "trois"]


def test_a_slot_that_went_by_is_recorded_as_missed_once(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + timedelta(hours=1))
    house.run(until=SLOT + timedelta(hours=1))
    house.run(until=SLOT + timedelta(hours=1))
    found = house.ledger.get(KEY)
    assert found
    assert (found.state, found.reason) == ("MISSED", "its slot went by without it.")
    assert house.texts() == []
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "edition missed: its slot went by without it."
    ]


def test_a_slot_just_before_the_first_ledger_is_past_and_told_once(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT + timedelta(minutes=5))
    house.replace_ledger(SLOT + timedelta(minutes=5))
    house.run(until=SLOT + timedelta(minutes=5))
    assert house.texts() == []
    assert house.ledger.get(KEY) is None
    told = [(r.getMessage(), vars(r)["next"]) for r in caplog.records if r.levelno == logging.WARNING]
    assert told == [
        ("edition not sent: its slot was before this ledger's birth", f"flashtweet publish {KEY}")
    ]


def test_a_thread_whose_ledger_is_gone_is_finished_by_the_next_one(
    make_house: Callable[[datetime], House],
) -> None:
    """The daemon stopped in the middle, and somebody deleted the ledger; the next is born after the slot."""
    house = make_house(BEFORE)

    def stop_at_the_second(publication: Publication, change: Change) -> None:
        if change.event == "send" and publication.delivery(2).state == "SENDING":
            house.clock.stop()

    house.run(narrate=stop_at_the_second)
    assert house.texts() == ["un", "deux"]
    house.newsroom = replace(house.newsroom, clock=SystemClock(house.clock.offset))
    house.replace_ledger(house.clock.now())
    house.run(until=house.clock.now() + timedelta(seconds=1))
    assert house.texts() == ["un", "deux", "trois"]


def test_an_edition_that_cannot_be_composed_does_not_keep_the_others_back(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(BEFORE)
    other = replace(PROGRAMME.series[0], name="midi")
    programme = replace(PROGRAMME, series=(*PROGRAMME.series, other))
    house.newsroom = replace(house.newsroom, config=replace(house.newsroom.config, programme=programme))
    broken = Chapter("midi", DAY, items=(Item("https://example.com/" + "a" * 20), Item("x"), Item("x")))
    files = (issue(), Issue("threads/midi.yaml", (replace(broken, wording=Wording("", "")),)))
    house.files.loaded = Loaded(("threads/a.yaml", "threads/midi.yaml"), files, ())
    house.run()
    assert house.texts() == ["un", "deux", "trois"]
    unfit = [record for record in caplog.records if "cannot be published" in record.getMessage()]
    assert [vars(record)["edition"] for record in unfit] == ["midi@2020-11-06"]


def test_trouble_in_a_look_is_told_once_and_does_not_end_the_daemon(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(SLOT - timedelta(seconds=3))
    house.files.trouble = RuntimeError("a bug")
    cured = threading.Timer(1, lambda: setattr(house.files, "trouble", None))
    cured.start()
    house.run()
    cured.join()
    assert house.texts() == ["un", "deux", "trois"]
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "a bug kept the daemon from looking for what is due"
    ]


@pytest.mark.parametrize("error", [RuntimeError("a bug"), LedgerError("disk full")])
def test_trouble_in_a_worker_does_not_spin(
    make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    house = make_house(BEFORE)

    def fail(*_: object) -> None:
        raise error

    house.run(until=SLOT, narrate=fail, pause=timedelta(seconds=1))
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 1
    assert len(house.texts()) <= 1


def test_a_stop_ends_it_at_once(make_house: Callable[[datetime], House]) -> None:
    house = make_house(SLOT - timedelta(seconds=20))
    daemon = Daemon(house.newsroom, house.files)
    threading.Timer(0.5, daemon.stop).start()
    daemon.run()
    assert house.clock.now() < SLOT - timedelta(seconds=10)
    assert house.texts() == []
