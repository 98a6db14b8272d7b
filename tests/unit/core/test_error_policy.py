"""Tests that the reaction to an error depends on its type, and that every type has one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.publishing.error_policy import REACTIONS, Reaction, reaction_to

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)


def below(kind: type[errors.PublishError]) -> Iterator[type[errors.PublishError]]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


def make(kind: type[errors.PublishError]) -> errors.PublishError:
    return errors.RateLimited("429", NOW) if kind is errors.RateLimited else kind("why")


@pytest.mark.parametrize(
    ("kind", "reaction"),
    [
        (errors.InDoubt, Reaction.READ),
        (errors.Duplicate, Reaction.READ_OR_REFUSE),
        (errors.RateLimited, Reaction.LATER),
        (errors.Unavailable, Reaction.BACK_OFF),
        (errors.ParentNotVisible, Reaction.SEEK_PARENT),
        (errors.Rejected, Reaction.REFUSE),
        (errors.AccountRefused, Reaction.HOLD),
        (errors.ReplyRefused, Reaction.HOLD),
    ],
)
def test_the_reaction_to_an_error(kind: type[errors.PublishError], reaction: Reaction) -> None:
    assert reaction_to(make(kind)) is reaction


def test_every_error_of_the_tree_stands_in_the_table_itself() -> None:
    """An error that only inherits its reaction was forgotten, or should not be a type of its own."""
    ours = {kind for kind in below(errors.PublishError) if kind.__module__ == errors.__name__}
    assert set(REACTIONS) == ours


def test_a_type_that_an_adapter_adds_is_treated_as_the_nearest_one_above_it() -> None:
    class Flaky(errors.ParentNotVisible):
        pass

    assert reaction_to(Flaky("why")) is Reaction.SEEK_PARENT


def test_the_words_of_a_message_change_nothing() -> None:
    told = {reaction_to(errors.Unavailable(words)) for words in ("duplicate content", "429", "suspended", "")}
    assert told == {Reaction.BACK_OFF}


def test_what_may_be_out_is_never_sent_again_unread() -> None:
    """Every kind of doubt means: read the timeline first."""
    reactions = {
        reaction_to(make(kind)) for kind in below(errors.PublishError) if issubclass(kind, errors.InDoubt)
    }
    assert reactions == {Reaction.READ, Reaction.READ_OR_REFUSE}
