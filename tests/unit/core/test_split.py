"""Tests of splitting: nothing lost, nothing over the limit, no break that a French sub-editor would reject."""
# ruff: noqa: E501 (tables of phrases)

from __future__ import annotations

import re
import time
import unicodedata

import pytest

from bot.core.text.fragments import CannotSplit
from bot.core.text.line_breaks import FORBIDDEN, gaps
from bot.core.text.split import split
from bot.core.text.weight import weight


class TestPlain:
    def test_tabs_are_read_as_spaces(self):
        assert split("Tech\tUn\t") == ("Tech Un",)

    @pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00a0\t", "\r\n"])
    def test_blank_text_makes_no_post(self, text: str):
        assert split(text) == ()

    def test_a_text_that_fits_is_one_post(self):
        assert split("  Bonjour !\r\n\r\nC'est l'heure.  ") == ("Bonjour !\n\nC'est l'heure.",)

    def test_posts_are_in_nfc(self):
        assert split(unicodedata.normalize("NFD", "été")) == ("été",)

    def test_line_breaks_inside_a_post_stay(self):
        text = "Un.\n\nDeux.\nTrois. " + "Quatre mots de plus. " * 15
        assert split(text)[0].startswith("Un.\n\nDeux.\nTrois. Quatre")

    @pytest.mark.parametrize("limit", range(32, 40))
    def test_a_link_that_weighs_more_at_the_beginning_of_a_post(self, limit: int):
        """X counts the é of économie.gouv.fr there, as a character before conomie.gouv.fr."""
        for words in range(60, 100):
            posts = split("Bla bla bla bla bla bla. économie.gouv.fr " + "ab " * words + "fin.", limit)
            assert max(map(weight, posts)) <= limit

    def test_exactly_the_limit_is_one_post(self):
        assert split("é" * 140 + " " + "x" * 139) == ("é" * 140 + " " + "x" * 139,)
        assert len(split("é" * 140 + " " + "x" * 140)) == 2


class TestPreference:
    def test_paragraphs_before_sentences(self):
        first, second = "Une phrase courte. Une autre.", "Une suite plus longue qui tient bien."
        assert split(f"{first}\n\n{second}", limit=60) == (first, second)

    def test_sentences_before_clauses(self):
        assert split(
            "Elle lance, enfin, sa marketplace. Les libraires, eux, attendent encore.", limit=50
        ) == (
            "Elle lance, enfin, sa marketplace.",
            "Les libraires, eux, attendent encore.",
        )

    def test_clauses_before_words(self):
        text = (
            "Les petits commerces ferment encore cette semaine ; les grandes enseignes de la capitale ouvrent"
        )
        assert split(text, limit=60)[0] == "Les petits commerces ferment encore cette semaine ;"

    def test_even_posts(self):
        """Four sentences of equal length are split two and two, not three and one."""
        sentence = "Cette phrase a bien quarante caractères."
        assert [post.count(".") for post in split(" ".join([sentence] * 4), limit=130)] == [2, 2]

    def test_no_orphan(self):
        text = (
            "Les distributeurs se transforment tous en places de marché depuis le confinement de mars dernier"
        )
        assert len(split(text, limit=90)[-1].split()) > 2

    def test_an_orphan_is_better_than_a_forbidden_break(self):
        assert (
            split("Retrouvailles\u00a0enthousiastes ce 6 novembre 2020", limit=35)[-1] == "ce 6 novembre 2020"
        )
        assert split("Anticonstitutionnellement 10 000 000", limit=30) == (
            "Anticonstitutionnellement",
            "10 000 000",
        )

    def test_a_heading_stays_with_its_text(self):
        text = (
            "Voilà donc les distributeurs qui ouvrent leur place de marché.\nDes initiatives à la pelle\n"
            "Pour soutenir les commerçants, voici quelques initiatives."
        )
        assert split(text, limit=100) == tuple(text.split("\n", 1))

    def test_a_heading_begins_a_post(self):
        """Even if the end of one part and the beginning of the next would fill a post."""
        old, end = (
            ("La fin d’un long paragraphe qui remplit son post. " * 4).strip(),
            "Voilà donc une courte conclusion de la partie.",
        )
        new = "Une nouvelle partie\nElle commence par une phrase de longueur ordinaire, comme il y en a tant dans les journaux."
        assert split(f"{old}\n{end}\n{new}") == (f"{old}\n{end}", new)

    def test_an_introduction_stays_with_its_list(self):
        text = "Une phrase pour commencer la lecture.\nÀ retenir :\n- le premier point\n- le deuxième point"
        assert any(post.startswith("À retenir :\n- le premier") for post in split(text, limit=60))

    def test_a_heading_stays_with_its_list(self):
        text = "Une phrase pour commencer la lecture.\nLE TOP 10\n1️⃣ le premier point\n2️⃣ le deuxième point"
        assert any(post.startswith("LE TOP 10\n1️⃣ le premier") for post in split(text, limit=60))

    def test_wrapped_lines_are_one_sentence(self):
        """A line that begins with a small letter is not a paragraph: it is broken as prose."""
        line = "Les petits commerces rouvrent leurs portes\nen ville, et les librairies attendent encore\nleur tour."
        assert split(f"{line} La suite demain matin.\nElle sera longue.", limit=60) == (
            "Les petits commerces rouvrent leurs portes\nen ville,",
            "et les librairies attendent encore\nleur tour.",
            "La suite demain matin.\nElle sera longue.",
        )

    def test_items_of_a_list_are_not_cut(self):
        items = [f"- le point numéro {n} de la liste" for n in range(9)]
        assert [line for post in split("\n".join(items), limit=80) for line in post.split("\n")] == items


