"""Many specials beside an edition of a series: the series comes first, the others queue."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.content.editions import MAX_SPECIALS_PER_DAY
from bot.core.model import Chapter, EditionKey, Format, Issue
from bot.core.publishing.publication import PublicationState
from bot.core.schedule.account_checks import Allowance, Window
from bot.daemon import workers
from bot.daemon.actions import LONGEST_TURN
from bot.daemon.precedence import DeferringClock, Precedence
from bot.daemon.reserve import Reserve, due_soon
from bot.errors import RateLimited
from bot.ports import Loaded
from bot.services.composing import read_desk
from bot.services.freeze import freeze
from tests.fakes.house import DAY, KEY, PROGRAMME, SLOT, House, houses, issue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.core.model import Thread
    from bot.core.publishing.publication import Publication

OURS = ["un", "deux", "trois"]


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[datetime], House]]:
    with houses(tmp_path) as make:
        yield make


@pytest.fixture(autouse=True)
def _heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "flashtweet")


def specials(count: int, *, at: time = time(7, 30), posts: int = 1) -> tuple[Issue, ...]:
    """Return specials that sort before the series; each of their paragraphs makes a post."""
    return tuple(
        Issue(f"threads/{name}.yaml", (Chapter(name, DAY, at=at, text=_text(name, posts)),))
        for name in (f"a{n:02}" for n in range(count))
    )


def _text(name: str, posts: int) -> str:
    return "\n\n".join(f"{name}, paragraphe {n} : {'mot ' * 40}" for n in range(posts))


def give(house: House, *issues: Issue) -> None:
    house.files.loaded = Loaded(tuple(one.path for one in issues), issues, ())


def pace(house: House, gap: timedelta) -> None:
    programme = replace(PROGRAMME, special=Format(gap=gap))
    house.newsroom = replace(house.newsroom, config=replace(house.newsroom.config, programme=programme))


def slow_head(house: House, seconds: float, then: Callable[[], None] = lambda: None) -> None:
    """Make the ledger take `seconds` for the intent of the series' first post; call `then` before it."""
    sound, met = house.ledger.record, set[EditionKey]()

    def record(claim: Any, publication: Publication, *more: Any) -> Publication:
        if publication.key == KEY and KEY not in met:
            met.add(KEY)
            then()
            house.clocks.event().wait(seconds)
        return sound(claim, publication, *more)

    house.ledger.record = record  # type: ignore[method-assign,assignment]


class TestTheFirstPostOfASeries:
    def test_no_special_of_its_instant_is_sent_before_it(
        self, make_house: Callable[[datetime], House]
    ) -> None:
        house = make_house(SLOT - timedelta(seconds=5))
        give(house, *specials(6), issue())
        slow_head(house, 3.0)
        house.run()
        assert house.texts()[0] == "un"
        assert len(house.texts()) == 6 + len(OURS)
        assert min(house.created()) == SLOT + timedelta(seconds=3)

    def test_specials_in_mid_thread_wait(self, make_house: Callable[[datetime], House]) -> None:
        """They wait from a second before its slot, so that none is under way at the slot."""
        house = make_house(SLOT - timedelta(seconds=65))
        pace(house, timedelta(seconds=1.7))  # a post would be due half a second before the slot
        give(house, *specials(2, at=time(7, 29), posts=40), issue())
        slow_head(house, 3.0)
        house.run()
        created = dict(zip(house.texts(), house.created(), strict=True))
        head = created["un"]
        assert head == SLOT + timedelta(seconds=3)
        others = [at for text, at in created.items() if text not in OURS]
        assert len(others) == 80
        assert [at for at in others if SLOT - timedelta(seconds=1) <= at < head] == []
        assert min(others) == SLOT - timedelta(seconds=60)
        assert max(others) > head

    def test_it_has_no_precedence_for_longer_than_ten_seconds(
        self, make_house: Callable[[datetime], House]
    ) -> None:
        """X or the ledger may not answer."""
        house = make_house(SLOT - timedelta(seconds=5))
        give(house, *specials(1), issue())
        slow_head(house, 60.0)
        house.run()
        created = dict(zip(house.texts(), house.created(), strict=True))
        [special] = [at for text, at in created.items() if text not in OURS]
        assert timedelta(seconds=10) < special - SLOT < timedelta(seconds=11)
        assert created["un"] == SLOT + timedelta(seconds=60)

    def test_an_id_of_a_special_is_recorded_without_a_rest(
        self, make_house: Callable[[datetime], House]
    ) -> None:
        """Without a gap, the check for a stop between an answer and its record does not wait."""
        house = make_house(SLOT - timedelta(seconds=5))
        desk = read_desk(house.files.loaded, house.newsroom.config.programme)
        thread, _ = desk.thread(desk.editions[0])
        assert thread
        precedence = Precedence(lambda: None)
        precedence.expect(freeze(thread, house.ledger, house.clock.now()))
        house.clocks.pass_by(timedelta(seconds=5))
        clock = DeferringClock(house.clock, precedence)
        clock.wait(clock.now())
        assert clock.now() == SLOT
        clock.wait(clock.now() + timedelta(milliseconds=1))
        assert clock.now() > SLOT + timedelta(seconds=10)

    def test_no_special_is_frozen_beside_it(
        self, make_house: Callable[[datetime], House], caplog: pytest.LogCaptureFixture
    ) -> None:
        """Files that appear at the slot are frozen after the series' first post."""
        house = make_house(SLOT - timedelta(seconds=5))
        give(house, issue())
        slow_head(house, 7.0, lambda: give(house, *specials(3), issue()))
        with house.running():
            house.until(lambda: len(house.texts()) == 3 + len(OURS), "all are posted")
        logged = [(one.getMessage(), vars(one).get("edition")) for one in caplog.records]
        frozen = [logged.index(("edition frozen", f"a{n:02}@{DAY}")) for n in range(3)]
        assert logged.index(("edition begun", str(KEY))) < min(frozen)


