"""Examples of entities; X's conformance suite and library cover the rest."""

from __future__ import annotations

import datetime as dt
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import tables
from bot.core.text.entities import Entity, EntityKind, extract, is_url, urls

URL, HASHTAG, MENTION, LIST, CASHTAG = EntityKind


def test_entities_in_order_with_their_places():
    text = "👍 @FlashTweet dit #TransfoNum https://exemple.fr/é?x=1, @a/liste $AAPL"
    assert extract(text) == (
        Entity(MENTION, 2, 13, "@FlashTweet"),
        Entity(HASHTAG, 18, 29, "#TransfoNum"),
        Entity(URL, 30, 54, "https://exemple.fr/é?x=1"),
        Entity(LIST, 56, 64, "@a/liste"),
        Entity(CASHTAG, 65, 70, "$AAPL"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://t.co/AbC123.", ["https://t.co/AbC123"]),
        ("(voir www.lemonde.fr/a_(b))", ["www.lemonde.fr/a_(b)"]),
        ("http://exemple.fr/«a»", ["http://exemple.fr/"]),
        ("http://été.fr", ["http://été.fr"]),
        ("été.fr", ["té.fr"]),  # X tries the first letter of a text as the character before a link
        ("l'été.fr", ["été.fr"]),
        ("ASP.NET, M.Dupont, etc.Et, fin.Oui, 2.0", ["ASP.NET", "M.Dupont", "etc.Et"]),
        ("http://xn--p1ai.com http://☃.net", ["http://xn--p1ai.com", "http://☃.net"]),
        ("HTTP://EXEMPLE.FR", ["HTTP://EXEMPLE.FR"]),
        ("http://a_b.exemple.fr http://a.b_c.fr", ["http://a_b.exemple.fr"]),
        ("-exemple.fr _exemple.fr .exemple.fr /exemple.fr", []),
        ("http://" + "a" * 64 + ".fr", []),
        ("http://exemple.fr/" + "a" * 4090, []),
        ("a.music b.duck", ["a.music", "b.duck"]),
        ("abc.Amazon", ["abc.Amazon"]),
        ("http://exemple.fr:8080/a-", ["http://exemple.fr:8080/a-"]),
        ("http://exemple.fr/a?!", ["http://exemple.fr/a"]),
        ("\u2066http://exemple.fr\u2069", ["http://exemple.fr"]),
        ("http://exemple.fr/a:http://exemple.com", ["http://exemple.fr/a:http://exemple.com"]),
        ("https://exemple.fr/a,https://exemple.com", ["https://exemple.fr/a,https://exemple.com"]),
        (
            "http://a.fr/b(c) http://a.fr/b,(c) http://a.fr/.(c)",
            ["http://a.fr/b(c)", "http://a.fr/b", "http://a.fr/"],
        ),
        ("http://a.fr/b,(c)d http://a.fr/(b(c)d),", ["http://a.fr/b,(c)d", "http://a.fr/(b(c)d)"]),
        ("https://exemple.fr https://", ["https://exemple.fr"]),
    ],
)
def test_urls(text: str, expected: list[str]):
    assert [url.text for url in urls(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#l’État", ["#l"]),
        ("#5G #2020 #été2020", ["#5G", "#été2020"]),
        ("a#b &#c", []),
        ("#a#b", []),
        ("#http://exemple.fr", []),
        ("#️⃣ ＃日本語", ["＃日本語"]),
        ("👍#oui", ["#oui"]),
    ],
)
def test_hashtags(text: str, expected: list[str]):
    assert [entity.text for entity in extract(text) if entity.kind is HASHTAG] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@a@b", []),
        ("RT@moi: .@toi", ["@moi", "@toi"]),
        ("x@moi.fr", []),
        ("@moié @moiι", ["@moi"]),
        ("@" + "a" * 25, ["@" + "a" * 20]),
    ],
)
def test_mentions(text: str, expected: list[str]):
    assert [entity.text for entity in extract(text) if entity.kind is MENTION] == expected


def test_is_url():
    assert is_url("https://exemple.fr/a?b=c#d")
    assert not any(
        map(is_url, ["exemple.fr", "https://exemple.fr/a b", "ftp://exemple.fr", " https://exemple.fr", ""])
    )


@pytest.mark.parametrize(
    "text",
    ["a." * 50_000, "@" * 100_000, "#" * 100_000, "#1" * 50_000, "@a" * 50_000, " $A" * 33_000,
     "\u0301" * 100_000,     "\u200d" * 100_000, "a.co " * 20_000, "rt" * 50_000, "#" + "1" * 100_000],
    ids=lambda text: ascii(text[:12]),
)  # fmt: skip
def test_time_is_linear(text: str):
    """100 kB of anything; generous, for slow machines."""
    begun = time.thread_time()
    extract(text)
    assert time.thread_time() - begun < 3


@given(st.text(max_size=200))
def test_entities_do_not_overlap(text: str):
    found = extract(text)
    assert all(text[entity.start : entity.end] == entity.text for entity in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_tables_are_fresh():
    """Top-level domains come and go: `make tables` once a year."""
    age = dt.datetime.now(tz=dt.UTC).date() - tables.GENERATED
    assert age < dt.timedelta(days=366), "bot/core/text/tables.py is over a year old. Run `make tables`."
