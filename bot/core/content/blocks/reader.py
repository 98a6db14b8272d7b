"""Reader of blocks of items: lines in, items out, with remarks on every doubtful line.

Two or more numbers that count 1, 2, 3… open an item each; else two or more bullets do; else a blank line
anywhere makes each paragraph an item; else each line is one, unless it continues the line above. A line that
is only a link belongs to the item above it. Every line that is not blank is in an item or has a remark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from bot.core.content.blocks import doubts, key_remarks, remarks, surroundings
from bot.core.content.blocks.cells import cells, rows
from bot.core.content.blocks.grouping import by_line, by_paragraph, by_sign
from bot.core.content.blocks.lines import is_blank, lines_of
from bot.core.content.blocks.marks import HEADING_MARK
from bot.core.content.blocks.plain import plain_items
from bot.core.content.blocks.signs import signs_of
from bot.core.content.chats import stamped_lines
from bot.core.content.list_markers import bullet_before, has_bare_numbers, is_minus, stray_numbers
from bot.core.content.mail_heads import head_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.core.content.blocks.grouping import Group
    from bot.core.content.blocks.lines import BlockLine, BlockLines, KeyLine
    from bot.core.content.blocks.remarks import BlockRemark

__all__ = ["BlockItem", "BlockReading", "Piece", "read_block"]

_SENTENCES = re.compile(r"[.!?…] +[A-ZÀ-ÖØ-Þ«“]")


class Piece(NamedTuple):
    """A line of an item: its offset in the item, its line in the block, its offset in that line.

    All three count from 0.
    """

    offset: int
    line: int
    start: int


class BlockItem(NamedTuple):
    """The text of one item, its lines in the block, and its attributes."""

    text: str
    pieces: tuple[Piece, ...]
    keys: tuple[KeyLine, ...] = ()
    """Lines ``key: value`` under the item. No key has a meaning yet, and each is an error."""

    @property
    def line(self) -> int:
        """The line of the block, from 0, on which the item starts."""
        return self.pieces[0].line


@dataclass(frozen=True, slots=True)
class BlockReading:
    """The result of reading a block."""

    texts: tuple[str, ...]
    """Texts of the items."""
    remarks: tuple[BlockRemark, ...]
    """Remarks on lines that are in no item, or that could be meant differently."""
    _groups: tuple[Group, ...]
    _keys: tuple[tuple[KeyLine, ...], ...]
    """Keys of each item."""
    _source: tuple[str, ...]

    @property
    def fragments(self) -> tuple[BlockItem, ...]:
        """The items with their places in the block, built on access."""
        return tuple(
            BlockItem(text, _pieces(group, self._source), keys)
            for text, group, keys in zip(self.texts, self._groups, self._keys, strict=True)
        )


def read_block(block: str) -> BlockReading:
    """Return the items of `block` in order, without their numbers and bullets."""
    source = tuple(block.splitlines())
    if items := plain_items(block, source):
        texts = tuple([text for _, text in items])
        return BlockReading(texts, (), tuple([[item] for item in items]), ((),) * len(items), source)
    return examine_block(source)


def examine_block(source: Sequence[str]) -> BlockReading:
    """Return the items in the lines `source` of a block, after all checks."""
    lines = lines_of(source)
    written = [line.text for line in lines.texts]
    heads = frozenset(lines.texts[n].at for n in head_lines(written))
    stamps = frozenset(lines.texts[n].at for n in stamped_lines(written)) - heads
    no_news = heads | stamps
    signs = signs_of(lines.texts, lambda: no_news | surroundings.around_news(lines.texts))
    are_paragraphs = any(line.has_gap and not line.is_link for line in lines.texts[1:])
    if signs.texts:
        groups, found = by_sign(lines.texts, signs, no_news)
    elif are_paragraphs:
        groups, found = by_paragraph(lines.texts, no_news)
        found = [*found, *_titles(groups)]
    else:
        groups, found = by_line(lines.texts, no_news)
    empty = [group[0][0] for group in groups if is_blank(_text(group))] if signs.texts else []
    if empty:
        groups = [group for group in groups if not is_blank(_text(group))]
        found = [*found, remarks.no_text(empty)]
    texts = tuple([_text(group) for group in groups])
    keys = _keys_by_group(groups, lines.keys)
    said = [*signs.remarks, *found, *_left_out(lines), *_of_keys(texts, keys, lines.keys)]
    said += map(key_remarks.may_be_key, lines.doubtful)
    said += _links_above(lines.texts)
    if any(key.name == "text" for key in lines.keys):  # a list below a |: nothing else is wrong with it
        said = [remark for remark in said if remark.code != "mixed-items"]
    else:
        is_clear = not any(remark.code == "mixed-items" for remark in said)
        said += _posted_headings(groups)
        said += _doubts(texts, groups) if is_clear else ()
    named = {n for remark in said for n in remark.lines}
    others = [group for group in groups if group[0][0] not in no_news]
    looks = [
        *surroundings.mail_heads(lines.texts, heads - named),
        *surroundings.chats(lines.texts, stamps - named),
        *surroundings.letters(groups, lines.texts, no_news),
        *surroundings.times(others),
        *rows(others),
        *surroundings.credit_lines(others),
    ]
    if not signs.texts:
        apart = {n for remark in looks for n in remark.lines} | {key.at for key in lines.doubtful}
        looks += cells(lines.texts, groups, apart | named, are_paragraphs=are_paragraphs)
        apart |= {n for remark in looks for n in remark.lines}
        news = [group for group in groups if group[0][0] not in apart]
        looks += [*doubts.headings(news), *doubts.wrapped_items(groups, lines.texts)]
    said += [remark for remark in looks if named.isdisjoint(remark.lines)]
    said += [remarks.quoted(lines.quoted)] if lines.quoted else []
    said += [*doubts.cuts(lines.texts), *doubts.paragraphs_of_html(lines.texts)]
    return BlockReading(texts, tuple(sorted(said, key=_place)), tuple(groups), keys, tuple(source))


def _place(remark: BlockRemark) -> tuple[int, ...]:
    return remark.lines[:1]


def _text(group: Group) -> str:
    """Return the lines of `group`, joined."""
    return group[0][1] if len(group) == 1 else " ".join([line for _, line in group])


def _pieces(group: Group, source: Sequence[str]) -> tuple[Piece, ...]:
    """Return the places of the lines of `group`; each was shortened only at its beginning."""
    pieces: list[Piece] = []
    offset = 0
    for index, line in group:
        pieces.append(Piece(offset, index, len(source[index].rstrip()) - len(line)))
        offset += len(line) + 1
    return tuple(pieces)


def _keys_by_group(groups: Sequence[Group], keys: Sequence[KeyLine]) -> tuple[tuple[KeyLine, ...], ...]:
    """Return the attributes of each item: those between its first line and the next item's."""
    if not keys:
        return ((),) * len(groups)
    found: list[list[KeyLine]] = [[] for _ in groups]
    n = -1
    for key in keys:
        while n + 1 < len(groups) and groups[n + 1][0][0] < key.at:
            n += 1
        if n >= 0 and key.is_of_item:
            found[n].append(key)
    return tuple(map(tuple, found))


