"""Tests of instants of wall times in every zone, and of editions due, missed or history."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.content.editions import editions_of
from bot.core.model import EditionKey, Issue
from bot.core.publishing.publication import Delivery, DeliveryState, Publication, PublicationState
from bot.core.schedule.slots import Agenda, Late, agenda, due_times, slot_at
from tests.unit.core.newsroom import FRIDAY, PROGRAMME, daily, edition

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "wall", "zone", "expected"),
    [
        (date(2020, 11, 6), time(7, 30), "Europe/Paris", utc(2020, 11, 6, 6, 30)),
        (date(2021, 7, 14), time(7, 30), "Europe/Paris", utc(2021, 7, 14, 5, 30)),
        # The spring gap: 02:30 does not exist; the first instant after it is 03:00.
        (date(2021, 3, 28), time(2, 30), "Europe/Paris", utc(2021, 3, 28, 1, 0)),
        (date(2021, 3, 28), time(2, 0), "Europe/Paris", utc(2021, 3, 28, 1, 0)),
        (date(2021, 3, 28), time(3, 0), "Europe/Paris", utc(2021, 3, 28, 1, 0)),
        # The autumn fold: 02:30 occurs twice; the first counts.
        (date(2021, 10, 31), time(2, 30), "Europe/Paris", utc(2021, 10, 31, 0, 30)),
        (date(2021, 10, 31), time(3, 0), "Europe/Paris", utc(2021, 10, 31, 2, 0)),
        # Half an hour, and at midnight.
        (date(2021, 10, 3), time(2, 15), "Australia/Lord_Howe", utc(2021, 10, 2, 15, 30)),
        (date(2018, 11, 4), time(0, 30), "America/Sao_Paulo", utc(2018, 11, 4, 3, 0)),
        # Samoa skipped 30 December 2011.
        (date(2011, 12, 30), time(7, 30), "Pacific/Apia", utc(2011, 12, 30, 10, 0)),
        (date(2011, 12, 30), time(23, 59), "Pacific/Apia", utc(2011, 12, 30, 10, 0)),
        # Winter time is the negative one in Ireland, and Morocco's follows Ramadan.
        (date(2021, 3, 28), time(1, 30), "Europe/Dublin", utc(2021, 3, 28, 1, 0)),
        (date(2021, 5, 16), time(2, 30), "Africa/Casablanca", utc(2021, 5, 16, 2, 0)),
    ],
)
def test_slot(day: date, wall: time, zone: str, expected: datetime):
    assert slot_at(day, wall, zone) == expected


YEARS = range(2010, 2040)
SECOND = timedelta(seconds=1)
STEP = timedelta(days=5)
"""Less than the time between a zone's changes in these years: three weeks or more (Egypt, September 2010)."""


