"""What follows from a request that X did not confirm: one table, by the type of the error.

Never by the text of a message. docs/states.md shows the table to people.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot import errors

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reaction(StrEnum):
    """What happens to the post, and to its publication."""

    READ = (
        "read the timeline until `settle` is over: found → adopted; else → `on_unknown`: sent again, or held"
    )
    READ_OR_REFUSE = "read the timeline until `settle` is over: found → adopted; else → refused, and held"
    LATER = "again at the instant that X named, if the edition's window still allows it; else held or missed"
    BACK_OFF = "again after a pause that doubles, as long as the edition's window allows; then held or missed"
    SEEK_PARENT = (
        "look the parent up on X: gone → recorded as deleted, and the post goes under the nearest earlier "
        "one that is there, or the publication is held (`on_deleted`); there → again after a pause that "
        "doubles, until it was tried eight times in all; then held"
    )
    REFUSE = "the post is refused and the publication held: correct its text, or leave the post out"
    HOLD = "the publication is held, the post stays to be sent: mend the account, then publish again"


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
    """The reaction to `error`: that of its type, or of the nearest type above it."""
    return next(REACTIONS[kind] for kind in type(error).__mro__ if kind in REACTIONS)
