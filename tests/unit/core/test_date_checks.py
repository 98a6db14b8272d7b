"""Tests of dates that are probably mistakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.content.date_checks import odd_dates
from bot.core.marks import Mark
from tests.unit.core.newsroom import edition, with_replay

SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
OVER = SLOT + timedelta(minutes=30)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

FAR = ("far-date", 2, "flashtweet@2020-11-06 goes out in 60 days.", "Check the date and its year.")
PAST = (
    "past-date",
    2,
    "flashtweet@2020-11-06 was over when this file was written; it is not sent.",
    "Correct the date, if another day is meant.",
)


def found(now: datetime, written: datetime | None, *, recorded: bool = False):
    one = edition("Un")
    findings = odd_dates([one], lambda _: written, [one.key] if recorded else [], now)
    assert all((finding.path, str(finding.severity)) == ("threads/a.yaml", "warning") for finding in findings)
    return [(finding.code, finding.line, finding.message, finding.remedy) for finding in findings]


@pytest.mark.parametrize(
    ("now", "written", "expected"),
    [
        (SLOT - 60 * DAY, None, []),
        (SLOT - 60 * DAY - MINUTE, None, [FAR]),
        (SLOT - MINUTE, SLOT - MINUTE, []),
        (OVER + MINUTE, OVER, []),  # late, and sent
        (OVER + 2 * MINUTE, OVER + MINUTE, [PAST]),
        (OVER + 300 * DAY, OVER + 300 * DAY - MINUTE, [PAST]),
        (OVER + 300 * DAY, OVER + 298 * DAY, []),  # not being edited
        (OVER + 300 * DAY, SLOT - DAY, []),  # an archive
        (OVER + 500 * DAY, OVER + 500 * DAY, []),  # an archive that was copied again
        (OVER + DAY, None, []),
    ],
)
def test_a_date(now: datetime, written: datetime | None, expected: list[tuple[str, int, str, str]]):
    assert found(now, written) == expected
    assert found(now, written, recorded=True) == [one for one in expected if one == FAR]


def test_a_replay_is_not_warned_of_as_well():
    now = SLOT - 100 * DAY
    assert len(odd_dates(with_replay("Un"), lambda _: None, (), now)) == 1


def test_a_week_is_judged_by_its_last_edition():
    one = edition("Un")
    later = replace(one, key=replace(one.key, series="hebdo"), slot_at=SLOT + 2 * DAY)
    now = OVER + DAY
    assert odd_dates([one, later], lambda _: now, (), now) == ()


def test_it_names_the_line_of_the_date():
    one = edition("Un", date_mark=Mark(1, 1))
    [finding] = odd_dates([one], lambda _: None, (), SLOT - 100 * DAY)
    assert (finding.line, finding.column) == (1, 1)
