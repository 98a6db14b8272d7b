"""Opening of a ledger: an older one is migrated, a current one is only read."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.sql_ledger import connect, locked, sqlite
from bot.adapters.sql_ledger.location import network_file_system
from bot.adapters.sql_ledger.opening import keep_copy
from bot.core.model import EditionKey
from bot.core.publishing import states
from bot.core.publishing.publication import Cause, DeliveryState, PublicationState
from bot.core.publishing.states import DeliveryEvent
from bot.daemon.workers import MAX_PARALLEL_SPECIALS
from bot.errors import ClaimLost, LedgerError
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.processes import SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

# The tables of schema 1, and a thread that was interrupted after its first post.
VERSION_1 = """
CREATE TABLE meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (name));
CREATE TABLE publication (
    id INTEGER NOT NULL, account VARCHAR NOT NULL, series VARCHAR NOT NULL, date VARCHAR(10) NOT NULL,
    state VARCHAR NOT NULL, slot_at VARCHAR(27) NOT NULL, path VARCHAR NOT NULL, reason VARCHAR,
    fence INTEGER NOT NULL, claimed_by VARCHAR, claimed_until FLOAT,
    PRIMARY KEY (id), UNIQUE (account, series, date)
);
CREATE INDEX publication_by_slot ON publication (slot_at);
CREATE TABLE delivery (
    publication_id INTEGER NOT NULL, position INTEGER NOT NULL, state VARCHAR NOT NULL, text VARCHAR NOT NULL,
    due_at VARCHAR(27) NOT NULL, first_intent_at VARCHAR(27), intent_at VARCHAR(27), parent_id VARCHAR,
    post_id VARCHAR, attempts INTEGER NOT NULL, doubt_since VARCHAR(27), duplicate BOOLEAN NOT NULL,
    not_before VARCHAR(27), reason VARCHAR,
    PRIMARY KEY (publication_id, position), FOREIGN KEY(publication_id) REFERENCES publication (id),
    UNIQUE (post_id)
);
CREATE TABLE journal (
    id INTEGER NOT NULL, at VARCHAR(27) NOT NULL, publication_id INTEGER NOT NULL, position INTEGER,
    event VARCHAR NOT NULL, before VARCHAR NOT NULL, after VARCHAR NOT NULL, reason VARCHAR,
    "by" VARCHAR NOT NULL,
    PRIMARY KEY (id), FOREIGN KEY(publication_id) REFERENCES publication (id)
);
CREATE INDEX ix_journal_publication_id ON journal (publication_id);
INSERT INTO meta VALUES
    ('schema_version', '1'), ('born_at', '2020-11-01T08:00:00+00:00'), ('generation', '00112233445566ff'),
    ('origin', 'https://api.x.com'), ('user_id', '42');
INSERT INTO publication VALUES
    (1, 'main', 'flashtweet', '2020-11-06', 'PUBLISHING', '2020-11-06T06:30:00.000000Z',
     'threads/2020-11-06.yaml', NULL, 3, NULL, NULL);
INSERT INTO delivery VALUES
    (1, 1, 'SENT', 'un', '2020-11-06T06:30:00.000000Z', '2020-11-06T06:30:00.000000Z',
     '2020-11-06T06:30:00.000000Z', NULL, '1324599999999999999', 1, NULL, 0, NULL, NULL),
    (1, 2, 'PENDING', 'deux', '2020-11-06T06:30:02.000000Z', NULL, NULL, NULL, NULL, 0, NULL, 0, NULL, NULL);
INSERT INTO journal VALUES
    (1, '2020-11-06T06:29:30.000000Z', 1, NULL, 'frozen', '', 'PLANNED', NULL, 'here:1:1:boot'),
    (2, '2020-11-06T06:30:00.000000Z', 1, 1, 'confirmed', 'SENDING', 'SENT', NULL, 'here:1:1:boot');
"""

LEASE = timedelta(seconds=60)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def old(path: Path) -> Path:
    """Create a ledger of schema 1."""
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.executescript(VERSION_1)
    return path


def columns(path: Path) -> dict[str, set[str]]:
    with contextlib.closing(sqlite3.connect(path)) as raw:
        tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: {row[1] for row in raw.execute(f"PRAGMA table_info({table})")} for table in tables}


@contextlib.contextmanager
def writing(path: Path, how: str = "IMMEDIATE") -> Iterator[None]:
    """Hold a write transaction of another connection."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute(f"BEGIN {how}")
        yield
        raw.execute("ROLLBACK")


