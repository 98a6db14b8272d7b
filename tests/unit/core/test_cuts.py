"""Tests of cuts in free text: where an editor would make them, not where posts are full."""
# ruff: noqa: E501 (texts)

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.content.compose import compose
from bot.core.content.free_text import detect_wrapping, sections
from bot.core.content.numbering import in_fractions, in_parts
from bot.core.content.validate import examine
from bot.core.marks import Mark, Row
from bot.core.model import Edition, Format, Numbering
from bot.core.text.quotations import quotes
from bot.core.text.split import split
from bot.core.text.weight import LIMIT, weight
from tests.unit.core.newsroom import edition

QUOTATION = (
    "Il a résumé la soirée ainsi devant la presse : « Nous avons perdu cette élection parce que nous avons parlé de nous "
    "et non des gens. Nous le savons depuis un mois déjà. Nous allons changer de méthode, et de visages. » "
    "Le maire n’a rien ajouté, mais ses amis assurent qu’il ne se représentera pas."
)
WRAPPED = """La question agite toute la ville depuis le printemps, et
beaucoup d'habitants voudraient savoir qui paiera. Le maire de
Lyon a répondu hier soir qu'il présenterait un budget en mars,
et que personne ne serait oublié dans cette affaire. Les élus
de l'opposition jugent la réponse trop vague et trop tardive."""
SECTION = "LYON\nAucun match ce jour dans cette compétition, rien à signaler."
LAW = (
    "Considérant que la source alimente depuis deux siècles le lavoir et le jardin, que son débit a baissé d'un tiers en "
    "dix ans, que les forages autorisés en amont n'ont fait l'objet d'aucune étude d'ensemble et que le hameau a manqué "
    "d'eau trois fois au mois d'août, le conseil demande un rapport."
)


def free(text: str, numbering: Numbering = Numbering.FRACTION) -> Edition:
    rows = tuple(Row(m.start(), 3 + n, 3) for n, m in enumerate(re.finditer("^", text, re.MULTILINE)))
    made = edition(form=Format(numbering=numbering))
    return replace(made, chapter=replace(made.chapter, items=(), text=text, mark=Mark(3, 3, rows=rows)))


def said_of(text: str) -> list[tuple[str, int]]:
    """Return the findings on a free text, each with its line; its first one is line 3."""
    return [(one.code, one.line) for one in examine(free(text), "fr_FR")[1]]


def posts(text: str) -> list[str]:
    """Return the posts of a thread of free text, without their numbers."""
    return [re.sub(r" \d+/\d+$", "", one) for one in compose(free(text), "fr_FR").texts]


class TestQuotations:
    def test_one_that_fits_is_kept_whole(self):
        assert posts(QUOTATION)[0].endswith("visages. »")

    def test_one_that_fits_only_without_its_introduction_is_kept_whole(self):
        introduction = "Il l'a redit devant la presse, les militants et tous ceux qui voulaient bien l'entendre, sur les marches de la mairie :"
        made = posts(QUOTATION.replace("Il a résumé la soirée ainsi devant la presse :", introduction))
        assert made[0] == introduction
        assert made[1].startswith("« Nous avons perdu")
        assert "visages. »" in made[1]

    def test_one_inside_another_is_kept_whole_with_it(self):
        quotation = "« Il a dit “non” hier, puis “oui” ce matin, et il dira “peut-être” demain, si on le lui demande encore »"
        made = posts(
            f"Le préfet, {'que personne ne croit plus, ' * 7}répète : {quotation}, sans que rien ne bouge."
        )
        assert len(made) == 2
        assert any(quotation in post for post in made)

    def test_one_that_is_longer_than_a_post_is_cut_between_its_sentences(self):
        made = posts("« " + "Une phrase de plus dans une citation qui ne finit pas. " * 9 + "»")
        assert [post[-1] for post in made[:-1]] == ["."] * (len(made) - 1)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("« Oui. Non. » Fin", ["« Oui. Non. »"]),
            ("«\u00a0Oui. Non.\u00a0» Fin", ["«\u00a0Oui. Non.\u00a0»"]),
            ("l’«élan» et “l’élan“", ["«élan»", "“l’élan“"]),
            ("“Yes. No”, he said", ["“Yes. No”"]),
            ('"Oui. Non", dit-il', ['"Oui. Non"']),
            ("„Ja. Nein“, sagt er", ["„Ja. Nein“"]),
            ("»Ja. Nein.« Er geht", ["»Ja. Nein.«"]),
            ("« Il dit “oui”. Bien. »", ["“oui”", "« Il dit “oui”. Bien. »"]),
            ("« Il oublie.\n\nUn autre » paragraphe", []),
            ("“Il confond ».", ["“Il confond »"]),
            ("» seul, ” seul", []),
        ],
    )
    def test_where_they_stand(self, text: str, expected: list[str]):
        assert [text[start:end] for start, end in quotes(text)] == expected


