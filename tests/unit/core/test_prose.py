"""What an editor is told about a text: the place, the words, and what to do."""

from __future__ import annotations

import pytest

from bot.core.prose import about_length, about_post, about_text

LONG = "« Ça coûte 3 € … » " * 20


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rien à dire : tout va bien, #MustRead. Voir https://example.com/a.b", []),
        ("L'e-commerce, le n° 53, 2,9 M€ et l'A.N.S.S.I.", []),
        ("#FlashTweet, #Replay… et #Top10 !", []),
        ("Le commerce, etc.Et puis", [("accidental-link", 13, "etc.Et")]),
        ("Le site ASP.NET", [("accidental-link", 8, "ASP.NET")]),
        ("Booking.com rachète", [("accidental-link", 0, "Booking.com")]),
        ("#l'innovation", [("broken-hashtag", 0, "#l")]),
        ("Vive l'#e-commerce", [("broken-hashtag", 7, "#e")]),
        ("Un #web.fr", [("broken-hashtag", 3, "#web")]),
        ("Un  \ndeux", [("trailing-space", 2, "spaces after « Un » end a line")]),
    ],
)
def test_what_is_said_of_a_text(text: str, expected: list[tuple[str, int, str]]) -> None:
    found = sorted(about_text(text), key=lambda remark: remark.code)
    assert [(remark.code, remark.offset) for remark in found] == [one[:2] for one in expected]
    assert all(words in remark.message for remark, (_, _, words) in zip(found, expected, strict=True))
    assert all(remark.severity == "warning" for remark in found)


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
        "it weighs 419, 139 over the 280 of a post, and goes out as 2 posts. « € », « … » weigh 2 each."
    )
    assert list(about_length("Un post", 1)) == []
    assert list(about_length(LONG.strip(), 1)) == []
    [close] = about_length("é" * 279, 2)
    assert close.message == (
        "it weighs 279, with what is added to it over the 280 of a post, and goes out as 2 posts."
    )
