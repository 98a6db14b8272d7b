"""Tests of Markdown and HTML in texts: found marks, and texts without them."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text.markup import LEFT_OUT, MarkupKind, sightings, without_markup

SEEN: dict[str, tuple[str, list[tuple[MarkupKind, int, str]], str]] = {
    "bold and italic": (
        "Un **gras** et _it_ et *deux*",
        [(MarkupKind.EMPHASIS, 3, "**gras**"), (MarkupKind.EMPHASIS, 15, "_it_"), (MarkupKind.EMPHASIS, 23, "*deux*")],
        "Un gras et it et deux",
    ),
    "all at once": ("***Un***", [(MarkupKind.EMPHASIS, 0, "***Un***")], "Un"),
    "nested": ("**un *deux* trois**", [(MarkupKind.EMPHASIS, 5, "*deux*")], "un deux trois"),
    "part of a word": ("**gras**se", [(MarkupKind.EMPHASIS, 0, "**gras**")], "grasse"),
    "struck and code": (
        "~~Un~~ `deux`",
        [(MarkupKind.EMPHASIS, 0, "~~Un~~"), (MarkupKind.EMPHASIS, 7, "`deux`")],
        "Un deux",
    ),
    "a link": (
        "Lire [texte](https://example.com/a_b_(c)) ici",
        [(MarkupKind.LINK, 5, "[texte](https://example.com/a_b_(c))")],
        "Lire texte https://example.com/a_b_(c) ici",
    ),
    "a link with a title": (
        '[texte](https://example.com/a "Titre")',
        [(MarkupKind.LINK, 0, '[texte](https://example.com/a "Titre")')],
        "texte https://example.com/a",
    ),
    "a link that is its own text": (
        "[https://a.fr/x](https://a.fr/x) et <https://a.fr/y>",
        [(MarkupKind.LINK, 0, "[https://a.fr/x](https://a.fr/x)"), (MarkupKind.LINK, 36, "<https://a.fr/y>")],
        "https://a.fr/x et https://a.fr/y",
    ),
    "headings": (
        "# Un\n  ## Deux ##Trois",
        [(MarkupKind.HEADING, 0, "# Un"), (MarkupKind.HEADING, 7, "## Deux ##Trois")],
        "Un\n  Deux ##Trois",
    ),
    "an image": ("Un ![alt](a.png)", [(MarkupKind.IMAGE, 3, "![alt](a.png)")], "Un"),
    "an image with a link": (
        "[![alt](a.png)](https://a.fr/x)",
        [(MarkupKind.LINK, 0, "[![alt](a.png)](https://a.fr/x)"), (MarkupKind.IMAGE, 1, "![alt](a.png)")],
        "https://a.fr/x",
    ),
    "line breaks": ("Un<br> Deux<BR/>Trois", [(MarkupKind.TAG, 2, "<br>"), (MarkupKind.TAG, 11, "<BR/>")], "Un\nDeux\nTrois"),
    "paragraphs": (
        "<p>Un</p><p>Deux</p>",
        [(MarkupKind.TAG, 0, "<p>"), (MarkupKind.TAG, 5, "</p>"), (MarkupKind.TAG, 9, "<p>"), (MarkupKind.TAG, 16, "</p>")],
        "Un\nDeux",
    ),
    "a link in HTML": (
        '<a class="x" href="https://a.fr/x">Un</a>',
        [(MarkupKind.TAG, 0, '<a class="x" href="https://a.fr/x">'), (MarkupKind.TAG, 37, "</a>")],
        "Un https://a.fr/x",
    ),
    "characters in HTML": (
        "A &amp; B &#xE9;&#39;&nbsp;&lt;b&gt;",
        [
            (MarkupKind.ENTITY, at, sample)
            for at, sample in ((2, "&amp;"), (10, "&#xE9;"), (16, "&#39;"), (21, "&nbsp;"), (27, "&lt;"), (32, "&gt;"))
        ],
        "A & B é'\u00a0<b>",
    ),
    "characters that nobody sees": (
        "Un&shy;&#27;",
        [(MarkupKind.ENTITY, 2, "&shy;"), (MarkupKind.ENTITY, 7, "&#27;")],
        "Un",
    ),
    "fields": (
        "{{banner}} Un {% if %}",
        [(MarkupKind.FIELD, 0, "{{banner}}"), (MarkupKind.FIELD, 14, "{% if %}")],
        "{{banner}} Un {% if %}",
    ),
    "front matter": (
        "---\ntitle: Un\ntags:\n  - a\n---\nDeux",
        [(MarkupKind.FRONT_MATTER, 0, "--- title: Un tags: - a ---")],
        "---\ntitle: Un\ntags:\n  - a\n---\nDeux",
    ),
    "brackets in a link": ("[L'État [1]](https://a.fr/x)", [(MarkupKind.LINK, 0, "[L'État [1]](https://a.fr/x)")], "L'État [1] https://a.fr/x"),
    "an empty link": ("[Un]() deux", [(MarkupKind.LINK, 0, "[Un]()")], "Un deux"),
    "a link in a site": ("[Un](/page)", [(MarkupKind.LINK, 0, "[Un](/page)")], "[Un](/page)"),
    "a space before the end of emphasis": ("1. **Gras : ** oui", [(MarkupKind.EMPHASIS, 3, "**Gras : **")], "1. Gras :  oui"),
    "emphasis over two lines": ("Un **deux\ntrois** a", [(MarkupKind.EMPHASIS, 3, "**deux trois**")], "Un **deux\ntrois** a"),
    "emphasis without an end": ("Le pont **ferme lundi", [(MarkupKind.EMPHASIS, 8, "**ferme")], "Le pont **ferme lundi"),
    "emphasis without a beginning": ("Le pont** ferme", [(MarkupKind.EMPHASIS, 3, "pont**")], "Le pont** ferme"),
    "one of several without an end": ("**Le pont** **ferme", [(MarkupKind.EMPHASIS, 0, "**Le pont**"), (MarkupKind.EMPHASIS, 12, "**ferme")], "Le pont **ferme"),
    "a highlight": ("Un ==deux== trois", [(MarkupKind.EMPHASIS, 3, "==deux==")], "Un ==deux== trois"),
    "a table": ("| Un | Deux |\n| --- | :-- |\n| a | b |", [(MarkupKind.TABLE, 14, "| --- | :-- |")], "| Un | Deux |\n| --- | :-- |\n| a | b |"),
    "a footnote": ("Un[^1]", [(MarkupKind.FOOTNOTE, 2, "[^1]")], "Un[^1]"),
    "a comment": ("Un <!-- deux --> trois", [(MarkupKind.COMMENT, 3, "<!-- deux -->")], "Un  trois"),
    "a link over two lines": ("[Un\ndeux](https://a.fr/x)", [(MarkupKind.LINK, 0, "[Un deux](https://a.fr/x)")], "Un\ndeux https://a.fr/x"),
    "a separator breaks a line": ("Un&#8232;deux&#x200b;", [(MarkupKind.ENTITY, 2, "&#8232;"), (MarkupKind.ENTITY, 13, "&#x200b;")], "Un\ndeux"),
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
        "3 €**, puis 4 €",
        "1 == 1 == 1 et a==b",
        "Un | deux -- trois | --",
        "a < b > c & d",
        "[sic] (voir) et [1](note)",
        "#Un #Deux",
        "&foo; AT&T",
        "{date} {a}",
        "* Un\n* Deux\n---\nTrois",
        "---\nUn\n---",
        "---\nExclusif: le pont de Bercy rouvre\n---\nDeux",
        "<s.martin@ex.fr>",
        "si 3 <i et y> 4",
        "\\_(ツ)_/¯",
    ],
)
def test_what_is_no_mark_is_left_alone(text: str):
    assert (list(sightings(text)), without_markup(text)) == ([], text)


ANCHORS = {
    "tags inside": ('Lire <a href="https://ex.fr/a"><b>le rapport</b></a> demain', "Lire le rapport https://ex.fr/a demain"),
    "more tags": ("<a href=https://ex.fr/a><strong><em>Le</em> rapport</strong></a>", "Le rapport https://ex.fr/a"),
    "an image": ('<a href="https://ex.fr/a"><img src="x.png"></a>', "https://ex.fr/a"),
    "two lines": ('<a href="https://ex.fr/a">le\nrapport</a>, puis', "le\nrapport https://ex.fr/a, puis"),
    "a tag of two lines": ('Un <a class="x"\n  href="https://ex.fr/a">deux</a>', "Un\n  deux https://ex.fr/a"),
    "a word behind it": ('<a href="https://ex.fr/a">Un</a>deux', "Un https://ex.fr/a deux"),
    "a word behind a link in Markdown": ("[Un](https://ex.fr/a)deux", "Un https://ex.fr/a deux"),
    "no end": ('Un <a href="https://ex.fr/a">deux <a href="https://ex.fr/b">trois', "Un https://ex.fr/a deux https://ex.fr/b trois"),
    "signs in an attribute": ('<a title="a > b" href="https://ex.fr/a">Un</a>', "Un https://ex.fr/a"),
    "an attribute without a value": ("<td nowrap><a data-x href='https://ex.fr/a'>Un</a></td>", "Un https://ex.fr/a"),
    "an entity": ('<a href="https://ex.fr/a?b=1&amp;c=2">Un</a>', "Un https://ex.fr/a?b=1&c=2"),
    "a place on a page": ('<a name="x">Un</a>', "Un"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANCHORS)
def test_a_link_in_html_keeps_its_target(name: str):
    text, plain = ANCHORS[name]
    assert without_markup(text) == plain


WORDS = st.lists(
    st.sampled_from(
        ["Un", "deux", " ", "\n", "*", "**", "_", "[", "](", ")", "https://a.fr/x", "<b>", "</b>", "<br>", "<p>", "&amp;", "## ", "!", "`", "---\n", "cle: val\n", "title: val\n", '<a href="https://b.fr/y">', "</a>", "<em>", "</em>", "<!-- ", " -->", "<img src=z>"]
    ),
    max_size=16,
).map("".join)  # fmt: skip


@given(WORDS)
def test_no_word_is_lost_without_being_seen(text: str):
    seen = [one for one in sightings(text) if one.kind in LEFT_OUT]
    plain = without_markup(text)
    for word in ("Un", "deux", "cle", "title", "val", "a.fr/x", "b.fr/y"):
        assert seen or plain.count(word) >= text.count(word), (word, plain)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("des fonds<https://a.fr/v>", "des fonds https://a.fr/v"),
        ("des fonds<https://a.fr/v>ferme", "des fonds https://a.fr/v ferme"),
        ("des fonds (<https://a.fr/v>)", "des fonds (https://a.fr/v)"),
        ("fonds[ici](https://a.fr/v)", "fonds ici https://a.fr/v"),
        ("**fonds**[ici](https://a.fr/v)", "fonds ici https://a.fr/v"),
        ("l'[État](https://a.fr/v)", "l'État https://a.fr/v"),
        ("la [fin](https://a.fr/v)", "la fin https://a.fr/v"),
        ('piscine<a href="https://a.fr/v">lien</a>', "piscine lien https://a.fr/v"),
        ('<b>piscine</b><a href="https://a.fr/v"><b>lien</b></a>', "piscine lien https://a.fr/v"),
        ('pont<a href="https://a.fr/q">https://a.fr/q</a>ferme', "pont https://a.fr/q ferme"),
        ('pont<a href="https://a.fr/q">', "pont https://a.fr/q"),
        ('<p>pont</p><a href="https://a.fr/q">lien</a>', "pont\nlien https://a.fr/q"),
    ],
)
def test_a_link_is_not_glued_to_the_word_before_it(text: str, plain: str):
    assert without_markup(text) == plain
