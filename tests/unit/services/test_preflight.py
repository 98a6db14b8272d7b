"""Tests of the facts gathered before a slot, with a real ledger and small fakes for X and the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.model import EditionKey, Issue
from bot.core.publishing import states
from bot.core.publishing.publication import Cause
from bot.core.publishing.snowflake import created_at
from bot.core.schedule import account_checks
from bot.core.schedule.account_checks import Account, Allowance, Greeting, Window
from bot.core.schedule.calendar import DueChecks, Expected, Round, expected_one
from bot.core.schedule.clock_skew import ClockState
from bot.core.schedule.preflight import failure
from bot.errors import AccountRefused, Finding, LedgerError, Severity, UsageError
from bot.ports import Loaded, Location
from bot.services.composing import Desk, read_desk
from bot.services.freeze import freeze
from bot.services.preflight import Preflight
from tests.fakes.clock import FakeClock
from tests.fakes.threads import KEY, make_ledger
from tests.fakes.world import World
from tests.unit.core.newsroom import PROGRAMME, daily

if TYPE_CHECKING:
    from pathlib import Path

    from bot.adapters.sql_ledger import SqlLedger
    from bot.core.schedule.preflight import Check

REPLAY = EditionKey("replay", KEY.date)


KEPT = ClockState(is_disciplined=True, max_error=timedelta(milliseconds=20))
ROOMY, THREADS = Location("ledger.db", free=2**40), Location("threads")


@dataclass
class Here:
    """A machine in order, unless a test changes it."""

    ledger_place: Location = ROOMY
    threads_place: Location = THREADS

    clock_state: ClockState | None = KEPT

    def clock(self) -> ClockState | None:
        return self.clock_state

    def ledger(self) -> Location:
        return self.ledger_place

    def threads(self) -> Location:
        return self.threads_place


WELCOME = Greeting(Account("1", "flash"), 200, "read-write", timedelta(0), timedelta(seconds=1))


@dataclass
class FakeGreeter:
    """A fake X that answers with `greeting` and counts requests."""

    greeting: Greeting = WELCOME
    asked: int = 0

    def greet(self) -> Greeting:
        self.asked += 1
        return self.greeting


def desk(*texts: str) -> Desk:
    """Return a desk with Friday's FlashTweet and its Replay; without texts there is no file."""
    issues = (Issue("threads/a.yaml", (daily(*texts),)),) if texts else ()
    return read_desk(Loaded(("threads/a.yaml",) if texts else (), issues, ()), PROGRAMME)


def both(on: Desk) -> tuple[Expected, ...]:
    found = [expected_one(PROGRAMME, on.editions, key) for key in (KEY, REPLAY)]
    return tuple(one for one in found if one)


@pytest.fixture
def clock() -> FakeClock:
    clock = FakeClock()
    clock.advance(-timedelta(minutes=15))
    return clock


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> SqlLedger:
    return make_ledger(tmp_path / "ledger.db", clock)


@pytest.fixture
def preflight(ledger: SqlLedger, clock: FakeClock) -> Preflight:
    return Preflight(Here(), ledger, FakeGreeter(), (), "1", "api.x.com", clock)


def told(checks: tuple[Check, ...]) -> list[str]:
    """Return each check as ``name verdict``, after the series of its edition."""
    return [
        " ".join(filter(None, (one.edition.series if one.edition else "", one.name, one.verdict)))
        for one in checks
    ]


def found(checks: tuple[Check, ...], name: str) -> Check:
    [one] = [one for one in checks if one.name == name]
    return one


WELL = [
    "folder ok",
    "file-system ok",
    "disk ok",
    "ledger ok",
    "ntp ok",
    "pause ok",
    "credentials ok",
    "permission ok",
    "credits ok",
]


def test_all_is_well(preflight: Preflight):
    on = desk("Un", "Deux")
    checks = preflight(on, both(on))
    assert told(checks) == [
        "flashtweet file ok",
        "flashtweet findings ok",
        "replay file ok",
        "replay findings ok",
        *WELL,
        "clock ok",
        "flashtweet rate ok",
        "replay rate ok",
    ]
    assert "cost $0.105." in found(checks, "credits").observed


