"""Tests of greetings, signatures and remains of mail and chat programs: posted, with a warning."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import pytest

from bot.core.content.blocks.reader import read_block
from bot.core.content.letters import added_by_programs
from bot.core.content.text_checks import about_letters

NEWS = ["Le marché ouvre vendredi", "La piscine rouvre lundi matin", "Le pont ferme jusqu’en mars"]
END, MAIL, HEADING, FOOT, BUTTON, CREDIT = (
    "the end of a letter",
    "what a mail program adds",
    "a heading",
    "the foot of a newsletter",
    "a button of a web page",
    "a credit line",
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
    "Cdt,": END,
    "Bonne réception,": END,
    "Très belle soirée et à demain,": END,
    "Excellente journée,": END,
    "Salutations distinguées": END,
    "*Bonne lecture !*": END,
    "Vous recevez ce courriel parce que vous êtes inscrit": FOOT,
    "Ce message et ses pièces jointes sont confidentiels.": FOOT,
    "Vous avez aimé cette lettre ? Partagez-la !": FOOT,
    "Cette newsletter vous a été transférée ?": FOOT,
    "Merci !": END,
    "Afficher plus": BUTTON,
    "Voir tous les articles": BUTTON,
    "Modifier cette alerte": BUTTON,
    "J’aime": BUTTON,
    "Source : AFP": CREDIT,
    "Propos recueillis par Léa Martin": CREDIT,
    "*Source : Les Échos et Le Figaro*": CREDIT,
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
            "Source : la mer recule à Sète", "Voir plus de trains en Bretagne", "Partager la route à Lyon", "Ce message au pape est public", "Propos recueillis par dizaines",
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


ONE, OTHER = "Le tram arrive", "Le pont ferme en mars"
CHATS = {
    "WhatsApp, exported": ([f"[30/11/2026 21:05:10] Léa: {ONE}", f"[30/11/2026 21:06:10] Karim: {OTHER}"], [0, 1]),
    "WhatsApp, exported on Android": ([f"30/11/2026 21:05 - Léa: {ONE}", OTHER], [0]),
    "WhatsApp Web": ([f"[08:01, 11/12/2026] Léa Desk: {ONE}", OTHER], [0]),
    "WhatsApp Web, a number": ([f"[08:05, 11/12/2026] +33 6 98 76 54 32: {ONE}", OTHER], [0]),
    "WhatsApp Web, bullets": ([f"• [08:01, 11/12/2026] Léa: {ONE}", f"• [08:02, 11/12/2026] Al: {OTHER}"], [0, 1]),
    "WhatsApp, notices": (
        [f"[08:01, 11/12/2026] Léa: {ONE}", "Karim a quitté le groupe", "11/12/2026, 07:58 - Les appels sont chiffrés.", "Transféré", OTHER],
        [0, 1, 2, 3],
    ),
    "a name, a comma, a time": (["Léa Desk, 18:42", ONE, "Karim, 18:43", OTHER], [0, 2]),
    "a name and a time": (["Léa Desk 18:42", ONE, "Karim 18:43", OTHER], [0, 2]),
    "a full name and a time": (["Léa Desk 18:42", ONE, OTHER], [0]),
    "a team and a time": (["Équipe desk, 08:52", ONE, "Léa, 08:53", OTHER], [0, 2]),
    "Teams": ([f"[08:15] Morel, Aurélie {ONE}", OTHER], [0]),
    "Teams, a name alone": (["[08:15] Morel, Aurélie", ONE, OTHER], [0]),
    "new Teams": (["Aurélie Morel", "lundi 08:15", ONE, OTHER], [0, 1]),
    "Slack": (["Camille Roux", "  08:42", ONE, "08:44", OTHER, "2 réponses"], [0, 1, 3, 5]),
    "Slack, blanks": (["Camille Roux  08:42", ONE, "Yanis B.  08:51", OTHER], [0, 2]),
    "Slack, brackets": (["Camille Roux [08:42]", ONE, "[08:44]", OTHER], [0, 2]),
    "Slack, an app": (["Yanis B. APP [08:50]", ONE, OTHER], [0]),
    "Discord": (["Léa — Aujourd’hui à 08:42", ONE, OTHER], [0]),
    "Discord, today": (["Léa — 08:42", ONE, "Karim — 08:44", OTHER], [0, 2]),
    "Discord, in English": (["Léa — Yesterday at 8:42 PM", ONE, OTHER], [0]),
    "Teams, a short date": (["Aurélie Morel", "15/12 08:50", ONE, OTHER], [0, 1]),
    "Google Chat": (["Aurélie Morel, lun. 08:15", ONE, "Karim Diallo, lun. 08:17", OTHER], [0, 2]),
    "WhatsApp, a narrow blank": ([f"[30/11/2026, 9:05\u202fPM] Léa: {ONE}", OTHER], [0]),
    "WhatsApp, a mark of direction": ([f"\u200e[30/11/2026, 21:05:10] Léa: {ONE}", OTHER], [0]),
    "Telegram": (["Léa, [15.12.2026 08:50]", ONE, OTHER], [0]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHATS)
def test_names_and_times_of_a_chat_are_one_remark(name: str) -> None:
    lines, found = CHATS[name]
    [remark] = read_block("\n".join(lines)).remarks
    looks = "looks like a message of a chat, and its name or time is posted"
    if len(found) > 1:
        looks = "and other lines look like messages of a chat, and their names and times are posted"
    assert remark.lines == tuple(found)
    assert remark.message == f"'{shown(lines[found[0]].strip())}' {looks}"
    assert remark.remedy == "Delete the names and the times, and keep the texts."
    [free] = about_letters("\n".join(lines))
    more = f" ({len(found)} lines)" if len(found) > 1 else ""
    first = lines[found[0]].strip()
    assert free.message == f"'{first}' looks like a message of a chat; it is posted{more}."
    assert free.remedy == "Delete the names and the times, and keep the texts."


def test_the_text_below_a_name_in_its_paragraph_is_no_rest() -> None:
    block = f"[08:15] Morel, Aurélie\n{ONE}\n\n[08:22] Diallo, Ousmane\n{OTHER}\nlike 1"
    chat, rest = read_block(block).remarks
    assert chat.lines == (0, 3)
    assert rest.lines == (5,)


@pytest.mark.parametrize(
    "lines",
    [
        ["Lens – Paris, 21:00", ONE, "Lyon – Nice, 20:45", OTHER],
        ["Koh-Lanta, 21:10", "Fort Boyard, 21:10", "Thalassa, 20:50"],
        ["Ubisoft recrute à Annecy, dès 08:30", ONE, OTHER],
        ["Karim a quitté le groupe", ONE, OTHER],
        ["Le JT de 20:00", ONE, OTHER],
        ["Transféré", *NEWS],
        ["[Vidéo] Marseille : le tram inauguré", ONE, OTHER],
        ["Réunion à 10:30, Bercy", ONE, OTHER],
    ],
)
def test_sound_lines_are_of_no_chat(lines: list[str]) -> None:
    assert not any("chat" in message for message, _ in said_of("\n".join(lines)))


@pytest.mark.parametrize("time", ["09:15", "18 h 04", "18h04", "[08:44]", "Publié à 18:04"])
def test_an_item_that_is_only_a_time(time: str) -> None:
    for block in ("\n".join([*NEWS, time]), f"{NEWS[0]}\n{time}\n{NEWS[1]}\n{time}"):
        [remark] = read_block(block).remarks
        assert remark.message == f"'{time}' is read as an item and looks like the time of another item"
    assert remark.lines == (1, 3)


def test_a_footer_among_joined_lines_has_a_remark_of_its_own() -> None:
    block = "• Un mot de plus\n• Deux mots\nLe pont ferme\nSe désabonner"
    news, foot = read_block(block).remarks
    assert (news.lines, foot.lines) == ((2,), (3,))
    assert not news.remedy.startswith("Delete")
    assert foot.remedy.startswith("Delete it, or write it into the outro; ")


def test_lines_that_are_most_of_the_text_are_not_to_delete() -> None:
    [few] = read_block(f"{' '.join(NEWS)}\nLe tram\n\n{NEWS[0]}").remarks
    [most] = read_block(f"{NEWS[0]}\n{NEWS[1]}\n{NEWS[2]}\n\nLe tram arrive").remarks
    assert few.remedy.endswith("; if to neither, delete it.")
    assert "delete" not in most.remedy.lower()


@pytest.mark.parametrize(
    ("block", "texts"),
    [
        ("> 1. Un mot\n>    https://example.com/a\n> 2. Deux", ("Un mot https://example.com/a", "Deux")),
        ("> • Un mot\n> • Deux", ("Un mot", "Deux")),
        ("> Un mot\n>\n> Deux", ("Un mot", "Deux")),
        (">> Un mot\n> > https://example.com/a\n> Deux", ("Un mot https://example.com/a", "Deux")),
    ],
)
def test_the_signs_of_a_quoted_mail_are_read_away(block: str, texts: tuple[str, ...]) -> None:
    reading = read_block(block)
    assert reading.texts == texts
    [remark] = reading.remarks
    assert remark.lines == tuple(range(len(block.split("\n"))))
    assert remark.message == "the > of a quoted mail opens these lines, and is not posted"


def test_one_quoted_line_is_remarked_on() -> None:
    [remark] = read_block("\n\n".join([*NEWS, "> 1. Quick rouvre"])).remarks
    assert remark.message == "'> 1. Quick rouvre' is read as an item and looks like a line that a mail quotes"
    assert remark.remedy == "Delete the > before the text; or the whole line, if it is no item."


def test_a_sign_before_a_figure_is_kept() -> None:
    block = "> 5 % de hausse\n> 3 % de baisse\n> https://example.com/a"
    assert all(text.startswith("> ") for text in read_block(block).texts)


def test_the_last_of_the_names_below_news_is_a_heading_like_the_others() -> None:
    names = ["LSA", "Ouest-France", "BFM Business"]
    block = "\n".join(line for pair in zip(NEWS, names, strict=True) for line in pair)
    assert [line for message, line in said_of(block) if "heading" in message] == [1, 3, 5]