TOGETHER = [
    "M. Dupont", "Mme Martin", "Dr Knock", "cf. supra", "n° 53", "nº 7", "p. 12", "art. 5", "J. Dorsey", "MM. Alduy",
    "2,9 M€", "10 000", "3 000 000", "936 M$", "20 %", "15 °C", "7 h 30", "30 millions", "2 milliards", "3 ans",
    "6 novembre 2020", "1er mai", "vendredi 6 novembre", "12 juillet", "Cédric O", "grand V", "vitamine C", "Louis XIV",
    "#FlashTweetHebdo #53", "Comment ?", "Bravo !", "voici :", "fini ;", "« prêts »", "« élan", "oui »", "( presque )",
    "etc.", "commerces, etc.", "3 sur 4", "Paris 👍", "100 000 €", "5 G€", "10\u00a0000", "20\u202f%", "Bravo\u00a0!",
    "“ prêts", "confinement…", "https://exemple.fr/a-b?c=d", "#TransfoNum", "@Cedric_O", "👨‍👩‍👧‍👦", "St Malo",
]  # fmt: skip


@pytest.mark.parametrize("phrase", TOGETHER)
def test_what_belongs_together_stays_together(phrase: str):
    """Whatever the text around it, and wherever the limit falls."""
    for before in range(12):
        words = ["alors"] * before + [phrase] + ["encore"] * 12
        posts = split(" ".join(words), limit=60)
        assert any(phrase in post for post in posts), (before, posts)


@pytest.mark.parametrize("phrase", [phrase for phrase in TOGETHER if " " in phrase])
def test_a_break_inside_is_forbidden(phrase: str):
    """Not merely expensive: no fill of a post is worth it."""
    text = f"on voit que {phrase} arrive"
    start = text.index(phrase)
    inside = [gap for gap in gaps(text, 0, len(text)) if start <= gap.start < start + len(phrase)]
    assert inside
    assert [gap for gap in inside if gap.cost < FORBIDDEN] == []


def test_dashes_hold_what_they_enclose():
    """A break may come before the first dash and after the second."""
    text = "consacrer – au moins un peu – la société"
    allowed = [text[: gap.start] for gap in gaps(text, 0, len(text)) if gap.cost < FORBIDDEN]
    assert allowed == [
        "consacrer",
        "consacrer – au",
        "consacrer – au moins",
        "consacrer – au moins un",
        "consacrer – au moins un peu –",
        "consacrer – au moins un peu – la",
    ]


