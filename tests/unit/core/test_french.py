"""Tests of hard cases of French: breakable white space, and ends of sentences."""

from __future__ import annotations

import pytest

from bot.core.text.line_breaks import FORBIDDEN, gaps, units


def broken(text: str) -> str:
    """Return `text` with a bar at each breakable white space."""
    marked, at = [], 0
    for gap in gaps(text, 0, len(text)):
        marked += [text[at : gap.start], text[gap.start : gap.end] if gap.cost >= FORBIDDEN else "|"]
        at = gap.end
    return "".join((*marked, text[at:]))


@pytest.mark.parametrize(
    "expected",
    [
        "Selon|M. Dupont,|Mme Le|Goff|et|MM. Alduy|et|Roy",
        "J.-P. Dupont|et|Ph. Martin",
        "Il|a|levé|2,9 M€|hier",
        "soit|10 000 000 d’euros".replace(" d’", "|d’"),
        "le 6 novembre 2020|et|le 1er mai 2021",
        "lundi 9 novembre|à|7 h 30|précises",
        "Cédric O|a|dit",
        "le|n° 53,|p. 12|et|la|page 4",
        "Amazon,|Google, etc.|et|autres",
        "pas|eux…|alors|oui",
        "jamais ;|fini :|voilà !|vraiment ?|oui",
        "insécable\u00a0;|collé\u202f!|20\u202f%|ici",
        "« bonjour »|et|« au|revoir »|ici",
        "“prêts|à|partir“|et|“voilà”|ici",
        "3|Français|sur 4|et|20 %|de|plus",
        "l’acte II|du|XXIe siècle|sous|Louis XIV",
        "le|06 12 34 56 78|ou|rien",
    ],
)
def test_where_a_sentence_may_be_broken(expected: str):
    assert broken(expected.replace("|", " ")) == expected


@pytest.mark.parametrize(
    "sentences",
    [
        ["M. Dupont est là.", "Mme Roy aussi."],
        ["Il cite Google, etc.", "Puis il conclut."],
        ["Il vend du pain, etc., et du vin."],
        ["Mais pas eux…", "Ensuite ?", "Oui !"],
        ["Ils rient… comme Amazon !", "Fin."],
        ["L’ex-ministre, c.-à-d. M. le maire, est venu.", "Il repart."],
        ["« Non. »", "Il part."],
        ["« Oui ! » dit-il.", "Il reste."],
        ["“C’est fini.“", "Il part."],
        ["Voir p. 12 et n° 53.", "La suite demain."],
        ["Le prix : 12 000 €.", "Il monte."],
    ],
)
def test_where_sentences_end(sentences: list[str]):
    text = " ".join(sentences)
    assert [text[unit.start : unit.end] for unit in units(text)] == sentences