def offset(tz: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(tz).utcoffset() or timedelta(0)


def changes(tz: ZoneInfo) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """Yield each UTC instant in `YEARS` at which the offset changes, with the offsets before and after."""
    at, end = datetime(YEARS.start, 1, 1, tzinfo=UTC), datetime(YEARS.stop, 1, 1, tzinfo=UTC)
    before = offset(tz, at)
    while at < end:
        after = offset(tz, at + STEP)
        if after != before:
            low, high = at, at + STEP
            while high - low > SECOND:
                middle = low + (high - low) // SECOND // 2 * SECOND
                low, high = (middle, high) if offset(tz, middle) == before else (low, middle)
            yield high, before, after
        at, before = at + STEP, after


def test_every_change_of_every_zone_in_thirty_years():
    """In a gap the first instant after it counts, in a fold the first of the two: at both ends and between.

    Only offsets are read from the zones; the expected instants are computed from them.
    """
    checked = 0
    for zone in ZONES:
        for change, before, after in changes(ZoneInfo(zone)):
            length = abs(after - before)
            for inside in (timedelta(0), length // 2, length - SECOND):
                if after > before:  # the wall clock jumps over these times
                    wall, expected = change + before + inside, change
                else:  # it shows them, jumps back, and shows them again
                    expected = change - length + inside
                    wall = expected + before
                assert slot_at(wall.date(), wall.time(), zone) == expected, (zone, wall)
                checked += 1
    assert checked > 3 * 12_000


@given(
    st.sampled_from(ZONES),
    st.dates(date(2000, 1, 1), date(2199, 12, 31)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_a_slot_strikes_its_wall_time_or_the_end_of_a_gap(zone: str, day: date, wall: time):
    slot, tz = slot_at(day, wall, zone), ZoneInfo(zone)
    struck = slot.astimezone(tz).replace(tzinfo=None)
    wanted = datetime.combine(day, wall)
    assert slot.tzinfo is UTC
    assert struck >= wanted
    if struck == wanted:
        assert slot == wanted.replace(tzinfo=tz).astimezone(UTC)  # fold=0
    else:
        just_before = (slot - timedelta(seconds=1)).astimezone(tz).replace(tzinfo=None)
        assert just_before < wanted


def test_the_systems_zone_does_not_matter():
    code = (
        "from bot.core.schedule.slots import slot_at; from datetime import date, time;"
        "print(slot_at(date(2021, 3, 28), time(2, 30), 'Europe/Paris').isoformat(),"
        " slot_at(date(2021, 10, 31), time(2, 30), 'Europe/Paris').isoformat())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for zone in ("UTC", "America/New_York", "Pacific/Apia")
    }
    assert answers == {"2021-03-28T01:00:00+00:00 2021-10-31T00:30:00+00:00"}


SLOT = utc(2020, 11, 6, 6, 30)
LEAD = timedelta(seconds=30)
GRACE = timedelta(minutes=30)
KEY = EditionKey("flashtweet", FRIDAY)
LONG_AGO = utc(2000, 1, 1)


class TestAgenda:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (SLOT - DAY, Agenda((), (), SLOT - LEAD)),
            (SLOT - LEAD - timedelta(seconds=1), Agenda((), (), SLOT - LEAD)),
            (SLOT - LEAD, Agenda((KEY,), (), None)),
            (SLOT, Agenda((KEY,), (), None)),
            (SLOT + GRACE, Agenda((KEY,), (), None)),
            (SLOT + GRACE + timedelta(seconds=1), Agenda((), (KEY,), None)),
            (SLOT + GRACE + timedelta(days=7), Agenda((), (KEY,), None)),
            (SLOT + GRACE + timedelta(days=7, seconds=1), Agenda((), (), None)),
        ],
    )
    def test_one_edition_through_its_life(self, now: datetime, expected: Agenda):
        assert agenda([edition("Un")], {}, LONG_AGO, now) == expected

    def test_slots_before_the_ledgers_birth_are_past(self):
        born = SLOT + timedelta(seconds=1)
        assert agenda([edition("Un")], {}, born, born) == Agenda((), (), None, past=(KEY,))
        assert agenda([edition("Un")], {}, SLOT, SLOT) == Agenda((KEY,), (), None)
        over = SLOT + GRACE + timedelta(seconds=1)
        assert agenda([edition("Un")], {}, born, over) == Agenda((), (), None)

    def test_what_the_ledger_before_may_have_begun_is_carried_on_with(self):
        born = SLOT + 5 * MINUTE
        assert agenda([edition("Un")], {}, born, born, has_predecessor=True) == Agenda((KEY,), (), None)
        over = SLOT + GRACE + timedelta(seconds=1)
        assert agenda([edition("Un")], {}, born, over, has_predecessor=True) == Agenda((), (), None)

    @pytest.mark.parametrize(
        ("state", "due"),
        [("PENDING", False), ("REJECTED", False), ("SENT", True), ("SENDING", True), ("IN_DOUBT", True)],
    )
    def test_what_a_person_began_before_its_slot_does_not_wait_for_it(self, state: str, due: bool):
        delivery = Delivery(1, DeliveryState(state), "Un", SLOT - DAY)
        known = Publication("main", KEY, PublicationState.PUBLISHING, SLOT, (delivery,))
        expected = Agenda((KEY,), (), None) if due else Agenda((), (), SLOT - LEAD)
        assert agenda([edition("Un")], {KEY: known}, LONG_AGO, SLOT - DAY) == expected

    @pytest.mark.parametrize("state", PublicationState)
    def test_a_publication_goes_on_while_it_is_open(self, state: PublicationState):
        delivery = Delivery(1, DeliveryState.PENDING, "Un", SLOT)
        known = Publication("main", KEY, state, SLOT, (delivery,))
        due = (KEY,) if state in (PublicationState.PLANNED, PublicationState.PUBLISHING) else ()
        later = SLOT + timedelta(days=1)
        assert agenda([edition("Un")], {KEY: known}, LONG_AGO, later) == Agenda(due, (), None)

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (SLOT - DAY, Agenda((KEY,), (), None)),
            (SLOT + GRACE, Agenda((KEY,), (), None)),
            (SLOT + GRACE + timedelta(seconds=1), Agenda((), (), None)),
        ],
    )
    def test_what_is_missed_though_its_time_is_not_over_is_looked_at(self, now: datetime, expected: Agenda):
        """Most likely it was missed on a clock that ran ahead and was then set back."""
        delivery = Delivery(1, DeliveryState.PENDING, "Un", SLOT)
        known = Publication("main", KEY, PublicationState.MISSED, SLOT, (delivery,))
        assert agenda([edition("Un")], {KEY: known}, LONG_AGO, now) == expected

    def test_a_ledger_that_was_born_on_a_clock_that_ran_ahead_keeps_nothing_back(self):
        born = SLOT + DAY
        assert agenda([edition("Un")], {}, born, SLOT - MINUTE) == Agenda((), (), SLOT - LEAD)
        assert agenda([edition("Un")], {}, born, SLOT - MINUTE, has_predecessor=True) == Agenda(
            (), (), SLOT - LEAD
        )
        assert agenda([edition("Un")], {}, born, SLOT - LEAD) == Agenda((KEY,), (), None)

    def test_ten_years_of_old_files_publish_nothing_and_miss_nothing(self):
        days = [FRIDAY - timedelta(days=n) for n in range(3650)]
        chapters = tuple(daily("Un", day=day) for day in days if day.weekday() < 5)
        old, findings = editions_of(Issue("threads/old.yaml", chapters), PROGRAMME)
        now = utc(2020, 11, 6, 20, 0)
        assert findings == ()
        assert len(old) > 5000
        assert agenda(sorted(old, key=lambda one: one.slot_at), {}, now, now) == Agenda((), (), None)

    def test_what_is_due_comes_in_the_order_of_the_slots(self):
        early = edition("Un")
        late = replace(early, key=EditionKey("autre", FRIDAY), slot_at=SLOT + MINUTE)
        now = SLOT + 2 * MINUTE
        assert agenda([early, late], {}, LONG_AGO, now).publish == (early.key, late.key)
        frozen = Publication("main", early.key, PublicationState.PLANNED, late.slot_at + MINUTE, ())
        assert agenda([late], {early.key: frozen}, LONG_AGO, now).publish == (late.key, early.key)

    def test_the_next_of_many_wakes_us(self):
        now = utc(2020, 11, 6, 20, 0)
        days = [FRIDAY + timedelta(days=n) for n in range(-900, 900)]
        chapters = tuple(daily("Un", day=day) for day in days if day.weekday() < 5)
        many, _ = editions_of(Issue("threads/many.yaml", chapters), PROGRAMME)
        in_order = sorted(many, key=lambda one: one.slot_at)
        monday = utc(2020, 11, 9, 6, 30)
        assert agenda(in_order, {}, now, now) == Agenda((), (), monday - LEAD)
        planned = {
            one.key: Publication("main", one.key, PublicationState.PUBLISHED, one.slot_at, ())
            for one in in_order
            if one.slot_at == monday
        }
        assert agenda(in_order, planned, now, now).wake_at == utc(2020, 11, 9, 18, 30) - LEAD