@contextlib.contextmanager
def _another_program(path: Path) -> Iterator[int]:
    """Hold a write transaction in another process; yield its id."""
    script = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "db.execute('BEGIN IMMEDIATE'); print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.stdin.write("\n")


def _missing(*_: object, **__: object) -> str:
    raise FileNotFoundError


# ---- from schema 1 -----------------------------------------------------------------------------------


def test_an_older_ledger_keeps_all_that_it_knew(old: Path, clock: FakeClock) -> None:
    ledger = make_ledger(old, clock)
    found = ledger.get(KEY)
    assert found
    assert (found.state, found.slot_at, found.fence, found.hold_asked) == ("PUBLISHING", START, 3, None)
    assert [(d.state, d.text, d.post_id, d.attempts) for d in found.deliveries] == [
        ("SENT", "un", "1324599999999999999", 1),
        ("PENDING", "deux", None, 0),
    ]
    assert [entry.event for entry in ledger.journal(KEY)] == ["frozen", "confirmed"]
    assert f"{ledger.born_at:%Y-%m-%d %H:%M %Z}" == "2020-11-01 08:00 UTC"
    ledger.serve("https://api.x.com", "42")
    for ask in (ledger.serve, ledger.refuse_another):
        with pytest.raises(LedgerError, match="serves account 42"):
            ask("https://api.x.com", "43")


def test_asking_whom_a_ledger_serves_binds_it_to_nobody(path: Path, clock: FakeClock) -> None:
    ledger = make_ledger(path, clock)
    for user_id in ("42", "43"):
        ledger.refuse_another("https://api.x.com", user_id)
    ledger.serve("https://api.x.com", "42")
    ledger.refuse_another("https://api.x.com", "43")  # no post of 42's exists
    ledger.serve("https://api.x.com", "43")


def test_a_wrong_account_names_the_way_out(path: Path, clock: FakeClock) -> None:
    ledger = make_ledger(path, clock)
    ledger.serve("https://api.x.com", "42")
    known = ledger.plan(make_thread("un"), [START], START)
    claim = ledger.claim(KEY, LEASE, START)
    for event in (DeliveryEvent.SEND, DeliveryEvent.LOST):
        known = ledger.record(
            claim, known, [states.deliver(known.delivery(1), event, intent_at=START)], START
        )
    ledger.release(claim)
    with pytest.raises(LedgerError) as caught:
        ledger.serve("http://127.0.0.1:1", "43")
    assert str(caught.value) == (
        "ledger.db: this ledger serves account 42 at https://api.x.com, "
        "where post 1 of flashtweet@2020-11-06 may have been posted; "
        "it cannot serve account 43 at http://127.0.0.1:1. Correct the keys or X_API_BASE_URL; "
        "for a different account, use a different ledger: 'ledger' in config.yaml, or FLASHTWEET_LEDGER. "
        "If the profile of account 42 does not show that post, type: "
        "flashtweet resolve flashtweet@2020-11-06 --post 1 --resend"
    )
    claim = ledger.claim(KEY, LEASE, START)
    found = states.deliver(known.delivery(1), DeliveryEvent.FOUND, post_id="77")
    ledger.record(claim, known, [found], START)
    ledger.release(claim)
    with pytest.raises(LedgerError, match=r"and has a post there; it cannot serve .* FLASHTWEET_LEDGER\.$"):
        ledger.serve("http://127.0.0.1:1", "43")


def test_a_user_that_cannot_be_one_binds_nothing(path: Path, clock: FakeClock) -> None:
    """An earlier version took '"2244994945' from a token in quotes; X never accepted it."""
    ledger = make_ledger(path, clock)
    ledger.serve("https://api.x.com", '"2244994945')
    known = ledger.plan(make_thread("un"), [START], START)
    claim = ledger.claim(KEY, LEASE, START)
    for event in (DeliveryEvent.SEND, DeliveryEvent.LOST):
        known = ledger.record(
            claim, known, [states.deliver(known.delivery(1), event, intent_at=START)], START
        )
    ledger.release(claim)
    make_ledger(path, clock).serve("https://api.x.com", "2244994945")