def test_a_reminder_is_about_files_alone(preflight: Preflight, clock: FakeClock):
    on = desk()
    due = DueChecks(clock.now(), Round.REMINDER, both(on))
    assert told(preflight.of(due, on)) == ["flashtweet file failure", "replay file failure"]
    assert preflight.greeter == FakeGreeter(asked=0)
    assert len(preflight.of(replace(due, round=Round.PREFLIGHT), on)) > 2


def test_what_the_ledger_knows(tmp_path: Path):
    """A published edition costs nothing, needs no room under limits, and proves that the token can write."""
    world = World(tmp_path)
    world.publish()
    greeter = FakeGreeter(Greeting(Account("1", "flash"), 200, None))
    preflight = Preflight(Here(), world.ledger, greeter, (), "1", "api.x.com", world.clock)
    on = desk("Un", "Deux")
    checks = preflight(on, both(on))
    assert told(checks) == [
        "flashtweet file ok",
        "replay file ok",
        "replay findings ok",
        *WELL,
        "replay rate ok",
    ]
    assert checks[0].observed == "already published."
    assert (
        found(checks, "permission").observed
        == "X does not report it, but accepted a post of ours at Fri 2020-11-06 07:30."
    )
    assert found(checks, "credits").observed.endswith("cost $0.045.")


def test_of_a_thread_that_stopped_in_the_midst_what_remains_is_counted_and_priced(tmp_path: Path):
    """Posts have the same numbers as on X, and those already sent count against X's limits."""
    world = World(tmp_path)
    world.x.outcomes.extend([None, AccountRefused("X answered 402.")])
    publication = world.publish()
    count = len(publication.deliveries)
    now = world.clock.now()
    world.ledger.keep_limits([Allowance(Window.USER_DAY, 50, 0, now + timedelta(hours=1))], now)
    preflight = Preflight(Here(), world.ledger, FakeGreeter(), (), "1", "api.x.com", world.clock)
    on = desk()
    checks = preflight(on, both(on)[:1])
    assert found(checks, "credits").observed.endswith("cost $0.215.")
    assert found(checks, "rate").observed.startswith(f"post 2 of {count} must wait until")
    assert account_checks.counted([publication], {KEY}) == (
        created_at(int(str(publication.deliveries[0].post_id))),
    )


def test_a_frozen_edition_has_room_for_what_is_left_of_it(preflight: Preflight, ledger: SqlLedger):
    on = desk(*(f"Info {n}" for n in range(1, 99)))  # with intro and outro 100
    [edition, replay] = on.editions
    thread, _ = on.thread(edition)
    assert thread
    freeze(thread, ledger, preflight.clock.now())
    checks = preflight(on, both(on))
    assert next(one.observed for one in checks if one.name == "file") == "frozen with 100 posts."
    assert [line for line in told(checks) if "rate" in line] == ["flashtweet rate ok", "replay rate ok"]
    near = Expected(edition.slot_at + timedelta(minutes=5), replay.key)
    assert told(preflight(on, (near,)))[-1] == "replay rate warning"


def test_a_clock_that_nothing_keeps(preflight: Preflight):
    drifting = Here(clock_state=ClockState(is_disciplined=False, max_error=timedelta(seconds=16)))
    alone = replace(preflight, machine=drifting)
    assert found(alone(desk("Un"), ()), "ntp").verdict == "warning"


def test_everything_is_paused(preflight: Preflight, ledger: SqlLedger):
    ledger.pause("deuil national", preflight.clock.now())
    check = found(preflight(desk("Un"), ()), "pause")
    assert (check.verdict, check.observed) == ("warning", "publishing is paused: deuil national.")
    on = desk("Un")
    check = found(preflight(on, both(on)), "pause")  # a quarter of an hour before the first of both
    assert (check.verdict, check.observed) == (
        "failure",
        "publishing is paused: deuil national. It blocks flashtweet@2020-11-06.",
    )