class TestWrappedLines:
    def test_they_are_joined_and_cut_at_the_end_of_a_sentence(self):
        made = posts(WRAPPED)
        assert made[0].endswith("qui paiera.")
        assert " ".join(made) == WRAPPED.replace("\n", " ")

    def test_it_is_reported_once_at_the_first_line(self):
        made = free("Un budget\n\n" + WRAPPED)
        found = [(one.code, one.severity, one.line, one.message) for one in examine(made, "fr_FR")[1]]
        assert found == [
            (
                "hard-wrapped",
                "warning",
                5,
                "flashtweet@2020-11-06: the lines are wrapped at 62 characters; 4 line breaks are read as spaces.",
            )
        ]

    def test_posts_know_where_they_come_from(self):
        thread = compose(free(WRAPPED), "fr_FR")
        assert [(post.mark.line, post.mark.column) for post in thread.posts] == [(3, 3), (4, 54)]

    @pytest.mark.parametrize(
        "text",
        [
            SECTION,
            "\n\n".join([SECTION] * 8),
            "Lens - Brest : 2 - 1, une victoire à domicile\nNice - Lille : 0 - 0, un match sans saveur\nLyon - Metz : 3 - 2, au bout de la nuit",
            "- le premier point de la liste est assez long\n- le deuxième point de la liste l'est aussi\n- et le troisième point de la liste également",
            "Le premier vers est court,\nle second l'est\naussi",
            "Une phrase entière tient sur cette ligne ici.\nUne autre phrase tient sur la ligne suivante.\nEt une troisième tient sur la dernière ligne.",
        ],
    )
    def test_lines_that_an_editor_broke_stay(self, text: str):
        assert detect_wrapping(text) is None
        assert sections(text) == (text,)

    @pytest.mark.parametrize("count", [3, 10])
    def test_short_paragraphs_show_it_together(self, count: int):
        item = "OpenAI ouvre un bureau à Paris et promet d'embaucher deux cents\npersonnes d'ici à la fin de 2027\nhttps://example.com/openai-paris"
        other = "Le Premier ministre a promis hier, devant les députés réunis à\nl'Assemblée, un budget « sérieux »."
        text = "\n\n".join([item, other] * count)
        expected = text.replace("cents\n", "cents ").replace("à\n", "à ")
        assert sections(text) == (expected,)
        assert said_of(text) == [("hard-wrapped", 3)]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            (
                "OpenAI ouvre un bureau à Paris et promet d'embaucher deux cents\npersonnes d'ici à la fin de 2027",
                3,
            ),
            (
                "Un budget\n\nLe ministre a promis hier, devant les députés réunis à\nl'Assemblée, un budget « sérieux ».",
                5,
            ),
        ],
    )
    def test_a_single_one_is_doubtful(self, text: str, line: int):
        assert sections(text) == (text,)
        assert said_of(text) == [("broken-sentence", line)]

    @pytest.mark.parametrize(
        "text",
        [
            "\n\n".join(f"{title}\nvia {source}" for title, source in [
                ("OpenAI ouvre un bureau à Paris et embauche deux cents personnes", "Les Échos"),
                ("Le Sénat vote une taxe sur les géants du numérique", "Le Monde"),
                ("La Nasa repousse encore une fois le départ de sa fusée", "AFP"),
            ]),
            "Mairie de Lyon, service des sports et des loisirs\n1, place de la Comédie\n69001 Lyon",
            "Mignonne, allons voir si la rose qui ce matin\nAvait déclose sa robe de pourpre au soleil\nA point perdu",
        ],
    )  # fmt: skip
    def test_sound_lines_are_not_doubtful(self, text: str):
        assert sections(text) == (text,)
        assert said_of(text) == []

    @pytest.mark.parametrize(
        ("whole", "broken"),
        [("décembre", "décem-\nbre"), ("finances", "finan-\nces"), ("dit-il", "dit-\nil")],
    )
    def test_a_hyphen_at_the_end_of_a_line_stays(self, whole: str, broken: str):
        """Only a dictionary could show which of them belong to their words."""
        text = WRAPPED.replace(
            "beaucoup d'habitants", f"le conseil en a débattu hier soir, {broken} beaucoup"
        )
        assert broken in sections(text)[0]
        assert ("hyphenated-line", 4) in said_of(text)
        assert whole not in sections(text)[0]

    def test_what_is_no_wrapped_line_stays_among_them(self):
        text = f"Un budget\n\n{WRAPPED}\nhttps://example.com/budget\n\n- un point\n- un autre\n\nFin"
        assert sections(text) == (text.replace(WRAPPED, WRAPPED.replace("\n", " ")),)

    def test_paragraphs_without_a_blank_line_between_are_left_apart(self):
        """The last line of each is short."""
        joined = WRAPPED.replace("\n", " ")
        text = f"{WRAPPED}\nIls le diront.\n{WRAPPED}"
        assert sections(text) == (f"{joined} Ils le diront.\n{joined}",)

    def test_white_space_around_a_break_goes_with_it(self):
        assert sections(WRAPPED.replace("\n", " \n  ")) == (WRAPPED.replace("\n", " "),)


