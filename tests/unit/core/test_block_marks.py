"""Tests that numbers and bullets inside Markdown and HTML marks open items like all others."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import pytest

from bot.core.content.blocks.reader import read_block

READ: dict[str, tuple[str, tuple[str, ...]]] = {
    "numbers in bold": ("**1)** Vinted\n**2)** La Poste\n**3)** Doctolib", ("Vinted", "La Poste", "Doctolib")),
    "numbers in bold titles": (
        "**1. Vinted**\nLa licence est accordée\n**2. La Poste**\nElle ferme 300 bureaux",
        ("**Vinted** La licence est accordée", "**La Poste** Elle ferme 300 bureaux"),
    ),
    "bullets in paragraphs": ("<p>• Vinted</p>\n<p>• La Poste</p>", ("<p>Vinted</p>", "<p>La Poste</p>")),
    "numbers in bold tags": ("<p><b>1.</b> Un</p>\n<p><b>2.</b> Deux</p>", ("<p>Un</p>", "<p>Deux</p>")),
    "numbers in headings": ("## 1. Un\nSuite\n## 2. Deux\nSuite", ("## Un Suite", "## Deux Suite")),
    "keycaps in italics": ("_1️⃣ Un_\n_2️⃣ Deux_", ("_Un_", "_Deux_")),
    "one sign alone": ("**1. Un** an\nDeux", ("**1. Un** an", "Deux")),
    "figures": ("**2,9 M€** levés\n**1.5 %** de plus\n**1/3** des Français", ("**2,9 M€** levés", "**1.5 %** de plus", "**1/3** des Français")),
    "minus": ("**- 3 °C** à Lille\n**- 5 °C** à Metz", ("**- 3 °C** à Lille", "**- 5 °C** à Metz")),
    "bullets of Markdown": ("* Un *mot*\n* **Deux**", ("Un *mot*", "**Deux**")),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_signs_inside_marks(name: str):
    block, texts = READ[name]
    assert read_block(block).texts == texts


def test_the_lines_of_items_are_kept():
    pieces = [
        piece for one in read_block("  **1. Un**\nDeux\n  **2. Trois**").fragments for piece in one.pieces
    ]
    assert [piece.line for piece in pieces] == [0, 1, 2]


def test_a_heading_that_is_posted_is_reported():
    [remark] = read_block("## Presse\nVinted obtient sa licence\nLa Poste ferme").remarks
    assert remark.message == "'## Presse' is a heading in Markdown and is posted as an item"
    assert remark.lines == (0,)
    assert read_block("## Un\n## Deux").remarks == ()


def test_all_headings_that_are_posted_are_one_remark():
    [remark] = read_block("## Presse\n\nVinted obtient sa licence\n\n## Sport\n\nLens gagne").remarks
    assert remark.lines == (0, 4)


@pytest.mark.parametrize("line", ["<ul><li>Un</li><li>Deux</li></ul>", "<p>Un</p><p>Deux</p>"])
def test_paragraphs_of_html_on_one_line_are_reported(line: str):
    [remark] = read_block(f"{line}\n<p>Trois</p>").remarks
    assert (remark.lines, remark.message) == (
        (0,),
        f"'{line}' holds several paragraphs in HTML, and one line makes one item",
    )