def _of_keys(
    texts: Sequence[str], keys: Sequence[tuple[KeyLine, ...]], every: Sequence[KeyLine]
) -> Iterator[BlockRemark]:
    if not every:
        return
    owned = {key.at for own in keys for key in own}
    orphans = [key for key in every if key.is_of_item and key.at not in owned]
    for text, own in zip(texts, keys, strict=True):
        if own:
            yield key_remarks.keys_of_item(own, text, is_below=not orphans)
    if orphans:
        yield key_remarks.keys_of_item(orphans, "…", is_below=False)
    nested: set[int] = set()
    for key, below in zip_longest(every, every[1:]):
        if key.at in nested or key.is_of_item:
            continue
        is_its = (
            key.name == "replay" and below is not None and below.at == key.at + 1 and not below.is_of_item
        )
        nested |= {below.at} if is_its and below is not None else set()
        yield key_remarks.key_of_file(key, below if is_its else None)


def _links_above(lines: Sequence[BlockLine]) -> Iterator[BlockRemark]:
    """Yield a remark where a link is the first line and others follow below texts, but not at the end."""
    links = [n for n, line in enumerate(lines) if line.is_link]
    if len(links) > 1 and links[0] == 0 and len(links) < len(lines) and links[-1] < len(lines) - 1:
        yield remarks.links_above([lines[n].at for n in links])


def _left_out(lines: BlockLines) -> Iterator[BlockRemark]:
    if lines.front_matter:
        yield remarks.front_matter(lines.front_matter)
    if lines.separators:
        yield remarks.separators([line.at for line in lines.separators], lines.separators[0].text)


def _posted_headings(groups: Sequence[Group]) -> Iterator[BlockRemark]:
    """Yield a remark on the items that are headings in Markdown, unless all are."""
    headed = [group[0] for group in groups if group[0][1][:1] == "#" and HEADING_MARK.match(group[0][1])]
    if 0 < len(headed) < len(groups):
        yield remarks.headings_posted([line for line, _ in headed], headed[0][1])


def _doubts(texts: Sequence[str], groups: Sequence[Group]) -> Iterator[BlockRemark]:
    """Yield a remark on each sign that the items were meant in another way."""
    if stray_numbers(texts):
        are_bare = has_bare_numbers(texts)
        yield remarks.numbers_inside(groups[0][0][0] if are_bare else None, are_bare=are_bare)
    elif len([text for text in texts if bullet_before(text) and not is_minus(text)]) > 1:
        yield remarks.doubt((), "bullets stand before some items and would be posted with them")
    elif len(texts) == 1 and _SENTENCES.search(texts[0]):
        yield remarks.doubt((), "several sentences make one item")


def _titles(groups: Sequence[Group]) -> Iterator[BlockRemark]:
    """Yield a remark if paragraphs with and without a link alternate: each pair may be one item."""
    if len(groups) < 2 or len(groups) % 2:  # noqa: PLR2004  (they come in pairs)
        return
    are_linked = [_is_linked(group) for group in groups[:2]]
    if are_linked not in ([False, True], [True, False]) or (are_linked[0] and len(groups) == 2):  # noqa: PLR2004
        return
    if all(_is_linked(group) == are_linked[n % 2] for n, group in enumerate(groups)):
        message = "every other paragraph has no link; they may belong to those that have one"
        yield remarks.doubt([groups[1][0][0]], message)


def _is_linked(group: Group) -> bool:
    return any("://" in text for _, text in group)