@pytest.mark.parametrize("enclosed", ["({})", "«\u00a0{}\u00a0»", "“{}“", "“{}”"])
def test_a_break_inside_brackets_or_quotes_is_dearer(enclosed: str):
    text = "marche " + enclosed.format("vite marche vite") + " marche vite"
    costs = [gap.cost for gap in gaps(text, 0, len(text))]
    assert min(costs[1:3]) > costs[-1]


@pytest.mark.parametrize(
    ("dear", "cheap"),
    [
        ("le |commerce", "commerces |ouvrent"),
        ("commerces |ouvrent", "commerces |qui"),
        ("commerces |qui", "commerces, |qui"),
        ("commerces, |qui", "commerces ; |qui"),
        ("Jack |Dorsey", "commerces |ouvrent"),
        ("12 |commerces", "commerces |ouvrent"),
    ],
)
def test_some_breaks_are_dearer_than_others(dear: str, cheap: str):
    def cost(pair: str) -> float:
        before, after = pair.split("|")
        text = f"on voit {before}{after} ainsi"
        return next(gap.cost for gap in gaps(text, 0, len(text)) if gap.end == len(f"on voit {before}"))

    assert cost(dear) > cost(cheap)


@pytest.mark.parametrize("mark", ["?", "!", ":", ";", "»", "%", ")", "]", "”", ",", "…"])
def test_no_post_begins_with_a_closing_mark(mark: str):
    text = " ".join(["mot", "long", mark] * 40)
    assert [post for post in split(text, limit=50) if post[0] in "?!:;»%)]”,…"] == []


@pytest.mark.parametrize("mark", ["«", "(", "[", "“"])
def test_no_post_ends_with_an_opening_mark(mark: str):
    closing = {"«": "»", "(": ")", "[": "]", "“": "”"}[mark]
    text = " ".join(["avant", mark, "dedans", closing] * 40)
    assert [post for post in split(text, limit=50) if post.endswith(mark)] == []


class TestSentences:
    @pytest.mark.parametrize(
        "text",
        [
            "Le prix est de 2,9 M€ selon M. Dupont. Il ajoute que tout va bien.",
            "Voir cf. p. 12 et n° 53 du journal. La suite demain matin à 7h30.",
            "Il connaît J. Dorsey depuis longtemps. Il le dit à tout le monde.",
            "Une semaine ! 🎉 Les commerces rouvrent enfin leurs portes en ville.",
            "« C'est fini. » Les commerces rouvrent enfin leurs portes en ville.",
            "Il n'y en a pas en “France“. Les commerces rouvrent leurs portes là.",
            "Mais pas eux… Les commerces rouvrent enfin leurs portes dans la ville.",
        ],
    )
    def test_the_break_falls_between_the_two(self, text: str):
        end = re.search(r"[.!…“»] (?:🎉 )?(?=(?:Il ajoute|La suite|Il le dit|Les commerces))", text)
        assert end
        assert split(text, limit=60) == (text[: end.end()].rstrip(), text[end.end() :])

    def test_an_ellipsis_before_a_small_letter_ends_no_sentence(self):
        text = "Ils se transforment en marketplace… comme Amazon ! La suite est pour demain matin."
        assert split(text, limit=60) == tuple(re.split(r"(?<=!) ", text))


