"""Tests that a text without its links keeps its words, and no bracket, quote or sign only a link needed."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.text.strip_links import remains, unlinked

URL = "https://example.com/a"

CLEAN = {
    # brackets and quotes that held only links
    "Bercy publie (URL) hier": "Bercy publie hier",
    "Bercy publie ((URL)) hier": "Bercy publie hier",
    "Bercy publie (URL et URL) hier": "Bercy publie hier",
    "Bercy publie (URL, URL ou URL) hier": "Bercy publie hier",
    "Bercy publie (URL) et (URL).": "Bercy publie.",
    "(URL et URL)": "",
    "Bercy publie (👉 URL).": "Bercy publie.",
    'Il publie "URL" hier': "Il publie hier",
    '"URL"': "",
    "«\xa0URL\xa0»": "",
    "[URL](URL) Bercy": "Bercy",
    "Bercy **URL**": "Bercy",
    "Une étude (URL, p. 3)": "Une étude (p. 3)",
    "«\xa0URL : Bercy\xa0»": "«\xa0Bercy\xa0»",
    # signs
    "Bercy publie. URL.": "Bercy publie.",
    "Bercy publie ! URL.": "Bercy publie !",
    "Bercy publie, URL.": "Bercy publie.",
    "Bercy publie, URL": "Bercy publie",
    "Bercy publie : URL.": "Bercy publie.",
    "Le tunnel rouvre :tada: URL": "Le tunnel rouvre :tada:",
    "Le tunnel rouvre :+1:\nURL": "Le tunnel rouvre :+1:",
    "Vous avez lu : URL\u202f?": "Vous avez lu\u202f?",
    "URL : Bercy": "Bercy",
    "URL\xa0: Bercy": "Bercy",
    "URL – Bercy": "Bercy",
    "URL | Bercy": "Bercy",
    "Fin. URL : Bercy": "Fin. Bercy",
    "Bercy publie - URL": "Bercy publie",
    "Bercy publie — URL": "Bercy publie",
    "Bercy publie | URL": "Bercy publie",
    "Bercy publie - URL - hier": "Bercy publie - hier",
    "Bercy publie : URL - Le Monde": "Bercy publie - Le Monde",
    "Bercy publie : URL #IA": "Bercy publie #IA",
    "Bercy 👉 URL #IA": "Bercy #IA",
    "Bercy 👉🏻 URL": "Bercy",
    "Bercy ➡️ URL": "Bercy",
    "URL 👈 Bercy": "Bercy",
    "URL :) Bercy": ":) Bercy",
    # signs that are the text's own
    "- URL : Bercy\n- Deux": "- Bercy\n- Deux",
    "- URL\n- Deux": "- Deux",
    "Bercy : URL L'État suit": "Bercy : L'État suit",
    "Bercy publie hier URL": "Bercy publie hier",
    "Nous sommes au complet, et pour cause URL": "Nous sommes au complet, et pour cause",
    "Plus que deux jours, ou presque ! URL": "Plus que deux jours, ou presque !",
    "Voir Venise en hiver URL": "Voir Venise en hiver",
    "Lire redevient à la mode URL": "Lire redevient à la mode",
    "Le musée ouvre. Il veut faire voir la ville URL": "Le musée ouvre. Il veut faire voir la ville",
    "Découvrez-vous : le soleil est là URL": "Découvrez-vous : le soleil est là",
    # documents in sentences and headlines
    "Le musée ouvre. Le programme plaît URL": "Le musée ouvre. Le programme plaît",
    "Le musée ouvre. Le rapport accable la mairie : URL": "Le musée ouvre. Le rapport accable la mairie",
    "Le rapport de l’Insee inquiète : URL": "Le rapport de l’Insee inquiète",
    "Le site de la mairie en panne : URL": "Le site de la mairie en panne",
    "Lire le rapport de Bercy URL et le dire": "Lire le rapport de Bercy et le dire",
    "Bercy publie tout. Le rapport : URL décrit tout": "Bercy publie tout. Le rapport décrit tout",
    "📊 Les chiffres du chômage : URL": "📊 Les chiffres du chômage",
    "🎬 Voir Venise en hiver : URL": "🎬 Voir Venise en hiver",
    "Infos : URL Bercy recule": "Infos : Bercy recule",
    "Bourse : résultats de LVMH : URL": "Bourse : résultats de LVMH",
    "Sport | Classement du Tour : URL": "Sport | Classement du Tour",
    "Les chiffres du chômage URL": "Les chiffres du chômage",
    "Le maire publie ses comptes : URL": "Le maire publie ses comptes",
    "Lens gagne. Le public jubile : URL": "Lens gagne. Le public jubile",
    "Elle chante. Le Monde salue son récit : URL": "Elle chante. Le Monde salue son récit",
    "Bercy publie enfin le rapport : URL": "Bercy publie enfin le rapport",
    # an emoji keeps its style
    "Bercy ☎️ URL": "Bercy ☎️",
    "Bercy 🗞️ URL": "Bercy 🗞️",
    "Bercy ✍️ URL": "Bercy ✍️",
    # lines
    "Bercy\nURL\nDeux": "Bercy\nDeux",
    "Bercy\n\nURL\n\nDeux": "Bercy\n\nDeux",
    "Bercy\nURL": "Bercy",
    "URL\nBercy": "Bercy",
    # addresses that X links only in part
    "Bercy URL/Um#isUserAGoat()": "Bercy",
    "Bercy URL?q={a} suit": "Bercy suit",
    "Bercy URL?q=(a,b).": "Bercy.",
    "Bercy URL/l’été !": "Bercy !",
    "Bercy (URL/pre✓™)": "Bercy",
    "Bercy URL/a_(b_(c_(d)))": "Bercy",
}


@pytest.mark.parametrize("text", CLEAN)
def test_only_links_and_what_they_needed_go(text: str):
    left = remains(text.replace("URL", URL))
    assert (left.text, left.odd) == (CLEAN[text], ())


ODD = {
    "Une étude (à lire ici : URL) paraît": ("Une étude (à lire ici) paraît", "(à lire ici) paraît"),
    "Rendez-vous sur URL avant lundi": ("Rendez-vous sur avant lundi", "Rendez-vous sur avant lundi"),
    "Bercy publie ⬇️ URL": ("Bercy publie ⬇️", "Bercy publie ⬇️"),
    "Bercy publie 👇\nURL": ("Bercy publie 👇", "Bercy publie 👇"),
    "[1] URL": ("[1]", "[1]"),
    "Inscription via URL": ("Inscription via", "Inscription via"),
    "Le texte de l'URL": ("Le texte de l'", "texte de l'"),
    "Pour en savoir plus : URL.": ("Pour en savoir plus.", "en savoir plus."),
    "Bercy publie (voir URL, page 3)": ("Bercy publie (voir, page 3)", "Bercy publie (voir, page"),
    "URL explique la loi": ("explique la loi", "explique la"),
    "Bercy suit. URL explique la loi": ("Bercy suit. explique la loi", "Bercy suit. explique la"),
    "☎️ URL": ("☎️", "☎️"),
    "Le musée ouvre. Voir la collection URL": ("Le musée ouvre. Voir la collection", "Voir la collection"),
    "Elle rouvre. Lire l’article → URL": ("Elle rouvre. Lire l’article", "rouvre. Lire l’article"),
    "Elle rouvre\nLire la suite URL": ("Elle rouvre\nLire la suite", "Lire la suite"),
    "Elle rouvre ! Découvrez le programme ▶️ URL": (
        "Elle rouvre ! Découvrez le programme",
        "Découvrez le programme",
    ),
    "Découvrez le programme : URL #IA": ("Découvrez le programme #IA", "Découvrez le programme #IA"),
    "It opens. Read the report URL": ("It opens. Read the report", "Read the report"),
    "Lire la suite URL": ("Lire la suite", "Lire la suite"),
    # the name of a document, and a sign that points from it to its link
    "Elle rouvre. L'article des Échos : URL": ("Elle rouvre. L'article des Échos", "L'article des Échos"),
    "Elle rouvre. Les comptes : URL": ("Elle rouvre. Les comptes", "rouvre. Les comptes"),
    "Elle rouvre. Voir le récit : URL": ("Elle rouvre. Voir le récit", "Voir le récit"),
    "Voir le récit : URL": ("Voir le récit", "Voir le récit"),
    "Elle rouvre\nLes comptes : URL": ("Elle rouvre\nLes comptes", "rouvre Les comptes"),
    "Elle rouvre lundi Les comptes : URL": ("Elle rouvre lundi Les comptes", "lundi Les comptes"),
    "Elle rouvre lundi Lire le récit : URL": ("Elle rouvre lundi Lire le récit", "Lire le récit"),
    "Elle rouvre. Notre enquête 👉 URL": ("Elle rouvre. Notre enquête", "rouvre. Notre enquête"),
    "Elle rouvre (le programme : URL)": ("Elle rouvre (le programme)", "rouvre (le programme)"),
    "Elle rouvre. Le rapport complet de l’Insee → URL.": (
        "Elle rouvre. Le rapport complet de l’Insee.",
        "complet de l’Insee.",
    ),
    "Elle rouvre. La vidéo : URL #IA": ("Elle rouvre. La vidéo #IA", "rouvre. La vidéo #IA"),
    "Elle rouvre. Rapport : URL": ("Elle rouvre. Rapport", "Elle rouvre. Rapport"),
    "Elle rouvre. Plus d’infos : URL": ("Elle rouvre. Plus d’infos", "rouvre. Plus d’infos"),
    "It opens. The full report: URL": ("It opens. The full report", "The full report"),
    "Elle rouvre. Lien vers l’étude : URL": ("Elle rouvre. Lien vers l’étude", "Lien vers l’étude"),
    "Elle rouvre. Les comptes publics : URL": ("Elle rouvre. Les comptes publics", "Les comptes publics"),
    "Elle rouvre. Le récit : URL 📊": ("Elle rouvre. Le récit : 📊", "Le récit : 📊"),
    "Elle rouvre. 📊 Les chiffres : URL": ("Elle rouvre. 📊 Les chiffres", "📊 Les chiffres"),
    "Elle rouvre ➡️ Le récit : URL": ("Elle rouvre ➡️ Le récit", "➡️ Le récit"),
    "L'article des Échos : URL": ("L'article des Échos", "L'article des Échos"),
    "Elle rouvre. Le rapport (PDF) : URL": ("Elle rouvre. Le rapport (PDF)", "Le rapport (PDF)"),
}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Le récit (\nURL)", "Le récit"),
        ("Le récit «\u00a0URL\n»", "Le récit"),
        ('Il dit "oui"\nURL\n"non", dit-elle', 'Il dit "oui"\n"non", dit-elle'),
    ],
)
def test_brackets_on_other_lines(text: str, left: str) -> None:
    assert unlinked(text.replace("URL", URL)) == left


@pytest.mark.parametrize("text", ODD)
def test_what_reads_oddly_is_found(text: str):
    left = remains(text.replace("URL", URL))
    assert (left.text, [odd.words for odd in left.odd]) == (ODD[text][0], [ODD[text][1]])
    assert [odd.offset for odd in left.odd] == [text.index("URL")]


WORDS = ["Bercy", "mot", "2 %", "#IA", "👩\u200d🚀", "⬇️", "☎️", "✍️", "👉", "➡️"]
SIGNS = [".", ",", ":", ";", "!", "?", "-", "–", "|", "(", ")", "[", "]", "«", "»", '"', "et", "\n"]
EMPTY = re.compile(r"\(\s*\)|\[\s*\]|«\s*»|\"[^\S\n]*\"")
"""Straight quotes on two lines may be the end of one quotation and the start of another."""
DOUBLED = re.compile(r"(?:[.,:;|]|(?:^|\s)[–-])[^\S\n]*[.,:;|](?!\w)")
GLUED = re.compile(r"[.,:;|][–-]")
"""A dash right after a sign, as in ``|-|``: it begins the text once the sign goes with the link before it."""
TEXTS = st.lists(st.sampled_from(WORDS + SIGNS + [URL] * 8), max_size=12).flatmap(
    lambda tokens: st.lists(
        st.sampled_from(["", " ", " ", "\xa0"]), min_size=len(tokens), max_size=len(tokens)
    ).map(
        lambda gaps: "".join(
            gap + token if URL not in token else f" {token} " for gap, token in zip(gaps, tokens, strict=True)
        ).strip()
    )
)


@given(TEXTS)
def test_no_empty_brackets_no_doubled_signs_and_every_word(text: str):
    assume(not EMPTY.search(text) and not DOUBLED.search(text) and not GLUED.search(text))
    left = unlinked(text)
    assert "http" not in left
    assert not EMPTY.search(left)
    assert not DOUBLED.search(left)
    assert [left.count(word) for word in WORDS[:-2]] == [text.count(word) for word in WORDS[:-2]]


@given(TEXTS)
def test_what_has_no_links_stays(text: str):
    left = unlinked(text)
    assert unlinked(left) == left
    bare = text.replace(URL, "x")
    assert unlinked(bare) == bare
