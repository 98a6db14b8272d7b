"""Tests of composing an edition's posts; above all, a replay never repeats the morning's texts."""

from __future__ import annotations

import re
import unicodedata
from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.content.compose import compose
from bot.core.content.editions import editions_of
from bot.core.marks import Mark
from bot.core.model import Chapter, Format, Issue, Item, Links, Numbering, ReplayWishes, Wording
from bot.core.text import entities
from bot.core.text.strip_links import unlinked
from bot.core.text.weight import weight
from tests.unit.core.newsroom import (
    PROGRAMME,
    SUNDAY,
    daily,
    edition,
    items,
    with_replay,
)


def texts(one, locale: str = "fr_FR") -> tuple[str, ...]:
    return compose(one, locale).texts


PLAIN = Format()
FRACTION = Format(numbering=Numbering.FRACTION)
UNNUMBERED = Format(numbering=Numbering.NONE)
UNLINKED = Format(links=Links.NONE)


class TestNumberings:
    def test_keycap(self):
        assert texts(edition("Un", "Deux")) == (
            "Bonjour du vendredi 6 novembre",
            "1️⃣ Un",
            "2️⃣ Deux",
            "Fin",
        )

    def test_keycap_with_more_than_ten(self):
        made = texts(edition(*(f"Info {n}" for n in range(1, 12)), form=PLAIN))
        assert made == tuple(f"{n}/11 Info {n}" for n in range(1, 12))

    def test_exactly_ten(self):
        assert texts(edition(*["Info"] * 10, form=PLAIN))[-1] == "🔟 Info"

    def test_fraction(self):
        made = texts(edition("Un", "Deux", form=FRACTION, intro="Bonjour", outro="Fin"))
        assert made == ("Bonjour 1/4", "Un 2/4", "Deux 3/4", "Fin 4/4")

    def test_none(self):
        assert texts(edition("Un", "Deux", form=UNNUMBERED)) == ("Un", "Deux")

    def test_a_long_item_is_split_in_parts_that_keep_its_number_once(self):
        first = "La première phrase de cette info est longue, " + "vraiment " * 14 + "longue."
        second = "La seconde phrase de cette info est longue, " + "vraiment " * 14 + "longue."
        assert texts(edition(f"{first} {second}", form=PLAIN)) == (
            f"1️⃣ {first} (1/2)",
            f"{second} (2/2)",
        )

    def test_posts_know_where_they_come_from(self):
        thread = compose(edition("Un", "Deux", intro="Bonjour", outro="Fin"), "fr_FR")
        assert [(post.position, post.mark) for post in thread.posts] == [
            (1, Mark(20, 1)),
            (2, Mark(3, 3)),
            (3, Mark(4, 3)),
            (4, Mark(21, 1)),
        ]


class TestWording:
    @pytest.mark.parametrize("blank", ["", " \n"])
    def test_blank_words_make_no_post(self, blank: str):
        assert texts(edition("Un", intro=blank, outro=blank)) == ("1️⃣ Un",)

    def test_only_named_fields(self):
        made = texts(edition("Un", intro="{count} le {date} {date.__class__}", outro="[/archive] {}"))
        assert made == ("1 le vendredi 6 novembre {date.__class__}", "1️⃣ Un", "[/archive] {}")

    def test_items_are_no_templates(self):
        assert texts(edition("{date} [infographie]", form=PLAIN)) == ("1️⃣ {date} [infographie]",)

    def test_a_weekly_issue(self):
        chapter = Chapter("hebdo", SUNDAY, items=items("Un"), issue=53, article="https://example.com/53")
        made = editions_of(Issue("a", (chapter,)), PROGRAMME)[0][0]
        assert texts(made) == (
            "Hebdo #53 du 2 au 6 novembre 2020",
            "1️⃣ Un",
            "RDV pour le #54\nhttps://example.com/53",
        )

    def test_the_article_needs_no_outro(self):
        made = edition("Un", outro="", intro="", article="https://example.com/53")
        assert texts(made) == ("1️⃣ Un", "https://example.com/53")

    def test_a_special(self):
        chapter = Chapter("focus", SUNDAY, at=time(18, 0), text="Un texte.\n", wording=Wording(intro="Focus"))
        made = editions_of(Issue("a", (chapter,)), PROGRAMME)[0][0]
        assert texts(made) == ("Focus 1/2", "Un texte. 2/2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bercy aide https://example.com/a", "Bercy aide"),
        ("Booking.com rachète Kayak", "Booking.com rachète Kayak"),
        ("Booking.com rachète Kayak.com booking.com/news", "Booking.com rachète Kayak.com"),
        ("lemonde.fr/article raconte", "raconte"),
        ("À lire https://a.fr/x, dit-il", "À lire, dit-il"),
        ("Une étude (https://a.fr/x) paraît", "Une étude paraît"),
        ("Lire ici : https://a.fr/x", "Lire ici"),
        ("Bercy aide 👉 https://a.fr/x", "Bercy aide"),
        ("Bercy aide ➡️ https://a.fr/x\nInter suit", "Bercy aide\nInter suit"),
        ("Un https://a.fr https://b.fr deux", "Un deux"),
        ("Un\nhttps://a.fr/x\nDeux", "Un\nDeux"),
        ("https://a.fr/x", ""),
        ("Réseaux : Jack", "Réseaux : Jack"),
        ("HTTPS://A.FR/x Un", "Un"),
        ("🇫🇷 a.fr/?q=1 et b.fr", "🇫🇷 et b.fr"),
    ],
)
def test_links_go_and_words_stay(text: str, expected: str):
    assert unlinked(text) == expected
    intro = f"Intro {text}"
    assert texts(edition("Un", form=UNLINKED, intro=intro))[0] == f"Intro {expected}".strip()


