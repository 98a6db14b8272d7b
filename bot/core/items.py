"""Items of a block of text, made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from bot.core.blocks import read_block
from bot.core.model import Item, Mark, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.blocks import Fragment


class BlockItems(Sequence[Item]):
    """The items of a block of which each line is a line of its file, made when somebody looks at them.

    A folder holds the files of ten years, and a few of them are composed.
    """

    __slots__ = ("_block", "_count", "_first", "_indent", "_made")

    def __init__(self, block: str, first: int, indent: int, count: int) -> None:
        """`first`: the line of the file, from 1, on which the block begins; each is indented by `indent`.

        `count`: how many items it makes, so that too many are never made.
        """
        self._block, self._first, self._indent, self._count = block, first, indent, count
        self._made: tuple[Item, ...] | None = None

    @property
    def _items(self) -> tuple[Item, ...]:
        if self._made is None:
            lines = self._block.splitlines()
            fragments = read_block(self._block).fragments
            self._made = tuple(Item(one.text, mark=self._mark(one, lines)) for one in fragments)
        return self._made

    def _mark(self, fragment: Fragment, lines: list[str]) -> Mark:
        rows = tuple(
            Row(offset, self._first + n, self._indent + start + 1) for offset, n, start in fragment.pieces
        )
        line = lines[fragment.line]
        return Mark(rows[0].line, self._indent + len(line) - len(line.lstrip()) + 1, 0, rows)

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
        if not isinstance(other, BlockItems):
            return self._items == other
        mine = (self._first, self._indent, self._block)
        return mine == (other._first, other._indent, other._block)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(self._items)
