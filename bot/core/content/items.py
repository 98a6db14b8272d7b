"""Items built on access, from a block of text or from other items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, overload

from bot.core.content.blocks.reader import read_block
from bot.core.marks import Mark, Row
from bot.core.model import Item
from bot.core.text.markup import without_markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.content.blocks.reader import BlockItem


class _LazyItems(Sequence[Item]):
    """Items built on access: a folder holds the files of ten years, and few of them are composed."""

    __slots__ = ("_count", "_made")

    def __init__(self, count: int) -> None:
        """Set the number of items, `count`, before they are built."""
        self._count = count
        self._made: tuple[Item, ...] | None = None

    def _make(self) -> tuple[Item, ...]:
        raise NotImplementedError

    @property
    def _items(self) -> tuple[Item, ...]:
        if self._made is None:
            self._made = self._make()
        return self._made

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        return self._items[index]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == (other._items if isinstance(other, _LazyItems) else other)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


class BlockItems(_LazyItems):
    """The items of a block whose lines are lines of its file."""

    __slots__ = ("_block", "_first", "_indent")

    def __init__(self, block: str, first: int, indent: int, count: int) -> None:
        """Set the block, which starts on line `first` of the file, from 1, and is indented by `indent`.

        `count` is the number of its items, so that too many are never built.
        """
        super().__init__(count)
        self._block, self._first, self._indent = block, first, indent

    def _make(self) -> tuple[Item, ...]:
        lines = self._block.splitlines()
        fragments = read_block(self._block).fragments
        return tuple(Item(one.text, mark=self._mark(one, lines)) for one in fragments)

    def _mark(self, fragment: BlockItem, lines: list[str]) -> Mark:
        rows = tuple(
            Row(offset, self._first + n, self._indent + start + 1) for offset, n, start in fragment.pieces
        )
        line = lines[fragment.line]
        return Mark(rows[0].line, self._indent + len(line) - len(line.lstrip()) + 1, 0, rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BlockItems):
            return super().__eq__(other)
        mine = (self._first, self._indent, self._block)
        return mine == (other._first, other._indent, other._block)

    __hash__ = _LazyItems.__hash__


class CleanItems(_LazyItems):
    """Items without Markdown and HTML marks."""

    __slots__ = ("_written",)

    def __init__(self, written: Sequence[Item]) -> None:
        super().__init__(len(written))
        self._written = written

    def _make(self) -> tuple[Item, ...]:
        return tuple(map(_clean, self._written))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CleanItems):
            return super().__eq__(other)
        return self._written == other._written

    __hash__ = _LazyItems.__hash__


def _clean(item: Item) -> Item:
    """Return `item` without marks; if it had some, findings in it are placed at its beginning."""
    text = without_markup(item.text)
    return item if text == item.text else replace(item, text=text, mark=replace(item.mark, rows=()))