class TestHeadings:
    @pytest.mark.parametrize(
        ("heading", "blank"),
        [("Qui paiera le nouveau pont ?", "\n\n"), ("Enfin un pont !", "\n"), ("Un pont", "\n\n")],
    )
    def test_one_belongs_to_what_follows(self, heading: str, blank: str):
        before = "Le conseil municipal a voté hier soir le budget des écoles, après cinq heures de débat."
        after = (
            "La ville renvoie à la métropole, la métropole à la région, et la région au printemps prochain, quand on aura "
            "voté. Le tribunal, lui, se tait encore : il attend un rapport que personne n'est pressé de lui remettre."
        )
        assert posts(blank.join((before, heading, after))) == [before, f"{heading}{blank}{after}"]

    def test_short_sections_share_posts(self):
        made = posts("\n\n".join([SECTION] * 8))
        assert len(made) == 2
        assert all(post.startswith("LYON\n") for post in made)

    def test_the_heading_of_rows_without_marks(self):
        rows = "\n".join(f"Valmont - Brézolles, match numéro {n} : 3 - 2" for n in range(5))
        made = posts(f"{rows}\n\nRUGBY\n{rows}")
        assert any(post.startswith("RUGBY\nValmont") for post in made)

    def test_a_signature_is_none(self):
        text = "Un texte qui finit bien, et qui n'en est pas moins assez long.\nLa rédaction"
        following = ("Une autre phrase tout à fait ordinaire. " * 6).strip()
        assert posts(f"{text}\n\n{following}") == [text, following]