def test_an_older_ledger_can_do_all_that_a_new_one_can(old: Path, path: Path, clock: FakeClock) -> None:
    ledger = make_ledger(old, clock)
    ledger.ask_hold(KEY, "breaking news", START)
    ledger.pause("mourning", START)
    found, pause = ledger.get(KEY), ledger.paused()
    assert found
    assert pause
    assert (found.hold_asked, pause.reason) == ("breaking news", "mourning")
    fresh = path.with_name("fresh.db")
    make_ledger(fresh, clock)
    assert columns(old) == columns(fresh)


def test_a_ledger_of_schema_4_under_a_claim_is_led_on(path: Path, clock: FakeClock) -> None:
    """Its claim has neither a start nor a lease."""
    make_ledger(path, clock).close()
    with contextlib.closing(sqlite3.connect(path)) as raw:
        fresh = columns(path)
        raw.executescript(
            """
            DROP TABLE allowance;
            ALTER TABLE publication DROP COLUMN claimed_at;
            ALTER TABLE publication DROP COLUMN lease;
            ALTER TABLE publication DROP COLUMN cause;
            ALTER TABLE delivery DROP COLUMN decided;
            UPDATE meta SET value = '4' WHERE name = 'schema_version';
            INSERT INTO publication VALUES
                (1, 'main', 'flashtweet', '2020-11-06', 'PUBLISHING', '2020-11-06T06:30:00.000000Z',
                 'threads/2020-11-06.yaml', NULL, 3, 'there:2:2:boot',
                 (julianday('now') - 2440587.5) * 86400.0 + 40, NULL);
            """
        )
    ledger = make_ledger(path, clock)
    assert columns(path) == fresh
    assert path.with_name("ledger.db.bak-v4").exists()
    with pytest.raises(ClaimLost, match=r"by process 2 on there\. Wait for it; .* retry in 40 s"):
        ledger.claim(KEY, LEASE, START)
    assert ledger.limits() == ()


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("held by a person: breaking news.", Cause.PERSON),
        ("stopped by a person.", Cause.PERSON),
        ("deleted on X: post 3, under which post 4 would go.", Cause.DELETED),
        ("X takes no post of this account before Sat 2020-11-07 07:30: 8 of 12 posts remain.", Cause.LIMIT),
        ("X does not let the thread continue with post 4, tried 8 times: X answered 403.", Cause.PARENT),
        ("the thread cannot be finished by Fri 2020-11-06 08:30.", Cause.LATE),
        ("nothing could be sent by Fri 2020-11-06 08:30.", Cause.LATE),
        ("nothing can be sent within 30 minutes after the slot.", Cause.LATE),
        ("post 2: X answered 402.", None),
        (None, None),
    ],
)
def test_a_ledger_of_schema_5_learns_why_it_stopped(
    path: Path, clock: FakeClock, reason: str | None, cause: Cause | None
) -> None:
    """Only the reasons contained them."""
    ledger = make_ledger(path, clock)
    known = ledger.plan(make_thread("un", "deux"), [START, START], START)
    claim = ledger.claim(KEY, LEASE, START)
    ledger.record(claim, known, [states.move(known, states.PublicationEvent.HOLD, reason)], START)
    ledger.release(claim)
    ledger.close()
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.executescript(
            """
            ALTER TABLE publication DROP COLUMN cause;
            ALTER TABLE delivery DROP COLUMN decided;
            UPDATE delivery SET reason = 'decided by a person' WHERE position = 2;
            UPDATE meta SET value = '5' WHERE name = 'schema_version';
            """
        )
    found = make_ledger(path, clock).get(KEY)
    assert found
    assert (found.reason, found.cause) == (reason, cause)
    assert [one.decided for one in found.deliveries] == [False, True]


def test_an_older_ledger_does_not_vouch_for_what_is_under_way(old: Path, clock: FakeClock) -> None:
    """Its generation was not recorded: it may have been restored at any time."""
    ledger = make_ledger(old, clock)
    later = START + timedelta(minutes=1)
    assert ledger.claim(KEY, LEASE, later).vouched_since == later


