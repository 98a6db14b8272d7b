"""What is wrong with an edition once it is composed."""

from __future__ import annotations

import pytest

from bot.core.model import Edition, Format, Links, Numbering, Wording
from bot.core.validate import examine
from tests.unit.core.newsroom import edition, with_replay

KEY = "flashtweet@2020-11-06"
LONG_LINK = "https://example.com/" + "a" * 20
FAMILY = "e" + "\u0301" * 300

CASES: dict[str, tuple[Edition, list[tuple[str, str, int, int, str, str]]]] = {
    "all well": (edition("Un", "Deux"), []),
    "nothing at all": (
        edition(intro="", outro=""),
        [("no-posts", "error", 2, 1, f"{KEY} has nothing to post.", "Write an item or a text.")],
    ),
    "the same twice": (
        edition("Un", "Deux", "deux", form=Format(numbering=Numbering.NONE)),
        [
            (
                "duplicate-post",
                "error",
                5,
                3,
                f"{KEY}: post 3 says the same as post 2; X refuses duplicates.",
                "Change one of them.",
            )
        ],
    ),
    "an item twice": (
        edition("Un", "Deux https://a.fr/x", "Deux https://a.fr/y", "un "),
        [
            (
                "repeated-item",
                "warning",
                line,
                3,
                f"{KEY}: item {number} says the same as item {first}.",
                "Remove one of them, or change it.",
            )
            for line, number, first in ((5, 3, 2), (6, 4, 1))
        ],
    ),
    "a misspelt field": (
        edition("Un", intro="Du {dat}"),
        [
            (
                "unknown-field",
                "warning",
                20,
                1,
                f"{KEY}: {{dat}} in the intro is not a field; it is posted as written.",
                "Did you mean {date}?",
            )
        ],
    ),
    "a field in capitals": (
        edition("Un", intro="Du {Date}"),
        [
            (
                "unknown-field",
                "warning",
                20,
                1,
                f"{KEY}: {{Date}} in the intro is not a field; it is posted as written.",
                "Did you mean {date}?",
            )
        ],
    ),
    "no field at all": (edition("Un", intro="{date.__class__} {} {0} [/archive]"), []),
    "a weekly field in a daily issue": (
        edition("Un", outro="RDV #{issue}"),
        [
            (
                "unknown-field",
                "error",
                21,
                1,
                f"{KEY}: {{issue}} in the outro has no value here.",
                "Fields are date, period, count.",
            )
        ],
    ),
    "a field of the series' template": (
        edition("Un", form=Format(intro="{issue}")),
        [
            (
                "unknown-field",
                "error",
                2,
                1,
                f"{KEY}: {{issue}} in the intro has no value here.",
                "Fields are date, period, count.",
            )
        ],
    ),
    "a field in an item": (
        edition("Un", "Le {date}"),
        [
            (
                "unknown-field",
                "warning",
                4,
                3,
                f"{KEY}: {{date}} is filled in intros and outros only; here it stays as written.",
                "Write out what it stands for.",
            )
        ],
    ),
    "only a link, and none are posted": (
        edition("Un", LONG_LINK, form=Format(links=Links.NONE)),
        [
            (
                "empty-item",
                "error",
                4,
                3,
                f"{KEY}: item 2 is only a link, and this series posts no links.",
                "Write a sentence with it.",
            )
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str):
    one, expected = CASES[name]
    thread, findings = examine(one, "fr_FR")
    assert thread is not None
    assert [(f.code, str(f.severity), f.line, f.column, f.message, f.remedy) for f in findings] == expected
    assert all(finding.path == "threads/a.yaml" for finding in findings)


def test_what_cannot_be_split():
    thread, findings = examine(edition("Un", FAMILY, form=Format()), "fr_FR")
    assert thread is None
    [finding] = findings
    assert (finding.code, finding.line, finding.column) == ("cannot-split", 2, 1)
    assert finding.message.startswith(f"{KEY}: '")
    assert finding.message.endswith("; a post, its number included, takes 280.")
    assert finding.remedy == "Shorten what must stay in one piece."


def test_a_field_in_an_item_is_said_once_for_both_editions():
    original, replay = with_replay("Le {date}")
    assert [f.code for f in examine(original, "fr_FR")[1]] == ["unknown-field"]
    assert examine(replay, "fr_FR")[1] == ()


def test_an_item_twice_is_reported_once_for_both_editions():
    original, replay = with_replay("Un", "Un")
    assert [f.code for f in examine(original, "fr_FR")[1]] == ["repeated-item"]
    assert examine(replay, "fr_FR")[1] == ()


def test_the_replays_own_words_are_looked_at():
    _, replay = with_replay("Un", wording=Wording(intro="{issue}"), evening=Format())
    assert [f.code for f in examine(replay, "fr_FR")[1]] == ["unknown-field"]
