"""Tests of editions that are due, with or without a file, and of the times of preflights."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.core.content.editions import editions_of
from bot.core.model import Chapter, Days, Edition, EditionKey, Issue, ReplayWishes
from bot.core.schedule.calendar import DueChecks, due_checks, expected, expected_one, next_of_each
from tests.unit.core.newsroom import FRIDAY, PROGRAMME, SUNDAY, daily

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant in November 2020."""
    return datetime(2020, 11, day, hour - 1, minute, tzinfo=UTC)


def made(*chapters: Chapter) -> tuple[Edition, ...]:
    return editions_of(Issue("threads/a.yaml", chapters), PROGRAMME)[0]


def names(found) -> list[str]:
    return [f"{one.key} {one.slot_at + HOUR:%d %H:%M}" for one in found]


def rounds(found: tuple[DueChecks, ...]) -> list[tuple[str, str, list[str]]]:
    return [(f"{one.at + HOUR:%d %H:%M}", str(one.round), names(one.editions)) for one in found]


SPECIAL = Chapter("focus-053", SUNDAY, at=time(18, 0), text="Un texte")


class TestExpected:
    def test_without_any_file(self):
        found = expected(PROGRAMME, (), paris(6, 7, 30), paris(8, 11))
        assert names(found) == ["replay@2020-11-06 06 19:30", "hebdo@2020-11-08 08 11:00"]
        assert [one.comes_with for one in found] == [EditionKey("flashtweet", FRIDAY), None]

    def test_files_say_when_and_what_else(self):
        moved = daily("Un", at=time(7, 45), replay=ReplayWishes(at=time(20, 0)))
        saturday = daily("Un", day=date(2020, 11, 7), at=time(9, 0))
        found = expected(PROGRAMME, made(moved, saturday, SPECIAL), paris(6, 7, 30), paris(8, 23))
        assert names(found) == [
            "flashtweet@2020-11-06 06 07:45",
            "replay@2020-11-06 06 20:00",
            "flashtweet@2020-11-07 07 09:00",
            "hebdo@2020-11-08 08 11:00",
            "focus-053@2020-11-08 08 18:00",
        ]

    def test_an_edition_that_its_file_moved_out_of_the_time_is_not_in_it(self):
        moved = made(daily("Un", at=time(9, 0)))
        assert names(expected(PROGRAMME, moved, paris(6, 7), paris(6, 8))) == []

    def test_nothing_in_a_pause_but_what_a_file_wants(self):
        paused = replace(PROGRAMME, pauses=(Days(FRIDAY, SUNDAY),))
        assert names(expected(paused, (), paris(6, 1), paris(8, 23))) == []
        wanted = editions_of(Issue("threads/a.yaml", (daily("Un", at=time(7, 30)),)), paused)[0]
        assert names(expected(paused, wanted, paris(6, 1), paris(8, 23))) == [
            "flashtweet@2020-11-06 06 07:30"
        ]

    def test_the_next_of_each(self):
        found = next_of_each(PROGRAMME, made(SPECIAL), paris(6, 7, 30))
        assert names(found) == [
            "flashtweet@2020-11-06 06 07:30",
            "replay@2020-11-06 06 19:30",
            "hebdo@2020-11-08 08 11:00",
            "focus-053@2020-11-08 08 18:00",
        ]

    @pytest.mark.parametrize(
        ("chapter", "minute", "first"),
        [
            pytest.param(daily("Un", at=time(7, 45)), 31, "flashtweet@2020-11-06 06 07:45", id="moved later"),
            pytest.param(
                daily("Un", at=time(7, 15)), 16, "flashtweet@2020-11-09 09 07:30", id="moved earlier"
            ),
            pytest.param(
                daily("Un", day=date(2020, 11, 7), at=time(9, 0)),
                31,
                "flashtweet@2020-11-07 07 09:00",
                id="a day off",
            ),
        ],
    )
    def test_the_next_of_a_series_is_when_its_file_says(self, chapter: Chapter, minute: int, first: str):
        found = names(next_of_each(PROGRAMME, made(chapter), paris(6, 7, minute)))
        assert [one for one in found if one.startswith("flashtweet")] == [first]

    def test_the_next_of_each_is_none_in_a_pause(self):
        paused = replace(PROGRAMME, pauses=(Days(FRIDAY, date(2020, 11, 9)),))
        assert names(next_of_each(paused, (), paris(6, 12))) == [
            "flashtweet@2020-11-10 10 07:30",
            "replay@2020-11-10 10 19:30",
        ]

    def test_the_next_of_each_is_found_in_the_week_that_is_an_hour_longer(self):
        """The Hebdo of 18 October has just begun; the next, on the 25th, follows after 7 days and an hour."""
        just_after = datetime(2020, 10, 18, 9, 0, 1, tzinfo=UTC)
        assert EditionKey("hebdo", date(2020, 10, 25)) in {
            one.key for one in next_of_each(PROGRAMME, (), just_after)
        }

    @pytest.mark.parametrize(
        ("key", "found"),
        [
            ("flashtweet@2020-11-06", ["flashtweet@2020-11-06 06 07:45"]),
            ("flashtweet@2020-11-09", ["flashtweet@2020-11-09 09 07:30"]),
            ("flashtweet@2020-11-07", []),
            ("focus-053@2020-11-08", ["focus-053@2020-11-08 08 18:00"]),
            ("matinale@2020-11-06", []),
        ],
    )
    def test_one_that_is_asked_for(self, key: str, found: list[str]):
        one = expected_one(PROGRAMME, made(daily("Un", at=time(7, 45)), SPECIAL), EditionKey.parse(key))
        assert names([one] if one else []) == found


