"""Doubts about items around the news: greetings, farewells, heads of mails, names of a chat, times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.content.blocks import paste_remarks
from bot.core.content.blocks.doubts import words
from bot.core.content.chats import is_time
from bot.core.content.letters import (
    SHOWN,
    added_by_programs,
    greets,
    is_credit,
    is_outro,
    may_sign,
    signs_off,
)
from bot.core.content.mail_heads import HEAD

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from bot.core.content.blocks.grouping import Group
    from bot.core.content.blocks.lines import BlockLine
    from bot.core.content.blocks.remarks import BlockRemark

_DASHES = "-–—"
_FEW = 2
"""Number of other items that suffice to show what an item looks like."""
_SENTENCE_WORDS = 3
"""Words of a sentence, at least."""
_SIGNATURE = 40
"""Characters of a signature after a dash, at most."""
_LAST_ITEMS = 4
"""So many at most end a letter: a closing, a name, a team, a postscript."""


def mail_heads(lines: Sequence[BlockLine], found: Container[int]) -> Iterator[BlockRemark]:
    """Yield a remark on the lines that were `found` to be heads of mails."""
    if of_mail := [line for line in lines if line.at in found]:
        yield paste_remarks.looks_else([line.at for line in of_mail], of_mail[0].text, HEAD)


def chats(lines: Sequence[BlockLine], found: Container[int]) -> Iterator[BlockRemark]:
    """Yield a remark on the lines that were `found` to be of a chat."""
    if stamps := [line for line in lines if line.at in found]:
        yield paste_remarks.of_chat([line.at for line in stamps], stamps[0].text)


def credit_lines(groups: Sequence[Group]) -> Iterator[BlockRemark]:
    """Yield a remark on the items that only name the source of another."""
    if found := [group[0] for group in groups if len(group) == 1 and is_credit(group[0][1])]:
        yield paste_remarks.credit_lines([at for at, _ in found], found[0][1])


def times(groups: Sequence[Group]) -> Iterator[BlockRemark]:
    """Yield a remark on the items that are only a time of day."""
    if found := [group[0] for group in groups if len(group) == 1 and is_time(group[0][1])]:
        yield paste_remarks.looks_else([at for at, _ in found], found[0][1], "the time of another item")


def around_news(lines: Sequence[BlockLine]) -> frozenset[int]:
    """Return the lines that greet, that programs added, and all from a farewell in the last half on."""
    written = [line.text[:SHOWN] for line in lines]
    found = {n for n, _ in added_by_programs(written)}
    found |= {n for n, text in enumerate(written) if greets(text)}
    middle = len(written) // 2
    farewell = next((n for n in range(middle, len(written)) if signs_off(written[n])), len(written))
    return frozenset(lines[n].at for n in found | set(range(farewell, len(written))))


def letters(
    groups: Sequence[Group], lines: Sequence[BlockLine], heads: Container[int]
) -> Iterator[BlockRemark]:
    """Yield remarks on a first item that greets, on last ones that sign off, and on what programs added.

    Items that begin with the `heads` of mails have none.
    """
    texts = [_shown(group) for group in groups]
    of_mail = {n for n, group in enumerate(groups) if group[0][0] in heads}
    added: dict[str, list[int]] = {}
    firsts = [group[0][1][:SHOWN] for group in groups]
    kinds = dict(added_by_programs(firsts)) | dict(added_by_programs(texts))
    for n in sorted(kinds.keys() - of_mail):
        added.setdefault(kinds[n], []).append(n)
    for kind, found in added.items():
        yield paste_remarks.looks_else([groups[n][0][0] for n in found], firsts[found[0]], kind)
    others = of_mail.union(*added.values())
    first = next((n for n in range(len(groups)) if n not in others), len(groups))
    if first < len(groups) - 1 and greets(texts[first]):
        yield paste_remarks.looks_else([groups[first][0][0]], texts[first], "a greeting")
    ends = _ends_of_letter(groups, texts, lines, others)
    if ends:
        yield paste_remarks.looks_else([groups[n][0][0] for n in ends], texts[ends[0]], "the end of a letter")


def _ends_of_letter(
    groups: Sequence[Group], texts: Sequence[str], lines: Sequence[BlockLine], others: Container[int]
) -> list[int]:
    """Return the last items, in order, that end a letter, but for `others`; an outro may follow them."""
    gaps = {line.at for line in lines if line.has_gap}
    news = sum(words(group) >= _SENTENCE_WORDS for group in groups)
    are_news = news >= max(_FEW, len(groups) - _LAST_ITEMS)
    found: list[int] = []
    for n in range(len(groups) - 1, max(0, len(groups) - 1 - _LAST_ITEMS), -1):
        if n in others or is_outro(texts[n]):
            continue
        is_name = are_news and groups[n][0][0] in gaps and may_sign(texts[n])
        is_last = n == len(groups) - 1 and len(groups) > _FEW
        if not (signs_off(texts[n]) or is_name or (is_last and _is_signature(lines))):
            break
        found.insert(0, n)
    outros = [n for n in range(found[-1], len(groups)) if is_outro(texts[n])] if found else []
    return [*found, *(n for n in outros if texts[n][0].isupper())]  # else a key, with a remark of its own


def _shown(group: Group) -> str:
    """Return enough of the lines of `group`, as one, to know it by."""
    return " ".join([text[:SHOWN] for n, (_, text) in enumerate(group[:_FEW]) if not (n and is_outro(text))])


def _is_signature(lines: Sequence[BlockLine]) -> bool:
    """Return True if a blank line and a dash precede the last line, and other bullets the other lines."""
    last = lines[-1]
    if not last.has_gap or last.text[0] not in _DASHES:
        return False
    return all(line.text[0] != last.text[0] for line in lines[:-1]) and len(last.text) <= _SIGNATURE
