"""Keys of a file inside a text, where they would be posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.content.blocks.key_forms import fits
from bot.core.content.blocks.lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.core.content.blocks.lines import KeyLine

_NEAR = 20
"""Characters of a line within which a key ends."""


def buried_keys(source: Iterable[str]) -> Iterator[KeyLine]:
    """Yield the lines of a text that are keys, or may be: of their form, and with a value of its form."""
    for at, line in enumerate(source):
        if line.find(":", 0, _NEAR + len(line) - len(line.lstrip())) < 0:
            continue
        found = lines_of([line])
        for key in (*found.keys, *found.doubtful):
            after = line.lstrip().removeprefix(key.written).lstrip()
            is_at_start = after.startswith(":") and line.lstrip().startswith(key.written)
            is_glued = line.lstrip().startswith(f"{key.written}:")
            if is_at_start and (is_glued or key.written.islower()) and _is_meant(key):
                yield key._replace(at=at)


def _is_meant(key: KeyLine) -> bool:
    return not key.is_sure or fits(key.written, key.name, key.value)
