"""Remarks on lines of a block that a mail, a chat or a table brought with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.content.blocks.remarks import BlockRemark, quotation
from bot.core.content.chats import NO_SENDERS
from bot.core.content.letters import QUOTED
from bot.core.content.mail_heads import HEAD

if TYPE_CHECKING:
    from collections.abc import Sequence


def looks_else(lines: Sequence[int], text: str, what: str) -> BlockRemark:
    """Return the remark on items, `text` the first, that look like `what`, and are no news then."""
    remedy = "If it is no item, remove it, or write it into the intro or outro."
    if what == QUOTED:
        remedy = "Delete the > before the text; or the whole line, if it is no item."
    if what == HEAD:
        remedy = "Remove them, if they are no items." if len(lines) > 1 else "Remove it, if it is no item."
    return BlockRemark(
        "mixed-items", tuple(lines), f"{quotation(text)} is read as an item and looks like {what}", remedy
    )


def credit_lines(lines: Sequence[int], text: str) -> BlockRemark:
    """Return the remark on items, `text` the first, that only name the source of another item."""
    return BlockRemark(
        "mixed-items",
        tuple(lines),
        f"{quotation(text)} is read as an item and looks like a credit line",
        "Move it up to the line of the item that it belongs to.",
    )


def of_chat(lines: Sequence[int], text: str) -> BlockRemark:
    """Return the remark on names and times of a chat, `text` the first line with some."""
    looks = "looks like a message of a chat, and its name or time is posted"
    if len(lines) > 1:
        looks = "and other lines look like messages of a chat, and their names and times are posted"
    return BlockRemark("mixed-items", tuple(lines), f"{quotation(text)} {looks}", NO_SENDERS)


def cells(lines: Sequence[int], text: str, what: str, distance: int) -> BlockRemark:
    """Return the remark on items without a link, `text` the first, between links at an equal `distance`."""
    return BlockRemark(
        "mixed-items",
        tuple(lines),
        f"{quotation(text)} and other {what} without a link are read as items; a link comes every {distance} "
        "of them, as in a table pasted cell by cell",
        f"If several {what} make one item, write them on one line, with a bullet (•) before every item.",
    )


def rows(lines: Sequence[int], text: str, semicolons: int) -> BlockRemark:
    """Return the remark on items, `text` the first, with equally many `semicolons`."""
    return BlockRemark(
        "mixed-items",
        tuple(lines),
        f"{quotation(text)} and other items hold {semicolons} semicolons each: was a table pasted?",
        "Write each item as a sentence, without its semicolons.",
    )
