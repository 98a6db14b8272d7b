"""Indentation of the keys and dashes around a line, as its author meant it."""

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
"""Maximum number of lines examined for the indentation of the next key or entry."""


class _Level(NamedTuple):
    """Keys, or entries of a list, with the same indentation."""

    indent: int
    is_list: bool = False
    in_list: bool = False


class Levels:
    """The levels that are open at the current line, outermost first."""

    def __init__(self, left: int, keys: KnownKeys) -> None:
        """Open the level of the file itself, whose keys are indented by `left`."""
        self._open, self._keys = [_Level(left)], keys

    @property
    def lists(self) -> list[int]:
        """Indentation of the entries of each open list."""
        return [level.indent for level in self._open if level.is_list]

    @property
    def are_nested(self) -> bool:
        """True if any level is open besides that of the file itself."""
        return len(self._open) > 1

    def has_keys_at(self, indent: int) -> bool:
        return any(not level.is_list and level.indent == indent for level in self._open)

    def indent_of_key(self, indent: int, word: str) -> int:
        """Return the intended indentation of the key `word`, which is at `indent`."""
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
        """Return the intended indentation of an entry of an open list, which is at `indent`."""
        return min(self.lists, key=lambda one: (abs(one - indent), -one))

    def enter_keys(self, indent: int) -> None:
        """Close the levels that cannot contain a key at `indent`, and open its level."""
        while len(self._open) > 1 and not self._holds_key(self._open[-1], indent):
            self._open.pop()
        if self._open[-1].indent < indent:
            self._open.append(_Level(indent, in_list=self._open[-1].in_list))

    @staticmethod
    def _holds_key(level: _Level, indent: int) -> bool:
        return level.indent < indent or (level.indent == indent and not level.is_list)

    def enter_list(self, indent: int) -> None:
        """Close the levels that cannot contain an entry at `indent`, and open its level."""
        while len(self._open) > 1 and self._open[-1].indent > indent:
            self._open.pop()
        if self._open[-1] != (indent, True, True):
            self._open.append(_Level(indent, is_list=True, in_list=True))

    def enter_entry(self, indent: int) -> None:
        """Open the level of the current entry's keys, at `indent`."""
        self._open.append(_Level(indent, in_list=True))


def agreed(sheet: Sheet, shape: Shape, above: int, keys: KnownKeys) -> int:
    """Return the intended indentation of a list, or of keys, that begin on the current line.

    `above` is the indentation of the key or dash above them. One line may differ from those that follow it.
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