def test_a_copy_of_an_older_ledger_stands_beside_it_for_its_owner_alone(old: Path, clock: FakeClock) -> None:
    before = columns(old)
    make_ledger(old, clock)
    copy = old.with_name("ledger.db.bak-v1")
    assert columns(copy) == before
    assert columns(old) != before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with contextlib.closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("SELECT count(*) FROM delivery").fetchone() == (2,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_copy_that_root_makes_belongs_to_the_owner_of_the_ledger(old: Path, clock: FakeClock) -> None:
    os.chown(old, 65534, 65534)
    make_ledger(old, clock)
    assert old.with_name("ledger.db.bak-v1").stat().st_uid == 65534


def test_a_copy_is_on_the_disk_before_the_ledger_changes(
    old: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is synced under its temporary name, then its folder after the rename."""
    synced, before = [], columns(old)

    def sync(file: int) -> None:
        assert columns(old) == before
        synced.append(Path(f"/proc/self/fd/{file}").readlink().name)
        assert old.with_name("ledger.db.bak-v1").exists() == (len(synced) == 2)

    monkeypatch.setattr("os.fsync", sync)
    make_ledger(old, clock)
    assert [name.partition(".bak-v1.")[0] for name in synced] == ["ledger.db", old.parent.name]


def test_a_copy_that_is_there_stays_as_it_is(old: Path, clock: FakeClock) -> None:
    copy = old.with_name("ledger.db.bak-v1")
    copy.write_text("a person's own copy")
    make_ledger(old, clock)
    assert copy.read_text() == "a person's own copy"


def test_a_ledger_that_cannot_be_copied_first_is_left_as_it_was(
    old: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    before = columns(old)
    with pytest.raises(LedgerError, match=r"bak-v1: the ledger cannot be copied before .* No space left"):
        make_ledger(old, clock)
    assert columns(old) == before
    assert [path.name for path in old.parent.iterdir()] == ["ledger.db"]


def test_a_damaged_ledger_is_told_of_and_left_as_it_was(old: Path, clock: FakeClock) -> None:
    with contextlib.closing(sqlite3.connect(old)) as raw:
        (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").fetchone()
        (size,) = raw.execute("PRAGMA page_size").fetchone()
    with old.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    before = old.read_bytes()
    with pytest.raises(LedgerError, match=r"bak-v1: the ledger cannot be copied before .* malformed"):
        make_ledger(old, clock)
    assert old.read_bytes() == before


def test_two_processes_that_open_an_older_ledger_at_once_bring_it_up_once(
    old: Path, clock: FakeClock
) -> None:
    barrier, troubles = threading.Barrier(4), []

    def open_it() -> None:
        barrier.wait()
        try:
            make_ledger(old, clock).close()
        except LedgerError as error:
            troubles.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert make_ledger(old, clock).get(KEY) is not None


# ---- a current ledger --------------------------------------------------------------------------------


def test_opening_again_writes_nothing(old: Path, clock: FakeClock) -> None:
    make_ledger(old, clock).close()
    old.with_name("ledger.db.bak-v1").unlink()
    before = old.read_bytes()
    make_ledger(old, clock).close()
    assert old.read_bytes() == before
    assert not old.with_name("ledger.db.bak-v1").exists()


def test_it_is_opened_and_read_while_another_process_writes(path: Path, clock: FakeClock) -> None:
    """``flashtweet status`` answers while a thread is being posted."""
    writer = make_ledger(path, clock)
    writer.serve("https://api.x.com", "42")
    writer.plan(make_thread("un", "deux"), [START, START], START)
    with writing(path):
        reader = make_ledger(path, clock, owner="status:2:2:boot")
        reader.serve("https://api.x.com", "42")
        assert reader.get(KEY) is not None
        assert len(reader.recent(5)) == len(reader.open_or_since(START)) == len(reader.journal(KEY)) == 1
        assert (reader.paused(), reader.recorded(["1"])) == (None, frozenset())


LOCKED = r"ledger\.db: the ledger is locked by another program"


def test_a_write_that_waits_too_long_for_another_one_is_told(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is wrong with the ledger; restoring a backup would do harm."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    ledger = make_ledger(path, clock)
    with writing(path), pytest.raises(LedgerError, match=LOCKED) as told:
        ledger.pause("mourning", START)
    assert "Wait until it is done, or stop it" in str(told.value)
    assert "Nothing was written, and nothing is wrong with the file" in str(told.value)
    assert "backup" not in str(told.value)
    assert ledger.paused() is None


def test_as_many_use_it_at_once_as_the_daemon_has_threads(path: Path, clock: FakeClock) -> None:
    """None waits for another's connection, as during a lock that blocks all of them."""
    ledger, many = (
        make_ledger(path, clock),
        MAX_PARALLEL_SPECIALS + 3,
    )  # with the loop, a preflight and the health page
    all_of_them = threading.Barrier(many)

    def use() -> None:
        with ledger._reading() as db:
            db.exec_driver_sql("SELECT count(*) FROM meta").one()
            all_of_them.wait(SECONDS)

    with ThreadPoolExecutor(many) as threads:
        for one in [threads.submit(use) for _ in range(many)]:
            one.result()


def test_who_locks_the_ledger_is_told_where_the_system_tells(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    ledger = make_ledger(path, clock)
    with _another_program(path) as pid, pytest.raises(LedgerError) as told:
        ledger.pause("mourning", START)
    if Path("/proc/locks").exists():
        assert f"locked by another program (process {pid}: python" in str(told.value)


def test_a_ledger_that_is_locked_altogether_is_not_even_opened(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    make_ledger(path, clock).close()
    with writing(path, "EXCLUSIVE"), pytest.raises(LedgerError, match=LOCKED):
        make_ledger(path, clock)


def test_an_older_ledger_that_is_locked_is_told_so(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    engine = connect(old)
    engine.connect().close()
    with writing(old, "EXCLUSIVE"), pytest.raises(LedgerError, match=LOCKED):
        keep_copy(engine, 1)
    assert [path.name for path in old.parent.iterdir() if ".bak" in path.name] == []


@pytest.mark.parametrize(
    ("locks", "expected"),
    [
        ("", ()),
        ("1: POSIX  ADVISORY  WRITE 42 fe:01:7 1073741824 1073742335\n", (42,)),
        ("1: POSIX  ADVISORY  WRITE 42 fe:01:8 0 EOF\n2: FLOCK  ADVISORY  WRITE 43 fe:01:7 0 EOF\n", ()),
        ("1: OFDLCK ADVISORY  READ  -1 fe:01:7 0 0\n2: POSIX  ADVISORY  READ 9 fe:01:7 0 0\n", (9,)),
        ("2: -> POSIX  ADVISORY  WRITE 44 fe:01:7 0 0\n2: POSIX ADVISORY READ 9 fe:01:7 0 0\n", (9,)),
    ],
)
def test_the_holders_of_a_lock(locks: str, expected: tuple[int, ...]) -> None:
    file = os.stat_result((0o600, 7, os.makedev(0xFE, 1), 1, 0, 0, 0, 0, 0, 0))
    assert locked.holders(file, locks) == expected


def test_where_nobody_tells_of_locks_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathlib.Path.read_text", _missing)
    assert locked.who_locks(tmp_path) == ""


def test_a_ledger_is_made_where_a_link_leads(tmp_path: Path, clock: FakeClock) -> None:
    link = tmp_path / "link.db"
    link.symlink_to("ledger.db")
    make_ledger(link, clock)
    assert stat.S_IMODE((tmp_path / "ledger.db").stat().st_mode) == 0o600


def test_a_holder_that_ended_meanwhile_has_no_name() -> None:
    assert locked._name(2**22 + 1) == "gone"  # ids are never that high


# ---- rejected ledgers --------------------------------------------------------------------------------


def test_a_network_file_system_is_refused(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "network_file_system", lambda _: "nfs4")
    with pytest.raises(LedgerError, match=r"network file system \(nfs4\).*Move the ledger to a local disk"):
        connect(path)
    assert list(tmp_path.iterdir()) == []


def test_where_nobody_tells_of_mounts_any_place_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every system has /proc."""
    monkeypatch.setattr("pathlib.Path.read_text", _missing)
    assert network_file_system(tmp_path) is None


def test_what_the_ledger_does_not_have_cannot_be_claimed(path: Path, clock: FakeClock) -> None:
    other = EditionKey("replay", KEY.date)
    with pytest.raises(LedgerError, match="replay@2020-11-06: the ledger has no such publication"):
        make_ledger(path, clock).claim(other, LEASE, START)


def test_states_are_stored_by_the_names_that_people_read(path: Path, clock: FakeClock) -> None:
    make_ledger(path, clock).plan(make_thread("un"), [START], START)
    with contextlib.closing(sqlite3.connect(path)) as raw:
        states = raw.execute("SELECT p.state, d.state FROM publication p, delivery d").fetchone()
    assert states == (PublicationState.PLANNED.value, DeliveryState.PENDING.value)