def test_only_a_pause_that_is_known_refuses_a_probe(preflight: Preflight, ledger: SqlLedger):
    """A ledger that is missing or unreadable has none; the check `ledger` reports that."""
    for unknown in (None, LedgerError("a.db: locked.")):
        replace(preflight, ledger=unknown).refuse_in_a_pause()
    preflight.refuse_in_a_pause()
    ledger.pause("deuil national", preflight.clock.now())
    with pytest.raises(UsageError, match="publishing is paused: deuil national"):
        preflight.refuse_in_a_pause()


def test_a_ledger_that_cannot_be_opened(preflight: Preflight):
    broken = replace(preflight, ledger=LedgerError("a.db: locked by process 7. Wait until it is done."))
    check = found(broken(desk("Un"), both(desk("Un"))), "ledger")
    assert (check.verdict, check.observed, check.remedy) == (
        "failure",
        "a.db: locked by process 7.",
        "Wait until it is done.",
    )


def test_a_ledger_that_can_be_read_but_not_written(preflight: Preflight):
    """As on a disk that is full, or mounted read-only since the daemon started."""

    class Stuck:
        def __getattr__(self, name: str):
            return getattr(preflight.ledger, name)

        def prove_writable(self, _: datetime) -> None:
            raise LedgerError("a.db: the ledger cannot be used: disk is full. Make room.")

    stuck: Preflight = replace(preflight, ledger=Stuck())
    assert found(stuck(desk("Un"), ()), "ledger").verdict == "failure"


def test_no_ledger_yet(preflight: Preflight):
    none = replace(preflight, ledger=None)
    assert (
        found(none(desk("Un"), ()), "ledger").observed
        == "ledger.db does not exist yet; the first start creates it."
    )
    away = replace(none, machine=Here(Location("ledger.db", problem="its folder is not there")))
    assert told(away(desk("Un"), ()))[:3] == ["folder ok", "file-system ok", "ledger failure"]


def test_without_credentials_nobody_is_asked(preflight: Preflight):
    odd = Finding("environment", 0, 0, Severity.ERROR, "key-form", "X_ACCESS_TOKEN: odd.", "Copy it.")
    checks = replace(preflight, greeter=None, malformed=(odd,))(desk("Un"), ())
    assert found(checks, "credentials") == failure(
        "credentials", "environment: X_ACCESS_TOKEN: odd.", "Copy it."
    )
    assert told(checks)[-1] == "credentials failure"
    nobody = replace(preflight, greeter=None, missing=("X_API_KEY", "X_API_KEY_SECRET"))
    checks = nobody(desk("Un"), ())
    assert found(checks, "credentials").observed == "X_API_KEY, X_API_KEY_SECRET not set."
    assert told(checks)[-1] == "credentials failure"


@pytest.mark.parametrize(
    ("cause", "verdict"), [(Cause.PERSON, "warning"), (Cause.LIMIT, "failure"), (None, "failure")]
)
def test_a_held_edition_is_told_before_its_slot(
    preflight: Preflight, ledger: SqlLedger, cause: Cause | None, verdict: str
):
    on = desk("Un")
    thread, _ = on.thread(on.editions[0])
    assert thread
    freeze(thread, ledger, preflight.clock.now())
    claim = ledger.claim(KEY, timedelta(seconds=60), preflight.clock.now())
    known = ledger.get(KEY)
    assert known
    held = states.move(known, states.PublicationEvent.HOLD, "held.", cause)
    ledger.record(claim, known, [held], preflight.clock.now())
    assert f"flashtweet state {verdict}" in told(preflight(on, both(on)))


def test_a_limit_that_x_said_is_used_up(preflight: Preflight, ledger: SqlLedger):
    """Another process received that answer when its thread was held."""
    now = preflight.clock.now()
    ledger.keep_limits([Allowance(Window.USER_DAY, 50, 0, now + timedelta(hours=1))], now)
    on = desk("Un")
    assert told(preflight(on, both(on)))[-2:] == ["flashtweet rate failure", "replay rate ok"]
    [thread] = [on.thread(one)[0] for one in on.editions if one.key == KEY]
    assert thread
    freeze(thread, ledger, now)
    later = FakeClock(now + timedelta(hours=2))  # due since then, and X accepts posts again
    assert "flashtweet rate ok" in told(replace(preflight, clock=later)(on, both(on)))
