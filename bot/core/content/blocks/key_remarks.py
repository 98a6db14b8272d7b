"""Remarks on lines of a block that look like keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.core.content.blocks.remarks import BlockRemark
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.content.blocks.lines import KeyLine

_BARE = ("", "|", "|-", ">", ">-")
"""No value, or the header of a block."""
_COPIED = 300
"""Characters of an item quoted in a remedy that is meant to be copied."""


def keys_of_item(keys: Sequence[KeyLine], text: str, *, is_below: bool) -> BlockRemark:
    """Return the error on lines that give an item a link or the like, where everything is text.

    `is_below` is false where some stand above the first item, so that each may belong to the item below it.
    """
    names = " and ".join(f"'{key.written}:'" for key in keys)
    looks = "looks like a key" if len(keys) == 1 else "look like keys"
    values = {"text": text[:_COPIED], **{key.name: key.value for key in keys}}
    entry = ", ".join(f"{name}: {_yaml(value)}" for name, value in values.items())
    as_list = f'remove the | above and write all items as a list (- "…"), this one so: - {{{entry}}}'
    remedy = as_list.replace("r", "R", 1)
    if is_below and [key.name for key in keys] == ["link"]:
        word = keys[0].written
        remedy = f"Delete '{word}' and its colon: an address alone belongs to the text above. Or {as_list}"
    if any(key.name == "text" for key in keys):
        remedy = (
            "Remove the | above: these lines are a list already. A text that begins so needs double quotes."
        )
    message = f"{names} {looks}; in a block everything is text"
    return BlockRemark("key-in-block", tuple(key.at for key in keys), message, remedy, Severity.ERROR)


def key_of_file(key: KeyLine, below: KeyLine | None = None) -> BlockRemark:
    """Return the error on a line that was meant for the file, with the line `below` that belongs to it."""
    inner = f" and below it, two spaces deeper, {below.name}: {_yaml(below.value)}" if below else ""
    return BlockRemark(
        "key-in-block",
        (key.at, below.at) if below else (key.at,),
        f"'{key.written}:' looks like a key; in a block everything is text",
        f'If it is text, remove the | above and write the items as a list (- "{key.written}: …"). '
        f"Else indent it like the key of the block, not deeper: {key.name}: {_yaml(key.value)}".rstrip()
        + inner,
        Severity.ERROR,
    )


def as_text(key: KeyLine) -> str:
    """Return how the line of `key` is written where it is text: with a capital letter, as a sentence."""
    return f"write it as '{f'{key.written.capitalize()} : {key.value[:_COPIED]}'.rstrip()}'"


def may_be_key(key: KeyLine) -> BlockRemark:
    """Return the remark on a line that is read as text, and that may be meant as a key."""
    where = "write the items as a list and indent it under its text"
    if not key.is_of_item:
        where = "indent it like the key of the block, not deeper"
    return BlockRemark(
        "key-in-block",
        (key.at,),
        f"'{key.written} :' looks like a key and is read as text",
        f"If it is text, {as_text(key)}. Else {where}: {key.name}: {_yaml(key.value)}".rstrip(),
    )


def _yaml(value: str) -> str:
    """Return `value` as it can stand after a colon."""
    value = _unquoted(value)
    plain = value.isascii() and value.replace("-", "").isalnum()
    return value if plain or value in _BARE else json.dumps(value, ensure_ascii=False)


def _unquoted(value: str) -> str:
    """Return `value` without the one pair of quotes around the whole of it."""
    quote, inner = value[:1], value[1:-1]
    is_pair = quote in ('"', "'") and len(value) > 1 and value[-1] == quote and quote not in inner
    return inner if is_pair else value
