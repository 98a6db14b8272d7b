"""Blocks and lists of items in a file: the items, and what an editor reads about lines that are none."""
# ruff: noqa: E501 (tables of messages)

from __future__ import annotations

import pytest

from bot.adapters.issue_files import parse

PATH = "threads/2026-12-01.yaml"

HEADING = "To post it, put a bullet before it, or write it into the intro or outro."
REST = "If it is an item, put a bullet before it and every other; if it belongs to the item above, move it up to that line; if to neither, delete it."
MOST = "If it is an item, put a bullet before it and every other; if it belongs to the item above, move it up to that line."


def items(text: str) -> list[str]:
    issue = parse(PATH, text.encode()).issue
    assert issue is not None
    return [item.text for item in issue.chapters[0].items]


def found(text: str) -> list[tuple[int, int, str, str, str]]:
    findings = parse(PATH, text.encode()).findings
    return [(one.line, one.column, one.code, one.message, one.remedy) for one in findings]


def block(*lines: str) -> str:
    return "items: |\n" + "".join(f"  {line}\n" for line in lines)


WARNED = {
    "a heading": (
        block("Presse", "", "- Un", "- Deux"),
        (
            2,
            3,
            "left-out",
            "'Presse' has no bullet; it is left out as a heading; 2 items were read.",
            HEADING,
        ),
    ),
    "several lines": (
        block("Un", "suite", "", "Deux", "fin"),
        (
            3,
            3,
            "joined-lines",
            (
                "'suite' and other lines are read as the rest of the items above them, "
                "since each paragraph is one (lines 3 and 6); 2 items were read."
            ),
            MOST,
        ),
    ),
    "many lines": (
        block("- Un", *["- Deux", "---"] * 14),
        (
            4,
            3,
            "left-out",
            (
                "'---' is left out: it separates items and is not one itself (lines 4, 6, 8, 10, 12, 14, 16, 18, 20, 22 "
                "and 4 more); 15 items were read."
            ),
            "Remove it; a blank line will do.",
        ),
    ),
    "one item": (
        block("Un", "suite"),
        (3, 3, "joined-lines", "'suite' is read as the rest of item 1; 1 item was read.", MOST),
    ),
    "a block in quotes": (
        'items: "Un\\n---\\nDeux\\n---"\n',
        (
            1,
            8,
            "left-out",
            "'---' is left out: it separates items and is not one itself; 2 items were read.",
            "Remove it; a blank line will do.",
        ),
    ),
    "a minus": (
        block("- 5 % pour le CAC", "- Le Dow monte"),
        (
            2,
            3,
            "bullet-or-minus",
            "the '-' of '- 5 % pour le CAC' is read as a bullet and is not posted; 2 items were read.",
            (
                "If it is a minus, write it without the space, after a bullet: • -5 % pour le CAC; "
                "if it is a bullet: • 5 % pour le CAC"
            ),
        ),
    ),
    "a bullet among numbers": (
        block("1. Un", "2. Deux", "", "• Trois"),
        (
            5,
            3,
            "left-out",
            "'• Trois' has no number; it is left out as a heading; 2 items were read.",
            "To post it, put a number in place of its •, or write it into the intro or outro.",
        ),
    ),
    "bullets in a list": (
        "items:\n  - Le parc\n    • La halle\n    • Le tram\n  - Deux\n",
        (
            3,
            5,
            "joined-lines",
            "'• La halle' is read as the rest of item 1.",
            "If it is an item, begin its line like the others: a dash, as far left, and a space.",
        ),
    ),
    "deeper dashes in a list": (
        "items:\n  - text: Un\n      - sous un\n  - Deux\n",
        (
            3,
            7,
            "joined-lines",
            "'- sous un' is read as the rest of item 1.",
            "If it is an item, begin its line like the others: a dash, as far left, and a space.",
        ),
    ),
    "a number sign in a list": (
        "items:\n  - Le prix # 2\n  - Deux\n",
        (
            2,
            13,
            "lost-hashtag",
            "'#' and what follows it on this line read as a comment and are not posted.",
            'If it is text, write, after 2 spaces: - "Le prix # 2"',
        ),
    ),
    "a number sign after a key": (
        "items:\n  - text: Le prix # 2\n    rubric: hot # 2\n",
        (
            2,
            19,
            "lost-hashtag",
            "'#' and what follows it on this line read as a comment and are not posted.",
            'If it is text, write, after 2 spaces: - text: "Le prix # 2"',
        ),
    ),
    "numbers in a list": (
        "items:\n  - Un\n  - 1. Deux\n  - 2. Trois\n",
        (
            3,
            5,
            "mixed-items",
            "'1. Deux' and other entries of this list begin with a number, which is posted.",
            "Remove the numbers: posts are numbered anyway. In a list nothing is cut from a text.",
        ),
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_a_warning_names_its_lines_and_how_many_items_were_read(name: str):
    text, warning = WARNED[name]
    assert found(text) == [warning]
    assert items(text)


def test_the_minus_can_be_kept_as_the_remedy_says():
    text = block("• -5 % pour le CAC", "• Le Dow monte")
    assert (items(text), found(text)) == (["-5 % pour le CAC", "Le Dow monte"], [])


@pytest.mark.parametrize(
    "text",
    [
        "14 - 18 décembre : congrès",
        "1 - 0 pour Lens",
        "1. Un",
        "1/2 Un",
        "1️⃣ Un",
        "- 5 % pour le CAC",
        "• Un",
    ],
)
def test_nothing_is_cut_from_the_entries_of_a_list(text: str):
    assert items(f'items:\n  - "{text}"\n  - text: "{text}"\n') == [text, text]


KEYS = "in a block everything is text"
OF_THE_FILE = (
    'If it is text, remove the | above and write the items as a list (- "{0}: …"). '
    "Else indent it like the key of the block, not deeper: {0}: "
)

ERRORS = {
    "keys of an item and of the file": (
        block("Info : un", "link: https://example.com/a", "rubric: hot", "outro: À demain !"),
        [
            (
                3,
                3,
                "key-in-block",
                f"'link:' and 'rubric:' look like keys; {KEYS} (lines 3 and 4).",
                (
                    'Remove the | above and write all items as a list (- "…"), this one so: '
                    '- {text: "Info : un", link: "https://example.com/a", rubric: hot}'
                ),
            ),
            (
                5,
                3,
                "key-in-block",
                f"'outro:' looks like a key; {KEYS}.",
                OF_THE_FILE.format("outro") + '"À demain !"',
            ),
        ],
    ),
    "a French key": (
        block("Un", "lien: https://example.com/a"),
        [
            (
                3,
                3,
                "key-in-block",
                f"'lien:' looks like a key; {KEYS}.",
                """Delete 'lien' and its colon: an address alone belongs to the text above. Or remove the | above and write all items as a list (- "…"), this one so: - {text: Un, link: "https://example.com/a"}""",
            )
        ],
    ),
    "an image below an item": (
        block("Un", "→ image: a.png"),
        [
            (
                3,
                3,
                "key-in-block",
                f"'image:' looks like a key; {KEYS}.",
                'Remove the | above and write all items as a list (- "…"), this one so: - {text: Un, image: "a.png"}',
            )
        ],
    ),
    "a key with a space before its colon": (
        block("Un", "link : https://example.com/a"),
        [
            (
                3,
                3,
                "key-in-block",
                f"'link:' looks like a key; {KEYS}.",
                """Delete 'link' and its colon: an address alone belongs to the text above. Or remove the | above and write all items as a list (- "…"), this one so: - {text: Un, link: "https://example.com/a"}""",
            )
        ],
    ),
    "keys with capital letters below an item": (
        block("• Un", "  Lien : https://example.com/a", "  Image : photo.jpg", "• Deux"),
        [
            (
                3,
                5,
                "key-in-block",
                f"'Lien:' and 'Image:' look like keys; {KEYS} (lines 3 and 4).",
                (
                    'Remove the | above and write all items as a list (- "…"), this one so: '
                    '- {text: Un, link: "https://example.com/a", image: "photo.jpg"}'
                ),
            )
        ],
    ),
    "what changes in the replay": (
        block("Un", "replay:", "  intro: Rebonjour"),
        [
            (
                3,
                3,
                "key-in-block",
                f"'replay:' looks like a key; {KEYS} (lines 3 and 4).",
                OF_THE_FILE.format("replay").rstrip() + " and below it, two spaces deeper, intro: Rebonjour",
            )
        ],
    ),
    "a block inside a block": (
        block("Un", "intro: |"),
        [(3, 3, "key-in-block", f"'intro:' looks like a key; {KEYS}.", OF_THE_FILE.format("intro") + "|")],
    ),
    "a list under a bar": (
        block("- text: Un", "  link: https://example.com/a"),
        [
            (
                2,
                3,
                "key-in-block",
                f"'text:' and 'link:' look like keys; {KEYS} (lines 2 and 3).",
                (
                    "Remove the | above: these lines are a list already. "
                    "A text that begins so needs double quotes."
                ),
            )
        ],
    ),
    "a date": (
        block("date: 2026-12-01", "Un"),
        [
            (
                2,
                3,
                "key-in-block",
                f"'date:' looks like a key; {KEYS}.",
                OF_THE_FILE.format("date") + "2026-12-01",
            )
        ],
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_key_inside_a_block_is_an_error(name: str):
    text, errors = ERRORS[name]
    assert found(text) == errors
    assert parse(PATH, text.encode()).issue is None


@pytest.mark.parametrize(
    "text",
    [
        'Info "A" : un',
        'Le musée dit "oui"',
        '"Reset" social, dit le musée',
        '"Reset" et "retour"',
        "'Le Lab' et 'le Fab'",
        "C'est l'été : 5\" de pluie",
    ],
)
def test_the_list_form_of_the_remedy_can_be_copied(text: str):
    [finding] = parse(PATH, block(text, "link: https://example.com/a", "", "Deux").encode()).findings
    entry = finding.remedy.partition(" so: ")[2]
    assert items(f"items:\n  {entry}\n") == [f"{text} https://example.com/a"]


@pytest.mark.parametrize("sign", ["", "• ", "{n}. ", "{n}.\t"])
def test_a_link_under_its_text_is_read_once_its_key_is_deleted(sign: str):
    lines = [f"{sign.format(n=n)}{text}" for n, text in enumerate(("Un", "Deux", "Trois"), 1)]
    text = block(lines[0], lines[1], "link: https://example.com/a", lines[2])
    [finding] = parse(PATH, text.encode()).findings
    assert finding.remedy.startswith("Delete 'link' and its colon: an address alone")
    assert items(text.replace("link: ", "")) == ["Un", "Deux https://example.com/a", "Trois"]


def test_a_link_above_its_text_is_not_offered_to_the_text_above():
    found = parse(PATH, block("link: https://a.fr/x", "Un", "link: https://b.fr/x", "Deux").encode()).findings
    assert all(one.remedy.startswith("Remove the | above and write all items as a list") for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "# un\nitems: # deux\n  # trois\n  - 'Un' # quatre\n  - \"Deux\" # cinq\n  -  # six\n    Trois #\n",
        "items: | # un\n  Le prix # 2\n",
        "items:\n  - Un tiret\n    - 5 °C\n  - |\n    Deux\n    • trois\n",
    ],
)
def test_comments_and_lines_that_are_no_slips(text: str):
    assert found(text) == []
