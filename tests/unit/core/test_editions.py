"""Tests of editions made from issues: their slots, and conflicts between files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from bot.core.content.editions import MAX_SPECIALS_PER_DAY, editions_of, limit_specials, without_conflicts
from bot.core.marks import Mark
from bot.core.model import Chapter, Days, Format, Issue, Item, ReplayWishes, Wording
from tests.unit.core.newsroom import FRIDAY, PROGRAMME, SUNDAY, daily, items

KEY = "flashtweet@2020-11-06"
SATURDAY = date(2020, 11, 7)


def made(*chapters: Chapter, path: str = "threads/a.yaml", programme=PROGRAMME):
    """Return editions as (key, UTC slot), findings as (code, severity, line, message, remedy)."""
    editions, findings = editions_of(Issue(path, chapters), programme)
    return (
        [(str(one.key), f"{one.slot_at:%Y-%m-%d %H:%M}") for one in editions],
        [(f.code, str(f.severity), f.line, f.message, f.remedy) for f in findings],
    )


def weekly(**changes) -> Chapter:
    chapter = Chapter("hebdo", SUNDAY, items=items("Un"), issue=53, mark=Mark(2, 1))
    return replace(chapter, **changes)


def special(**changes) -> Chapter:
    chapter = Chapter("focus-053", SUNDAY, at=time(18, 0), text="Un texte", mark=Mark(2, 1))
    return replace(chapter, **changes)


CASES: dict[str, tuple[list[Chapter], list[tuple[str, str]], list[tuple[str, str, int, str, str]]]] = {
    "a daily issue and its replay": (
        [daily("Un")],
        [("flashtweet@2020-11-06", "2020-11-06 06:30"), ("replay@2020-11-06", "2020-11-06 18:30")],
        [],
    ),
    "another time": (
        [daily("Un", at=time(7, 45), replay=ReplayWishes(at=time(20, 0)))],
        [("flashtweet@2020-11-06", "2020-11-06 06:45"), ("replay@2020-11-06", "2020-11-06 19:00")],
        [],
    ),
    "a weekly issue": ([weekly()], [("hebdo@2020-11-08", "2020-11-08 10:00")], []),
    "a weekly issue with days": (
        [weekly(), daily("Un", day=date(2020, 11, 5))],
        [
            ("hebdo@2020-11-08", "2020-11-08 10:00"),
            ("flashtweet@2020-11-05", "2020-11-05 06:30"),
            ("replay@2020-11-05", "2020-11-05 18:30"),
        ],
        [],
    ),
    "a special": ([special()], [("focus-053@2020-11-08", "2020-11-08 17:00")], []),
    "an off-day": (
        [daily("Un", day=SATURDAY)],
        [],
        [
            (
                "off-day",
                "error",
                2,
                "2020-11-07 is a Saturday; flashtweet goes out on mon, tue, wed, thu, fri.",
                "Correct the date, or add 'at: 07:30' to publish it on that day all the same.",
            )
        ],
    ),
    "an off-day that is meant": (
        [daily("Un", day=SATURDAY, at=time(9, 0))],
        [("flashtweet@2020-11-07", "2020-11-07 08:00")],
        [],
    ),
    "an off-day with a replay that is meant": (
        [daily("Un", day=SATURDAY, at=time(9, 0), replay=ReplayWishes(at=time(21, 0)))],
        [("flashtweet@2020-11-07", "2020-11-07 08:00"), ("replay@2020-11-07", "2020-11-07 20:00")],
        [],
    ),
    "a series that nobody knows": (
        [daily("Un", series="matinale")],
        [],
        [
            (
                "unknown-series",
                "error",
                2,
                "there is no series 'matinale' that takes files; the config has flashtweet, hebdo.",
                "Correct 'series', or add the series to config.yaml.",
            )
        ],
    ),
    "a series that is misspelt": (
        [daily("Un", series="flashtwet", series_mark=Mark(1, 1))],
        [],
        [
            (
                "unknown-series",
                "error",
                1,
                "there is no series 'flashtwet' that takes files; the config has flashtweet, hebdo.",
                "Write: series: flashtweet",
            )
        ],
    ),
    "an off-day by its own date": (
        [daily("Un", day=SATURDAY, date_mark=Mark(1, 1))],
        [],
        [
            (
                "off-day",
                "error",
                1,
                "2020-11-07 is a Saturday; flashtweet goes out on mon, tue, wed, thu, fri.",
                "Correct the date, or add 'at: 07:30' to publish it on that day all the same.",
            )
        ],
    ),
    "a replay takes no files": (
        [daily("Un", series="replay")],
        [],
        [
            (
                "unknown-series",
                "error",
                2,
                "there is no series 'replay' that takes files; the config has flashtweet, hebdo.",
                "Correct 'series', or add the series to config.yaml.",
            )
        ],
    ),
    "a special with a series' name": (
        [special(series="hebdo")],
        [],
        [
            (
                "unknown-series",
                "error",
                2,
                "this file would be a series called 'hebdo', which the config has already.",
                "Rename the file.",
            )
        ],
    ),
    "a replay before its original": (
        [daily("Un", at=time(20, 0))],
        [("flashtweet@2020-11-06", "2020-11-06 19:00")],
        [
            (
                "early-replay",
                "error",
                2,
                "replay@2020-11-06 would go out at 19:30, not after flashtweet@2020-11-06.",
                "Give it a later time: replay: with 'at: HH:MM' below it.",
            )
        ],
    ),
    "wishes for a replay that there is not": (
        [weekly(replay=ReplayWishes(wording=Wording(intro="Encore")))],
        [("hebdo@2020-11-08", "2020-11-08 10:00")],
        [
            (
                "no-replay",
                "warning",
                2,
                "nothing replays hebdo@2020-11-08; what the file says under 'replay' has no effect.",
                "Remove it; or on a day without a replay, give it a time: 'at: HH:MM' under 'replay'.",
            )
        ],
    ),
    "an item's text for a replay that there is not": (
        [weekly(replay=ReplayWishes(items=((0, Item("Encore")),)))],
        [("hebdo@2020-11-08", "2020-11-08 10:00")],
        [
            (
                "no-replay",
                "warning",
                2,
                "nothing replays hebdo@2020-11-08; what the file says under 'replay' has no effect.",
                "Remove it; or on a day without a replay, give it a time: 'at: HH:MM' under 'replay'.",
            )
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_editions_of(name: str):
    chapters, editions, findings = CASES[name]
    assert made(*chapters) == (editions, findings)


class TestPauses:
    PAUSED = replace(PROGRAMME, pauses=(Days(FRIDAY, SATURDAY), Days(SUNDAY, SUNDAY)))

    def test_a_file_in_a_pause_is_not_published(self):
        assert made(daily("Un"), weekly(), programme=self.PAUSED) == (
            [],
            [
                (
                    "paused-day",
                    "error",
                    2,
                    (
                        "2020-11-06 is in the pause 2020-11-06..2020-11-07 of config.yaml: "
                        "no flashtweet goes out."
                    ),
                    "Correct the date or the pause, or add 'at: 07:30' to publish it all the same.",
                ),
                (
                    "paused-day",
                    "error",
                    2,
                    "2020-11-08 is in the pause 2020-11-08 of config.yaml: no hebdo goes out.",
                    "Correct the date or the pause, or add 'at: 11:00' to publish it all the same.",
                ),
            ],
        )

    def test_a_file_that_names_its_time_goes_out_and_its_replay_if_it_names_one_too(self):
        meant = daily("Un", at=time(7, 30))
        assert made(meant, special(), programme=self.PAUSED) == (
            [("flashtweet@2020-11-06", "2020-11-06 06:30"), ("focus-053@2020-11-08", "2020-11-08 17:00")],
            [],
        )
        both = replace(meant, replay=ReplayWishes(at=time(19, 30)))
        assert [key for key, _ in made(both, programme=self.PAUSED)[0]] == [KEY, "replay@2020-11-06"]

    def test_an_off_day_stays_one_in_a_pause(self):
        [finding] = made(daily("Un", day=SATURDAY), programme=self.PAUSED)[1]
        assert finding[0] == "off-day"


class TestClaims:
    def settled(self, *issues: Issue):
        every = [one for issue in issues for one in editions_of(issue, PROGRAMME)[0]]
        alone, findings = without_conflicts(every)
        assert {finding.code for finding in findings} <= {"duplicate-edition"}
        return [str(one.key) for one in alone], [str(finding) for finding in findings]

    def test_two_files_for_one_edition_publish_neither_nor_its_replay(self):
        first = Issue("threads/a.yaml", (daily("Un"), daily("Deux", day=date(2020, 11, 5))))
        second = Issue("threads/b.yaml", (daily("Un"),))
        remedy = "Keep one of them; give the other another date, or 'draft: true'."
        assert self.settled(first, second) == (
            ["flashtweet@2020-11-05", "replay@2020-11-05"],
            [
                f"threads/a.yaml:2:1: {KEY} is also in threads/b.yaml:2; neither is published. {remedy}",
                f"threads/b.yaml:2:1: {KEY} is also in threads/a.yaml:2; neither is published. {remedy}",
            ],
        )

    def test_three_files_each_name_another(self):
        issues = [Issue(f"threads/{name}.yaml", (weekly(),)) for name in "abc"]
        alone, findings = self.settled(*issues)
        assert alone == []
        assert [
            f"threads/{other}.yaml:2;" in found for other, found in zip("bca", findings, strict=True)
        ] == [True] * 3

    def test_different_editions_live_side_by_side(self):
        assert self.settled(Issue("a", (daily("Un"),)), Issue("b", (weekly(),)))[1] == []


class TestTheCrowd:
    """Thousands of files with their own times on one day must not delay an edition of a series."""

    def crowded(self, count: int):
        specials = [
            edition
            for n in range(count)
            for edition in self.editions(special(series=f"s-{n:05}"), f"threads/s-{n:05}.yaml")
        ]
        of_series = self.editions(daily("Un"), "threads/a.yaml")[0]
        return limit_specials([*reversed(specials), of_series], PROGRAMME), of_series

    def editions(self, chapter: Chapter, path: str):
        return editions_of(Issue(path, (chapter,)), PROGRAMME)[0]

    def test_as_many_as_are_allowed_are_kept(self):
        (kept, findings), _ = self.crowded(MAX_SPECIALS_PER_DAY)
        assert (len(kept), findings) == (MAX_SPECIALS_PER_DAY + 1, ())

    def test_the_first_count_and_each_file_that_is_left_out_has_a_finding(self):
        (kept, findings), of_series = self.crowded(MAX_SPECIALS_PER_DAY + 2)
        assert of_series in kept
        assert sorted(one.key.series for one in kept if one is not of_series) == [
            f"s-{n:05}" for n in range(MAX_SPECIALS_PER_DAY)
        ]
        assert [(one.code, one.path) for one in findings] == [
            ("too-many-editions", "threads/s-00064.yaml"),
            ("too-many-editions", "threads/s-00065.yaml"),
        ]
        message = (
            "66 files have a time of their own on 2020-11-08, 64 are allowed; "
            "this one comes later and is left out."
        )
        assert {one.message for one in findings} == {message}


class TestReplaysWords:
    def wording(self, chapter: Chapter, form: Format | None = None) -> Wording:
        flashtweet, replay, hebdo = PROGRAMME.series
        if form:
            replay = replace(replay, format=form)
        programme = replace(PROGRAMME, series=(flashtweet, replay, hebdo))
        return editions_of(Issue("a", (chapter,)), programme)[0][1].wording

    def test_the_files_words_for_the_replay_come_first(self):
        wishes = ReplayWishes(Wording(intro="Encore", intro_mark=Mark(9, 1)))
        chapter = daily("Un", wording=Wording(intro="Bonjour"), replay=wishes)
        assert self.wording(chapter).intro == "Encore"

    def test_then_those_of_the_series(self):
        assert self.wording(daily("Un", wording=Wording(intro="Bonjour"))).intro is None

    def test_then_the_files_words_for_the_original(self):
        chapter = daily("Un", wording=Wording(intro="Bonjour", intro_mark=Mark(3, 1)))
        assert self.wording(chapter, Format()) == Wording(intro="Bonjour", intro_mark=Mark(3, 1))


def test_a_replay_knows_what_it_replays():
    original, replay = editions_of(Issue("a", (daily("Un"),)), PROGRAMME)[0]
    assert replay.replayed == original
    assert replay.slot_at == datetime(2020, 11, 6, 18, 30, tzinfo=UTC)
    assert (original.key.date, replay.key.date) == (FRIDAY, FRIDAY)