class TestLinks:
    def test_one_on_a_line_of_its_own_belongs_to_the_paragraph_above(self):
        paragraph = (
            "Une étude paraît ce matin. Les chercheurs ont suivi pendant dix ans les oiseaux de la baie, du premier vol au "
            "dernier, par tous les temps, avec des jumelles et des carnets. Ils publient leurs données. Elles sont libres."
        )
        link, following = (
            "https://example.com/oiseaux",
            "La suite de la revue commence par le port, dont la digue n'ouvrira pas avant l'été prochain.",
        )
        assert posts(f"{paragraph}\n\n{link}\n\n{following}") == [f"{paragraph}\n\n{link}", following]

    def test_one_that_does_not_fit_stands_alone(self):
        paragraph = "Une phrase qui n'en finit pas, " + "et qui continue, " * 14 + "finit."
        link = "https://example.com/oiseaux"
        assert posts(f"{paragraph}\n{link}\n{link}") == [paragraph, f"{link}\n{link}"]


class TestParagraphsAndLists:
    def test_the_first_words_of_a_paragraph_are_not_pulled_up(self):
        before = (
            "La commune a rouvert son école au mois de septembre, avec deux classes et une cantine. Quarante enfants y vont "
            "à pied, et le car ne passe plus que pour les grands du collège."
        )
        made = posts(f"{before}\n\n{LAW}")
        assert made[0] == before
        assert made[1].startswith("Considérant")

    def test_a_list_is_not_torn_after_its_first_row(self):
        made = posts(
            "Beaucoup de choses ferment cette semaine en ville, quelques-unes ouvrent tout de même. Voici les rendez-vous "
            "de la semaine :\n- lundi : fermeture du pont de la Fonderie à 6 h, déviation par le quai nord\n- mardi : conseil "
            "municipal, le budget des écoles est au programme\n- mercredi : la médiathèque ouvre sa nouvelle salle, concert "
            "à 17 h\n- jeudi : grève des bus de 5 h à 14 h, une ligne sur trois roule"
        )
        assert [post.count("\n- ") for post in made] == [2, 1]

    def test_long_rows_are_cut_between_rather_than_inside(self):
        row = "- Un point qui a deux phrases, dont la première est longue et occupe bien de la place. La deuxième aussi, tant s'en faut."
        made = posts("\n".join([row] * 5))
        assert [line for post in made for line in post.split("\n")] == [row] * 5

    def test_a_question_is_not_parted_from_its_answer(self):
        answer = "— Une machine ouvre une porte. Elle ne voit pas qu'un enfant s'est assis au bord, ni que le marinier n'a pas dormi."
        made = posts(f"{answer}\n\n— Qu'en pensez-vous ?\n\n{answer}\n\n— Alors ?\n\n{answer}")
        assert [post for post in made if post.endswith("?")] == []

    def test_a_bracket_stays_with_its_word(self):
        text = (
            "Le projet a été présenté hier matin à Bruxelles par les responsables européens de la formation professionnelle "
            "et du logiciel libre réunis autour de l'Open Source Observatory (OSOR) qui recense depuis dix ans les "
            "administrations dont les services publient leur code et le partagent ensuite avec les communes voisines et amies"
        )
        assert any("Observatory (OSOR)" in post for post in posts(text))


