"""Doubts about items of a block that look like something else: a greeting, a heading, half a sentence."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.content.blocks import remarks
from bot.core.content.blocks.lines import ends_in_link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.core.content.blocks.grouping import Group
    from bot.core.content.blocks.lines import BlockLine
    from bot.core.content.blocks.remarks import BlockRemark

_GREETING = re.compile(
    r"(?:(?:bonjour|bonsoir|hello|salut|coucou|bienvenue)"
    r"(?: (?:à|et|cher|chers|chères|tout|tous|toutes|les)\b[^:]{0,30})?[ !.,]*"
    r"|(?:chers|chères) [^:]{1,30}[!,])$",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"(?:(?:à (?:demain|bientôt|lundi|mardi|mercredi|jeudi|vendredi|plus)|cordialement|bien à vous"
    r"|(?:bonne|belle|excellente) (?:journée|soirée|semaine|lecture)|bon (?:week-end|weekend|dimanche))"
    r"(?: (?:à tous|à toutes|et|matin|soir|tard|prochain)\b[^:]{0,20})?"
    r"|(?:la |l['’]|votre |toute l['’])(?:rédaction|équipe)(?: (?:de |du |des )?[^ :]{1,20})?)[ !.,]*$",
    re.IGNORECASE,
)
_DASHES = "-–—"
_FEW = 2
"""Number of other items that suffice to show what an item looks like."""
_HEADING = 40
"""Maximum characters of a heading that no sign distinguishes from items."""
_TITLE_WORDS = 2
_NEWS_WORDS = 4
_SHOUTED = 4
"""Minimum letters of a heading in capitals; ``PSG`` and the like are none."""
_ENDS = re.compile(r"[.!?…»”\"]$")
_WORD = re.compile(r"\w[\w'’-]*")
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
_TAIL = 60
"""Characters at the end of a line that show how it ends."""
_HYPHEN = re.compile(r"[a-zà-öø-ÿ]-$")
_PIECE_HAS = frozenset("/?&=")


def greetings(groups: Sequence[Group], lines: Sequence[BlockLine]) -> Iterator[BlockRemark]:
    """Yield remarks on a first item that greets, and on a last one that signs off."""
    if len(groups) <= _FEW:
        return
    first, last = groups[0], groups[-1]
    if len(first) == 1 and _GREETING.match(first[0][1]):
        yield remarks.looks_else(*first[0], "a greeting")
    if len(last) == 1 and (_SIGN_OFF.match(last[0][1]) or _is_signature(lines)):
        yield remarks.looks_else(*last[0], "the end of a letter")


def _is_signature(lines: Sequence[BlockLine]) -> bool:
    """Return True if a blank line and a dash precede the last line, and other bullets the other lines."""
    last = lines[-1]
    if not last.has_gap or last.text[0] not in _DASHES:
        return False
    return all(line.text[0] != last.text[0] for line in lines[:-1]) and len(last.text) <= _HEADING


def headings(groups: Sequence[Group]) -> Iterator[BlockRemark]:
    """Yield a remark on each item without a sign that looks like a heading between the others."""
    short = [group for group in groups[:-1] if _is_short(group)]
    if not short:
        return
    linked = sum(any("://" in text for _, text in group) for group in groups)
    are_linked = linked + len(short) == len(groups) and linked >= max(_FEW, len(short) + 1)
    titles = sum(_words(group) <= _TITLE_WORDS for group in short)
    news = sum(_words(group) >= _NEWS_WORDS for group in groups)
    are_titles = news + titles == len(groups) and news >= max(_FEW, titles + 1)
    are_shouted = all(map(_is_shouted, groups))
    for group in short:
        is_title = are_titles and _words(group) <= _TITLE_WORDS
        is_shouted = _is_shouted(group) and not are_shouted
        if are_linked or is_title or is_shouted or group[0][1].endswith(":"):
            yield remarks.looks_else(*group[0], "a heading")


def _is_short(group: Group) -> bool:
    text = group[0][1]
    return len(group) == 1 and len(text) <= _HEADING and not _ENDS.search(text) and not ends_in_link(text)


def _is_shouted(group: Group) -> bool:
    text = group[0][1]
    return text.isupper() and sum(char.isalpha() for char in text) >= _SHOUTED


def _words(group: Group) -> int:
    return sum(len(_WORD.findall(text[: 4 * _HEADING])) for _, text in group)


def wrapped_items(groups: Sequence[Group], lines: Sequence[BlockLine]) -> Iterator[BlockRemark]:
    """Yield a remark on items of one line each that may continue the items above."""
    if len(groups) != len(lines) or len(lines) <= _FEW:
        return
    width = max(len(line.text) for line in lines)
    breaks = [
        len(one.text) + 1 + len(other.text.split(" ", 1)[0]) > width and not _ENDS.search(one.text)
        for one, other in pairwise(lines)
    ]
    if len(lines) >= _WRAPPED_LINES and width >= _WRAPPED and all(breaks):
        yield remarks.may_be_rest(lines[1].at, lines[1].text)
        return
    for one, other in pairwise(lines):
        is_long = len(one.text) == width >= max(_LONG, 2 * len(other.text))
        if is_long and _FIRST_NAME.search(one.text[-_TAIL:]) and _LAST_NAME.match(other.text):
            yield remarks.may_be_rest(other.at, other.text)


def cuts(lines: Sequence[BlockLine]) -> Iterator[BlockRemark]:
    """Yield a remark on each word and each web address that a line break cuts."""
    for one, other in pairwise(lines):
        if other.has_gap or other.at != one.at + 1:
            continue
        if other.text[0].islower() and _HYPHEN.search(one.text):
            yield remarks.cut_remark(one.at, one.text.rsplit(" ", 1)[-1], "a word")
        elif "://" in (last := one.text.rsplit(" ", 1)[-1]) and _is_piece(other):
            yield remarks.cut_remark(one.at, last, "a link")


def _is_piece(line: BlockLine) -> bool:
    """Return True if `line` looks like the rest of a web address."""
    if line.is_link or " " in line.text or ":" in line.text:
        return False
    return not _PIECE_HAS.isdisjoint(line.text)
