"""How far the keys and dashes around a line are indented, as its author meant them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.yamldoc.line_shapes import is_key, key_of

if TYPE_CHECKING:
    from bot.yamldoc.line_shapes import KnownKeys, Shape
    from bot.yamldoc.mended_lines import Sheet

BLANKS = (
    ("tab", "\t", "tab"),
    ("no-break-space", "\u00a0", "no-break space"),
    ("no-break-space", "\u202f", "no-break space"),
)
"""Blanks that are no ordinary space: the code of their finding, the character, its name."""
LOOK_AHEAD = 200
"""So many lines are looked at to see how far the next key or entry is indented."""


class _Level(NamedTuple):
    """Keys, or entries of a list, that stand below each other."""

    indent: int
    is_list: bool = False
    in_list: bool = False


class Levels:
    """Those that are open where a file is read, the outermost first."""

    def __init__(self, left: int, keys: KnownKeys) -> None:
        """`left`: how far the keys of the file itself are indented."""
        self._open, self._keys = [_Level(left)], keys

    @property
    def lists(self) -> list[int]:
        """How far the entries of the open lists are indented."""
        return [level.indent for level in self._open if level.is_list]

    @property
    def are_nested(self) -> bool:
        """Whether anything is open but the file itself."""
        return len(self._open) > 1

    def has_keys_at(self, indent: int) -> bool:
        return any(not level.is_list and level.indent == indent for level in self._open)

    def indent_of_key(self, indent: int, word: str) -> int:
        """Return how far the key `word` is meant to be indented that stands at `indent`."""
        levels = [level for level in self._open if not level.is_list]
        word = self._keys.meant(word)
        in_entry, at_top = word in self._keys.entries, word in self._keys.top
        if in_entry and not at_top:
            levels = [level for level in levels if level.in_list] or levels
        if any(level.indent == indent for level in levels):
            return indent
        if at_top and not in_entry:
            levels = [level for level in levels if not level.in_list]
        return min((level.indent for level in levels), key=lambda one: (abs(one - indent), -one))

    def indent_of_entry(self, indent: int) -> int:
        """Return how far an entry at `indent` of an open list is meant to be indented."""
        return min(self.lists, key=lambda one: (abs(one - indent), -one))

    def enter_keys(self, indent: int) -> None:
        """Close what does not hold a key at `indent`, and open its level."""
        while len(self._open) > 1 and not self._holds_key(self._open[-1], indent):
            self._open.pop()
        if self._open[-1].indent < indent:
            self._open.append(_Level(indent, in_list=self._open[-1].in_list))

    @staticmethod
    def _holds_key(level: _Level, indent: int) -> bool:
        return level.indent < indent or (level.indent == indent and not level.is_list)

    def enter_list(self, indent: int) -> None:
        """Close what does not hold an entry at `indent`, and open its level."""
        while len(self._open) > 1 and self._open[-1].indent > indent:
            self._open.pop()
        if self._open[-1] != (indent, True, True):
            self._open.append(_Level(indent, is_list=True, in_list=True))

    def enter_entry(self, indent: int) -> None:
        """Open the keys at `indent` of the entry that was entered."""
        self._open.append(_Level(indent, in_list=True))


def agreed(sheet: Sheet, shape: Shape, above: int, keys: KnownKeys) -> int:
    """Return how far a list, or keys, that begin on the line that is read are meant to be indented.

    `above` is the indent of what they stand below. One line may differ from those that follow it.
    """
    others: list[int] = []
    for at in range(sheet.at + 1, min(sheet.at + LOOK_AHEAD, len(sheet.lines))):
        other = sheet.shape(at)
        if other.dash or shape.dash:
            is_fellow = shape.dash > 0 and other.dash > 0 and other.indent >= above
        else:
            is_fellow = abs(other.indent - shape.indent) <= 1 and is_key(key_of(other.body), keys)
        if is_fellow:
            others.append(other.indent)
        if len(others) > 1 or (not other.is_blank and not is_fellow and other.indent <= above):
            break
    if not others or abs(others[0] - shape.indent) != 1:
        return shape.indent
    is_odd_one = others[0] == others[-1] if len(others) > 1 else shape.indent % 2 > others[0] % 2
    return others[0] if is_odd_one else shape.indent
