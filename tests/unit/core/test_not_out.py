"""Tests of editions not out after their slot: one row per reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.content.editions import editions_of
from bot.core.model import Edition, EditionKey, Issue
from bot.core.schedule.not_out import DeskFacts, FileFacts, not_out
from bot.errors import Finding, Severity
from tests.unit.core.newsroom import FRIDAY, PROGRAMME, daily

SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
KEY = EditionKey("flashtweet", FRIDAY)
EDITION: Edition = next(
    one for one in editions_of(Issue("threads/a.yaml", (daily("Un"),)), PROGRAMME)[0] if one.key == KEY
)
MINUTE = timedelta(minutes=1)


def error(path: str, code: str = "yaml", line: int = 3) -> Finding:
    return Finding(path, line, 1, Severity.ERROR, code, "it is broken.", "Mend it.")


SOUND = DeskFacts(
    PROGRAMME, {KEY: FileFacts(EDITION)}, recorded=(), daemon="17", born_at=SLOT - timedelta(days=30)
)
GRACE = EDITION.format.grace


@pytest.mark.parametrize(
    ("facts", "after", "reason", "remedy"),
    [
        (replace(SOUND, daemon=None), MINUTE, "no daemon runs.", f"flashtweet publish {KEY}"),
        (
            replace(SOUND, daemon=None),
            GRACE + MINUTE,
            "no daemon runs, and its grace is over.",
            f"flashtweet publish {KEY}",
        ),
        (
            replace(SOUND, daemon=None, born_at=None),
            MINUTE,
            "no daemon runs.",
            f"flashtweet publish {KEY}",
        ),
        (
            replace(SOUND, files={KEY: FileFacts(EDITION, (error("threads/a.yaml"),))}),
            MINUTE,
            "its file has an error: line 3: it is broken.",
            "flashtweet check threads/a.yaml",
        ),
        (
            replace(SOUND, files={}, strays=(error("threads/2020-11-06.yaml"),)),
            MINUTE,
            "its file has an error: line 3: it is broken.",
            "flashtweet check threads/2020-11-06.yaml",
        ),
        (replace(SOUND, files={}), MINUTE, "no file for this edition.", "flashtweet check"),
        (
            replace(SOUND, files={}, strays=(error("threads", "not-found"),)),
            MINUTE,
            "the folder cannot be read: threads: it is broken.",
            "Mend it.",
        ),
        (
            replace(SOUND, pause="breaking news."),
            MINUTE,
            "publishing is paused: breaking news.",
            "flashtweet resume",
        ),
        (
            replace(SOUND, pause="breaking news."),
            GRACE + MINUTE,
            "publishing is paused: breaking news.",
            f"flashtweet resume; then, as its grace is over: flashtweet publish {KEY}",
        ),
        (
            replace(SOUND, files={KEY: FileFacts(EDITION, changed_at=SLOT + timedelta(seconds=19))}),
            timedelta(seconds=30),
            "its file was added or changed after its slot; it is posted after 07:31:19.",
            f"to post it at once, type: flashtweet publish {KEY}",
        ),
        (
            replace(SOUND, born_at=SLOT + timedelta(seconds=1)),
            MINUTE,
            "its slot was before this ledger was created.",
            f"flashtweet publish {KEY}",
        ),
        (SOUND, MINUTE, "the daemon has not started it.", f"flashtweet doctor {KEY}"),
    ],
)
def test_each_reason(facts: DeskFacts, after: timedelta, reason: str, remedy: str) -> None:
    (found,) = not_out(facts, SLOT + after)
    assert (found.key, found.slot_at, found.reason) == (KEY, SLOT, reason)
    assert found.remedy.endswith(remedy)


@pytest.mark.parametrize(
    ("facts", "now"),
    [
        (SOUND, SLOT - MINUTE),
        (replace(SOUND, recorded=(KEY,)), SLOT + MINUTE),
        (replace(SOUND, files={}, born_at=None), SLOT + MINUTE),
        (replace(SOUND, files={}, born_at=SLOT + MINUTE), SLOT + 2 * MINUTE),
    ],
    ids=["ahead", "in the ledger", "no ledger was there", "the ledger is younger"],
)
def test_what_needs_nobody(facts: DeskFacts, now: datetime) -> None:
    assert not_out(facts, now) == ()


def test_yesterday_is_over_unless_its_grace_lasts() -> None:
    late = replace(EDITION, slot_at=SLOT + timedelta(hours=16, minutes=20))  # 23:50
    facts = replace(SOUND, files={KEY: FileFacts(late)}, daemon=None)
    lasts, over = (late.slot_at + after for after in (20 * MINUTE, 40 * MINUTE))
    assert KEY in [one.key for one in not_out(facts, lasts)]
    assert KEY not in [one.key for one in not_out(facts, over)]
