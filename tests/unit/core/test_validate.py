"""Tests of findings on a composed edition."""

from __future__ import annotations

import pytest

from bot.core.content.validate import examine
from bot.core.marks import Mark
from bot.core.model import Edition, Format, Item, Links, Numbering, ReplayWishes, Wording
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
    "a table": (
        edition("Un", "Tech\tVerbatim lève 4 M€", "Ville\tLa piscine"),
        [
            (
                "tab-in-text",
                "warning",
                4,
                3,
                f"{KEY}: a tab stands here and is read as a space; 2 items hold some: was a table pasted?",
                "Write each item as a sentence; the preview shows how it is read.",
            )
        ],
    ),
    "a tab": (
        edition("Un\tdeux"),
        [
            (
                "tab-in-text",
                "warning",
                3,
                3,
                f"{KEY}: a tab stands here and is read as a space.",
                "Write each item as a sentence; the preview shows how it is read.",
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
    "words that a link completed, in a series without links": (
        edition("Rendez-vous sur https://a.fr/x avant lundi", form=Format(links=Links.NONE)),
        [
            (
                "odd-without-link",
                "warning",
                3,
                3,
                f"{KEY}: item 1 reads « Rendez-vous sur avant lundi » without its link.",
                "If it reads oddly, write it so that it needs no link.",
            )
        ],
    ),
    "an intro, too": (
        edition("Un", intro="À lire : https://a.fr/x", form=Format(links=Links.NONE)),
        [
            (
                "odd-without-link",
                "warning",
                20,
                1,
                f"{KEY}: intro reads « À lire » without its link.",
                "If it reads oddly, write it so that it needs no link.",
            )
        ],
    ),
    "a link that nobody means": (
        edition("Un ASP.NET"),
        [
            (
                "accidental-link",
                "warning",
                3,
                3,
                f"{KEY}: item 1: X makes a link of 'ASP.NET', and bills the post as one with a link.",
                "If no link is meant, put a space after the dot or leave the ending out.",
            )
        ],
    ),
    "one beside a link that is meant": (edition("Un ASP.NET et Booking.com https://a.fr/x"), []),
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


def of_replay(text: str, own: str | None = None) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Return the codes about an item's original, and the findings on its replay."""
    wishes = ReplayWishes(items=((0, Item(own, mark=Mark(9, 5))),) if own else ())
    original, replay = with_replay(text, wishes=wishes)
    found = examine(replay, "fr_FR")[1]
    return (
        [one.code for one in examine(original, "fr_FR")[1]],
        [(one.code, f"{one.line}:{one.column} {one.message}", one.remedy) for one in found],
    )


SUR = "Rendez-vous sur https://a.fr/x avant lundi"
EVENING = "replay@2020-11-06"


def test_an_item_that_reads_oddly_in_the_replay_may_have_a_text_of_its_own_there():
    remedy = (
        "If it reads oddly, give the item a text of its own for the replay: in a list, "
        "'replay: \"…\"' below its 'text: …'."
    )
    message = f"3:3 {EVENING}: item 1 reads « Rendez-vous sur avant lundi » without its link."
    assert of_replay(SUR) == ([], [("odd-without-link", message, remedy)])
    assert of_replay(SUR, "Rendez-vous lundi") == ([], [])


def test_that_text_is_looked_at_like_any_other():
    codes, found = of_replay(SUR, "Voir https://a.fr/x ou #l'info")
    assert codes == []
    assert [(code, message) for code, message, _ in found] == [
        ("odd-without-link", f"9:5 {EVENING}: item 1 reads « Voir ou #l'info » without its link."),
        ("broken-hashtag", f"9:5 {EVENING}: item 1: the hashtag of '#l'info' ends after '#l'."),
    ]


def test_a_link_that_nobody_means_costs_where_the_other_is_left_out():
    what = "X makes a link of 'ASP.NET', and bills the post as one with a link."
    remedy = "If no link is meant, put a space after the dot or leave the ending out."
    there = [("accidental-link", f"3:3 {EVENING}: item 1: {what}", remedy)]
    assert of_replay("Un ASP.NET https://a.fr/x") == ([], there)
    assert of_replay("Un ASP.NET") == (["accidental-link"], [])
