"""docs/states.md and its pictures show the tables that the code runs on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.core.publishing.states import DELIVERY_MOVES, PUBLICATION_MOVES, DeliveryEvent, PublicationEvent
from tools import make_states

AGAIN = "run: python tools/make_states.py"


def test_the_page_is_what_the_tables_say_now() -> None:
    assert make_states.PAGE.read_text(encoding="utf-8") == make_states.page(), AGAIN


@pytest.mark.parametrize("path", make_states.pictures(), ids=lambda path: Path(path).name)
def test_a_picture_was_drawn_from_the_tables_as_they_are_now(path: Path) -> None:
    assert make_states.mark(make_states.pictures()[path]) in path.read_text(encoding="utf-8"), AGAIN


@pytest.mark.parametrize(
    ("name", "states", "events"),
    [
        ("states-edition.svg", PublicationState, PublicationEvent),
        ("states-post.svg", DeliveryState, DeliveryEvent),
    ],
)
def test_a_picture_names_every_state_and_event(
    name: str, states: type[PublicationState | DeliveryState], events: type[PublicationEvent | DeliveryEvent]
) -> None:
    drawn = (make_states.DOCS / name).read_text(encoding="utf-8")
    words = set(re.findall(r"<text[^>]*>([^<]*)</text>", drawn))
    assert {*states, *events} <= words


@pytest.mark.parametrize("events", [PublicationEvent, DeliveryEvent])
def test_every_event_has_a_meaning(events: type[PublicationEvent | DeliveryEvent]) -> None:
    assert set(make_states.meanings(events)) == set(events)


def test_what_waits_for_a_person_stands_out() -> None:
    editions, posts = make_states.meanings(PublicationEvent), make_states.meanings(DeliveryEvent)
    waiting = {s for s in PUBLICATION_MOVES if make_states.needs_a_person(s, PUBLICATION_MOVES, editions)}
    assert waiting == {PublicationState.HELD, PublicationState.MISSED}
    undecided = {s for s in DELIVERY_MOVES if make_states.needs_a_person(s, DELIVERY_MOVES, posts)}
    assert undecided == {DeliveryState.HELD, DeliveryState.REJECTED}


def test_every_state_that_waits_for_a_person_says_what_to_type() -> None:
    for helps in (*make_states.EDITIONS.values(), *make_states.POSTS.values()):
        assert helps.mover != "you" or "`flashtweet " in helps.remedy


def test_a_change_of_a_table_changes_what_the_picture_must_carry() -> None:
    told = make_states.meanings(PublicationEvent)
    fewer = {**PUBLICATION_MOVES, PublicationState.MISSED: {}}
    before, after = (make_states.drawing("edition", moves, told) for moves in (PUBLICATION_MOVES, fewer))
    assert make_states.mark(before) != make_states.mark(after)
