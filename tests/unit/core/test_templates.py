"""Tests of templates and French dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.content.templates import (
    fields,
    fill,
    spoken_date,
    spoken_period,
    stray_fields,
    unfilled,
    week_before,
)

VALUES = {"date": "vendredi 6 novembre", "period": "du 2 au 6 novembre 2020", "count": "10"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("du {date} : {count}", "du vendredi 6 novembre : 10"),
        ("{date}{date}", "vendredi 6 novembrevendredi 6 novembre"),
        ("{date.__class__}", "{date.__class__}"),
        ("{date!r} {date:>20} {0} {}", "{date!r} {date:>20} {0} {}"),
        ("{{date}}", "{vendredi 6 novembre}"),
        ("{issue} {unknown}", "{issue} {unknown}"),
        ("{ date } {Date}", "{ date } {Date}"),
        ("%s %(date)s $date", "%s %(date)s $date"),
        ("", ""),
    ],
)
def test_only_named_fields_are_filled(template: str, expected: str):
    assert fill(template, VALUES) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [("0", "0 info à lire"), ("1", "1 info à lire"), ("2", "2 infos à lire"), ("10", "10 infos à lire")],
)
def test_a_word_goes_with_its_count(count: str, expected: str):
    assert fill("{count} {count:info|infos} à lire", {"count": count}) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{count:|s}", "s"),
        ("{count:l'info|les {count} infos}", "{count:l'info|les 10 infos}"),
        ("{count:info}", "{count:info}"),
        ("{count:un|deux|trois}", "{count:un|deux|trois}"),
        ("{date:un|deux}", "{date:un|deux}"),
        ("{count:un\n|deux}", "{count:un\n|deux}"),
    ],
)
def test_forms_of_a_word(template: str, expected: str):
    assert fill(template, VALUES) == expected


def test_a_value_is_never_itself_a_template():
    assert fill("{date}", {"date": "{count}", "count": "10"}) == "{count}"


@given(st.text(), st.text())
def test_text_without_braces_stays(before: str, after: str):
    before, after = before.replace("{", ""), after.replace("}", "")
    assert fill(before + "{date}" + after, {"date": "X"}) == before + "X" + after


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{date}", ()),
        ("{dat}", (("dat", "date"),)),
        ("{Date} { count }", (("Date", "date"), (" count ", "count"))),
        ("{issue}", (("issue", None),)),
        ("{smiley}", (("smiley", None),)),
        ("{date.__class__} {0} {:D} { }", ()),
        ("{x} {x}", (("x", None),)),
        ("{count:info|infos}", ()),
        ("{count:info}", (("count:info", "count:one|many"),)),
        ("{Count:info|infos}", (("Count:info|infos", "count:one|many"),)),
        ("{count:a|b|c}", (("count:a|b|c", "count:one|many"),)),
    ],
)
def test_unfilled(template: str, expected: tuple[tuple[str, str | None], ...]):
    assert unfilled(template, VALUES) == expected


def test_stray_fields():
    assert stray_fields("{date} {date} {issue} {autre} {count}") == ("date", "issue", "count")
    assert stray_fields("{count} {count:info|infos} {date:a|b}") == ("count", "count:info|infos")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2020, 11, 6), "vendredi 6 novembre"),
        (date(2020, 11, 1), "dimanche 1er novembre"),
        (date(2020, 2, 29), "samedi 29 février"),
        (date(2020, 8, 11), "mardi 11 août"),
        (date(2021, 12, 31), "vendredi 31 décembre"),
    ],
)
def test_a_date_as_it_is_said(day: date, expected: str):
    assert spoken_date(day, "fr_FR") == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2020, 11, 2), date(2020, 11, 6), "du 2 au 6 novembre 2020"),
        (date(2020, 11, 30), date(2020, 12, 4), "du 30 novembre au 4 décembre 2020"),
        (date(2020, 12, 28), date(2021, 1, 1), "du 28 décembre 2020 au 1er janvier 2021"),
        (date(2021, 2, 1), date(2021, 2, 5), "du 1er au 5 février 2021"),
    ],
)
def test_a_week_as_it_is_said(first: date, last: date, expected: str):
    assert spoken_period(first, last, "fr_FR") == expected


def test_another_language():
    assert spoken_date(date(2020, 11, 6), "en_GB") == "Friday 6 November"
    assert spoken_period(date(2020, 11, 2), date(2020, 11, 6), "en_GB") == "2 November 2020 – 6 November 2020"


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_the_week_before_is_monday_to_friday_and_over(day: date):
    monday, friday = week_before(day)
    assert (monday.weekday(), friday - monday) == (0, timedelta(days=4))
    assert timedelta(0) < day - friday <= timedelta(days=7)


def test_fields_of_a_weekly_issue():
    assert fields(date(2020, 11, 8), "fr_FR", count=10, issue=53) == {
        "date": "dimanche 8 novembre",
        "period": "du 2 au 6 novembre 2020",
        "count": "10",
        "issue": "53",
        "next_issue": "54",
    }


def test_a_daily_issue_has_no_number():
    assert set(fields(date(2020, 11, 6), "fr_FR", count=3)) == {"date", "period", "count"}
