"""A damaged ledger is read correctly, or rejected with LedgerError; it causes no other error."""

from __future__ import annotations

import contextlib
import io
import os
import random
import sqlite3
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from sqlalchemy.dialects import sqlite

from bot import errors
from bot.adapters.host.processes import is_gone
from bot.adapters.sql_ledger import columns, copy_database
from bot.adapters.sql_ledger.schema import metadata
from bot.cli import history, json_output, render_publications
from bot.core.model import EditionKey
from bot.core.publishing.next_actions import remedies
from bot.core.publishing.policy import Policy
from bot.core.publishing.probe import Lag, Measurement
from bot.core.publishing.progress import overdue
from bot.core.publishing.publication import DeliveryState
from bot.core.publishing.steps import next_step
from bot.core.schedule.account_checks import Allowance, Window
from bot.core.schedule.slots import due_times
from bot.ports import Loaded
from bot.services.composing import read_desk
from bot.services.operator_actions import Decisions, Resolution
from bot.services.publish import PublishRun
from tests.fakes.clock import START, FakeClock
from tests.fakes.house import PROGRAMME
from tests.fakes.threads import make_ledger, make_thread
from tests.fakes.x import FakeX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ZONE, GAP = "Europe/Paris", timedelta(seconds=2)
TRIES = int(os.environ.get("LEDGER_TRIES", "24"))
"""Number of damaged ledgers of each kind; LEDGER_TRIES=2000 for a thorough run."""
DAYS = [date(2020, 11, 6) + timedelta(days=n) for n in range(7)]
KEYS = [EditionKey("flashtweet", day) for day in DAYS]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a ledger with editions in many states."""
    path, clock = tmp_path_factory.mktemp("sound") / "ledger.db", FakeClock()
    ledger, x = make_ledger(path, clock), FakeX(clock)
    ledger.serve("http://127.0.0.1:1", "42")
    policy = Policy(gap=GAP, settle=timedelta(seconds=4))
    outcomes: list[list[Any]] = [
        [],
        [None, errors.Rejected("X answered 400.")],
        [None, errors.AccountRefused("X answered 402.")],
        [None, errors.InDoubt("no answer")],
    ]
    for key, ahead in zip(KEYS, outcomes, strict=False):
        thread = make_thread("un", "deux " + "é" * 40, "trois", key=key)
        ledger.plan(thread, due_times(START, GAP, 3), clock.now())
        x.outcomes.extend(ahead)
        with contextlib.suppress(errors.BotError):
            PublishRun(ledger, x, clock, policy)(key)
    desk = read_desk(Loaded((), (), ()), PROGRAMME)
    decisions = Decisions(ledger, clock, desk, timedelta(seconds=60))
    decisions.resolve(KEYS[1], Resolution.SKIP)
    ledger.record_missed(make_thread("un", key=KEYS[4]), [START], "late", clock.now())
    for key in KEYS[5:]:
        ledger.plan(make_thread("un", "deux", key=key), due_times(START, GAP, 2), clock.now())
    decisions.cancel(KEYS[5], "why not")
    ledger.claim(KEYS[6], timedelta(days=9), clock.now())
    ledger.ask_hold(KEYS[6], "stop", clock.now())
    decisions.pause("breaking news")
    decisions.resume()
    decisions.pause("mourning")
    probe = ledger.probes.begin("Essai", None, clock.now())
    ledger.probes.posted(probe, "1324617389283635200")
    limits = (Allowance(Window.QUARTER, 100, 99, START), Allowance(Window.USER_DAY, 100))
    lag = Lag(timedelta(seconds=2), was_seen=True)
    measured = Measurement(START, True, lag, timedelta(seconds=1), timedelta(seconds=1), limits)
    ledger.probes.measure(measured)
    ledger.close()
    return path.read_bytes()


def read(path: Path) -> None:
    """Open the ledger at `path` and use it in every way that the commands do.

    Raises:
        LedgerError: the ledger is damaged.
    """
    ledger = make_ledger(path, FakeClock(), owner="there:2:2:boot")
    try:
        for use in USES:
            with contextlib.suppress(errors.LedgerError):  # each must detect the damage by itself
                use(ledger)
    finally:
        ledger.close()
    copy_database(path, path.with_name("copy.db"))


def _show(ledger: Any, every: Callable[[Any], Any]) -> None:
    console = Console(file=io.StringIO())
    values = every(ledger)
    pause = ledger.paused()
    now = START + timedelta(hours=1)
    needs = remedies(values, now, daemon_is_needed=True)
    json_output.status_json((), (), values, pause, None)
    render_publications.attention(console, values, pause, needs, ZONE, now)
    render_publications.publications(console, values, ZONE, now)
    for value in values:
        next_step(value, Policy(), now, vouched_since=now)
        overdue(value, now)


def _log(ledger: Any) -> None:
    console = Console(file=io.StringIO())
    for key in KEYS:
        value, entries, pauses = ledger.get(key), ledger.journal(key), ledger.pauses()
        if value is not None and entries:
            json_output.journal_json(value, entries, pauses, ZONE)
            history.print_history(console, value, entries, pauses, ZONE)


def _claims(ledger: Any) -> None:
    for key in KEYS:
        with contextlib.suppress(errors.LedgerError):
            claim = ledger.claim(key, timedelta(seconds=60), START)
            ledger.renew(claim, timedelta(seconds=60))
            ledger.release(claim)


def _resolves(ledger: Any) -> None:
    decisions = Decisions(
        ledger, FakeClock(), read_desk(Loaded((), (), ()), PROGRAMME), timedelta(seconds=60)
    )
    for key in KEYS:
        with contextlib.suppress(errors.BotError):
            decisions.resolve(key, Resolution.SKIP)


def _publishes(ledger: Any) -> None:
    clock = FakeClock()
    for key in KEYS:
        with contextlib.suppress(errors.BotError):
            PublishRun(ledger, FakeX(clock), clock, Policy(gap=GAP, settle=timedelta(seconds=4)))(key)


USES: list[Callable[[Any], Any]] = [
    lambda ledger: (ledger.born_at, ledger.has_predecessor),
    lambda ledger: _show(ledger, lambda one: one.recent(20)),
    lambda ledger: _show(ledger, lambda one: one.unfinished()),
    lambda ledger: _show(ledger, lambda one: one.open_or_since(START - timedelta(days=1))),
    _log,
    lambda ledger: ledger.recorded(["1324617389283635200"]),
    lambda ledger: ledger.refuse_another("http://127.0.0.1:1", "42"),
    lambda ledger: ledger.serve("http://127.0.0.1:1", "42"),
    lambda ledger: json_output.measurement_json(ledger.measurements()[-1]),
    lambda ledger: [is_gone(row.text) or row.search_from for row in ledger.probes.orphans()],
    _claims,
    _resolves,
    _publishes,
    lambda ledger: ledger.resume(START),
]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (columns.TextColumn(), 1),
        (columns.PostId(), "12a"),
        (columns.SeriesName(), "É t é"),
        (columns.Choice(DeliveryState), "GONE"),
        (columns.DateColumn(), "2020-13-45"),
        (columns.Instant(), "2020-11-06T06:30:00"),
        (columns.Whole(), "1"),
        (columns.Seconds(), "null"),
        (columns.Truth(), 1),
    ],
)
def test_a_value_of_another_kind_is_damage(kind: columns.Checked, value: object) -> None:
    with pytest.raises(columns.Damaged):
        kind.process_result_value(value, sqlite.dialect())


def test_a_post_that_is_missing_is_damage(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(sound)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DELETE FROM delivery WHERE position = 1")
    with pytest.raises(errors.LedgerError, match="has posts"):
        make_ledger(path, FakeClock()).recent(20)


def try_it(damaged: bytes, folder: Path) -> None:
    path = folder / "ledger.db"
    path.write_bytes(damaged)
    try:
        with contextlib.suppress(errors.LedgerError):
            read(path)
    finally:
        for left in folder.iterdir():
            left.unlink()


def test_a_sound_ledger_is_read(sound: bytes, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(sound)
    ledger = make_ledger(tmp_path / "ledger.db", FakeClock())
    states = {one.state for value in ledger.recent(20) for one in value.deliveries}
    ledger.close()
    assert {"SENT", "PENDING", "SKIPPED", "HELD"} & {str(state) for state in states}
    assert len(set(DeliveryState) & states) >= 3
    read(tmp_path / "ledger.db")


@pytest.mark.parametrize("seed", range(TRIES))
def test_flipped_bytes(sound: bytes, tmp_path: Path, seed: int) -> None:
    """Write one to four bytes at a place in use."""
    dice, damaged = random.Random(seed), bytearray(sound)
    written = [at for at, byte in enumerate(sound) if byte]
    for at in dice.choices(written, k=dice.choice((1, 1, 2, 4))):
        damaged[at] ^= dice.randrange(1, 256)
    try_it(bytes(damaged), tmp_path)


@pytest.mark.parametrize("seed", range(TRIES // 3))
def test_lost_blocks(sound: bytes, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    at, size = dice.randrange(len(sound)), dice.choice((16, 512, 4096))
    lost = dice.choice((b"\0", b"\xff", b"7")) * size
    damaged = (sound[:at] + lost + sound[at + size :])[: len(sound)]
    try_it(damaged if dice.random() < 0.8 else sound[:at], tmp_path)


HOSTILE = [
    "'text'", "''", "-1", "7", "1e300", "x'00ff'", "CAST(x'ff41' AS TEXT)", "NULL", "9223372036854775807",
    "'2020-11-06T06:30:00'", "'\u0661'", "'[]'", "'null'", "'[{}]'", "'[[1]]'", "'2020-13-45'",
]  # fmt: skip


COLUMNS = [(table.name, column.name) for table in metadata.sorted_tables for column in table.columns]


@pytest.mark.parametrize("seed", range(TRIES))
def test_any_value_in_any_column(sound: bytes, tmp_path: Path, seed: int) -> None:
    """Change all rows or one, in tables without their constraints."""
    dice = random.Random(seed)
    table, column = dice.choice(COLUMNS)
    value, where = dice.choice(HOSTILE), dice.choice(("", " WHERE rowid = 1", " WHERE rowid = 2"))
    path = tmp_path / "made.db"
    path.write_bytes(sound)
    bare = f'CREATE TABLE bare AS SELECT * FROM "{table}"; DROP TABLE "{table}";'  # noqa: S608
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(f'{bare} ALTER TABLE bare RENAME TO "{table}"')
        db.execute(f'UPDATE "{table}" SET "{column}" = {value}{where}')  # noqa: S608
    damaged = path.read_bytes()
    path.unlink()
    try_it(damaged, tmp_path)


def test_what_is_damaged_is_named(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(sound)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE delivery SET state = 'SEND' WHERE publication_id = 1 AND position = 2")
    ledger = make_ledger(path, FakeClock())
    with pytest.raises(errors.LedgerError) as told:
        ledger.get(KEYS[0])
    ledger.close()
    assert str(told.value) == (
        "ledger.db: the ledger is damaged: 'SEND', where Choice is expected, cannot be read (ValueError: "
        "'SEND' is not a valid DeliveryState). Nothing was written. Restore a backup, and check the disk."
    )
