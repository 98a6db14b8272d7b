"""What editors paste, and the items that we read in it."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.items import Fragment, Piece, own_number, read_block, renumbered

POSTED = "numbers stand inside the items and would be posted with them"

CLEAR: dict[str, tuple[str, list[str]]] = {
    "lines": ("Un\nDeux", ["Un", "Deux"]),
    "blank lines around": ("\n\nUn\nDeux\n\n", ["Un", "Deux"]),
    "paragraphs": ("Un\nsuite\n\nDeux", ["Un suite", "Deux"]),
    "dots": ("1. Un\n2. Deux", ["Un", "Deux"]),
    "slashes": ("1/ Un\n2/ Deux", ["Un", "Deux"]),
    "brackets": ("1) Un\n2) Deux", ["Un", "Deux"]),
    "dashes after numbers": ("1- Un\n2 – Deux", ["Un", "Deux"]),
    "degree signs": ("1° Un\n2° Deux", ["Un", "Deux"]),
    "no space after the dot": ("1.Bercy\n2.« Reset »", ["Bercy", "« Reset »"]),
    "circles": ("① Un\n② Deux", ["Un", "Deux"]),
    "keycaps without variation selector": ("1\u20e3 Un\n2\u20e3 Deux", ["Un", "Deux"]),
    "keycaps without a space": ("1️⃣Un\n2️⃣Deux", ["Un", "Deux"]),
    "our own n/N": ("1/3 Un\n2/3 Deux\n3/3 Trois", ["Un", "Deux", "Trois"]),
    "numbers and blank lines": ("1. Un\n\n2. Deux", ["Un", "Deux"]),
    "numbered items over two lines": ("1. Un\nsuite\n2. Deux", ["Un suite", "Deux"]),
    "links on lines of their own": (
        "Un\nhttps://example.com/a\nDeux",
        ["Un https://example.com/a", "Deux"],
    ),
    "a link after a blank line": (
        "1. Un\n\nhttps://example.com/a\n\n2. Deux",
        ["Un https://example.com/a", "Deux"],
    ),
    "hyphens": ("- Un\n- Deux", ["Un", "Deux"]),
    "stars": ("* Un\n* Deux", ["Un", "Deux"]),
    "dashes inside bulleted items": ("- Bercy – Paris\n- Un - deux", ["Bercy – Paris", "Un - deux"]),
    "bullets and links": ("• Un\nhttps://example.com/a\n• Deux", ["Un https://example.com/a", "Deux"]),
    "numbers of the text": (
        "3 Français sur 4\n2,9 M€ levés\n5G : oui",
        ["3 Français sur 4", "2,9 M€ levés", "5G : oui"],
    ),
    "fractions of the text": ("L'un\n1/3 des PME", ["L'un", "1/3 des PME"]),
    "one sentence": ("Une seule info", ["Une seule info"]),
    "nothing": (" \n\n ", []),
}


class TestClear:
    @pytest.mark.parametrize("name", CLEAR)
    def test_a_block_reads_without_doubt(self, name: str):
        block, expected = CLEAR[name]
        reading = read_block(block)
        assert ([one.text for one in reading.fragments], reading.doubt) == (expected, None)

    def test_ten_keycaps(self):
        caps = [f"{n}\ufe0f\u20e3" for n in range(1, 10)] + ["🔟"]
        reading = read_block("\n".join(f"{cap} Info {n}" for n, cap in enumerate(caps, 1)))
        assert [(one.text, one.line) for one in reading.fragments] == [
            (f"Info {n}", n - 1) for n in range(1, 11)
        ]
        assert reading.doubt is None

    def test_each_item_knows_its_line(self):
        assert read_block("\n1. Un\nsuite\n\n2. Deux").fragments == (
            Fragment("Un suite", (Piece(0, 1, 3), Piece(3, 2, 0))),
            Fragment("Deux", (Piece(0, 4, 3),)),
        )


DOUBTFUL: dict[str, tuple[str, list[str], str]] = {
    "one number": ("1. Un\nDeux", ["1. Un", "Deux"], "one line starts with a number and no other does"),
    "a gap": ("1. Un\n3. Trois", ["Un", "Trois"], "the numbers run 1, 3"),
    "not from one": ("11. Onze\n12. Douze", ["Onze", "Douze"], "the numbers run 11, 12"),
    "double keycaps": ("1️⃣1️⃣ Onze\n1️⃣2️⃣ Douze", ["Onze", "Douze"], "the numbers run 11, 12"),
    "a title": (
        "LE TOP 10\n1. Un\n2. Deux",
        ["LE TOP 10", "Un", "Deux"],
        "a line before the first number became an item of its own",
    ),
    "closing words": (
        "1. Un\n2. Deux\n\nVoilà, c'est tout !",
        ["Un", "Deux Voilà, c'est tout !"],
        "a paragraph without a number was joined to item 2",
    ),
    "lines in a paragraph": (
        "Un.\nDeux.\n\nTrois",
        ["Un. Deux.", "Trois"],
        "a blank line makes each paragraph one item, but a paragraph holds lines that end like items",
    ),
    "bare numbers": ("1 Bercy\n2 Intermarché", ["1 Bercy", "2 Intermarché"], POSTED),
    "all on one line": (
        "1️⃣ Un 2️⃣ Deux",
        ["1️⃣ Un 2️⃣ Deux"],
        "one line starts with a number and no other does",
    ),
    "a long paragraph": (
        "Bercy aide. Intermarché vend. Jack reste.",
        ["Bercy aide. Intermarché vend. Jack reste."],
        "several sentences make one item",
    ),
    "two items on one line": ("1️⃣ Un 2️⃣ Deux\n3️⃣ Trois", ["Un 2️⃣ Deux", "Trois"], "the numbers run 1, 3"),
    "some bullets": (
        "- Un\n- Deux\nTrois",
        ["- Un", "- Deux", "Trois"],
        "bullets stand before some items and would be posted with them",
    ),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_block_that_could_be_read_otherwise_says_so(name: str):
    block, expected, doubt = DOUBTFUL[name]
    reading = read_block(block)
    assert ([one.text for one in reading.fragments], reading.doubt) == (expected, doubt)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Un", (1, "Un")),
        ("10) Dix", (10, "Dix")),
        ("🔟 Dix", (10, "Dix")),
        ("1️⃣0️⃣ Dix", (10, "Dix")),
        ("⑳ Vingt", (20, "Vingt")),
        ("  2/ Deux", (2, "Deux")),
        ("2.0 arrive", None),
        ("24/7 ouvert", None),
        ("1/3 des PME", None),
        ("2020. Une année", None),
        ("1.", None),
        ("1️⃣", None),
        ("", None),
        ("10 000 emplois", None),
        ("3 Français sur 4", None),
    ],
)
def test_own_number(text: str, expected: tuple[int, str] | None):
    assert own_number(text) == expected


class TestRenumbered:
    def test_a_list_loses_its_numbers(self):
        assert renumbered(("1. Un", "Deux", "3️⃣ Trois")) == ("Un", "Deux", "Trois")

    def test_one_number_may_belong_to_its_text(self):
        assert renumbered(("1. Un", "Deux")) == ("1. Un", "Deux")

    def test_our_own_fractions_go(self):
        assert renumbered(("1/2 Un", "2/2 Deux")) == ("Un", "Deux")


LINES = st.lists(st.text("abé 1.2)/️⃣🔟-*\n#:", max_size=12), max_size=12).map("\n".join)


@given(LINES)
def test_no_word_is_lost(block: str):
    """Only numbers, bullets and white space may go."""
    read = " ".join(fragment.text for fragment in read_block(block).fragments)
    assert re.findall(r"[abé#:]", read) == re.findall(r"[abé#:]", block)


@given(LINES)
def test_items_are_single_lines_in_order(block: str):
    fragments = read_block(block).fragments
    assert all("\n" not in fragment.text for fragment in fragments)
    assert [fragment.line for fragment in fragments] == sorted({fragment.line for fragment in fragments})


@given(LINES)
def test_each_line_of_an_item_is_found_where_its_piece_says(block: str):
    lines = block.splitlines()
    for fragment in read_block(block).fragments:
        ends = [piece.offset - 1 for piece in fragment.pieces[1:]] + [len(fragment.text)]
        for piece, end in zip(fragment.pieces, ends, strict=True):
            assert lines[piece.line][piece.start :].rstrip() == fragment.text[piece.offset : end]


def test_a_megabyte_is_read_at_once():
    start = time.process_time()
    read_block("1. a https://example.com/a\n" * 30_000)
    assert time.process_time() - start < 10
