"""Places, as YAML's parser gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from bot.core.marks import Mark

if TYPE_CHECKING:
    import yaml


class YamlMark(Protocol):
    """A mark of either of YAML's parsers: line and column count from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


def span(event: yaml.Event) -> tuple[YamlMark, YamlMark]:
    """Return the start and the end of `event`."""
    return cast("tuple[YamlMark, YamlMark]", (event.start_mark, event.end_mark))  # the parser sets both


def mark_of(event: yaml.Event) -> Mark:
    """Return the start of `event`, counted from 1."""
    start = span(event)[0]
    return Mark(start.line + 1, start.column + 1)
