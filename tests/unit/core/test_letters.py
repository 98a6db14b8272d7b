"""Tests of greetings, signatures and remains of mail and chat programs: posted, with a warning."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import pytest

from bot.core.content.blocks.reader import read_block
from bot.core.content.text_checks import about_letters

NEWS = ["Le marché ouvre vendredi", "La piscine rouvre lundi matin", "Le pont ferme jusqu’en mars"]
END, MAIL, CHAT, HEADING = (
    "the end of a letter",
    "what a mail program adds",
    "a message of a chat",
    "a heading",
)

LAST = {
    "À demain": END,
    "À demain !": END,
    "See you tomorrow": END,
    "Best regards, Ann Lee": END,
    "Camille Lestrade": END,
    "Camille": END,
    "L’équipe de la Gazette": END,
    "Bonne lecture !": END,
    "Camille, pour la rédaction": END,
    "PS : la photo suit demain": END,
    "Bises, Léa": END,
    "Envoyé de mon iPhone": MAIL,
    "Sent from my iPad": MAIL,
    "[cid:image001.png@01DB]": MAIL,
    "> Le marché de Noël": "a line that a mail quotes",
    "Se désabonner": "the foot of a newsletter",
}

FIRST = {
    "Bonjour à toutes et tous, voici les infos de demain :": "a greeting",
    "Coucou la team, voilà pour demain 👇": "a greeting",
    "[30/11/2026 18:42:07] Léa Rédac: Les halles rouvrent": CHAT,
    "30/11/2026 18:42 - Léa: Les halles rouvrent": CHAT,
    "🗞 À la une": HEADING,
    "💡 Tech": HEADING,
    "Samedi 5 décembre": HEADING,
}


def said_of(block: str) -> list[tuple[str, int]]:
    return [(one.message, one.lines[0]) for one in read_block(block).remarks]


@pytest.mark.parametrize("text", LAST)
def test_a_last_paragraph_that_is_no_news(text: str) -> None:
    block = "\n\n".join([*NEWS, text])
    assert read_block(block).texts == (*NEWS, text)
    assert said_of(block) == [(f"'{text}' is read as an item and looks like {LAST[text]}", 6)]


@pytest.mark.parametrize("text", FIRST)
def test_a_first_paragraph_that_is_no_news(text: str) -> None:
    shown = text if len(text) <= 40 else f"{text[:39]}…"
    expected = [(f"'{shown}' is read as an item and looks like {FIRST[text]}", 0)]
    assert said_of("\n\n".join([text, *NEWS])) == expected


def test_several_of_a_kind_are_one_remark() -> None:
    [remark] = read_block("\n\n".join([*NEWS, "À demain", "Camille Lestrade", "La rédaction"])).remarks
    assert (remark.lines, remark.message) == (
        (6, 8, 10),
        "'À demain' is read as an item and looks like the end of a letter",
    )


@pytest.mark.parametrize(
    "block",
    [
        *("\n\n".join([*NEWS, text]) for text in (
            "Bonjour tristesse sort en salles", "La rédaction du Monde déménage", "L’équipe de France gagne à Rome",
            "Camille Claudel entre au musée", "Se désabonner devient plus simple", "À demain le beau temps revient",
            "> 5 % de hausse pour le CAC", "Merci Patron revient en salles", "Objet volant vu à Lyon", "Léa Seydoux, à Cannes",
            "Voir la mer en décembre", "De Gaulle : la série", "Objet : la série", "30/11 : le salon ouvre",
        )),
        "\n\n".join(["Samedi 5 décembre : le marché ouvre", *NEWS]),
        "\n\n".join(f"{sign} {text}" for sign, text in zip("🎄🏊🌉", NEWS, strict=True)),
        "\n".join([*NEWS, "Camille Lestrade"]),
        "- Le parc ouvre\n- La halle ferme\n- Camille Claudel",
        "Un\n\nDeux\n\nTrois",
    ],
)  # fmt: skip
def test_news_are_none(block: str) -> None:
    assert said_of(block) == []


LINKED = "La piscine rouvre lundi https://example.com/a\nLe marché ouvre https://example.com/b"


@pytest.mark.parametrize(
    "text", ["Le pont ferme", "🔹 Le bus sans ticket arrive", "Ville\tLa piscine rouvre lundi"]
)
def test_sentences_without_a_link_are_no_headings(text: str) -> None:
    assert not any("heading" in message for message, _ in said_of(f"{text}\n{LINKED}"))


@pytest.mark.parametrize(
    "text", ["Le chiffre du jour", "La vie de la rédaction", "Les brèves locales", "Presse"]
)
def test_titles_without_a_link_are(text: str) -> None:
    assert said_of(f"{text}\n{LINKED}") == [(f"'{text}' is read as an item and looks like a heading", 0)]


FREE = {
    "Un mot.\n\nCamille Lestrade\nRédactrice\n06 12 34 56 78\ncamille@gazette.fr": [
        ("Camille Lestrade", "a signature", 9)
    ],
    "Un mot.\n\nCamille Lestrade – 06 12 34 56 78 – c@gazette.fr": [
        ("Camille Lestrade – 06 12 34 56 78 – c@gazette.fr", "a signature", 9)
    ],
    "Un mot.\n\n06 12 34 56 78\ncamille@gazette.fr": [("06 12 34 56 78", "a signature", 9)],
    "Un mot.\n\nBien à toi,\nCamille Lestrade\n06 12 34 56 78": [("Bien à toi,", "a signature", 9)],
    "Un mot.\n\n--\nCamille\nTél. : 06 12 34 56 78": [("--", "a signature", 9)],
    "Réservez au 06 12 34 56 78": [],
    "Un mot.\n\nInscriptions au 06 12 34 56 78 ou sur place": [],
    "Un mot.\n\nEnvoyé de mon iPhone": [("Envoyé de mon iPhone", MAIL, 9)],
    "---------- Forwarded message ---------\nDe : Léa\nObjet : Le focus\n\nUn mot.": [
        ("---------- Forwarded message ---------", MAIL, 0),
        ("De : Léa", "the head of a mail", 39),
    ],
    "> Un mot.": [("> Un mot.", "a line that a mail quotes", 0)],
    "Un mot.\n[image: logo.png]": [("[image: logo.png]", MAIL, 8)],
    "Un mot.\nLire en ligne | Se désabonner": [
        ("Lire en ligne | Se désabonner", "the foot of a newsletter", 8)
    ],
}


@pytest.mark.parametrize("text", FREE)
def test_what_programs_add_to_a_free_text(text: str) -> None:
    assert [(one.message, one.offset) for one in about_letters(text)] == [
        (f"'{line}' looks like {kind}; it is posted.", offset) for line, kind, offset in FREE[text]
    ]


def test_lines_of_a_kind_are_counted() -> None:
    [remark] = about_letters("> Un\n> Deux\n\n> Trois")
    assert remark.code == "mail-remains"
    assert remark.message == "'> Un' looks like a line that a mail quotes; it is posted (3 lines)."


@pytest.mark.parametrize(
    "text",
    [
        "Inscriptions :\n06 12 34 56 78\nsalon@gazette.fr",
        "Le salon\n\nÀ demain, et bonne lecture !\n\nCamille Lestrade",
        "Date : samedi\nObjet : un salon",
        "De : Paris\nÀ : Lyon",
        "Se désabonner devient simple.\n> 5 % de hausse",
    ],
)
def test_sound_free_texts(text: str) -> None:
    assert list(about_letters(text)) == []


@pytest.mark.parametrize("text", ["Bises, Léa.", "Se désabonner", "> Le marché de Noël."])
def test_a_letter_below_the_last_item_may_be_deleted(text: str) -> None:
    block = f"• Un\n• Deux\n{text}"
    [remark] = read_block(block).remarks
    assert remark.code == "joined-lines"
    assert remark.remedy.startswith("Delete it, or write it into the outro; ")


def test_the_stamp_of_a_chat_is_removed_and_its_text_kept() -> None:
    [remark] = read_block(
        "Un petit mot\n\n[30/11/2026 21:05] Léa: Le tram arrive\n\nTrois petits mots"
    ).remarks
    assert (
        remark.remedy
        == "Remove the date, time and name before its text; or the whole line, if it is no item."
    )
