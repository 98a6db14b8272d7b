"""Markdown and HTML in texts: what is seen of it, and texts without it."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.markup import Kind, sightings, without_markup

SEEN: dict[str, tuple[str, list[tuple[Kind, int, str]], str]] = {
    "bold and italic": (
        "Un **gras** et _it_ et *deux*",
        [(Kind.EMPHASIS, 3, "**gras**"), (Kind.EMPHASIS, 15, "_it_"), (Kind.EMPHASIS, 23, "*deux*")],
        "Un gras et it et deux",
    ),
    "all at once": ("***Un***", [(Kind.EMPHASIS, 0, "***Un***")], "Un"),
    "nested": ("**un *deux* trois**", [(Kind.EMPHASIS, 5, "*deux*")], "un deux trois"),
    "part of a word": ("**gras**se", [(Kind.EMPHASIS, 0, "**gras**")], "grasse"),
    "struck and code": (
        "~~Un~~ `deux`",
        [(Kind.EMPHASIS, 0, "~~Un~~"), (Kind.EMPHASIS, 7, "`deux`")],
        "Un deux",
    ),
    "a link": (
        "Lire [texte](https://example.com/a_b_(c)) ici",
        [(Kind.LINK, 5, "[texte](https://example.com/a_b_(c))")],
        "Lire texte https://example.com/a_b_(c) ici",
    ),
    "a link with a title": (
        '[texte](https://example.com/a "Titre")',
        [(Kind.LINK, 0, '[texte](https://example.com/a "Titre")')],
        "texte https://example.com/a",
    ),
    "a link that is its own text": (
        "[https://a.fr/x](https://a.fr/x) et <https://a.fr/y>",
        [(Kind.LINK, 0, "[https://a.fr/x](https://a.fr/x)"), (Kind.LINK, 36, "<https://a.fr/y>")],
        "https://a.fr/x et https://a.fr/y",
    ),
    "headings": (
        "# Un\n  ## Deux ##Trois",
        [(Kind.HEADING, 0, "# Un"), (Kind.HEADING, 7, "## Deux ##Trois")],
        "Un\n  Deux ##Trois",
    ),
    "an image": ("Un ![alt](a.png)", [(Kind.IMAGE, 3, "![alt](a.png)")], "Un"),
    "an image with a link": ("[![alt](a.png)](https://a.fr/x)", [(Kind.IMAGE, 1, "![alt](a.png)")], "https://a.fr/x"),
    "line breaks": ("Un<br> Deux<BR/>Trois", [(Kind.TAG, 2, "<br>"), (Kind.TAG, 11, "<BR/>")], "Un\nDeux\nTrois"),
    "paragraphs": (
        "<p>Un</p><p>Deux</p>",
        [(Kind.TAG, 0, "<p>"), (Kind.TAG, 5, "</p>"), (Kind.TAG, 9, "<p>"), (Kind.TAG, 16, "</p>")],
        "Un\nDeux",
    ),
    "a link in HTML": (
        '<a class="x" href="https://a.fr/x">Un</a>',
        [(Kind.TAG, 0, '<a class="x" href="https://a.fr/x">'), (Kind.TAG, 37, "</a>")],
        "Un https://a.fr/x",
    ),
    "characters in HTML": (
        "A &amp; B &#xE9;&#39;&nbsp;&lt;b&gt;",
        [
            (Kind.ENTITY, at, sample)
            for at, sample in ((2, "&amp;"), (10, "&#xE9;"), (16, "&#39;"), (21, "&nbsp;"), (27, "&lt;"), (32, "&gt;"))
        ],
        "A & B é'\u00a0<b>",
    ),
    "characters that nobody sees": (
        "Un&shy;&#27;",
        [(Kind.ENTITY, 2, "&shy;"), (Kind.ENTITY, 7, "&#27;")],
        "Un",
    ),
    "fields": (
        "{{banner}} Un {% if %}",
        [(Kind.FIELD, 0, "{{banner}}"), (Kind.FIELD, 14, "{% if %}")],
        "{{banner}} Un {% if %}",
    ),
    "front matter": (
        "---\ntitle: Un\ntags:\n  - a\n---\nDeux",
        [(Kind.FRONT_MATTER, 0, "--- title: Un tags: - a ---")],
        "\n\n\n\n\nDeux",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_marks_are_seen_and_taken_out(name: str):
    text, seen, plain = SEEN[name]
    assert (list(sightings(text)), without_markup(text)) == (seen, plain)


@pytest.mark.parametrize(
    "text",
    [
        "5 * 3 * 2, 3*4*5 et 2**8",
        "#un_deux_trois @_jack_ snake_case",
        "https://a.fr/_x_/**y**_z_",
        "p**e et n**s",
        "3 €*, puis 4 €*",
        "a < b > c & d",
        "[sic] (voir) et [1](note)",
        "#Un #Deux",
        "&foo; AT&T",
        "{date} {a}",
        "* Un\n* Deux\n---\nTrois",
        "---\nUn\n---",
        "\\_(ツ)_/¯",
    ],
)
def test_what_is_no_mark_is_left_alone(text: str):
    assert (list(sightings(text)), without_markup(text)) == ([], text)


WORDS = st.lists(
    st.sampled_from(
        ["Un", " ", "\n", "*", "**", "_", "[", "](", ")", "https://a.fr/x", "<b>", "<br>", "&amp;", "## ", "!", "`", "---"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(WORDS)
def test_no_word_is_lost(text: str):
    assert without_markup(text).count("Un") >= text.count("Un") - text.count("![")
    assert without_markup(text).count("a.fr/x") >= text.count("a.fr/x") - text.count("![") - text.count("](")
