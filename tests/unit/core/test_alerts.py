"""Tests of alerts: sent once, limited in number, and their texts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.alerts import (
    MAX_NAMED_SUBJECTS,
    MAX_PER_WINDOW,
    MOST_OF_A_KIND,
    OF_EDITIONS,
    REPEAT_INTERVAL,
    WINDOW,
    Alert,
    AlertKind,
    AlertThrottle,
)

CLOCK = Alert(AlertKind.CLOCK, "the clock is 40 s ahead")
CLOCK_IS_RIGHT = Alert(AlertKind.CLOCK, "the clock is right", is_over=True)


def finding(n: int, kind: AlertKind = AlertKind.FINDING) -> Alert:
    return Alert(kind, "too long", (("path", f"threads/{n}.yaml"),))


def test_what_lasts_is_said_once_an_hour():
    gate = AlertThrottle()
    assert [
        gate.admits(CLOCK, now) for now in (0, 1, REPEAT_INTERVAL - 1, REPEAT_INTERVAL, REPEAT_INTERVAL + 1)
    ] == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_another_sentence_or_another_edition_is_another_alert():
    gate = AlertThrottle()
    preflight = [
        Alert(AlertKind.PREFLIGHT, sentence, (("edition", edition),))
        for sentence in ("there is no file", "X refuses the keys")
        for edition in ("flashtweet@2026-11-24", "replay@2026-11-24")
    ]
    assert [gate.admits(one, 0) for one in preflight * 2] == [True] * 4 + [False] * 4


def test_two_checks_that_fail_and_two_faults_of_a_configuration_are_two_alerts():
    gate = AlertThrottle()
    for check in ("clock", "credentials"):
        assert gate.admits(Alert(AlertKind.PREFLIGHT, "a check failed", (("check", check),)), 0)
    for reason in ("line 3", "line 7"):
        assert gate.admits(Alert(AlertKind.CONFIG, "not reloaded", (("reason", reason),)), 0)
    assert not gate.admits(Alert(AlertKind.PREFLIGHT, "a check failed", (("check", "clock"),)), 1)


def test_what_went_away_is_said_when_it_comes_again():
    gate = AlertThrottle()
    said = [gate.admits(one, now) for now, one in enumerate((CLOCK, CLOCK_IS_RIGHT, CLOCK, CLOCK))]
    assert said == [True, True, True, False]


def test_the_end_of_what_nobody_heard_of_is_not_news():
    gate = AlertThrottle()
    assert not gate.admits(CLOCK_IS_RIGHT, 0)
    gate.admits(CLOCK, 1)
    other = Alert(AlertKind.CLOCK, "…", (("edition", "flashtweet@2026-11-24"),), is_over=True)
    assert not gate.admits(other, 2)


def test_an_edition_that_is_held_twice_was_released_in_between():
    held = Alert(AlertKind.HELD, "edition held: X answered 402", (("edition", "flashtweet@2026-11-24"),))
    gate = AlertThrottle()
    assert [gate.admits(held, now) for now in (0, 60)] == [True, True]


def test_a_post_that_is_late_is_said_once_however_often_the_daemon_starts():
    """Each start finds it late again."""
    late = Alert(AlertKind.LATE, "post is late and not yet sent", (("edition", "flashtweet@2026-11-24"),))
    before, after = AlertThrottle(), AlertThrottle()
    assert before.admits(late, 0)
    after.recall(before.memory(10), 10)
    assert not after.admits(late, 20)


def test_many_of_one_kind_leave_room_for_the_others():
    gate = AlertThrottle()
    findings = [gate.admits(finding(n), n) for n in range(50)]
    assert findings == [True] * MOST_OF_A_KIND + [False] * (50 - MOST_OF_A_KIND)
    others = [gate.admits(finding(n, AlertKind.FOLDER), 50) for n in range(50)]
    assert sum(others) == MAX_PER_WINDOW - MOST_OF_A_KIND


@pytest.mark.parametrize("kind", sorted(OF_EDITIONS))
def test_what_happens_to_an_edition_is_not_crowded_out(kind: AlertKind):
    """Neither lasting problems nor events of another kind use up the limit; fifty of its own kind do."""
    gate = AlertThrottle()
    for other in (AlertKind.FINDING, AlertKind.PREFLIGHT, *OF_EDITIONS - {kind}):
        assert all(gate.admits(finding(n, other), 0) for n in range(MOST_OF_A_KIND))
    admitted = [gate.admits(finding(n, kind), 1) for n in range(50)]
    assert admitted == [True] * MOST_OF_A_KIND + [False] * (50 - MOST_OF_A_KIND)


def test_nor_does_it_crowd_out_the_others():
    gate = AlertThrottle()
    for kind in OF_EDITIONS:
        assert all(gate.admits(finding(n, kind), 0) for n in range(MOST_OF_A_KIND))
    assert gate.admits(CLOCK, 1)


def test_what_tells_an_end_takes_nobodys_place():
    gate = AlertThrottle()
    for n in range(3):
        broken = finding(n)
        assert gate.admits(broken, n)
        assert gate.admits(replace(broken, is_over=True), n)
    assert [gate.admits(finding(n), 10) for n in range(3, 3 + MOST_OF_A_KIND)].count(
        True
    ) == MOST_OF_A_KIND - 3


def test_what_was_held_back_is_counted_and_told_a_window_later():
    gate = AlertThrottle()
    for n in range(MOST_OF_A_KIND + 3):
        gate.admits(finding(n), 0)
    gate.hold_back(CLOCK, 5)
    assert gate.take_summary(WINDOW - 1) is None
    summary = gate.take_summary(WINDOW)
    assert summary
    assert summary.body == (
        "4 more alerts were held back because there were too many: 3 finding, 1 clock.\n"
        "finding: threads/6.yaml, threads/7.yaml, threads/8.yaml\n"
        "→ Read the log, and type: flashtweet status"
    )
    assert gate.take_summary(WINDOW * 2) is None
    assert gate.admits(finding(MOST_OF_A_KIND), WINDOW), "what was not told is no repetition"


def test_a_summary_names_what_it_is_about_as_far_as_that_is_short():
    """Each is listed once, however often it was held back."""
    gate = AlertThrottle()
    for n in (*range(MAX_NAMED_SUBJECTS + 2), 0, 0):
        gate.hold_back(finding(n), 0)
    for n in (1, 2, 2):
        gate.hold_back(finding(n, AlertKind.HELD), 0)
    summary = gate.take_summary(WINDOW)
    assert summary
    assert summary.fields == (
        ("finding", f"{', '.join(f'threads/{n}.yaml' for n in range(MAX_NAMED_SUBJECTS))}, …"),
        ("held", "threads/1.yaml, threads/2.yaml"),
        ("next", "Read the log, and type: flashtweet status"),
    )
    assert summary.title == "FINDING"


def test_what_was_held_back_is_told_at_the_end():
    gate = AlertThrottle()
    assert gate.take_summary(0, at_once=True) is None
    gate.hold_back(CLOCK, 5)
    assert gate.take_summary(6, at_once=True)


def test_what_is_remembered_is_bounded():
    gate = AlertThrottle()
    for n in range(3000):
        assert gate.admits(finding(n), n * WINDOW)
    assert len(gate._sent) == 1000


def test_the_next_process_goes_on_where_this_one_was():
    """A daemon that is started every ten seconds and cannot run alerts once an hour."""
    trouble = Alert(AlertKind.START, "the daemon cannot run", (("reason", "no disk"),))
    other = Alert(AlertKind.START, "the daemon cannot run", (("reason", "no ledger"),))
    runs = Alert(AlertKind.START, "flashtweet started", is_over=True)
    gate, said = AlertThrottle(), []
    for now, alert in (
        (0, trouble),
        (10, trouble),
        (20, other),
        (REPEAT_INTERVAL, trouble),
        (REPEAT_INTERVAL + 9, runs),
    ):
        said.append(gate.admits(alert, now))
        memory, gate = gate.memory(now), AlertThrottle()
        gate.recall(memory, now)
    assert said == [True, False, True, True, True]
    assert not gate.admits(runs, REPEAT_INTERVAL + 20)


def test_too_many_are_too_many_over_several_processes():
    gate = AlertThrottle()
    for n in range(MOST_OF_A_KIND):
        gate.admits(finding(n), n)
    later = AlertThrottle()
    later.recall(gate.memory(MOST_OF_A_KIND), 0.0)  # another boot: its clock starts again at zero
    assert not later.admits(finding(99), 1)
    assert later.admits(finding(100), WINDOW)


def test_what_a_person_reads():
    alert = Alert(
        AlertKind.HELD,
        "edition held: X answered 402.",
        (("edition", "flashtweet@2026-11-24"), ("next", "Type: …"), ("post", "5/12")),
    )
    assert alert.title == "HELD flashtweet@2026-11-24"
    assert alert.body == (
        "edition held: X answered 402.\nedition: flashtweet@2026-11-24\npost: 5/12\n→ Type: …"
    )
    assert CLOCK.title == "CLOCK"
    assert CLOCK_IS_RIGHT.title == "clock is over"


def test_every_kind_is_told_of_in_the_operators_page():
    """The alert contains its meaning and a command."""
    text = (Path(__file__).parents[3] / "docs" / "operators.md").read_text("utf-8")
    assert re.findall(r"^\| `([a-z]+)` \| [^|]+ \| [^|]+ \|$", text.partition("## Alerts")[2], re.MULTILINE)[
        : len(AlertKind)
    ] == list(AlertKind)
