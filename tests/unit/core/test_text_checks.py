"""Tests of findings on a text: position, words, and remedy."""

from __future__ import annotations

import pytest

from bot.core.content.text_checks import TextRemark, about_length, about_post, about_text, accidental_links
from bot.errors import Severity

LONG = "« Ça coûte 3 € … » " * 20


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rien à dire : tout va bien, #MustRead. Voir https://example.com/a.b", []),
        ("L'e-commerce, le n° 53, 2,9 M€ et l'A.N.S.S.I.", []),
        ("#FlashTweet, #Replay… et #Top10 !", []),
        ("Booking.com rachète ASP.NET", []),  # reported by the price of the posts
        ("#l'innovation", [("broken-hashtag", 0, "#l")]),
        ("Vive l'#e-commerce", [("broken-hashtag", 7, "#e")]),
        ("Un #web.fr", [("broken-hashtag", 3, "#web")]),
        ("des fondshttps://example.com/v", [("glued-link", 9, "'https://example.com/v'")]),
        ("2https://example.com/v", [("glued-link", 1, "'https://example.com/v'")]),
        ("https://web.archive.org/web/2020https://example.com/v (https://example.com/v)", []),
        (
            "Un https://example.com\n/le-rapport",
            [("cut-link", 3, "a line break stands in the address 'https://example.com /le-rapport'")],
        ),
        (
            "Un http s://example.com/x",
            [("cut-link", 3, "a blank stands in the address 'http s://example.com/x'")],
        ),
        (
            "Un https ://example.com/x",
            [("cut-link", 3, "a blank stands in the address 'https ://example.com/x'")],
        ),
        (
            "Un https: //example.com/x",
            [("cut-link", 3, "a blank stands in the address 'https: //example.com/x'")],
        ),
        ("Le http, s'il vous plaît : // et https://example.com\nDeux", []),
        ("Un  \ndeux", [("trailing-space", 2, "spaces after « Un » end a line")]),
    ],
)
def test_what_is_said_of_a_text(text: str, expected: list[tuple[str, int, str]]) -> None:
    found = sorted(about_text(text), key=lambda remark: remark.code)
    assert [(remark.code, remark.offset) for remark in found] == [one[:2] for one in expected]
    assert all(words in remark.message for remark, (_, _, words) in zip(found, expected, strict=True))
    assert all(remark.severity == "warning" for remark in found)


URL = "https://example.com/a"

CUT_LINKS = {
    f"Bercy {URL}/Um#isUserAGoat() suit": (f"{URL}/Um#isUserAGoat", "()", f"{URL}/Um#isUserAGoat%28%29"),
    f"Bercy {URL}?q={{a}}": (f"{URL}?q=", "{a}", f"{URL}?q=%7Ba%7D"),
    f"Bercy ({URL}?q=(a,b)).": (f"{URL}?q=(a,b", ")", f"{URL}?q=%28a,b%29"),
    f"Bercy « {URL}/l’été »": (f"{URL}/l", "’été", f"{URL}/l%E2%80%99%C3%A9t%C3%A9"),
    f"Bercy {URL}/pre✓™, hier": (f"{URL}/pre", "✓™", f"{URL}/pre%E2%9C%93%E2%84%A2"),
    f"Bercy {URL}/a_(b_(c_(d)))": (f"{URL}/a_", "(b_(c_(d)))", f"{URL}/a_%28b_%28c_%28d%29%29%29"),
    "Bercy https://example.com#a": ("https://example.com", "#a", "https://example.com/#a"),
    "example.com/中文": ("example.com/", "中文", "example.com/%E4%B8%AD%E6%96%87"),
    f"Bercy {URL}/a\u200bb": (f"{URL}/a", "\u200bb", f"{URL}/ab"),
    f"Bercy {URL}/a\u200cb": (f"{URL}/a", "\u200cb", f"{URL}/ab"),
    f"Bercy {URL}/a\u2060b": (f"{URL}/a", "\u2060b", f"{URL}/ab"),
}


@pytest.mark.parametrize("text", CUT_LINKS)
def test_an_address_of_which_x_links_a_part(text: str) -> None:
    linked, rest, whole = CUT_LINKS[text]
    assert list(about_text(text)) == [
        TextRemark(
            "cut-link",
            Severity.WARNING,
            text.index(linked),
            f"X links only '{linked}', not '{rest}' after it.",
            f"Write {whole} instead; if the rest is not part of the address, put a space before it.",
        )
    ]
    assert list(about_text(f"Bercy {whole} suit")) == []


@pytest.mark.parametrize(
    "after",
    [
        "",
        ".",
        ", dit-il",
        " !",
        ")",
        ").",
        "»",
        "”",
        "…",
        "?",
        "\n",
        " (a)",
        "(voir a)",
        "’",
        '"',
        "—a",
        "_(a)",
    ],
)
def test_what_follows_an_address_and_is_none_of_it(after: str) -> None:
    assert list(about_text(f"Bercy {URL}{after}")) == []


