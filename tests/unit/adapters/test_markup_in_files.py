"""Markdown and HTML in editors' files: what they are warned of, and what `clean: markdown` makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.adapters.issue_files import parse
from bot.core.content.compose import compose
from bot.core.content.editions import editions_of
from bot.core.content.validate import examine
from bot.core.model import Clean, Programme
from tests.unit.core.newsroom import FLASHTWEET, HEBDO, PROGRAMME, REPLAY

if TYPE_CHECKING:
    from bot.errors import Finding

PATH = "threads/2020-11-06.yaml"
CLEAN = replace(
    PROGRAMME,
    series=(
        replace(FLASHTWEET, format=replace(FLASHTWEET.format, clean=Clean.MARKDOWN)),
        REPLAY,
        replace(HEBDO, format=replace(HEBDO.format, clean=Clean.MARKDOWN)),
    ),
    special=replace(PROGRAMME.special, clean=Clean.MARKDOWN),
)

REMEDY = "Write what followers shall read, or 'clean: markdown' in this file to take all marks out."

RAW = """\
intro: Du **gras**
items: |
  - Un *mot* et [texte](https://example.com/a)
  - **Deux** et _trois_
  - ![alt](a.png) Quatre<br>&amp; {{banner}}
outro: Fin <br>
replay:
  intro: "## Encore"
"""


def found(text: str, programme: Programme = PROGRAMME, path: str = PATH) -> tuple[list[str], list[Finding]]:
    """Return the first edition's items, or its free text, and all findings on file and editions."""
    parsed = parse(path, text.encode())
    assert parsed.issue is not None
    editions, findings = editions_of(parsed.issue, programme)
    chapter = editions[0].chapter
    texts = [item.text for item in chapter.items] if chapter.text is None else [chapter.text]
    about = [finding for one in editions for finding in examine(one, "fr_FR")[1]]
    return texts, [*parsed.findings, *findings, *about]


def shown(findings: list[Finding]) -> list[tuple[int, int, str, str, str]]:
    return [(one.line, one.column, one.code, one.message, one.remedy) for one in findings]


def test_each_kind_has_one_warning_with_its_lines():
    texts, findings = found(RAW)
    assert texts == [
        "Un *mot* et [texte](https://example.com/a)",
        "**Deux** et _trois_",
        "![alt](a.png) Quatre<br>&amp; {{banner}}",
    ]
    assert shown(findings) == [
        (
            line,
            column,
            "markup",
            f"'{sample}' is {what}; it is posted as it stands{lines}.",
            "Write out what it stands for." if "field" in what else REMEDY,
        )
        for line, column, sample, what, lines in (
            (1, 11, "**gras**", "emphasis in Markdown", " (lines 1, 3 and 4)"),
            (3, 17, "[texte](https://example.com/a)", "a link in Markdown", ""),
            (8, 11, "## Encore", "a heading in Markdown", ""),
            (5, 5, "![alt](a.png)", "an image in Markdown", ""),
            (5, 25, "<br>", "a tag of HTML", " (lines 5 and 6)"),
            (5, 29, "&amp;", "a character in HTML", ""),
            (5, 35, "{{banner}}", "a field of another program", ""),
        )
    ]


@pytest.mark.parametrize(
    ("text", "programme"),
    [(f"clean: markdown\n{RAW}", PROGRAMME), (f"\n{RAW}", CLEAN)],
    ids=["file", "series"],
)
def test_clean_takes_the_marks_out(text: str, programme: Programme):
    texts, findings = found(text, programme)
    assert texts == ["Un mot et texte https://example.com/a", "Deux et trois", "Quatre\n& {{banner}}"]
    assert shown(findings) == [
        (
            6,
            5,
            "markup",
            "'![alt](a.png)' is an image in Markdown; it is left out.",
            "Remove it; images are not published yet.",
        ),
        (
            6,
            35,
            "markup",
            "'{{banner}}' is a field of another program; it is posted as it stands.",
            "Write out what it stands for.",
        ),
    ]


def test_clean_reaches_intro_outro_and_replay():
    parsed = parse(PATH, f"clean: markdown\n{RAW}".encode())
    assert parsed.issue is not None
    original, replay = editions_of(parsed.issue, PROGRAMME)[0]
    assert [compose(original, "fr_FR").texts[n] for n in (0, -1)] == ["Du gras", "Fin"]
    assert compose(replay, "fr_FR").texts[0] == "🔁 Encore"


def test_a_file_may_keep_its_marks_where_its_series_is_cleaned():
    texts, findings = found("clean: none\nitems: |\n  **Un**\n", CLEAN)
    assert (texts, [one.code for one in findings]) == (["**Un**"], ["markup"])


def test_nothing_is_altered_or_reported_where_there_are_no_marks():
    text = "items: |\n  Un #un_deux à 5 * 3 {date2}\n  Deux https://a.fr/_x_\n"
    assert found(text) == found(text, CLEAN) == (["Un #un_deux à 5 * 3 {date2}", "Deux https://a.fr/_x_"], [])


def test_a_weekly_issue_and_its_days():
    text = (
        "issue: 53\ndate: 2020-11-08\nclean: markdown\ntop10:\n"
        + "  - _Un_\n" * 10
        + "days:\n  2020-11-06:\n    items: |\n      **Deux**\n"
    )
    parsed = parse("threads/hebdo.yaml", text.encode())
    assert parsed.issue is not None
    editions, findings = editions_of(parsed.issue, PROGRAMME)
    assert [edition.chapter.items[0].text for edition in editions] == ["Un", "Deux", "Deux"]
    assert findings == ()
    raw = parse("threads/hebdo.yaml", text.replace("clean: markdown", "").encode()).issue
    assert raw is not None
    [finding] = editions_of(raw, PROGRAMME)[1]
    lines = "(lines 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 1 more)"
    assert finding.message.endswith(f"posted as it stands {lines}.")


SPECIAL = """\
at: 2020-11-06 18:00
text: |
  ---
  title: Un
  ---
  **Un** [deux](https://a.fr/x)
  ---
  Trois ASP.NET
"""


def test_editions_of_one_file_are_equal_each_time_they_are_cleaned():
    """So that nothing is composed again where nothing has changed."""
    text = "items: |\n  **Un**\n  Deux\n"
    once, again = (parse(PATH, text.encode()).issue for _ in range(2))
    other = parse(PATH, text.replace("Deux", "Trois").encode()).issue
    assert once is not None
    assert again is not None
    assert other is not None
    assert editions_of(once, CLEAN)[0] == editions_of(again, CLEAN)[0]
    assert editions_of(once, CLEAN)[0] != editions_of(other, CLEAN)[0]
    assert editions_of(once, CLEAN)[0] != editions_of(once, PROGRAMME)[0]


def test_a_free_text_keeps_its_front_matter_and_its_places():
    texts, findings = found(SPECIAL, CLEAN, "threads/focus.yaml")
    assert texts == ["---\ntitle: Un\n---\nUn deux https://a.fr/x\n---\nTrois ASP.NET\n"]
    assert [(one.code, one.line, one.column) for one in findings] == [
        ("markup", 3, 3),
        ("accidental-link", 8, 9),
    ]
    _, findings = found(SPECIAL, path="threads/focus.yaml")
    assert [(one.line, one.message) for one in findings if one.code == "markup"] == [
        (6, "'**Un**' is emphasis in Markdown; it is posted as it stands."),
        (6, "'[deux](https://a.fr/x)' is a link in Markdown; it is posted as it stands."),
        (3, "'--- title: Un ---' is the front matter of a page; it is posted as it stands."),
    ]


def test_an_item_that_is_only_an_image_is_an_error():
    _, findings = found("clean: markdown\nitems:\n  - Un\n  - '![alt](a.png)'\n")
    assert [one.code for one in findings] == ["markup", "empty-item", "empty-item"]
    assert findings[1].message == "flashtweet@2020-11-06: item 2 is only marks, and those are taken out."
    assert findings[1].remedy == "Delete the line."


def test_a_finding_in_a_cleaned_item_stands_where_the_item_begins():
    _, findings = found("clean: markdown\nitems: |\n  Un\n  **Deux** ASP.NET\n")
    assert [(one.code, one.line, one.column) for one in findings] == [("accidental-link", 4, 3)]


def test_a_post_between_two_separators_is_kept():
    exclusive = "Exclusif: le pont de Bercy rouvre demain matin"
    text = (
        f"at: 2026-12-08 18:00\nclean: markdown\ntext: |\n  ---\n  {exclusive}\n  ---\n  Le chantier dure.\n"
    )
    parsed = parse("threads/focus.yaml", text.encode())
    assert parsed.issue is not None
    [edition] = editions_of(parsed.issue, PROGRAMME)[0]
    assert compose(edition, "fr_FR").texts == (f"{exclusive} 1/2", "Le chantier dure. 2/2")


JOINED = "items:\n  - Lire [le rapport\n    de Bercy](https://ex.fr/a) et **le dire\n    haut**\n"


def test_marks_over_lines_that_yaml_joins_are_seen():
    _, findings = found(JOINED)
    assert [one.message.partition(" is ")[2][:10] for one in findings if one.code == "markup"] == [
        "emphasis i",
        "a link in ",
    ]
    assert found(JOINED, CLEAN) == (["Lire le rapport de Bercy https://ex.fr/a et le dire haut"], [])


def test_marks_that_escapes_make_are_seen():
    _, findings = found('items:\n  - "Un \\u002A\\u002Adeux\\u002A\\u002A"\n')
    assert [one.code for one in findings] == ["markup"]


def test_invisible_characters_that_escapes_make_are_taken_out():
    texts, _findings = found(
        'clean: markdown\nitems:\n  - "Un \\u200b\\u00adinvisible &#8232; et &#x2029;fin"\n'
    )
    assert texts == ["Un invisible\net\nfin"]


def test_what_clean_leaves_is_reported():
    _, findings = found("clean: markdown\nitems: |\n  Un [rel](/page)\n  Deux[^1]\n")
    assert [(one.line, one.code) for one in findings] == [(3, "markup"), (4, "markup")]
