"""Consoles that add the global options to commands in their output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from bot.core.typed_commands import GlobalOptions


class Verbatim(Text):
    """A text that is printed unchanged, even if it contains a command."""


class CommandConsole(Console):
    """A console that adds the given global options to commands. No markup, no highlighting."""

    def __init__(self, typed: GlobalOptions, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, highlight=False, emoji=False)
        self._typed = typed

    def print(self, *objects: Any, **how: Any) -> None:
        super().print(*map(self._as_typed, objects), **how)

    def _as_typed(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._typed.put_into(value)
        if not isinstance(value, Text) or isinstance(value, Verbatim):
            return value
        found, at = value.blank_copy(), 0
        for number, piece in enumerate(self._typed.pieces(value.plain)):
            if number % 2:
                found.append(piece)
            else:
                found.append_text(value[at : at + len(piece)])
                at += len(piece)
        return found
