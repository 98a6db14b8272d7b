"""Tests of greetings, signatures and remains of mail and chat programs: posted, with a warning."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import pytest

from bot.core.content.blocks.reader import read_block
from bot.core.content.letters import added_by_programs
from bot.core.content.text_checks import about_letters

NEWS = ["Le marché ouvre vendredi", "La piscine rouvre lundi matin", "Le pont ferme jusqu’en mars"]
END, MAIL, CHAT, HEADING, FOOT = (
    "the end of a letter",
    "what a mail program adds",
    "a message of a chat",
    "a heading",
    "the foot of a newsletter",
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
    "Se désabonner": FOOT,
    "[Se désabonner](https://example.com/u)": FOOT,
    "**[Se désabonner](https://example.com/u)**": FOOT,
    "[Voir en ligne](https://a.fr/1) | [Gérer mes préférences](https://a.fr/2)": FOOT,
    f"[Se désabonner](https://example.com/{'x' * 300})": FOOT,
    '<a href="https://example.com/u">Se désabonner</a>': FOOT,
    "Se désabonner https://example.com/u": FOOT,
    "[Lire dans le navigateur](https://example.com/u)": FOOT,
    "[Lire cette newsletter dans votre navigateur](https://example.com/u)": FOOT,
    "[Unsubscribe](https://example.com/u)": FOOT,
    "[Unsubscribe from this list](https://example.com/u)": FOOT,
    "[View online](https://example.com/u)": FOOT,
    "[Manage preferences](https://example.com/u)": FOOT,
    "[Transférer à un ami](https://example.com/u)": FOOT,
    "[Forward to a friend](https://example.com/u)": FOOT,
    "[Me désinscrire de la newsletter](https://example.com/u)": FOOT,
    "Pour vous désabonner, [cliquez ici](https://example.com/u).": FOOT,
    "[Cliquez ici pour vous désabonner](https://example.com/u)": FOOT,
    "Vous recevez cet e-mail car vous êtes inscrit à la lettre": FOOT,
    "You are receiving this newsletter because you signed up": FOOT,
    "© 2026 La Gazette, 12 rue de la Paix, Paris": FOOT,
    "Copyright © 2026 La Gazette": FOOT,
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


def shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


@pytest.mark.parametrize("text", LAST)
def test_a_last_paragraph_that_is_no_news(text: str) -> None:
    block = "\n\n".join([*NEWS, text])
    assert read_block(block).texts == (*NEWS, text)
    assert said_of(block) == [(f"'{shown(text)}' is read as an item and looks like {LAST[text]}", 6)]


@pytest.mark.parametrize("text", FIRST)
def test_a_first_paragraph_that_is_no_news(text: str) -> None:
    expected = [(f"'{shown(text)}' is read as an item and looks like {FIRST[text]}", 0)]
    assert said_of("\n\n".join([text, *NEWS])) == expected


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Envoyé depuis Outlook",
            "Sent from Outlook",
            "Télécharger Outlook pour iOS",
            "Get Outlook for iOS",
        ),
        *(
            "Obtenir Outlook pour iOS",
            "--- Forwarded message ---",
            "Le 3 mai, Léa a écrit :",
            "On 3 May, Lea wrote:",
        ),
        *("Se désinscrire", "Unsubscribe", "Lire en ligne", "Read online", "Gérer mes préférences"),
        *("Voir la version en ligne", "View it in your browser", "https://example.com/x Unsubscribe"),
    ],
)
def test_lines_that_programs_add_are_found_in_any_case(line: str) -> None:
    found = [list(added_by_programs([one])) for one in (line, line.lower())]
    assert all(found)


def test_several_of_a_kind_are_one_remark() -> None:
    [remark] = read_block("\n\n".join([*NEWS, "À demain", "Camille Lestrade", "La rédaction"])).remarks
    assert (remark.lines, remark.message) == (
        (6, 8, 10),
        "'À demain' is read as an item and looks like the end of a letter",
    )


@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("farewell", ["Bises, Léa", "À demain !", "Camille, pour la rédaction"])
def test_a_farewell_above_an_outro(between: str, farewell: str) -> None:
    last = 3 * len(between)
    lines = (last, last + len(between))
    block = between.join([*NEWS, farewell, "Outro : rendez-vous lundi"])
    assert [(one.lines, one.message) for one in read_block(block).remarks] == [
        (lines, f"'{farewell}' is read as an item and looks like {END}")
    ]
    block = between.join([*NEWS, farewell, "outro : rendez-vous lundi"])
    found = {one.code: one.lines for one in read_block(block).remarks if one.code != "joined-lines"}
    assert found == {"mixed-items": lines[:1], "key-in-block": lines[1:]}


def test_a_farewell_and_an_outro_in_one_paragraph() -> None:
    assert said_of("\n\n".join([*NEWS, "Bises, Léa\nOutro : À demain !"])) == [
        (f"'Bises, Léa' is read as an item and looks like {END}", 6),
        ("'Outro : À demain !' is read as the rest of item 4, since each paragraph is one", 7),
    ]


@pytest.mark.parametrize(
    "block",
    [
        "\n\n".join([*NEWS, "Outro : le mot de la fin"]),
        *("\n\n".join([*NEWS, text]) for text in (
            "Bonjour tristesse sort en salles", "La rédaction du Monde déménage", "L’équipe de France gagne à Rome",
            "Camille Claudel entre au musée", "Se désabonner devient plus simple", "À demain le beau temps revient",
            "> 5 % de hausse pour le CAC", "Merci Patron revient en salles", "Objet volant vu à Lyon", "Léa Seydoux, à Cannes",
            "Voir la mer en décembre", "[Se désabonner](https://a.fr/u) devient plus simple",
            "[Voir la mer en ligne](https://a.fr/u)", "Voir en ligne la mairie de Lyon", "Transférer à un ami un billet de train", "De Gaulle : la série", "Objet : la série", "De : Paris\nÀ : Lyon".replace("\n", " "), "Date : samedi 5 décembre", "À : dix ans", "To: the Moon", "© AFP : la photo du jour", "Vous recevez plus de courrier ?", "CCI : une présidente", "CC : le budget", "30/11 : le salon ouvre",
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
    "> Un mot.": [("> Un mot.", "a line that a mail quotes", 0)],
    "Un mot.\n[image: logo.png]": [("[image: logo.png]", MAIL, 8)],
    "Un mot.\nLire en ligne | Se désabonner": [("Lire en ligne | Se désabonner", FOOT, 8)],
    "Un mot.\n[Se désabonner](https://example.com/u)": [("[Se désabonner](https://example.com/u)", FOOT, 8)],
}


@pytest.mark.parametrize("text", FREE)
def test_what_programs_add_to_a_free_text(text: str) -> None:
    assert [(one.message, one.offset) for one in about_letters(text)] == [
        (f"'{line}' looks like {kind}; it is posted.", offset) for line, kind, offset in FREE[text]
    ]


HEADS = {
    "of Outlook": "De : Léa Martin\nEnvoyé : lundi 30 novembre 2026 18:42\nÀ : Rédaction\nCc : Paul\nObjet : La suite",
    "without its first line": "Envoyé : lundi 30 novembre 2026 18:42\nÀ : Rédaction\nCc : Paul\nObjet : La suite",
    "without two": "À : Rédaction\nCc : Paul\nObjet : La suite",
    "without three": "Cc : Paul\nObjet : La suite",
    "the subject alone": "Objet : La suite",
    "the time alone": "Envoyé : lundi 30 novembre 2026 à 18h42",
    "the receivers and the subject": "À : Rédaction\nObjet : La suite",
    "in English": "From: Ann Lee\nSent: Monday, November 30, 2026 6:42 PM\nTo: Desk\nSubject: News",
    "in English without its first line": "Sent: Monday, November 30, 2026 6:42 PM\nTo: Desk\nSubject: News",
    "of Gmail": "De : Léa Martin <lea@example.com>\nDate: lun. 30 nov. 2026 à 18:42\nSubject: La suite\nTo: Desk <d@example.com>",
    "of Gmail without its first line": "Date: lun. 30 nov. 2026 à 18:42\nSubject: La suite\nTo: Desk",
    "with marks": "*De :* Léa Martin\n*Envoyé :* lundi 30 novembre 2026 18:42\n*À :* Rédaction\n*Objet :* La suite",
    "with tabs": "De :\tLéa Martin\nÀ :\tRédaction\nObjet :\tLa suite",
    "an address": "À : redaction@example.com",
}


@pytest.mark.parametrize("name", HEADS)
def test_the_head_of_a_mail_is_one_remark_on_all_its_lines(name: str) -> None:
    head = HEADS[name].split("\n")
    every = tuple(range(len(head)))
    for between in ("\n", "\n\n"):
        remarks = read_block(between.join(["\n".join(head), *NEWS])).remarks
        assert [(one.lines, one.message) for one in remarks] == [
            (every, f"'{shown(head[0])}' is read as an item and looks like the head of a mail")
        ]
    [remark] = about_letters("\n".join([*head, "", *NEWS]))
    more = f" ({len(head)} lines)" if len(head) > 1 else ""
    assert (remark.message, remark.offset) == (
        f"'{head[0]}' looks like the head of a mail; it is posted{more}.",
        0,
    )


@pytest.mark.parametrize("name", HEADS)
def test_each_line_of_a_head_is_named_among_numbered_items(name: str) -> None:
    head = HEADS[name].split("\n")
    numbered = [f"{n}. {text}" for n, text in enumerate(NEWS, 1)]
    above = read_block("\n".join([*head, "", *numbered])).remarks
    assert {n for one in above for n in one.lines} == set(range(len(head)))
    below = read_block("\n".join([*numbered, "", *head])).remarks
    if name != "the subject alone":  # it may open an item, but below others a sentence
        assert {n for one in below for n in one.lines} == set(range(4, 4 + len(head)))


def test_a_greeting_below_the_head_of_a_mail() -> None:
    block = "\n\n".join(["De : Léa\nObjet : La suite", "Bonjour à tous,", *NEWS])
    assert said_of(block) == [
        ("'De : Léa' is read as an item and looks like the head of a mail", 0),
        ("'Bonjour à tous,' is read as an item and looks like a greeting", 3),
    ]


def test_the_head_of_a_mail_is_removed() -> None:
    [several] = read_block("\n\n".join(["De : Léa\nObjet : La suite", *NEWS])).remarks
    [one] = read_block("\n\n".join(["Objet : La suite", *NEWS])).remarks
    assert several.remedy == "Remove them, if they are no items."
    assert one.remedy == "Remove it, if it is no item."


def test_a_forwarded_mail_in_a_free_text() -> None:
    text = "---------- Forwarded message ---------\nDe : Léa\nObjet : Le focus\n\nUn mot."
    assert [(one.message, one.offset) for one in about_letters(text)] == [
        (f"'---------- Forwarded message ---------' looks like {MAIL}; it is posted.", 0),
        ("'De : Léa' looks like the head of a mail; it is posted (2 lines).", 39),
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
        "Un salon\n\nDate : samedi\nDe : 9 h\nÀ : 18 h",
        "Le salon\n\nObjet : un salon",
        "Envoyé : hier",
        "Sujet : la mer",
        "Se désabonner devient simple.\n> 5 % de hausse",
    ],
)
def test_sound_free_texts(text: str) -> None:
    assert list(about_letters(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Bises, Léa.",
        "Se désabonner",
        "[Se désabonner](https://a.fr/u)",
        "  [Se désabonner](https://a.fr/u)",
        "> Le marché de Noël.",
    ],
)
def test_a_letter_below_the_last_item_may_be_deleted(text: str) -> None:
    block = f"• Un\n• Deux\n{text}"
    [remark] = read_block(block).remarks
    assert remark.code == "joined-lines"
    assert remark.remedy.startswith("Delete it, or write it into the outro; ")


def test_a_footer_of_several_lines_is_one_remark() -> None:
    foot = ["[Voir en ligne](https://a.fr/1)", "[Se désabonner](https://a.fr/2)"]
    [remark] = read_block("\n".join([*NEWS, *foot])).remarks
    assert (remark.lines, remark.message) == (
        (3, 4),
        f"'{foot[0]}' is read as an item and looks like {FOOT}",
    )


def test_a_footer_above_other_lines_of_its_paragraph() -> None:
    first = "[Se désabonner](https://a.fr/2)"
    assert said_of("\n\n".join([*NEWS, f"{first}\nLa Gazette, Paris"])) == [
        (f"'{first}' is read as an item and looks like {FOOT}", 6),
        ("'La Gazette, Paris' is read as the rest of item 4, since each paragraph is one", 7),
    ]


def test_the_stamp_of_a_chat_is_removed_and_its_text_kept() -> None:
    [remark] = read_block(
        "Un petit mot\n\n[30/11/2026 21:05] Léa: Le tram arrive\n\nTrois petits mots"
    ).remarks
    assert (
        remark.remedy
        == "Remove the date, time and name before its text; or the whole line, if it is no item."
    )