class TestSections:
    def test_three_dashes_alone_begin_a_post(self):
        assert posts("Un.\n---\nDeux.\n\n  ---  \n\nTrois.\n---") == ["Un.", "Deux.", "Trois."]

    @pytest.mark.parametrize(
        "line",
        [
            "----",
            "————",
            "- - -",
            "***",
            "* * *",
            "___",
            "–––",
            "—-",
            "——",
            "−−−",
            " ─── ",
            "===",
            "~~~",
            "*",
            "• • •",
            "···",
            "⸻",
            "⁂",
        ],
    )
    def test_other_lines_of_signs_do_as_well(self, line: str):
        assert sections(f"Un.\n{line}\nDeux.") == ("Un.", "Deux.")
        assert sections(f"{WRAPPED}\n{line}\n{WRAPPED}") == (WRAPPED.replace("\n", " "),) * 2

    @pytest.mark.parametrize("line", ["-", "--", "—", "**", "...", "- a -", "--- a", "•"])
    def test_others_do_not(self, line: str):
        assert len(sections(f"Un.\n{line}\nDeux.")) == 1

    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ("Notre enquête\n---\nLe maire a répondu hier soir.", [3]),
            ("Un mot d'abord.\n\nNotre enquête\n=====\n\nLe maire a répondu hier soir.", [5]),
            ("Un mot d'abord.\n---\nLe maire a répondu hier soir.", []),
            ("Un mot d'abord\n\n---\nLe maire a répondu hier soir.", []),
            ("Un premier post\n---\nUn deuxième post\n---\nUn troisième", []),
            ("Un mot d'abord.\nLa rédaction\n---\nLe maire a répondu hier soir.", []),
        ],
    )
    def test_a_heading_above_them_is_alone(self, text: str, lines: list[int]):
        assert said_of(text) == [("lone-heading", line) for line in lines]

    def test_they_are_counted_together(self):
        made = compose(free("Un.\n---\nDeux.", Numbering.NONE), "fr_FR")
        assert made.texts == ("Un. (1/2)", "Deux. (2/2)")

    def test_a_line_before_them_is_not_joined_with_them(self):
        assert sections(f"{WRAPPED}\n---\n{WRAPPED}") == (WRAPPED.replace("\n", " "),) * 2

    def test_in_an_item_they_are_text(self):
        assert compose(edition("Un\n---\ndeux", form=Format()), "fr_FR").texts == ("1️⃣ Un\n---\ndeux",)


def test_posts_that_end_in_mid_sentence_are_marked():
    made = compose(free(f"Un titre\n\n{LAW}\n\nUne phrase.\n---\n- une ligne sans point\n---\nFin."), "fr_FR")
    assert [post.cuts_sentence for post in made.posts] == [True, False, False, False]
    assert [post.cuts_sentence for post in compose(edition(LAW), "fr_FR").posts] == [
        False,
        True,
        False,
        False,
    ]


# ---- fewest posts ------------------------------------------------------------------------------------

SENTENCES = st.lists(st.integers(3, 45), min_size=5, max_size=40).map(
    lambda sizes: [f"M{'o' * 4 * size}t." for size in sizes]
)


@given(SENTENCES, st.sampled_from([" ", "\n", "\n\n"]))
@settings(max_examples=100)
def test_no_split_between_sentences_makes_fewer_posts(sentences: list[str], blank: str):
    """Filling one post after another gives the smallest number."""
    fewest, room = 1, LIMIT
    for sentence in sentences:
        if len(sentence) > room:
            fewest, room = fewest + 1, LIMIT
        room -= len(sentence) + len(blank)
    assert len(split(blank.join(sentences))) == fewest


# ---- what is never cut ---------------------------------------------------------------------------------

WHOLE = [
    "le 12 sept. 2026", "le 3 nov. 2026", "12 nov.", "nov. 2026", "Valmont Inc. Europe", "Valmont Inc.", "et Cie.", "Dumas & Cie.",
    "U.S. Steel", "U.S. Army", "3 - 2", "3 – 2", "3. Oktober", "12 Sept. 2027", "z. B. hier",
]  # fmt: skip
FILLER = "Le journal raconte ce matin comment toute une ville attend que la nouvelle saison commence enfin sous la pluie"


@pytest.mark.parametrize("phrase", WHOLE)
def test_it_is_kept_whole_wherever_it_stands(phrase: str):
    """In an item of weight 300, with one sentence or two, and wherever it is cut."""
    words = (FILLER + " " + FILLER.lower()).split()
    for at in range(len(words) + 1):
        for ending in ("", "."):
            head = " ".join((*words[:at], phrase, *words[at:]))
            item = head + ending + " " + "x" * max(1, 299 - weight(head) - len(ending))
            parts = in_parts((item,), LIMIT)
            assert weight(item) >= 300
            assert any(phrase in part for part in parts), (phrase, parts)
    for limit in range(60, 90):
        assert any(phrase in part for part in in_fractions((f"{FILLER} {phrase} {FILLER}",), limit)[0]), limit