@given(
    st.lists(
        st.sampled_from(
            ["mot", "https://a.fr/x", "b.fr/y", "Booking.com", "(", ")", ":", "👉", "\n", ",", "«", "»"]
        )
    ).map(" ".join)
)
def test_no_protocol_and_no_path_is_left(text: str):
    left = [url.text for url in entities.urls(unlinked(text))]
    assert left == ["Booking.com"] * text.count("Booking.com")
    assert unlinked(text).count("mot") == text.count("mot")


def seen_by_x(text: str) -> str:
    """Apply the rule of design section 5, implemented again: NFC, no URLs, one space, one case."""
    text = unicodedata.normalize("NFC", text)
    for url in reversed(entities.urls(text)):
        text = text[: url.start] + " " + text[url.end :]
    return re.sub(r"\s+", " ", text).strip().casefold()


class TestReplay:
    def test_each_post_carries_the_mark_and_no_link(self):
        original, replay = with_replay("Un https://a.fr/x", "Deux")
        assert texts(original)[1:3] == ("1️⃣ Un https://a.fr/x", "2️⃣ Deux")
        assert texts(replay) == ("🔁 Le #Replay", "🔁 1️⃣ Un", "🔁 2️⃣ Deux")

    def test_an_item_may_have_a_text_of_its_own(self):
        own = ((1, Item("Deux, le soir https://a.fr/y", mark=Mark(9, 5))),)
        original, replay = with_replay("Un", "Deux : https://a.fr/x", wishes=ReplayWishes(items=own))
        assert texts(original)[1:3] == ("1️⃣ Un", "2️⃣ Deux : https://a.fr/x")
        assert texts(replay) == ("🔁 Le #Replay", "🔁 1️⃣ Un", "🔁 2️⃣ Deux, le soir")

    def test_an_editors_own_mark_is_not_doubled(self):
        _, replay = with_replay("Un", wishes=ReplayWishes(Wording(intro="🔁 On remet ça")))
        assert texts(replay)[0] == "🔁 On remet ça"

    def test_a_morning_with_the_mark_makes_the_evening_carry_two(self):
        original, replay = with_replay(
            "Un", evening=Format(links=Links.NONE), wording=Wording(intro="🔁 Bis")
        )
        assert texts(original)[0] == "🔁 Bis"
        assert texts(replay)[0] == "🔁🔁 Bis"

    def test_the_mark_is_inside_the_limit(self):
        """Two words too many to fit with the mark: the evening needs one post more than the morning."""
        words = ("mot " * 69).strip()
        original, replay = with_replay(words, morning=PLAIN, evening=Format(links=Links.NONE))
        assert len(texts(original)) == 1
        assert len(texts(replay)) == 2
        assert all(weight(text) <= 280 for text in texts(replay))

    def test_fractions_count_the_evenings_posts(self):
        _, replay = with_replay("Un", "Deux", morning=PLAIN, evening=FRACTION)
        assert texts(replay) == ("🔁 Un 1/2", "🔁 Deux 2/2")


PIECES = st.sampled_from(
    [
        "🔁",
        "🔁🔁",
        "1️⃣",
        "Un",
        "un",
        "UN",
        "é",
        "e\u0301",
        "https://a.fr/x",
        "b.fr/y",
        "Booking.com",
        "1/2",
        "\n",
        "mot " * 40,
    ]
)
WORDS = st.lists(PIECES, min_size=1, max_size=8).map(" ".join)
FORMATS = st.builds(
    Format, numbering=st.sampled_from(Numbering), links=st.sampled_from(Links), intro=st.none() | WORDS
)


@settings(max_examples=150)
@given(st.lists(WORDS, max_size=12), FORMATS, FORMATS, st.none() | WORDS, st.none() | WORDS)
def test_no_evening_post_is_one_of_the_mornings(
    news: list[str], morning: Format, evening: Format, intro: str | None, again: str | None
):
    original, replay = with_replay(
        *news,
        morning=morning,
        evening=evening,
        wording=Wording(intro=intro),
        wishes=ReplayWishes(Wording(intro=again)),
    )
    first, second = texts(original), texts(replay)
    assert {seen_by_x(text) for text in first}.isdisjoint(seen_by_x(text) for text in second)
    assert all(weight(text) <= 280 for text in first + second)
    assert all(text.startswith("🔁") for text in second)


def test_the_same_edition_always_gives_the_same_thread():
    assert compose(edition("Un"), "fr_FR") == compose(edition("Un"), "fr_FR")
    assert daily("Un") == daily("Un")