class TestLongTokens:
    def test_a_long_word_is_cut(self):
        assert "".join(split("x" * 400)) == "x" * 400

    def test_cjk_is_cut(self):
        posts = split("語" * 400)
        assert "".join(posts) == "語" * 400
        assert max(map(weight, posts)) <= 280

    def test_a_run_of_emoji_is_cut_between_emoji(self):
        family = "👨‍👩‍👧‍👦"
        posts = split(family * 200)
        assert all(post.replace(family, "") == "" for post in posts)
        assert "".join(posts) == family * 200

    def test_marks_stay_with_their_letter(self):
        posts = split("q\u0323\u0307" * 300)
        assert all(post.startswith("q") for post in posts)

    def test_a_link_is_never_cut(self):
        link = "https://exemple.fr/" + "a" * 300
        assert any(link in post for post in split("mot " * 80 + link + " mot" * 80))

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("www.x.fr/a,\u00a0#Hashtag", ("www.x.fr/a,", "#Hashtag")),
            ("www.x.fr/a,\u202f#TransfoNum", ("www.x.fr/a,", "#TransfoNum")),
            ("Retrouvailles\u00a0enthousiasmantes\u00a0!", ("Retrouvailles", "enthousiasmantes\u00a0!")),
            ("l’Anticonstitutionnellement\u00a0:\u00a0oui", ("l’Anticonstitutionnellement\u00a0:", "oui")),
            ("Un\u00a0" + "x" * 40, ("Un\u00a0" + "x" * 19, "x" * 21)),
            ("a" + "\u00a0" * 60 + "b", ("a", "b")),
        ],
    )  # fmt: skip
    def test_a_no_break_space_is_where_a_word_that_is_too_long_breaks(
        self, text: str, expected: tuple[str, ...]
    ):
        assert split(text, limit=30) == expected

    def test_a_no_break_space_does_not_break_where_another_space_can(self):
        posts = split("Elle a 10\u00a0000\u00a0000\u00a0€ pour les libraires et " + "x" * 40, limit=30)
        assert posts[0] == "Elle a 10\u00a0000\u00a0000\u00a0€ pour les"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("(" * 10 + "#" + "a" * 25, ("(" * 10, "#" + "a" * 25)),
            ("語" * 14 + "(@FlashTweet)", ("語" * 10, "語" * 4 + "(@FlashTweet)")),
            ("(" * 25 + "https://exemple.fr/a-b", ("(" * 24, "(https://exemple.fr/a-b")),
            ("#" + "a" * 35, ("#" + "a" * 17, "a" * 18)),
        ],
    )
    def test_an_entity_is_cut_only_if_it_is_too_long_by_itself(self, text: str, expected: tuple[str, ...]):
        assert split(text, limit=30) == expected

    def test_an_entity_may_fill_a_whole_post(self):
        assert split("(((#" + "a" * 278) == ("(((", "#" + "a" * 278)

    def test_a_link_over_the_limit_cannot_be_split(self):
        with pytest.raises(CannotSplit, match=r"'https://exemple\.fr/a' weighs 23, limit 20") as caught:
            split("Un mot, puis https://exemple.fr/a", limit=20)
        assert caught.value.text == "https://exemple.fr/a"
        assert (caught.value.weight, caught.value.limit) == (23, 20)

    def test_a_cut_does_not_make_a_link(self):
        """`$a.co` is not a link, but the rest after a cut behind the sign would be."""
        text = "$a.co" * 10
        posts = split(text, limit=40)
        assert "".join(posts) == text
        assert max(map(weight, posts)) <= 40


@pytest.mark.parametrize(
    "text",
    [
        "a." * 50_000, "@" * 100_000, "a" + "\u0301\u0316" * 50_000, "\u200d" * 100_000, "a b " * 25_000, "a\n" * 50_000,
        "Un. " * 25_000, "« " * 50_000, "10 000 " * 14_000, "a.co " * 20_000, "👍🏽" * 25_000, "M. " * 30_000, "(" * 100_000,
        "\n".join(["- x"] * 25_000),
    ],
    ids=lambda text: ascii(text[:12]),
)  # fmt: skip
def test_time_is_linear(text: str):
    """100 kB of anything; generous, and of the processor alone: other load does not count."""
    begun = time.thread_time()
    try:
        posts = split(text)
    except CannotSplit:
        posts = ()
    assert time.thread_time() - begun < 5
    assert all(weight(post) <= 280 for post in posts)