def test_an_address_that_is_too_long_to_be_encoded() -> None:
    [remark] = about_text(f"Bercy {URL}/’{'é' * 1000}")
    assert remark.code == "cut-link"
    assert remark.remedy.startswith("Write a shorter address; if the rest")


CUT_TAGS = {
    "La #Côte‑d’Ivoire": ("#Côte‑d’Ivoire", "#Côte"),
    "La #R&D": ("#R&D", "#R"),
    "En #C++": ("#C++", "#C"),
    "Chaque #salarié-e-s": ("#salarié-e-s", "#salarié"),
    "Chaque #salarié(e)s": ("#salarié(e)s", "#salarié"),
    "De #Paris–Lyon": ("#Paris–Lyon", "#Paris"),
    "De #I❤️NY": ("#I❤️NY", "#I"),
}


@pytest.mark.parametrize("text", CUT_TAGS)
def test_a_hashtag_that_ends_before_its_word(text: str) -> None:
    word, tag = CUT_TAGS[text]
    message = f"the hashtag of '{word}' ends after '{tag}'."
    remedy = "Write the hashtag in one word, or put a space after it."
    assert list(about_text(text)) == [
        TextRemark("broken-hashtag", Severity.WARNING, text.index("#"), message, remedy)
    ]


@pytest.mark.parametrize("text", ["#IA#ML", "En #C# aussi"])
def test_a_hashtag_that_another_sign_makes_none(text: str) -> None:
    [remark] = about_text(text)
    word = next(word for word in text.split() if "#" in word).removesuffix("ML")
    assert (remark.code, remark.message) == ("broken-hashtag", f"X makes no hashtag of '{word}'.")


@pytest.mark.parametrize(
    "text",
    [
        "#IA, #ML",
        "#IA/#ML et #IA/ML",
        "#IA,ML",
        "#IA…",
        "**#IA**",
        "#IA)",
        "#IA : a",
        "C# et F#",
        f"{URL}/#a#b",
        "#5#",
    ],
)
def test_a_hashtag_that_is_whole(text: str) -> None:
    assert list(about_text(text)) == []


MANY = "ASP.NET et Booking.com"

BILLED = {
    "ASP.NET": ([], ["ASP.NET"]),  # the post that has it cannot be known
    "etc.Et puis": (["etc.Et puis"], ["etc.Et"]),
    "Le site ASP.NET": (["1️⃣ Le site ASP.NET"], ["ASP.NET"]),
    f"{MANY} {URL}": ([f"{MANY} {URL}"], []),
    f"{MANY} lemonde.fr/a": ([f"{MANY} lemonde.fr/a"], []),
    MANY: ([MANY], ["ASP.NET", "Booking.com"]),
    f"ASP.NET {URL} Booking.com": ([f"ASP.NET {URL}", "Booking.com"], ["Booking.com"]),
    f"Booking.com {URL} Booking.com": (["Booking.com", f"{URL} Booking.com"], ["Booking.com"]),
    f"{MANY} et {URL}": ([MANY], ["ASP.NET", "Booking.com"]),  # the link is left out
}


@pytest.mark.parametrize("text", BILLED)
def test_a_link_that_nobody_means_is_reported_where_it_costs(text: str) -> None:
    """A post with a link is billed once."""
    posts, expected = BILLED[text]
    assert [url.text for url in accidental_links(text, posts)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Un post", []),
        ("Le $CAC et rien d'autre, à 3 $ et 4$", []),
        ("Prix de 10 $US contre 12 $us hier", []),
        ("$AAPL et $GOOG", [("cashtags", "error", "$AAPL and $GOOG stand in one post")]),
        ("@moi a dit", [("mention-first", "warning", "the post begins with @moi")]),
        (".@moi a dit", []),
        ("Selon @moi", []),
    ],
)
def test_what_is_said_of_a_post(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = list(about_post(text))
    assert [(remark.code, remark.severity) for remark in found] == [one[:2] for one in expected]
    assert all(words in remark.message for remark, (_, _, words) in zip(found, expected, strict=True))


def test_a_long_text_is_told_by_how_much_and_what_weighs_double() -> None:
    [remark] = about_length(LONG.strip(), 2)
    assert remark.code == "over-limit"
    assert remark.message == (
        "it weighs 419, 139 over the 280 of a post, and is posted as 2 posts. « € », « … » weigh 2 each."
    )
    assert list(about_length("Un post", 1)) == []
    assert list(about_length(LONG.strip(), 1)) == []
    [blank] = about_length("é" * 279 + "\u202fé", 2)
    assert blank.message.endswith(" The narrow no-break space U+202F weighs 2.")
    [emoji] = about_length("👩\u200d🚀" * 150, 2)
    assert emoji.message.endswith(" « 👩\u200d🚀 » weighs 2.")
    [close] = about_length("é" * 279, 2)
    assert close.message == (
        "it weighs 279, with its number or prefix over the 280 of a post, and is posted as 2 posts."
    )
