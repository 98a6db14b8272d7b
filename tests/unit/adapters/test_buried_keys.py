"""Keys inside a text are errors: they would be posted, and have no effect."""
# ruff: noqa: E501 (a table of messages)

from __future__ import annotations

import pytest

from bot.adapters.issue_files import parse
from bot.errors import Severity

LOOKS = "looks like a key; in a block everything is text. If it is text, write it as"
FOCUS = "at: 2026-12-01 18:00\ntext: |\n  Le focus du jour.\n"
DAILY = "items: |\n  Un\n"


def errors(text: str, path: str = "threads/2026-12-01.yaml") -> list[str]:
    found = sorted(parse(path, text.encode()).findings)
    return [
        f"{one.line}:{one.column} {one.message} {one.remedy}"
        for one in found
        if one.severity is Severity.ERROR
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            FOCUS + "  draft: true\n",
            f"4:3 'draft:' {LOOKS} 'Draft : true'. Else write it at the very left, above line 2: draft: true",
        ),
        (
            FOCUS.replace("|", ">") + "  draft: true\n",
            f"4:3 'draft:' {LOOKS} 'Draft : true'. Else write it at the very left, above line 2: draft: true",
        ),
        (
            FOCUS + "  at: 2026-12-01 19:00\n",
            f"4:3 'at:' {LOOKS} 'At : 2026-12-01 19:00'. Else remove the line: 'at:' stands on line 1 already.",
        ),
        (
            "text: |\n  Le focus du jour.\n  at: 2026-12-01 19:00\n",
            f"3:3 'at:' {LOOKS} 'At : 2026-12-01 19:00'. Else write it at the very left, above line 1: at: 2026-12-01 19:00",
        ),
        (
            FOCUS + "\n  clean: markdown\n  Fin.\n",
            f"5:3 'clean:' {LOOKS} 'Clean : markdown'. Else write it at the very left, above line 2: clean: markdown",
        ),
        (
            FOCUS + "  link: https://example.com/a\n",
            f"4:3 'link:' {LOOKS} 'Link : https://example.com/a'. Else write the address alone, after 2 spaces: https://example.com/a",
        ),
        (
            FOCUS + "  image: photo.jpg\n",
            f"4:3 'image:' {LOOKS} 'Image : photo.jpg'. Else remove the line: no such key stands in this kind of file.",
        ),
        (
            FOCUS + "  outro: |\n    À demain\n",
            f"4:3 'outro:' {LOOKS} 'Outro : |'. Else write it at the very left, above line 2: outro: |",
        ),
        (
            FOCUS + "  outro: À demain : lundi\n",
            f"4:3 'outro:' {LOOKS} 'Outro : À demain : lundi'. Else write it at the very left, above line 2: outro: \"À demain : lundi\"",
        ),
        (
            "intro: |\n  Bonjour à tous\n  draft: true\n" + DAILY,
            f"3:3 'draft:' {LOOKS} 'Draft : true'. Else write it at the very left, above line 1: draft: true",
        ),
        (
            DAILY + "outro: |\n  À demain\n  at: 08:00\n",
            f"5:3 'at:' {LOOKS} 'At : 08:00'. Else write it at the very left, above line 3: at: 08:00",
        ),
        (
            DAILY + "replay:\n  intro: |\n    Encore\n    at: 20:00\n",
            f"6:5 'at:' {LOOKS} 'At : 20:00'. Else write it above line 4, after 2 spaces: at: 20:00",
        ),
        (
            "items:\n  - text: |\n      Un\n      link: https://example.com/a\n",
            f"4:7 'link:' {LOOKS} 'Link : https://example.com/a'. Else write it above line 2, after 4 spaces: link: https://example.com/a",
        ),
    ],
)
def test_a_key_in_a_text_is_an_error(text: str, expected: str):
    assert errors(text) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "Draft: true",
        "Draft : true",
        "draft : voir plus bas",
        "date : le 4 mai",
        "Date : le 4 mai",
        "link: voir plus bas",
        "Lien : https://example.com/a",
        "at: the corner",
        "date: vendredi",
        "heure: 19h30",
        "clean: the house is",
        "series: a run of games",
        "image: une jetée au soleil",
        "titre: un roman",
        "issue: nobody knows",
        "rubric: divers",
        "Il a dit draft: true",
        "text: un mot",
        "https://example.com/link:a",
    ],
)
def test_a_sentence_with_a_colon_is_none(line: str):
    assert errors(f"{FOCUS}  {line}\n") == []
    assert errors(f"intro: |\n  Bonjour\n  {line}\n{DAILY}") == []


