"""Tests of pasted blocks: the items read from them, and the remarks on ambiguous lines."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.content.blocks import remarks
from bot.core.content.blocks.lines import is_blank
from bot.core.content.blocks.marks import signs_first
from bot.core.content.blocks.reader import BlockItem, Piece, read_block
from bot.core.content.list_markers import Number, Sign, number_before, numbers_before

POSTED = "numbers stand inside the items and would be posted with them"

CLEAR: dict[str, tuple[str, list[str]]] = {
    "lines": ("Un\nDeux", ["Un", "Deux"]),
    "blank lines around": ("\n\nUn\nDeux\n\n", ["Un", "Deux"]),
    "paragraphs": ("Un\n\nDeux", ["Un", "Deux"]),
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
    "numbers from one again": ("1. Un\n2. Deux\n1. Trois\n2. Quatre", ["Un", "Deux", "Trois", "Quatre"]),
    "figures after numbers": ("1. 200 emplois\n2. 5 % de hausse", ["200 emplois", "5 % de hausse"]),
    "numbered items over two lines": ("1. Un\nsuite\n2. Deux", ["Un suite", "Deux"]),
    "a numbered item with an announcement": (
        "1. Un\n   voici les chiffres :\n   trois\n2. Deux",
        ["Un voici les chiffres : trois", "Deux"],
    ),
    "numbered items with lines that are indented": ("1. Un\n   Suite\n2. Deux", ["Un Suite", "Deux"]),
    "links on lines of their own": (
        "Un\nhttps://example.com/a\nDeux",
        ["Un https://example.com/a", "Deux"],
    ),
    "a link after a blank line": (
        "1. Un\n\nhttps://example.com/a\n\n2. Deux",
        ["Un https://example.com/a", "Deux"],
    ),
    "a link after a blank line, among lines": (
        "Un\n\nhttps://example.com/a\nDeux",
        ["Un https://example.com/a", "Deux"],
    ),
    "links after a sign": (
        "1. Un\n👉 https://example.com/a\n2. Deux\n→ https://example.com/b",
        ["Un 👉 https://example.com/a", "Deux → https://example.com/b"],
    ),
    "links after a sign, among lines": ("Un\n➡️ a.fr/x\nDeux", ["Un ➡️ a.fr/x", "Deux"]),
    "links after a bullet": ("- Un\n- https://example.com/a", ["Un", "https://example.com/a"]),
    "hyphens": ("- Un\n- Deux", ["Un", "Deux"]),
    "stars": ("* Un\n* Deux", ["Un", "Deux"]),
    "two kinds of bullets": ("- Un\n• Deux", ["Un", "Deux"]),
    "dashes inside bulleted items": ("- Bercy – Paris\n- Un - deux", ["Bercy – Paris", "Un - deux"]),
    "bullets and links": ("• Un\nhttps://example.com/a\n• Deux", ["Un https://example.com/a", "Deux"]),
    "bulleted items wrapped by hand": (
        "- L'État investit 250 M€\n  aux hébergeurs\n- Un musée",
        ["L'État investit 250 M€ aux hébergeurs", "Un musée"],
    ),
    "numbers of the text": (
        "3 Français sur 4\n2,9 M€ levés\n5G : oui",
        ["3 Français sur 4", "2,9 M€ levés", "5G : oui"],
    ),
    "bullets of Word, as letters, alone": ("o   Un\no   Deux", ["Un", "Deux"]),
    "a letter before a word": ("o tempora !\nLe pont ferme", ["o tempora !", "Le pont ferme"]),
    "semicolons of a list in a sentence": (
        "Nestlé ; Danone ; Bel : trois\nLe blé ; l'orge ; le riz\nPau ; Lens ; Nice",
        ["Nestlé ; Danone ; Bel : trois", "Le blé ; l'orge ; le riz", "Pau ; Lens ; Nice"],
    ),
    "semicolons of entities": (
        "R&amp;D &amp; co\nM&amp;A &amp; co\nA&amp;B &amp; co",
        ["R&amp;D &amp; co", "M&amp;A &amp; co", "A&amp;B &amp; co"],
    ),
    "semicolons of sentences": (
        "Un; deux; trois\nLe pont; la mer\nLe bus",
        ["Un; deux; trois", "Le pont; la mer", "Le bus"],
    ),
    "fractions of the text": ("L'un\n1/3 des PME", ["L'un", "1/3 des PME"]),
    "scores": ("1 - 0 pour Lens\n2 - 1 pour Brest", ["1 - 0 pour Lens", "2 - 1 pour Brest"]),
    "periods": (
        "14 - 18 décembre : congrès\n15 – 19 décembre : salon",
        ["14 - 18 décembre : congrès", "15 – 19 décembre : salon"],
    ),
    "lines in small letters": ("un\ndeux", ["un", "deux"]),
    "names that begin small": (
        "Un\ne-commerce : deux\niPhone : trois",
        ["Un", "e-commerce : deux", "iPhone : trois"],
    ),
    "words that are no keys": ("Date : le 12\nTexte: Un", ["Date : le 12", "Texte: Un"]),
    "bullets of Word and of web pages": ("● Un\n■ Deux\n‣ Trois", ["Un", "Deux", "Trois"]),
    "one emoji before each": ("🔹 Un\n🔹 Deux", ["Un", "Deux"]),
    "an emoji without a space": ("✅Un\n✅Deux", ["Un", "Deux"]),
    "emojis of the text": ("✅ Un\n🎉 Deux", ["✅ Un", "🎉 Deux"]),
    "an emoji of one text": ("✅ Un\nDeux\nTrois", ["✅ Un", "Deux", "Trois"]),
    "emojis of which one is there twice": (
        "🎙 Un\n📈 Deux\n📉 Trois\n🎙 Quatre",
        ["🎙 Un", "📈 Deux", "📉 Trois", "🎙 Quatre"],
    ),
    "an emoji before half of the lines": (
        "🔴 Un\nDeux\n🔴 Trois\nQuatre",
        ["🔴 Un", "Deux", "🔴 Trois", "Quatre"],
    ),
    "news that begin like a letter": (
        "Bonjour tristesse, le film\nBonne journée pour la Bourse\nL'équipe de France gagne à Rome",
        ["Bonjour tristesse, le film", "Bonne journée pour la Bourse", "L'équipe de France gagne à Rome"],
    ),
    "an odd emoji": ("🔹 Un\n🔹 Deux\n🚨 Trois", ["Un", "Deux", "🚨 Trois"]),
    "boxes": ("- [ ] Un\n- [x] Deux", ["Un", "Deux"]),
    "numbers on lines of their own": ("1.\nUn\n2.\n\nDeux\nsuite", ["Un", "Deux suite"]),
    "bare numbers on lines of their own": ("1\nUn\n2\n5 % de hausse", ["Un", "5 % de hausse"]),
    "keycaps on lines of their own": ("1️⃣\nUn\n2️⃣\nDeux", ["Un", "Deux"]),
    "ordinals": (
        "1er décembre : un\n2e tour : deux\n3e édition",
        ["1er décembre : un", "2e tour : deux", "3e édition"],
    ),
    "leagues": ("Ligue 1 : Lens\nLigue 2 : Caen", ["Ligue 1 : Lens", "Ligue 2 : Caen"]),
    "long headlines": (
        "Le marché de Noël ouvre vendredi à midi sur la grande place\nStrasbourg attend deux millions de visiteurs\nLyon aussi",
        [
            "Le marché de Noël ouvre vendredi à midi sur la grande place",
            "Strasbourg attend deux millions de visiteurs",
            "Lyon aussi",
        ],
    ),
    "rises": ("+ 5 % pour le CAC\n+ 3 % pour le Dow", ["+ 5 % pour le CAC", "+ 3 % pour le Dow"]),
    "numbers in brackets": ("(1) Un\n(2) Deux", ["Un", "Deux"]),
    "hashes and numbers": ("#1 Un\n#2 Deux", ["Un", "Deux"]),
    "numbers in words": ("N°1 Un\nN°2 : Deux", ["Un", "Deux"]),
    "firsts": ("N°1 du luxe\n#1 sur Netflix\nTrois", ["N°1 du luxe", "#1 sur Netflix", "Trois"]),
    "headlines of unlike lengths": (
        "OpenAI ouvre un grand bureau de recherche à Paris\nLens en tête\nFree lance un forfait 5G",
        ["OpenAI ouvre un grand bureau de recherche à Paris", "Lens en tête", "Free lance un forfait 5G"],
    ),
    "one sentence": ("Une seule info", ["Une seule info"]),
    "nothing": (" \n\u200b\n ", []),
}


@pytest.mark.parametrize("name", CLEAR)
def test_a_block_reads_without_a_remark(name: str):
    block, expected = CLEAR[name]
    reading = read_block(block)
    assert ([one.text for one in reading.fragments], reading.remarks) == (expected, ())


def test_ten_keycaps():
    caps = [f"{n}\ufe0f\u20e3" for n in range(1, 10)] + ["🔟"]
    reading = read_block("\n".join(f"{cap} Info {n}" for n, cap in enumerate(caps, 1)))
    assert [(one.text, one.line) for one in reading.fragments] == [(f"Info {n}", n - 1) for n in range(1, 11)]
    assert reading.remarks == ()


def test_each_item_knows_its_line():
    assert read_block("\n1. Un\nsuite\n\n2. Deux").fragments == (
        BlockItem("Un suite", (Piece(0, 1, 3), Piece(3, 2, 0))),
        BlockItem("Deux", (Piece(0, 4, 3),)),
    )


def test_each_item_knows_its_attributes():
    un, deux = read_block(
        "- Un\n  link: https://example.com/a\n  rubric: hot\n- Deux\n  → image: a.png"
    ).fragments
    assert [(key.name, key.value) for key in un.keys] == [
        ("link", "https://example.com/a"),
        ("rubric", "hot"),
    ]
    assert [(key.name, key.value) for key in deux.keys] == [("image", "a.png")]


Told = list[tuple[str, tuple[int, ...], str]]
"""Return code, lines from 1, and message of each remark."""


def doubt(message: str, *lines: int) -> Told:
    return [("mixed-items", lines, message)]


looks = doubt


def rest(message: str, *lines: int) -> Told:
    return [("joined-lines", lines, message)]


def out(message: str, *lines: int) -> Told:
    return [("left-out", lines, message)]


def cells(which: str, n: int, *lines: int) -> Told:
    why = (
        f"without a link are read as items; a link comes every {n} of them, as in a table pasted cell by cell"
    )
    return [("mixed-items", lines, f"{which} {why}")]


NEWS = "- Une banque\n- Un musée\n- Une école"
THREE = ["Une banque", "Un musée", "Une école"]
TOWN = "L'État investit 250 M€"
WRAPPED = """\
La question agite toute la ville depuis le printemps, et
beaucoup d'habitants voudraient savoir qui paiera : le maire de
Lyon a répondu hier soir que personne ne paiera, et surtout pas
Villeurbanne avant mars
Un musée passe au logiciel libre"""

REMARKS: dict[str, tuple[str, list[str], Told]] = {
    # --- headings
    "a heading": (f"Presse\n\n{NEWS}", THREE, out("'Presse' has no bullet; it is left out as a heading", 1)),
    "a heading without a blank line": (
        f"Presse\n{NEWS}",
        THREE,
        out("'Presse' has no bullet; it is left out as a heading", 1),
    ),
    "a heading above numbers": (
        "LE TOP 10\n1. Un\n2. Deux",
        ["Un", "Deux"],
        out("'LE TOP 10' has no number; it is left out as a heading", 1),
    ),
    "two headings": (
        f"Presse\n\n{NEWS}\n\nSport :\n\n- Lens",
        [*THREE, "Lens"],
        out("'Presse' has no bullet; it is left out as a heading", 1)
        + out("'Sport :' has no bullet; it is left out as a heading", 7),
    ),
    "two headings without a blank line": (
        f"Presse\n{NEWS}\nSport\n- Lens",
        [*THREE, "Lens"],
        out("'Presse' has no bullet; it is left out as a heading", 1)
        + out("'Sport' has no bullet; it is left out as a heading", 5),
    ),
    "headings of Markdown after every numbered item but the last": (
        "1. Un\n## Presse\n2. Deux\n  ## Sport\n3. Trois",
        ["Un", "Deux", "Trois"],
        out("'## Presse' has no number; it is left out as a heading", 2)
        + out("'## Sport' has no number; it is left out as a heading", 4),
    ),
    "headings of Markdown after every numbered item but the last, and blank lines": (
        "1. Un\n\n## Presse\n\n2. Deux\n\n### Sport\n\n3. Trois",
        ["Un", "Deux", "Trois"],
        out("'## Presse' has no number; it is left out as a heading", 3)
        + out("'### Sport' has no number; it is left out as a heading", 7),
    ),
    "headings of Markdown between bullets": (
        "- Un\n## Presse\n- Deux\n## Sport\n- Trois",
        ["Un", "Deux", "Trois"],
        out("'## Presse' has no bullet; it is left out as a heading", 2)
        + out("'## Sport' has no bullet; it is left out as a heading", 4),
    ),
    "a heading of Markdown below the last item": (
        "1. Un\n2. Deux\n## Sport",
        ["Un", "Deux"],
        out("'## Sport' has no number; it is left out as a heading", 3),
    ),
    "a heading of Markdown and a text below it": (
        "1. Un\n## Presse\nLa banque ouvre ses données.\n2. Deux",
        ["Un La banque ouvre ses données.", "Deux"],
        out("'## Presse' has no number; it is left out as a heading", 2)
        + rest("'La banque ouvre ses données.' is read as the rest of item 1", 3),
    ),
    "headings of Markdown after all numbered items": (
        "1. Un\n## Une banque\n2. Deux\n## Un musée",
        ["Un ## Une banque", "Deux ## Un musée"],
        rest("'## Une banque' and other lines are read as the rest of the items above them", 2, 4),
    ),
    "a linked heading of Markdown": (
        "1. Un\n  ## [Presse](https://a.fr/x)\n2. Deux",
        ["Un ## [Presse](https://a.fr/x)", "Deux"],
        rest("'## [Presse](https://a.fr/x)' is read as the rest of item 1", 2),
    ),
    "a heading of Markdown among details": (
        "1. Un\n\nUne banque.\n\n## Presse\n\n2. Deux\n\nUn musée.",
        ["Un Une banque.", "Deux Un musée."],
        rest("'Une banque.' and other lines are read as the rest of the items above them", 3, 9)
        + out("'## Presse' has no number; it is left out as a heading", 5),
    ),
    "a heading of two lines": (
        f"Revue de presse\nMardi 1er décembre\n\n{NEWS}",
        THREE,
        out("'Revue de presse' has no bullet; it is left out as a heading", 1, 2),
    ),
    "closing words": (
        "1. Un\n2. Deux\n\nVoilà, c'est tout !",
        ["Un", "Deux"],
        out("'Voilà, c'est tout !' has no number; it is left out as a heading", 4),
    ),
    "a sentence above the first sign": (
        "Bercy aide les commerces.\n- Un\n- Deux",
        ["Bercy aide les commerces.", "Un", "Deux"],
        rest("'Bercy aide les commerces.' has no bullet; it is read as an item of its own", 1),
    ),
    "a greeting and headings": (
        "Bonjour\n\nPresse\n- Un\n\nSport\n- Deux",
        ["Un", "Deux"],
        out("'Bonjour' has no bullet; it is left out as a heading", 1)
        + out("'Presse' has no bullet; it is left out as a heading", 3)
        + out("'Sport' has no bullet; it is left out as a heading", 6),
    ),
    "a link in what looks like a heading": (
        "Lire https://a.fr/x demain\n- Un\n- Deux",
        ["Lire https://a.fr/x demain", "Un", "Deux"],
        rest("'Lire https://a.fr/x demain' has no bullet; it is read as an item of its own", 1),
    ),
    "a heading above items of which one has a second line": (
        "Le programme\n1. Le robot arrive\n2. Énergie\nLes data centers chaufferont la piscine\n3. Domo",
        ["Le robot arrive", "Énergie Les data centers chaufferont la piscine", "Domo"],
        out("'Le programme' has no number; it is left out as a heading", 1)
        + rest("'Les data centers chaufferont la piscine' is read as the rest of item 2", 4),
    ),
    # --- lines that continue others
    "bullets of Word, as letters": (
        "• Un\n   o deux\n   o trois\n• Quatre",
        ["Un o deux o trois", "Quatre"],
        rest("'o deux' and other lines are read as the rest of the items above them", 2, 3),
    ),
    "bullets of Word, as letters before one blank": (
        "o Lens gagne\no Lille perd\no 60 trains de plus",
        ["Lens gagne", "Lille perd", "60 trains de plus"],
        looks("'o' opens most lines; it is read as a bullet and is not posted", 1, 2, 3),
    ),
    "bullets of Word, as letters with more blanks": (
        "• Un\no  60 trains\no\t40 bus\n• Quatre",
        ["Un o  60 trains o\t40 bus", "Quatre"],
        rest("'o  60 trains' and other lines are read as the rest of the items above them", 2, 3),
    ),
    "bullets of Word, as letters below others": (
        "• Un\no 60 trains\no 40 bus\n• Quatre",
        ["Un o 60 trains o 40 bus", "Quatre"],
        rest("'o 60 trains' and other lines are read as the rest of the items above them", 2, 3),
    ),
    "names above news": (
        "Camille Roux\nFree lance une offre à Pau\nYanis B.\nLe tunnel rouvre ce jour",
        ["Camille Roux", "Free lance une offre à Pau", "Yanis B.", "Le tunnel rouvre ce jour"],
        looks("'Camille Roux' is read as an item and looks like a heading", 1)
        + looks("'Yanis B.' is read as an item and looks like a heading", 3),
    ),
    "rows of a table": (
        "Le beurre;LSA;https://a.fr/1\nNantes;DNA;https://a.fr/2\nLe stade;BFM;https://a.fr/3",
        ["Le beurre;LSA;https://a.fr/1", "Nantes;DNA;https://a.fr/2", "Le stade;BFM;https://a.fr/3"],
        looks("'Le beurre;LSA;https://a.fr/1' and other items hold 2 semicolons each: was a table pasted?", 1, 2, 3),
    ),
    "a line that breaks before a name": (
        "Le marché de Noël ouvre vendredi à midi sur la place\nSaint-Aubin et une patinoire\nUn musée",
        ["Le marché de Noël ouvre vendredi à midi sur la place", "Saint-Aubin et une patinoire", "Un musée"],
        looks("'Saint-Aubin et une patinoire' is read as an item and may be the rest of the line above", 2),
    ),
    "a sentence below the last sign": (
        "1. Un\n2. Deux\n\nBercy aide les commerces.",
        ["Un", "Deux Bercy aide les commerces."],
        rest("'Bercy aide les commerces.' is read as the rest of item 2", 4),
    ),
    "details below each number": (
        "1. Un\n\nDétail\n\n2. Deux\n\nAutre détail",
        ["Un Détail", "Deux Autre détail"],
        rest("'Détail' and other lines are read as the rest of the items above them", 3, 7),
    ),
    "details on the next line": (
        "1. Un\nDétail\n2. Deux",
        ["Un Détail", "Deux"],
        rest("'Détail' is read as the rest of item 1", 2),
    ),
    "a bullet inside an item": (
        "• Un\n  - détail\n• Deux",
        ["Un - détail", "Deux"],
        rest("'- détail' is read as the rest of item 1", 2),
    ),
    "numbers inside an item": (
        "1. Un\n   1. détail\n   2. autre\n2. Deux",
        ["Un 1. détail 2. autre", "Deux"],
        rest("'1. détail' and other lines are read as the rest of the items above them", 2, 3),
    ),
    "a line without its bullet": (
        "- Un\n- Deux\nTrois",
        ["Un", "Deux Trois"],
        rest("'Trois' is read as the rest of item 2", 3),
    ),
    "a blank line between some only": (
        "a\nb\n\nc\nd",
        ["a b", "c d"],
        rest("'b' and other lines are read as the rest of the items above them, since each paragraph is one", 2, 5),
    ),
    "lines in a paragraph": (
        "Un.\nDeux.\n\nTrois",
        ["Un. Deux.", "Trois"],
        rest("'Deux.' is read as the rest of item 1, since each paragraph is one", 2),
    ),
    "a line wrapped by hand": (
        f"{TOWN}\naux hébergeurs\nUn musée",
        [f"{TOWN} aux hébergeurs", "Un musée"],
        rest("'aux hébergeurs' is read as the rest of item 1", 2),
    ),
    "a line wrapped by hand and indented": (
        f"{TOWN}\n  Aux hébergeurs\nUn musée",
        [f"{TOWN} Aux hébergeurs", "Un musée"],
        rest("'Aux hébergeurs' is read as the rest of item 1", 2),
    ),
    "a line in brackets": ("Un\n(source : AFP)\nDeux", ["Un (source : AFP)", "Deux"], rest("'(source : AFP)' is read as the rest of item 1", 2)),
    "a line that ends in the middle of a sentence": (
        "Le maire de\nLyon\nUn musée",
        ["Le maire de Lyon", "Un musée"],
        rest("'Lyon' is read as the rest of item 1", 2),
    ),
    "lines wrapped at one width": (
        WRAPPED,
        [" ".join(WRAPPED.splitlines()[:4]), "Un musée passe au logiciel libre"],
        rest("'beaucoup d'habitants voudraient savoir …' and other lines are read as the rest of the items above them", 2, 3, 4),
    ),
    # --- separators
    "separators": (
        "Un\n---\nDeux\n***\nTrois\n* * *\nQuatre",
        ["Un", "Deux", "Trois", "Quatre"],
        out("'---' is left out: it separates items and is not one itself", 2, 4, 6),
    ),
    "separators between bullets": (
        "- Un\n———\n- Deux",
        ["Un", "Deux"],
        out("'———' is left out: it separates items and is not one itself", 2),
    ),
    "a bullet alone": ("- Un\n-\n- Deux", ["Un", "Deux"], out("'-' is left out: it separates items and is not one itself", 2)),
    "front matter": (
        "---\ntitle: Un\ndate: 2026-12-01\n---\nDeux",
        ["Deux"],
        out("the lines from --- to --- are left out, as the front matter of a page", 1, 2, 3, 4),
    ),
    "a number alone": ("1. \u200b\n2. Deux", ["Deux"], out("a sign without a text after it is left out", 1)),
    # --- figures
    "dashes before figures": (
        "- 5 % pour le CAC\n- 3 % pour le Dow",
        ["- 5 % pour le CAC", "- 3 % pour le Dow"],
        [("bullet-or-minus", (1, 2), "the '-' of '- 5 % pour le CAC' is read as a minus and posted: a figure follows each of them")],
    ),
    "long dashes before figures": (
        "– 5 % pour le CAC\n– 3 % pour le Dow",
        ["– 5 % pour le CAC", "– 3 % pour le Dow"],
        [("bullet-or-minus", (1, 2), "the '–' of '– 5 % pour le CAC' is read as a minus and posted: a figure follows each of them")],
    ),
    "a dash before a figure": (
        "- 5 % pour le CAC\n- Le Dow monte",
        ["5 % pour le CAC", "Le Dow monte"],
        [("bullet-or-minus", (1,), "the '-' of '- 5 % pour le CAC' is read as a bullet and is not posted")],
    ),
    "a dash before a figure inside an item": (
        "- Un\n  - 120 emplois\n- Deux",
        ["Un - 120 emplois", "Deux"],
        rest("'- 120 emplois' is read as the rest of item 1", 2),
    ),
    # --- numbers
    "a number and a figure": (
        "1 – Un\n2 – Deux\n3 – 14 juillet : trois",
        ["Un", "Deux", "3 – 14 juillet : trois"],
        doubt("'3 – 14 juillet : trois' is read as an item, and its number is posted: a figure follows the dash", 3),
    ),
    "one number": ("1. Un\nDeux", ["1. Un", "Deux"], doubt("one line starts with a number and no other does", 1)),
    "a deleted item": ("1. Un\n2. Deux\n4. Quatre", ["Un", "Deux", "Quatre"], doubt("the numbers run 1, 2, 4", 1)),
    "not from one": (
        "12. Dezember\n13. Dezember",
        ["12. Dezember", "13. Dezember"],
        doubt("the numbers run 12, 13; they do not count 1, 2, 3…, and they stay in the text", 1),
    ),
    "no count": (
        "1. FC Köln\n1. FC Nürnberg",
        ["1. FC Köln", "1. FC Nürnberg"],
        doubt("the numbers run 1, 1; they do not count 1, 2, 3…, and they stay in the text", 1),
    ),
    "numbers of a few lines": (
        "1. FC Köln\nUn\nDeux\n2. Liga\n" + "\n".join(["Info"] * 7),
        ["1. FC Köln", "Un", "Deux", "2. Liga", *["Info"] * 7],
        doubt("the numbers run 1, 2; most lines have none, and they stay in the text", 1),
    ),
    "double keycaps": ("1️⃣1️⃣ Onze\n1️⃣2️⃣ Douze", ["Onze", "Douze"], doubt("the numbers run 11, 12", 1)),
    "bare numbers": ("1 Bercy\n2 Intermarché", ["1 Bercy", "2 Intermarché"], doubt(POSTED, 1)),
    "bare numbers and tabs": ("1\tBercy\n2\tIntermarché", ["1\tBercy", "2\tIntermarché"], doubt(POSTED, 1)),
    "a countdown": (
        "3. Un\n2. Deux\n1. Trois",
        ["3. Un", "2. Deux", "1. Trois"],
        doubt("the numbers run 3, 2, 1; they do not count 1, 2, 3…, and they stay in the text", 1),
    ),
    "links above their texts": (
        "https://a.fr/1\nUn\nhttps://a.fr/2\nDeux",
        ["https://a.fr/1", "Un https://a.fr/2", "Deux"],
        doubt("a link stands first and is an item of its own, so each other link is read with the text above it", 1, 3),
    ),
    "links above their paragraphs": (
        "https://a.fr/1\nUn\n\nhttps://a.fr/2\nDeux",
        ["https://a.fr/1", "Un https://a.fr/2", "Deux"],
        doubt("a link stands first and is an item of its own, so each other link is read with the text above it", 1, 4),
    ),
    "all on one line": (
        "1️⃣ Un 2️⃣ Deux",
        ["1️⃣ Un 2️⃣ Deux"],
        doubt("one line starts with a number and no other does", 1),
    ),
    "two items on one line": ("1️⃣ Un 2️⃣ Deux\n3️⃣ Trois", ["Un 2️⃣ Deux", "Trois"], doubt("the numbers run 1, 3", 1)),
    # --- repeated openers
    "an item below an emoji goes on": (
        "✅ Vinted devient une banque :\nParis applaudit\n✅ La Poste ferme",
        ["Vinted devient une banque : Paris applaudit", "La Poste ferme"],
        rest("'Paris applaudit' is read as the rest of item 1", 2),
    ),
    **{
        f"a heading above {sign}": (
            f"Presse\n{sign} Un\n{sign} Deux",
            ["Un", "Deux"],
            out("'Presse' has no bullet; it is left out as a heading", 1),
        )
        for sign in "●■‣🔹✅"
    },
    **{
        f"lines that {sign} opens": (
            f"{sign} Un\n{sign} Deux",
            ["Un", "Deux"],
            doubt(f"'{sign}' opens most lines; it is read as a bullet and is not posted", 1, 2),
        )
        for sign in "+>§🔴"
    },
    # --- items that look like something else
    "a heading above paragraphs with links": (
        "Presse écrite et télé\n\nUn\nhttps://example.com/a\n\nDeux\nhttps://example.com/b",
        ["Presse écrite et télé", "Un https://example.com/a", "Deux https://example.com/b"],
        looks("'Presse écrite et télé' is read as an item and looks like a heading", 1),
    ),
    "a heading above long paragraphs": (
        "Presse\n\nVinted devient une banque\n\nLa Poste ferme 300 bureaux",
        ["Presse", "Vinted devient une banque", "La Poste ferme 300 bureaux"],
        looks("'Presse' is read as an item and looks like a heading", 1),
    ),
    **{
        f"a heading, and {end} at the end": (
            f"Presse\n\nVinted devient une banque\n\nLa Poste ferme 300 bureaux\n\n{end}",
            ["Presse", "Vinted devient une banque", "La Poste ferme 300 bureaux", end],
            looks("'Presse' is read as an item and looks like a heading", 1) + more,
        )
        for end, more in {
            "Outro : À demain !": [],
            "À demain !": looks("'À demain !' is read as an item and looks like the end of a letter", 7),
        }.items()
    },
    "a heading above each paragraph": (
        "Presse\n\nVinted devient une banque\n\nSanté\n\nLa Poste ferme 300 bureaux",
        ["Presse", "Vinted devient une banque", "Santé", "La Poste ferme 300 bureaux"],
        looks("'Presse' is read as an item and looks like a heading", 1)
        + looks("'Santé' is read as an item and looks like a heading", 5),
    ),
    "a heading in capitals": (
        "LE MULTIPLEX DU WEEK-END\n\nLens bat Brest 2-0\n\nParis gagne",
        ["LE MULTIPLEX DU WEEK-END", "Lens bat Brest 2-0", "Paris gagne"],
        looks("'LE MULTIPLEX DU WEEK-END' is read as an item and looks like a heading", 1),
    ),
    "a greeting and a farewell": (
        "Bonjour à tous !\nUn\nDeux\nÀ demain",
        ["Bonjour à tous !", "Un", "Deux", "À demain"],
        looks("'Bonjour à tous !' is read as an item and looks like a greeting", 1)
        + looks("'À demain' is read as an item and looks like the end of a letter", 4),
    ),
    "a signature": (
        "• Un\n• Deux\n\n— Sophie Martin",
        ["Un", "Deux", "Sophie Martin"],
        looks("'Sophie Martin' is read as an item and looks like the end of a letter", 4),
    ),
    "a name over two lines": (
        "OpenAI ouvre un bureau à Paris, annonce son patron Sam\nAltman dans Le Monde\nFree lance la 5G",
        ["OpenAI ouvre un bureau à Paris, annonce son patron Sam", "Altman dans Le Monde", "Free lance la 5G"],
        looks("'Altman dans Le Monde' is read as an item and may be the rest of the line above", 2),
    ),
    "lines of one width": (
        "Le patron de la banque postale Philippe\nHeim quitte son poste ce mardi matin et\nStéphane Dedeyan le remplace, selon Les\nÉchos",
        ["Le patron de la banque postale Philippe", "Heim quitte son poste ce mardi matin et Stéphane Dedeyan le remplace, selon Les Échos"],
        rest("'Stéphane Dedeyan le remplace, selon Les' and other lines are read as the rest of the items above them", 3, 4),
    ),
    "lines of one width that all begin with a capital letter": (
        "Le patron de la grande banque postale Philippe\nHeim quitte son poste, annonce hier Bertrand\nCamus au nom de Bercy, et selon tous les avis\nÉmis hier",
        ["Le patron de la grande banque postale Philippe", "Heim quitte son poste, annonce hier Bertrand", "Camus au nom de Bercy, et selon tous les avis", "Émis hier"],
        looks("'Heim quitte son poste, annonce hier Ber…' is read as an item and may be the rest of the line above", 2),
    ),
    # --- words and links over two lines
    "a word over two lines": (
        "• La loi de finan-\nces passe\n• Deux",
        ["La loi de finan- ces passe", "Deux"],
        rest("a word is cut at the end of a line: 'finan-'", 1),
    ),
    "a link over two lines": (
        "• Un https://example.com/tres/long/\nchemin/article.html\n• Deux",
        ["Un https://example.com/tres/long/ chemin/article.html", "Deux"],
        rest("a link is cut at the end of a line: 'https://example.com/tres/long/'", 1),
    ),
    # --- tables pasted cell by cell
    "a title, a link and a source": (
        "Une banque ouvre\na.fr/1\nLe Monde\nUn musée passe\na.fr/2\nLes Échos\nUne école apprend\na.fr/3\nAFP",
        ["Une banque ouvre a.fr/1", "Le Monde", "Un musée passe a.fr/2", "Les Échos", "Une école apprend a.fr/3", "AFP"],
        cells("'Le Monde' and other lines", 3, 3, 6, 9),
    ),
    "a title, a source and a link, twice": (
        "Une banque ouvre\nLe Monde\nhttps://a.fr/1\nUn musée passe\nLes Échos\nhttps://a.fr/2",
        ["Une banque ouvre", "Le Monde https://a.fr/1", "Un musée passe", "Les Échos https://a.fr/2"],
        cells("'Une banque ouvre' and other lines", 3, 1, 4),
    ),
    "a linked title, a source and a date": (
        "\n".join(f"[Une banque](https://a.fr/{n})\nLe Monde\n{n} décembre" for n in (2, 3, 4)),
        [text for n in (2, 3, 4) for text in (f"[Une banque](https://a.fr/{n})", "Le Monde", f"{n} décembre")],
        cells("'Le Monde' and other lines", 3, 2, 3, 5, 6, 8, 9),
    ),
    "a table with the names of its columns": (
        "Titre\nLien\nSource\n" + "\n".join(f"Une banque ouvre\nhttps://a.fr/{n}\nLe Monde" for n in (2, 3, 4)),
        ["Titre", "Lien", "Source"] + [text for n in (2, 3, 4) for text in (f"Une banque ouvre https://a.fr/{n}", "Le Monde")],
        cells("'Titre' and other lines", 3, 1, 2, 3, 6, 9, 12),
    ),
    "a greeting above a table": (
        "Bonjour à tous\n" + "\n".join(f"Une banque ouvre\nhttps://a.fr/{n}\nLe Monde" for n in (2, 3, 4)),
        ["Bonjour à tous"] + [text for n in (2, 3, 4) for text in (f"Une banque ouvre https://a.fr/{n}", "Le Monde")],
        looks("'Bonjour à tous' is read as an item and looks like a greeting", 1)
        + cells("'Le Monde' and other lines", 3, 4, 7, 10),
    ),
    "titles wrapped by hand above links": (
        "\n".join(f"Une banque ouvre\nà Lyon\nhttps://a.fr/{n}" for n in (2, 3, 4)),
        [f"Une banque ouvre à Lyon https://a.fr/{n}" for n in (2, 3, 4)],
        rest("'à Lyon' and other lines are read as the rest of the items above them", 2, 5, 8),
    ),
    "a table with a blank line between all cells": (
        "\n\n".join(f"Une banque ouvre\n\nhttps://a.fr/{n}\n\nLe Monde\n\n{n} décembre" for n in (2, 3, 4)),
        [text for n in (2, 3, 4) for text in (f"Une banque ouvre https://a.fr/{n}", "Le Monde", f"{n} décembre")],
        cells("'Le Monde' and other paragraphs", 3, 5, 7, 13, 15, 21, 23),
    ),
    # --- signs inside items
    "a table inside bullets": (
        "• Ligue 1 : Lens 3 - 2 Brest\n• Le classement\n  1. Lens\n  2. Paris\n• Rugby",
        ["Ligue 1 : Lens 3 - 2 Brest", "Le classement 1. Lens 2. Paris", "Rugby"],
        rest("'1. Lens' and other lines are read as the rest of the items above them", 3, 4),
    ),
    "dialogue": (
        "Un\n\n« Vous mentez !\n– Non.\n– Si ! »\n\nDeux",
        ["Un", "« Vous mentez ! – Non. – Si ! »", "Deux"],
        rest("'– Non.' and other lines are read as the rest of the items above them, since each paragraph is one", 4, 5),
    ),
    **{
        f"counts {one}": ("\n".join(texts), texts, doubt(POSTED))
        for one, texts in {
            "in words": ["Top 1 : Un", "Top 2 : Deux", "Top 3 : Trois"],
            "at the end": ["Un (1)", "Deux (2)", "Trois (3)"],
            "in letters": ["A. Un", "B. Deux", "C. Trois"],
            "in small letters": ["a) Un", "b) Deux", "c) Trois"],
            "in Roman figures": ["I. Un", "II. Deux", "III. Trois"],
        }.items()
    },
    "a sign of quotations": (
        "» Un\n» Deux",
        ["Un", "Deux"],
        doubt("'»' opens most lines; it is read as a bullet and is not posted", 1, 2),
    ),
    # --- other doubts
    "a long paragraph": (
        "Bercy aide. Intermarché vend. Jack reste.",
        ["Bercy aide. Intermarché vend. Jack reste."],
        doubt("several sentences make one item"),
    ),
    "some bullets": (
        "- Un\n- Deux\nTrois\nQuatre\nCinq",
        ["- Un", "- Deux", "Trois", "Quatre", "Cinq"],
        doubt("bullets stand before some lines only and would be posted with them", 1, 2),
    ),
    "one bullet": ("- Un\nDeux", ["- Un", "Deux"], doubt("one line starts with a bullet and no other does", 1)),
    "a title and its link": (
        "La piscine rouvre demain.\n\nEntrée libre\nhttps://example.com/piscine",
        ["La piscine rouvre demain.", "Entrée libre https://example.com/piscine"],
        doubt("every other paragraph has no link; they may belong to those that have one", 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REMARKS)
def test_a_block_that_could_be_meant_otherwise_has_a_remark(name: str):
    block, expected, told = REMARKS[name]
    reading = read_block(block)
    found = [(one.code, tuple(n + 1 for n in one.lines), one.message) for one in reading.remarks]
    assert ([one.text for one in reading.fragments], found) == (expected, told)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Un", Number(1, "Un", Sign.USUAL)),
        ("10) Dix", Number(10, "Dix", Sign.USUAL)),
        ("🔟 Dix", Number(10, "Dix", Sign.FIRM)),
        ("1️⃣0️⃣ Dix", Number(10, "Dix", Sign.FIRM)),
        ("⑳ Vingt", Number(20, "Vingt", Sign.FIRM)),
        ("  2/ Deux", Number(2, "Deux", Sign.USUAL)),
        ("1 - Un", Number(1, "Un", Sign.DASH)),
        ("1 - 0 pour Lens", None),
        ("14 – 18 décembre", None),
        ("2 - −3 °C", None),
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
def test_the_number_before_a_text(text: str, expected: Number | None):
    assert number_before(text) == expected


def test_totals_are_numbers_where_they_count_all():
    assert numbers_before(["1/2 Un", "Deux", "2/2 Trois"]) == [
        Number(1, "Un", Sign.FIRM),
        None,
        Number(2, "Trois", Sign.FIRM),
    ]
    assert numbers_before(["1/3 Un", "2/3 Deux"]) == [None, None]


UNITS = [
    "a",
    "b",
    "é",
    "A",
    "1",
    "2",
    ".",
    ")",
    "/",
    "️⃣",
    "🔟",
    "-",
    "–",
    "*",
    "•",
    "→",
    " ",
    "#",
    ":",
    "=",
    "\u200b",
]
WHOLE = [
    "",
    "---",
    "* * *",
    "- Un",
    "- Deux",
    "1. Un",
    "2. Deux",
    "Presse",
    "Un.",
    "link: a",
    "outro: b",
    "a.fr/a",
    "  aux",
    "- 5 %",
    "1️⃣ A",
]
LINE = st.lists(st.sampled_from(UNITS), max_size=8).map("".join) | st.sampled_from(WHOLE)
BLOCKS = st.lists(LINE, max_size=12).map("\n".join)


@given(BLOCKS)
def test_every_line_is_in_an_item_or_named_by_a_remark(block: str):
    reading = read_block(block)
    in_items = {piece.line for one in reading.fragments for piece in one.pieces}
    named = {line for remark in reading.remarks for line in remark.lines}
    filled = {n for n, line in enumerate(signs_first(block.splitlines())) if not is_blank(line)}
    assert filled <= in_items | named


@given(BLOCKS)
def test_no_word_of_an_item_is_lost(block: str):
    """Only numbers, bullets and white space may be removed from its lines."""
    lines = block.splitlines()
    for fragment in read_block(block).fragments:
        written = " ".join(lines[piece.line] for piece in fragment.pieces)
        assert re.findall(r"[abéA#:=]", fragment.text) == re.findall(r"[abéA#:=]", written)


@given(BLOCKS)
def test_items_are_single_lines_in_order(block: str):
    fragments = read_block(block).fragments
    assert all("\n" not in fragment.text and not is_blank(fragment.text) for fragment in fragments)
    lines = [piece.line for fragment in fragments for piece in fragment.pieces]
    assert lines == sorted(set(lines))


@given(BLOCKS)
def test_each_line_of_an_item_is_found_where_its_piece_says(block: str):
    lines = block.splitlines()
    for fragment in read_block(block).fragments:
        ends = [piece.offset - 1 for piece in fragment.pieces[1:]] + [len(fragment.text)]
        for piece, end in zip(fragment.pieces, ends, strict=True):
            text, line = fragment.text[piece.offset : end], lines[piece.line]
            if signs_first(lines)[piece.line] == line:
                assert line[piece.start :].rstrip() == text
            else:  # marks precede its sign; the text after both is as far from its end as in the line
                assert len(line.rstrip()) - piece.start == len(text)
                assert line.rstrip()[-1] == text[-1]


def test_a_megabyte_is_read_at_once():
    start = time.thread_time()
    read_block("1. a https://example.com/a\n" * 30_000)
    assert time.thread_time() - start < 10


@pytest.mark.parametrize(
    ("block", "remedy"),
    [
        ("3. Un\n2. Deux\n1. Trois", remarks.COUNTDOWN),
        ("2. Un\n5. Deux\n1. Trois", remarks.LOOK),
        ("1 Un\n2 Deux\n3 Trois", remarks.BARE_NUMBERS),
        ("1\tUn\n2\tDeux\n3\tTrois", remarks.BARE_NUMBERS),
        ("Un. 2. Deux. 3. Trois", remarks.LOOK),
    ],
)
def test_numbers_that_stay_have_a_remedy_that_works(block: str, remedy: str):
    assert [one.remedy for one in read_block(block).remarks] == [remedy]


@pytest.mark.parametrize(
    "block",
    ["https://a.fr/1\nUn", "Un\nhttps://a.fr/1\nDeux\nhttps://a.fr/2", "https://a.fr/1\nhttps://a.fr/2"],
)
def test_links_that_stand_below_their_texts_have_no_remark(block: str):
    assert [one for one in read_block(block).remarks if "link" in one.message] == []


@pytest.mark.parametrize(
    "links", [(0, 1, 2, 3), (1, 3, 5), (0, 3), (2, 5), (0, 2, 5), (1, 2, 6), (0, 3, 5), (3,), (0, 4, 8, 9)]
)
def test_links_here_and_there_are_no_table(links: tuple[int, ...]):
    texts = [f"Une banque ouvre ses données {n}." for n in range(10)]
    block = "\n".join(f"{text} https://a.fr/{n}" if n in links else text for n, text in enumerate(texts))
    assert read_block(block).remarks == ()


def test_a_list_below_a_block_sign_has_no_other_remarks():
    reading = read_block('- text: "Un"\n- "Deux"')
    assert [remark.code for remark in reading.remarks] == ["key-in-block"]


MAIL_AROUND = """De : Léa <lea@example.com>
Envoyé : lundi 30 novembre 2026 18:42
À : Rédaction
Objet : Revue
Bonjour,

{news}

Bonne journée,
Claire Vasseur
Chargée de veille
Tél. : 01 23 45 67 89

Ce message est confidentiel."""


@pytest.mark.parametrize("sign", ["{n}. ", "• "])
def test_lines_around_the_news_need_no_sign(sign: str) -> None:
    """The head of a mail and its signature are longer than three numbered items."""
    news = [
        f"{sign.format(n=n)}Une information du jour numéro {n}\nhttps://example.com/{n}" for n in (1, 2, 3)
    ]
    read = read_block(MAIL_AROUND.format(news="\n".join(news)))
    starts = [text[:27] for text in read.texts if "information" in text]
    assert starts == ["Une information du jour num"] * 3
    named = {line for remark in read.remarks for line in remark.lines}
    assert named >= {0, 4, 13, 14, 18}


def test_headings_are_named_although_some_lines_have_bullets() -> None:
    block = "## À la une\n\nUne information du jour.\n\n## En bref\n\n- Une brève\n- Une autre\n\nUne fin de page."
    said = [remark.message for remark in read_block(block).remarks]
    assert any("'## À la une' is a heading in Markdown" in message for message in said)
