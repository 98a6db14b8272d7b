"""Tests of editions not out after their slot: one row per reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.model import Chapter, EditionKey
from bot.core.publishing.publication import PublicationState
from bot.core.schedule.not_out import NotOut, not_out
from bot.errors import Finding, Severity
from bot.services.facts import facts_beside
from tests.unit.core.newsroom import FRIDAY, PROGRAMME, daily
from tests.unit.core.test_turn import UNFIT, desk, facts, frozen, special

if TYPE_CHECKING:
    from bot.core.publishing.publication import Publication
    from bot.services.composing import Desk

SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
KEY = EditionKey("flashtweet", FRIDAY)
MINUTE = timedelta(minutes=1)
GRACE = PROGRAMME.format_of("flashtweet").grace


def error(path: str, code: str = "yaml", line: int = 3) -> Finding:
    return Finding(path, line, 1, Severity.ERROR, code, "it is broken.", "Mend it.")


def with_findings(source: Desk, *findings: Finding) -> Desk:
    return replace(source, findings=findings)


SOUND, EMPTY = desk(daily("Un")), desk()
CHANGED = desk(daily("Un"), changed_at=SLOT + timedelta(seconds=19))
OWN = with_findings(EMPTY, error("threads/2020-11-06.yaml"))
GONE = with_findings(EMPTY, error("threads", "not-found"))
COPY = desk(special("copie"))
ORIGINAL = frozen(desk(special("annonce")), EditionKey("annonce", FRIDAY), state=PublicationState.PUBLISHED)


def found(
    source: Desk, now: datetime, *known: Publication, daemon: str | None = "17", **changed: Any
) -> list[NotOut]:
    return list(not_out(facts(source, *known, **changed), source, now, daemon))


@pytest.mark.parametrize(
    ("source", "changed", "after", "reason", "remedy"),
    [
        (SOUND, {"daemon": None}, MINUTE, "no daemon runs.", f"flashtweet publish {KEY}"),
        (
            SOUND,
            {"daemon": None},
            GRACE + MINUTE,
            "no daemon runs, and its grace is over.",
            f"flashtweet publish {KEY}",
        ),
        (
            SOUND,
            {},
            GRACE + MINUTE,
            "its slot and its grace are over.",
            f"flashtweet publish {KEY}",
        ),
        (
            desk(daily(UNFIT)),
            {},
            MINUTE,
            "its file has an error: line 2: ",
            "flashtweet check threads/flashtweet.yaml",
        ),
        (
            OWN,
            {},
            MINUTE,
            "its file has an error: line 3: it is broken.",
            "flashtweet check threads/2020-11-06.yaml",
        ),
        (EMPTY, {}, MINUTE, "no file for this edition.", "flashtweet check"),
        (GONE, {}, MINUTE, "the folder cannot be read: threads: it is broken.", "Mend it."),
        (
            SOUND,
            {"pause": "breaking news."},
            MINUTE,
            "publishing is paused: breaking news.",
            "flashtweet resume",
        ),
        (
            SOUND,
            {"pause": "breaking news."},
            GRACE + MINUTE,
            "publishing is paused: breaking news.",
            f"flashtweet resume; then, as its grace is over: flashtweet publish {KEY}",
        ),
        (
            CHANGED,
            {},
            timedelta(seconds=30),
            "its file was added or changed after its slot; it is posted after 07:31:19.",
            f"to post it at once, type: flashtweet publish {KEY}",
        ),
        (
            SOUND,
            {"born_at": SLOT + timedelta(seconds=1)},
            MINUTE,
            "its slot was before this ledger was created.",
            f"flashtweet publish {KEY}",
        ),
        (SOUND, {}, MINUTE, "the daemon has not started it.", f"flashtweet doctor {KEY}"),
    ],
)
def test_each_reason(
    source: Desk, changed: dict[str, Any], after: timedelta, reason: str, remedy: str
) -> None:
    [one] = [one for one in found(source, SLOT + after, **changed) if one.key == KEY]
    assert one.slot_at == SLOT
    assert one.reason.startswith(reason)
    assert one.remedy.endswith(remedy)


def test_a_copy_names_its_original() -> None:
    [one] = [one for one in found(COPY, SLOT + MINUTE, ORIGINAL) if one.key.series == "copie"]
    assert one.reason == "annonce@2020-11-06 has the same text."
    assert one.remedy.endswith("flashtweet publish copie@2020-11-06")


def test_without_a_ledger_only_files_are_expected() -> None:
    now = SLOT + MINUTE
    for source, reasons in ((SOUND, ["no daemon runs."]), (EMPTY, [])):
        made = not_out(facts_beside(source, None, now), source, now, None)
        assert [one.reason for one in made] == reasons


@pytest.mark.parametrize(
    ("source", "known", "changed", "now"),
    [
        (SOUND, (), {}, SLOT - MINUTE),
        (SOUND, (frozen(SOUND),), {}, SLOT + MINUTE),
        (EMPTY, (), {"born_at": SLOT + MINUTE}, SLOT + 2 * MINUTE),
    ],
    ids=["ahead", "in the ledger", "the ledger is younger"],
)
def test_what_needs_nobody(
    source: Desk, known: tuple[Any, ...], changed: dict[str, Any], now: datetime
) -> None:
    assert found(source, now, *known, **changed) == []


def test_yesterday_is_over_unless_its_grace_lasts() -> None:
    late = desk(Chapter("annonce", FRIDAY, at=time(23, 50), text="Une annonce."))
    at = SLOT + timedelta(hours=16, minutes=20)
    lasts, over = (
        [one.key.series for one in found(late, at + after)] for after in (20 * MINUTE, 40 * MINUTE)
    )
    assert "annonce" in lasts
    assert "annonce" not in over