class TestAFileThatIsLate:
    """An edition whose file is added or changed after its slot waits for a minute."""

    CAME = SLOT + 5 * MINUTE

    def plan(self, now: datetime, changed_at: datetime | None, **known: datetime) -> Agenda:
        one = edition("Un")
        return agenda(
            [one],
            {},
            known.get("born_at", LONG_AGO),
            now,
            changed_at=lambda path: changed_at if path == one.path else None,
        )

    def test_it_rests_and_is_told(self):
        late = (Late(KEY, SLOT, self.CAME),)
        assert self.plan(self.CAME, self.CAME) == Agenda((), (), self.CAME + MINUTE, late=late)
        almost = self.CAME + MINUTE - timedelta(seconds=1)
        assert self.plan(almost, self.CAME) == Agenda((), (), self.CAME + MINUTE, late=late)
        assert self.plan(self.CAME + MINUTE, self.CAME) == Agenda((KEY,), (), None, late=late)

    @pytest.mark.parametrize("changed_at", [None, LONG_AGO, SLOT - timedelta(seconds=1), SLOT])
    def test_one_that_was_there_at_its_slot_goes_out_at_once(self, changed_at: datetime | None):
        assert self.plan(SLOT + MINUTE, changed_at) == Agenda((KEY,), (), None)

    def test_its_grace_is_no_longer_for_it(self):
        at_the_end = SLOT + GRACE - timedelta(seconds=30)
        plan = self.plan(at_the_end, at_the_end)
        assert (plan.publish, plan.wake_at) == ((), SLOT + GRACE + timedelta(seconds=30))
        assert self.plan(SLOT + GRACE + timedelta(seconds=1), at_the_end) == Agenda((), (KEY,), None)

    def test_a_clock_that_is_set_back_makes_nobody_wait(self):
        """Its change was observed on a clock that was an hour ahead."""
        assert self.plan(SLOT + MINUTE, SLOT + 61 * MINUTE) == Agenda((KEY,), (), None)

    def test_it_wakes_us_before_the_next_edition_does(self):
        early, next_one = edition("Un"), replace(edition("Deux"), key=EditionKey("b", FRIDAY))
        next_one = replace(next_one, slot_at=SLOT + 20 * MINUTE, path="threads/b.yaml")
        plan = agenda(
            [early, next_one],
            {},
            LONG_AGO,
            self.CAME,
            changed_at={early.path: self.CAME}.get,
        )
        assert plan.wake_at == self.CAME + MINUTE

    def test_what_was_due_before_the_ledger_was_born_stays_past(self):
        plan = self.plan(self.CAME, self.CAME, born_at=self.CAME)
        assert plan == Agenda((), (), None, past=(KEY,))

    def test_what_is_frozen_goes_on(self):
        frozen = Publication("main", KEY, PublicationState.PLANNED, SLOT, ())
        one = edition("Un")
        plan = agenda([one], {KEY: frozen}, LONG_AGO, self.CAME, changed_at={one.path: self.CAME}.get)
        assert plan == Agenda((KEY,), (), None)


def test_due_times():
    assert due_times(SLOT, timedelta(seconds=2), 3) == (
        SLOT,
        SLOT + timedelta(seconds=2),
        SLOT + timedelta(seconds=4),
    )
    assert due_times(SLOT, timedelta(0), 0) == ()