class TestTheCrowd:
    def test_the_most_specials_of_a_day_are_posted_within_their_grace(
        self, make_house: Callable[[datetime], House]
    ) -> None:
        house = make_house(SLOT - timedelta(seconds=5))
        house.sandbox.world.settings = house.sandbox.settings.model_copy(update={"posts_per_15min": 1000})
        give(house, *specials(MAX_SPECIALS_PER_DAY, posts=2), issue())
        with house.running():
            house.until(lambda: len(house.texts()) == 2 * MAX_SPECIALS_PER_DAY + len(OURS), "all are posted")
        assert house.texts()[0] == "un"
        assert house.created()[0] == SLOT
        heads = [text for text in house.texts() if "paragraphe 0" in text]
        assert max(house.created()) < SLOT + timedelta(minutes=30)
        assert workers.MAX_PARALLEL_SPECIALS <= 8, "each that is under way at a stop gives its claim back"
        turns = [
            heads[at : at + workers.MAX_PARALLEL_SPECIALS]
            for at in range(0, MAX_SPECIALS_PER_DAY, workers.MAX_PARALLEL_SPECIALS)
        ]
        names = [sorted(text[:3] for text in turn) for turn in turns]
        assert [name for turn in names for name in turn] == [f"a{n:02}" for n in range(MAX_SPECIALS_PER_DAY)]

    def test_threads_with_long_gaps_delay_no_other(self, make_house: Callable[[datetime], House]) -> None:
        """Each waits between its posts: the ninth would have to wait for the end of the first."""
        house = make_house(SLOT - timedelta(seconds=5))
        programme = replace(PROGRAMME, special=replace(PROGRAMME.special, gap=timedelta(seconds=65)))
        house.newsroom = replace(house.newsroom, config=replace(house.newsroom.config, programme=programme))
        give(house, *specials(9, posts=2))
        with house.running():
            house.until(lambda: len(house.texts()) == 9 * 2, "all are posted")
        heads = [at for text, at in zip(house.texts(), house.created(), strict=True) if "aphe 0" in text]
        assert len(heads) == 9
        assert max(heads) < SLOT + timedelta(minutes=1)

    def test_queued_specials_use_the_configuration_at_their_start(
        self, make_house: Callable[[datetime], House], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It may have been reloaded since they were due, for example with new keys."""
        monkeypatch.setattr(workers, "MAX_PARALLEL_SPECIALS", 1)
        house = make_house(SLOT - timedelta(seconds=5))
        give(house, *specials(2, posts=3))
        programme = replace(PROGRAMME, special=replace(PROGRAMME.special, gap=timedelta(seconds=7)))
        later = replace(house.newsroom, config=replace(house.newsroom.config, programme=programme))
        with house.running(reread=lambda: later) as daemon:
            house.until(lambda: len(house.texts()) == 1, "the first is under way")
            daemon.reload()
            house.until(lambda: len(house.texts()) == 6, "both are posted")
        at = house.created()
        assert [(after - before).seconds for before, after in pairwise(at[3:])] == [7, 7]

    def test_queued_specials_end_at_once(
        self, make_house: Callable[[datetime], House], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each claim would cost two commits when the daemon stops."""
        monkeypatch.setattr(workers, "MAX_PARALLEL_SPECIALS", 2)
        house = make_house(SLOT - timedelta(seconds=5))
        give(house, *specials(6, posts=9))
        claimed: list[EditionKey] = []
        sound = house.ledger.claim

        def claim(key: EditionKey, *more: Any) -> Any:
            claimed.append(key)
            return sound(key, *more)

        house.ledger.claim = claim  # type: ignore[method-assign,assignment]
        with house.running():
            house.until(lambda: len(house.texts()) == 4, "two are under way")
        assert len(claimed) == 2
        states = [house.ledger.get(EditionKey(f"a{n:02}", DAY)) for n in range(6)]
        assert [one and one.state for one in states] == [PublicationState.PUBLISHING] * 2 + [
            PublicationState.PLANNED
        ] * 4

    def test_the_reason_of_a_late_special_is_the_queue(
        self,
        make_house: Callable[[datetime], House],
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(workers, "MAX_PARALLEL_SPECIALS", 1)
        house = make_house(SLOT - timedelta(seconds=5))
        give(house, *specials(2, posts=40))
        with house.running():
            late = "post is late and not yet sent"
            house.until(lambda: late in caplog.messages, "it is alerted")
        [logged] = [vars(one) for one in caplog.records if one.getMessage() == late]
        assert (logged["edition"], logged["reason"]) == (
            f"a01@{DAY}",
            "queued: too many specials are being published",
        )


def test_one_turn_freezes_for_half_a_second_at_most(make_house: Callable[[datetime], House]) -> None:
    """Then the loop sends its heartbeat; even with slow freezes, all editions are frozen."""
    house = make_house(SLOT - timedelta(seconds=25))
    give(house, *specials(9), issue())
    plan, paused, seen = house.ledger.plan, house.ledger.paused, list[str]()

    def slow(thread: Thread, due: Any, now: datetime) -> Publication:
        seen.append("freeze")
        house.clocks.take(0.2)
        return plan(thread, due, now)

    def turn() -> Any:
        seen.append("turn")
        return paused()

    house.ledger.plan, house.ledger.paused = slow, turn  # type: ignore[method-assign]
    with house.running():
        house.until(lambda: seen.count("freeze") == 10, "all are frozen")
    turns = " ".join(seen).split("turn")
    frozen = [count for count in (one.count("freeze") for one in turns) if count]
    assert LONGEST_TURN == 0.5
    assert (max(frozen), sum(frozen)) == (3, 10)


class TestTheReserve:
    """X accepts 100 posts in 15 minutes: many specials must leave enough for the series due then."""

    def test_a_flood_leaves_the_posts_of_a_series(self, make_house: Callable[[datetime], House]) -> None:
        house = make_house(SLOT - timedelta(seconds=65))
        house.sandbox.world.settings = house.sandbox.settings.model_copy(update={"posts_per_15min": 20})
        give(house, *specials(2, at=time(7, 29), posts=15), issue())
        with house.running():
            house.until(lambda: len(house.texts()) == 20, "the window is used up")
            house.clocks.sleep = timedelta(minutes=13)
            house.until(lambda: len(house.texts()) == 30 + len(OURS), "all are posted")
        created = dict(zip(house.texts(), house.created(), strict=True))
        assert created["un"] == SLOT
        assert max(created[text] for text in OURS) < SLOT + timedelta(seconds=1)
        assert sum(at < SLOT for at in created.values()) == 20 - len(OURS)

    def test_without_a_series_ahead_nothing_is_kept(self, make_house: Callable[[datetime], House]) -> None:
        house = make_house(SLOT - timedelta(seconds=5))
        house.sandbox.world.settings = house.sandbox.settings.model_copy(update={"posts_per_15min": 20})
        give(house, *specials(1, posts=20))
        house.run()
        assert max(house.created()) < SLOT + timedelta(minutes=1)

    def test_it_counts_granted_posts_and_the_answers_of_x(self) -> None:
        now = datetime(2020, 11, 6, 6, 0, tzinfo=UTC)
        end = now + timedelta(minutes=15)
        reserve = Reserve()
        reserve.take(now)  # no answer of X yet
        reserve.expect([(end - timedelta(seconds=1), 3), (end, 50)])
        reserve.note([Allowance(Window.QUARTER, 100, 5, end), Allowance(Window.USER_DAY, 9, 0, end)])
        reserve.take(now)
        reserve.take(now)
        with pytest.raises(RateLimited, match="X's limit leaves 3; 3 kept") as raised:
            reserve.take(now)
        assert raised.value.retry_at == end
        reserve.note([Allowance(Window.QUARTER, 100, 4, end)])  # an answer that was in flight
        with pytest.raises(RateLimited):
            reserve.take(now)
        reserve.take(end)
        reserve.note([Allowance(Window.QUARTER, 100, 99, end + timedelta(minutes=15))])
        reserve.take(end)


def test_an_edition_of_a_series_that_is_frozen_counts_what_is_not_out(
    make_house: Callable[[datetime], House],
) -> None:
    """For example after a restart, with a folder that does not answer."""
    house = make_house(SLOT - timedelta(seconds=5))
    desk = read_desk(house.files.loaded, house.newsroom.config.programme)
    thread, _ = desk.thread(desk.editions[0])
    assert thread
    known = freeze(thread, house.ledger, house.clock.now())
    assert list(due_soon(None, {KEY: known}, lambda _: False, house.clock.now())) == [(SLOT, 3)]
    assert list(due_soon(None, {KEY: known}, lambda _: True, house.clock.now())) == []