INSIDE = "looks like a key; it stands inside the text that begins on line 2. If it is text, write it as"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'items:\n  - text: "Un\n    link:https://a.fr/x"\n  - Deux\n',
            f"3:5 'link:' {INSIDE} 'Link : https://a.fr/x'. Else close the quotes on line 2 and write, after 4 spaces: link: https://a.fr/x",
        ),
        (
            "items:\n  - text: 'Un\n\n      link : https://a.fr/x\n      deux'\n",
            f"4:7 'link:' {INSIDE} 'Link : https://a.fr/x'. Else close the quotes on line 2 and write, after 4 spaces: link: https://a.fr/x",
        ),
        (
            'items:\n  - "Un\n    link:https://a.fr/x"\n  - Deux\n',
            f"3:5 'link:' {INSIDE} 'Link : https://a.fr/x'. Else write the address alone, after 4 spaces: https://a.fr/x\"",
        ),
        (
            'date: 2026-12-01\nintro: "Bonjour\n\n  draft: true"\nitems:\n  - Un\n',
            f"4:3 'draft:' {INSIDE} 'Draft : true'. Else close the quotes on line 2 and write it outside of the text: draft: true",
        ),
        ('items:\n  - "Un\n    lien : https://a.fr/x\n    source: AFP\n    à 18:00"\n', None),
        ('items:\n  - "Un\n\n    https://a.fr/x\n    link"\n  - Deux\n', None),
    ],
)
def test_a_key_in_a_text_in_quotes_is_an_error(text: str, expected: str | None):
    assert errors(text) == ([] if expected is None else [expected])


SPACED = {
    "draft : true": "error",
    "draft\u00a0: false": "error",
    "draft\u202f:oui": "error",
    "brouillon : oui": "error",
    "at : 08:00": "error",
    "date : 2026-12-01": "error",
    "link\u00a0: https://example.com/a": "error",
    "url : https://example.com/a": "error",
    "rubric : hot": "error",
    "outro : |": "error",
    "outro : À demain !": "warning",
    "intro\u00a0: Bonjour": "warning",
    "rubric : sport": "warning",
    "items : dix": "warning",
    "date : le 4 mai": None,
    "Date : le 4 mai": None,
    "link : voir plus bas": None,
    "lien : https://example.com/a": None,
    "Outro : À demain !": None,
}


@pytest.mark.parametrize("line", SPACED)
@pytest.mark.parametrize(
    "file",
    [
        FOCUS + "{}",
        "items: |\n  • Un\n  • Deux\n{}",
        "items: |\n  Un\n\n{}",
        "intro: |\n  Un\n{}items: |\n  Un\n",
    ],
)
def test_a_key_with_the_space_of_french_before_its_colon(file: str, line: str):
    """An error where its value fits, a warning where it may be text; the escape that is offered works."""

    def severity(line: str) -> str | None:
        found = parse("threads/2026-12-01.yaml", file.format(f"  {line}\n").encode()).findings
        return next((one.severity.value for one in found if one.code == "key-in-block"), None)

    assert severity(line) == SPACED[line]
    assert severity(line[0].upper() + line[1:].replace("\u202f:", " : ")) is None


def test_keys_after_an_empty_block_are_none():
    text = f"issue: 5\ndate: 2026-12-01\ntop10: |\n  Un\ndays:\n  2026-11-30:\n    intro: |\n    {DAILY}"
    assert not any("looks like" in one for one in errors(text.replace("  Un\n", "      Un\n")))


def test_a_date_in_the_items_is_not_missing():
    """The line that holds it is named, in the first round."""
    found = errors("items: |\n  date: 2026-12-01\n  Un\n  Deux\n", "threads/mardi.yaml")
    assert [one.partition(":")[0] for one in found] == ["2"]
    assert found[0].endswith(": date: 2026-12-01")


def test_a_missing_date_hides_no_other_error():
    found = errors("items: |\n  Un\n  outro: Fin\n", "threads/mardi.yaml")
    assert found[0] == "1:1 there is no date, in the file or in its name. Add a line: date: YYYY-MM-DD"
    assert found[1].startswith("3:3 'outro:' looks like a key")