class TestDueChecks:
    def due(self, since: datetime, now: datetime, editions=(), programme=PROGRAMME, before=None):
        """Return the preflights due at `now`; at `since` the editions were `before`, if given."""
        known = editions if before is None else before
        first = due_checks(programme, known, since, since)
        looked_at = {one.slot: one.is_made for round_ in first for one in round_.editions}
        return rounds(due_checks(programme, editions, now, since, looked_at))

    def test_a_quarter_of_an_hour_before_a_slot_and_once(self):
        look = ("06 07:15", "preflight", ["flashtweet@2020-11-06 06 07:30"])
        assert self.due(paris(6, 7, 14), paris(6, 7, 15) - timedelta(seconds=1)) == []
        assert self.due(paris(6, 7, 14), paris(6, 7, 15)) == [look]
        assert self.due(paris(6, 7, 15), paris(6, 7, 16)) == []

    def test_a_slot_that_a_file_moved(self):
        moved = made(daily("Un", at=time(7, 45)))
        assert self.due(paris(6, 7, 14), paris(6, 7, 16), moved) == []
        [(at, _, _)] = self.due(paris(6, 7, 29), paris(6, 7, 31), moved)
        assert at == "06 07:30"

    def test_a_slot_that_a_late_file_brings_near(self):
        """Less than a quarter of an hour is left before the slot: it is checked as soon as it is read."""
        early = made(daily("Un", at=time(7, 10)))
        [(_, kind, editions)] = self.due(paris(6, 7, 2), paris(6, 7, 3), early, before=())
        assert (kind, editions) == ("preflight", ["flashtweet@2020-11-06 06 07:10"])
        late = made(replace(SPECIAL, date=FRIDAY, at=time(12, 0)))
        [(_, _, editions)] = self.due(paris(6, 11, 58), paris(6, 11, 59), late, before=())
        assert editions == ["focus-053@2020-11-06 06 12:00"]
        assert self.due(paris(6, 11, 58), paris(6, 11, 59), late) == []

    @pytest.mark.parametrize("comes", [True, False])
    def test_a_file_that_comes_or_goes_after_the_look_calls_for_another_one(self, comes: bool):
        file = made(daily("Un"))
        after, before = (file, ()) if comes else ((), file)
        look = ("06 07:15", "preflight", ["flashtweet@2020-11-06 06 07:30"])
        assert self.due(paris(6, 7, 20), paris(6, 7, 21), after, before=before) == [look]
        assert self.due(paris(6, 7, 21), paris(6, 7, 22), after) == []

    def test_a_replay_goes_with_its_morning_file(self):
        look = ("06 19:15", "preflight", ["replay@2020-11-06 06 19:30"])
        assert self.due(paris(6, 19, 20), paris(6, 19, 21), (), before=made(daily("Un"))) == [look]

    def test_editions_of_one_instant_are_one_round(self):
        special = replace(SPECIAL, date=FRIDAY, at=time(7, 30))
        [(_, _, editions)] = self.due(paris(6, 7, 14), paris(6, 7, 15), made(special))
        assert editions == ["flashtweet@2020-11-06 06 07:30", "focus-053@2020-11-06 06 07:30"]

    def test_of_what_is_due_already_nothing_is_told(self):
        """The machine was suspended at 07:15, and at 07:30 too."""
        assert self.due(paris(6, 6), paris(6, 7, 29)) != []
        assert self.due(paris(6, 6), paris(6, 7, 30)) == []

    def test_the_evening_before_the_editions_of_tomorrow(self):
        reminder = (
            "05 18:00",
            "reminder",
            ["flashtweet@2020-11-06 06 07:30", "replay@2020-11-06 06 19:30"],
        )
        assert self.due(paris(5, 17, 59), paris(5, 18, 0)) == [reminder]
        assert self.due(paris(5, 18, 0), paris(5, 18, 1)) == []
        assert self.due(paris(5, 12), paris(5, 19, 20))[0] == reminder  # and the replay's preflight

    def test_no_reminder_where_tomorrow_has_nothing(self):
        assert self.due(paris(6, 17, 59), paris(6, 18)) == []  # of Saturday
        paused = replace(PROGRAMME, pauses=(Days(FRIDAY, FRIDAY),))
        assert self.due(paris(5, 17, 59), paris(5, 18), programme=paused) == []

    def test_a_reminder_of_yesterday_is_none(self):
        assert self.due(paris(5, 17), paris(6, 1)) == []

    def test_the_first_look_of_an_evening_takes_up_its_reminder(self):
        """A daemon that starts at 18:05 did not run at 18:00."""
        [(at, kind, _)] = rounds(due_checks(PROGRAMME, (), paris(5, 18, 5), None))
        assert (at, kind) == ("05 18:00", "reminder")
        assert due_checks(PROGRAMME, (), paris(5, 17, 59), None) == ()
        assert due_checks(PROGRAMME, (), paris(6, 1), None) == ()

    def test_no_reminder_where_none_is_wanted(self):
        never = replace(PROGRAMME, reminder=None)
        assert self.due(paris(5, 17, 59), paris(5, 18), programme=never) == []

    def test_a_reminder_follows_the_zone_through_its_changes(self):
        """17:00 UTC in winter, 16:00 in summer."""
        summer = datetime(2021, 7, 13, 16, 0, tzinfo=UTC)
        [one] = due_checks(PROGRAMME, (), summer, summer - MINUTE)
        assert (one.at, one.editions[0].key.date) == (summer, date(2021, 7, 14))

    def test_a_clock_that_was_set_back(self):
        assert self.due(paris(6, 7, 20), paris(6, 7, 15)) == []
