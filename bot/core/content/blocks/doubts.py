"""Doubts about items of a block that look like something else: a heading, half a sentence, a cut word."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.content.blocks import paste_remarks, remarks
from bot.core.content.blocks.lines import ends_in_link
from bot.core.content.blocks.openers import opener
from bot.core.text.french import weak

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.core.content.blocks.grouping import Group
    from bot.core.content.blocks.lines import BlockLine
    from bot.core.content.blocks.remarks import BlockRemark

_FEW = 2
"""Number of other items that suffice to show what an item looks like."""
_HEADING = 40
"""Maximum characters of a heading that no sign distinguishes from items."""
_TITLE_WORDS = 2
_SENTENCE_WORDS = 3
"""Words of a sentence, at least."""
_USUAL_HEADING = re.compile(
    r"(?:à la une|en bref|l['’]essentiel|les (?:titres|brèves)|au (?:programme|sommaire|menu)|sommaire|édito"
    r"|agenda|top news|in brief|the headlines"
    r"|(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) )?[0-9]{1,2}(?:er)? "
    r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)(?: [0-9]{4})?"
    r"|(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?(?:[0-9]{1,2} )?"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r"(?: [0-9]{1,2}(?:,? [0-9]{4})?)?)\W*$",
    re.IGNORECASE,
)
_DETERMINER = re.compile(
    r"(?:(?:le|la|les|un|une|des|the|a|an|ce|cette|son|sa|ses) |[ld]['’])", re.IGNORECASE
)
_VERB = re.compile(r"[a-zà-öø-ÿ]*(?<!air)(?<!iqu)(?<!ell)(?<!al)(?:e|t|a|d)$")
"""Endings that verbs may have; many nouns have them too."""
_NEWS_WORDS = 4
_SHOUTED = 4
"""Minimum letters of a heading in capitals; ``PSG`` and the like are none."""
_ENDS = re.compile(r"[.!?…»”\"]$")
_INITIAL = re.compile(r"(?<!\w)[A-ZÀ-ÖØ-Þ]\.$")
"""The end of a name: ``Yanis B.``"""
_WORD = re.compile(r"\w[\w'’-]*")
_TIMES = frozenset(["semaine", "date", "minute", "vite"])
"""Nouns that end like a verb, in names of columns."""
_WRAPPED = 40
_LONG = 45
"""Minimum characters of a single line that may have been wrapped."""
_WRAPPED_LINES = 4
_FIRST_NAME = re.compile(
    r"\s(?!(?:à|au|de|du|en|et|par|pour|chez|avec|contre|sur|vers)\s)[a-zà-öø-ÿ]{2,}\s[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+$"
)
_LAST_NAME = re.compile(
    r"[A-ZÀ-ÖØ-Þ][\w'’-]*(?:$|,|\s(?:à|au|aux|chez|dans|de|des|du|en|et|ou|par|pour|sur|lors)\b)"
)
"""A name without a verb."""
_TAKES_A_NAME = frozenset(
    [
        "place",
        "rue",
        "avenue",
        "boulevard",
        "quai",
        "pont",
        "gare",
        "lycée",
        "collège",
        "école",
        "stade",
        "musée",
        "théâtre",
        "château",
        "hôpital",
        "université",
        "centre",
        "salle",
        "quartier",
        "commune",
        "village",
        "ville",
        "maire",
        "mairesse",
        "président",
        "présidente",
        "ministre",
        "député",
        "députée",
        "directeur",
        "directrice",
        "patron",
        "patronne",
        "groupe",
        "société",
        "entreprise",
        "start-up",
        "festival",
        "salon",
    ]
)
"""Nouns that stand before names: a line that ends in one may be continued below it."""
_FULL = 0.8
"""Share of the longest line from which on another may be full."""
_TAIL = 60
"""Characters at the end of a line that show how it ends."""
_HYPHEN = re.compile(r"[a-zà-öø-ÿ]-$")
_PARAGRAPHS = re.compile(r"</(?P<tag>p|li|div|h[1-6])><(?P=tag)[\s>]", re.IGNORECASE)
_PIECE_HAS = frozenset("/?&=")


def headings(groups: Sequence[Group]) -> Iterator[BlockRemark]:
    """Yield a remark on each item without a sign that looks like a heading between the others."""
    short = [group for group in groups[:-1] if _is_short(group)]
    if not short:
        return
    linked = sum(any("://" in text for _, text in group) for group in groups)
    are_linked = linked + len(short) == len(groups) and linked >= max(_FEW, len(short) + 1)
    are_titles = _are_titles(groups, short)
    if len(short) >= _FEW and _are_in_turns(groups):
        short = [*short, groups[-1]]
    are_shouted = all(map(_is_shouted, groups))
    pictured = sum(bool(opener(group[0][1])) for group in groups)
    sentences = sum(words(group) >= _SENTENCE_WORDS and not opener(group[0][1]) for group in groups)
    are_pictured = pictured == sum(map(_is_pictured, short)) and sentences >= max(_FEW, pictured)
    for group in short:
        text = group[0][1]
        bare = text[len(opener(text)) :]
        is_title = are_titles and words(group) <= _TITLE_WORDS
        is_shouted = _is_shouted(group) and not are_shouted
        is_alone = are_linked and not _is_sentence(bare)
        is_pictured = are_pictured and _is_pictured(group)
        is_usual = len(groups) > _FEW and _USUAL_HEADING.match(bare) is not None
        if is_alone or is_title or is_shouted or is_pictured or is_usual or text.endswith(":"):
            yield paste_remarks.looks_else([group[0][0]], text, "a heading")


def _are_titles(groups: Sequence[Group], short: Sequence[Group]) -> bool:
    """Return True if the `short` items of one or two words are titles of the others, or stand before each.

    The last item may be in between: a farewell, perhaps.
    """
    titles = sum(words(group) <= _TITLE_WORDS for group in short)
    news = sum(words(group) >= _NEWS_WORDS for group in groups)
    rest = groups if words(groups[-1]) >= _NEWS_WORDS else groups[:-1]
    if news + titles != len(rest):
        return False
    in_turns = all((words(group) <= _TITLE_WORDS) == (n % 2 == 0) for n, group in enumerate(rest))
    return news >= max(_FEW, titles + 1) or (in_turns and news == titles >= _FEW)


def _are_in_turns(groups: Sequence[Group]) -> bool:
    """Return True if a title follows each news, up to the end: cells of a column, perhaps."""
    is_title = [_is_short(group) and words(group) <= _TITLE_WORDS for group in groups]
    are_news = all(words(group) >= _NEWS_WORDS for group in groups[::2])
    return are_news and len(groups) % 2 == 0 and all(is_title[1::2])


def _is_pictured(group: Group) -> bool:
    """Return whether an emoji and a word or two make `group`."""
    return bool(opener(group[0][1])) and words(group) <= _SENTENCE_WORDS


def _is_sentence(text: str) -> bool:
    """Return True if `text` may have a verb.

    It has one if, after its determiner and noun, a word looks like one and is not bound to its neighbour.
    """
    text = text.rpartition("\t")[2]
    found = _DETERMINER.match(text)
    words = text[found.end() :].split() if found else []
    return any(
        _VERB.match(word) and not (weak(above) or weak(word) or word in _TIMES)
        for above, word in pairwise(words)
    )


def _is_short(group: Group) -> bool:
    text = group[0][1]
    is_open = not _ENDS.search(text) or _INITIAL.search(text) is not None
    return len(group) == 1 and len(text) <= _HEADING and is_open and not ends_in_link(text)


def _is_shouted(group: Group) -> bool:
    text = group[0][1]
    return text.isupper() and sum(char.isalpha() for char in text) >= _SHOUTED


def words(group: Group) -> int:
    """Return the number of words of `group`, of the beginnings of its lines."""
    return sum(len(_WORD.findall(text[: 4 * _HEADING])) for _, text in group)


def wrapped_items(groups: Sequence[Group], lines: Sequence[BlockLine]) -> Iterator[BlockRemark]:
    """Yield a remark on items of one line each that may continue the items above."""
    if len(groups) == len(lines):
        for n in rest_of_lines([line.text for line in lines]):
            yield remarks.may_be_rest(lines[n].at, lines[n].text)


def rest_of_lines(texts: Sequence[str]) -> list[int]:
    """Return the indices of the lines that may continue the lines above; of full lines, only the first."""
    if len(texts) <= _FEW:
        return []
    width = max(map(len, texts))
    if width < _WRAPPED:
        return []
    if len(texts) >= _WRAPPED_LINES and all(_is_full(*pair, width) for pair in pairwise(texts)):
        return [1]
    found: list[int] = []
    least = max(_LONG, _FULL * width)
    for n, text in enumerate(texts[:-1]):
        if len(text) < least:
            continue
        is_long = len(text) == width >= 2 * len(texts[n + 1])
        is_half_a_name = is_long and _FIRST_NAME.search(text[-_TAIL:]) is not None
        if (is_half_a_name or _needs_a_name(text)) and _LAST_NAME.match(texts[n + 1]):
            found.append(n + 1)
    return found


def _is_full(text: str, below: str, width: int) -> bool:
    """Return True if the first word of the line below would have made the line `text` wider than `width`."""
    return len(text) + 1 + len(below.split(" ", 1)[0]) > width and not _ENDS.search(text)


def _needs_a_name(text: str) -> bool:
    """Return True if `text` ends in a word that stands before a name."""
    last = text.rsplit(" ", 1)[-1]
    return last in _TAKES_A_NAME or (last.islower() and weak(last) and not _ENDS.search(last))


def cuts(lines: Sequence[BlockLine]) -> Iterator[BlockRemark]:
    """Yield a remark on each word and each web address that a line break cuts."""
    for one, other in pairwise(lines):
        if other.has_gap or other.at != one.at + 1:
            continue
        if other.text[0].islower() and _HYPHEN.search(one.text):
            yield remarks.cut_remark(one.at, one.text.rsplit(" ", 1)[-1], "a word")
        elif "://" in one.text and "://" in (last := one.text.rsplit(" ", 1)[-1]) and _is_piece(other):
            yield remarks.cut_remark(one.at, last, "a link")


def paragraphs_of_html(lines: Sequence[BlockLine]) -> Iterator[BlockRemark]:
    """Yield a remark on the lines that hold several paragraphs, or entries of a list, in HTML."""
    if found := [line for line in lines if "><" in line.text and _PARAGRAPHS.search(line.text)]:
        yield remarks.one_line(found[0].text, [line.at for line in found])


def _is_piece(line: BlockLine) -> bool:
    """Return True if `line` looks like the rest of a web address."""
    if line.is_link or " " in line.text or ":" in line.text:
        return False
    return not _PIECE_HAS.isdisjoint(line.text)
