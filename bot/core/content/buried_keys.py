"""Keys of a file inside a text, where they would be posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.content.blocks.key_forms import fits
from bot.core.content.blocks.lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.core.content.blocks.lines import KeyLine


def buried_keys(source: Iterable[str]) -> Iterator[KeyLine]:
    """Yield the lines of a text that are keys, or may be: of their form, and with a value of its form."""
    lines = list(source)
    for at in like_keys(lines):
        line = lines[at]
        found = lines_of([line])
        for key in (*found.keys, *found.doubtful):
            after = line.lstrip().removeprefix(key.written).lstrip()
            is_at_start = after.startswith(":") and line.lstrip().startswith(key.written)
            is_glued = line.lstrip().startswith(f"{key.written}:")
            if is_at_start and (is_glued or key.written.islower()) and _is_meant(key):
                yield key._replace(at=at)


def like_keys(lines: Iterable[str]) -> list[int]:
    """Return the indices of the lines that open with one word and a colon; no other line is a key."""
    return [n for n, line in enumerate(lines) if ":" in line and line.partition(":")[0].strip().isalnum()]


def _is_meant(key: KeyLine) -> bool:
    return not key.is_sure or fits(key.written, key.name, key.value)
