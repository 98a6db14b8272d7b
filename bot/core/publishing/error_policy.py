"""Reactions to a request that X did not confirm, by the type of the error, never by its message.

docs/states.md shows the table.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot import errors

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reaction(StrEnum):
    """Effect of an error on the post and its publication."""

    READ = (
        "read the timeline until `settle` is over: found → adopted; else → `on_unknown`: sent again, or held"
    )
    READ_OR_REFUSE = "read the timeline until `settle` is over: found → adopted; else → refused, and held"
    LATER = "retried at the time that X gave, if the edition's window still allows it; else held or missed"
    BACK_OFF = "retried after a pause that doubles, while the edition's window allows it; then held or missed"
    SEEK_PARENT = (
        "look up the parent on X: gone → recorded as deleted, and the post becomes a reply to the nearest "
        "earlier post that exists, or the publication is held (`on_deleted`); there → retried after a pause "
        "that doubles, up to eight attempts in all; then held"
    )
    REFUSE = "the post is refused and the publication held: correct its text, or leave the post out"
    HOLD = "the publication is held, the post stays pending: fix the account, then publish again"


REACTIONS: Mapping[type[errors.PublishError], Reaction] = {
    errors.InDoubt: Reaction.READ,
    errors.Duplicate: Reaction.READ_OR_REFUSE,
    errors.RateLimited: Reaction.LATER,
    errors.Unavailable: Reaction.BACK_OFF,
    errors.ParentNotVisible: Reaction.SEEK_PARENT,
    errors.Rejected: Reaction.REFUSE,
    errors.AccountRefused: Reaction.HOLD,
    errors.ReplyRefused: Reaction.HOLD,
}


def reaction_to(error: errors.PublishError) -> Reaction:
    """Return the reaction to the type of `error`, or to its nearest listed base class."""
    return next(REACTIONS[kind] for kind in type(error).__mro__ if kind in REACTIONS)
