"""Tests of the two state tables: allowed events, refused events, next steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Chain, EditionKey
from bot.core.publishing import policy, progress, states, steps
from bot.core.publishing.policy import Policy
from bot.core.publishing.publication import Cause, Delivery, DeliveryState, Publication, PublicationState
from bot.core.publishing.states import (
    DELIVERY_MOVES,
    PUBLICATION_MOVES,
    DeliveryEvent,
    IllegalMove,
    PublicationEvent,
)
from bot.core.publishing.steps import next_step

SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
GAP = timedelta(seconds=2)
POLICY = Policy(gap=GAP, grace=timedelta(minutes=30), settle=timedelta(seconds=90))

S, D = DeliveryState, timedelta


def publication(
    *states: DeliveryState, state: PublicationState = PublicationState.PUBLISHING, **changed: object
) -> Publication:
    """Return one delivery per state, due two seconds apart; `changed` applies to the first not SENT."""
    deliveries = [
        Delivery(
            position=n,
            state=one,
            text=f"post {n}",
            due_at=SLOT + (n - 1) * GAP,
            intent_at=SLOT + (n - 1) * GAP if one is not S.PENDING else None,
            post_id=str(100 + n) if one is S.SENT else None,
            reason="because" if one in (S.REJECTED, S.HELD) else None,
        )
        for n, one in enumerate(states, 1)
    ]
    for at, one in enumerate(deliveries):
        if one.state is not S.SENT:
            deliveries[at] = replace(one, **changed)  # type: ignore[arg-type]
            break
    return Publication("main", EditionKey("flashtweet", date(2020, 11, 6)), state, SLOT, tuple(deliveries))


DESIGN = {
    "PENDING": {"SENDING", "IN_DOUBT", "PENDING"},
    "SENDING": {"SENT", "PENDING", "REJECTED", "IN_DOUBT"},
    "IN_DOUBT": {"SENT", "PENDING", "REJECTED", "HELD", "IN_DOUBT"},
    "HELD": {"SENT", "PENDING", "SKIPPED"},
    "REJECTED": {"PENDING", "SENT", "SKIPPED"},
    "SENT": {"SKIPPED"},
    "SKIPPED": set(),
}
"""The table of design section 6, and five more moves: a post deleted on X is skipped, and the reply to it
moves up; IN_DOUBT stays IN_DOUBT if the timeline could not be read; a post the ledger cannot vouch for is
IN_DOUBT although this ledger never sent it; and an operator can resolve a post as posted that X refused as a
duplicate."""


def test_deliveries_move_as_the_design_says_and_no_other_way() -> None:
    assert {state: set(moves.values()) for state, moves in DELIVERY_MOVES.items()} == DESIGN


def test_publications_move_as_the_design_says_and_no_other_way() -> None:
    assert {state: set(moves.values()) for state, moves in PUBLICATION_MOVES.items()} == {
        "PLANNED": {"PUBLISHING", "HELD", "MISSED", "CANCELLED"},
        "PUBLISHING": {"PUBLISHED", "HELD"},
        "HELD": {"PUBLISHING", "CANCELLED"},
        "MISSED": {"PLANNED", "PUBLISHING"},
        "PUBLISHED": set(),
        "CANCELLED": set(),
    }


@pytest.mark.parametrize(
    ("state", "event"),
    [pair for pair in product(DeliveryState, DeliveryEvent) if pair[1] not in DELIVERY_MOVES[pair[0]]],
)
def test_an_illegal_delivery_event_raises(state: DeliveryState, event: DeliveryEvent) -> None:
    delivery = publication(state).delivery(1)
    with pytest.raises(IllegalMove, match=f"'{event}' cannot happen to what is {state}"):
        states.deliver(delivery, event)


@pytest.mark.parametrize(
    ("state", "event"),
    [
        pair
        for pair in product(PublicationState, PublicationEvent)
        if pair[1] not in PUBLICATION_MOVES[pair[0]]
    ],
)
def test_an_illegal_publication_event_raises(state: PublicationState, event: PublicationEvent) -> None:
    with pytest.raises(IllegalMove):
        states.move(publication(S.PENDING, state=state), event)


def test_an_orphaned_send_can_never_become_pending_unread() -> None:
    assert DELIVERY_MOVES[S.SENDING][DeliveryEvent.LOST] is S.IN_DOUBT
    step = next_step(publication(S.SENDING), POLICY, SLOT)
    assert step == steps.Doubt(1, DeliveryEvent.LOST)


LATE = SLOT + D(minutes=30, seconds=1)


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        pytest.param(publication(S.PENDING), SLOT - D(seconds=1), steps.Wait(SLOT), id="before the slot"),
        pytest.param(publication(S.PENDING), SLOT, steps.Send(1), id="at the slot"),
        pytest.param(
            publication(S.PENDING, due_at=SLOT - D(hours=1)), SLOT - D(seconds=30), steps.Wait(SLOT),
            id="never before the slot, even when begun by hand before",
        ),
        pytest.param(publication(S.PENDING), SLOT + D(minutes=30), steps.Send(1), id="late, within grace"),
        pytest.param(publication(S.SENT, S.PENDING), SLOT, steps.Wait(SLOT + GAP), id="a gap between posts"),
        pytest.param(
            publication(S.SENT, S.PENDING, due_at=SLOT), SLOT + D(seconds=1), steps.Wait(SLOT + GAP),
            id="a gap after the parent even when overdue",
        ),
        pytest.param(publication(S.SENT, S.PENDING), SLOT + GAP, steps.Send(2), id="the next post"),
        pytest.param(publication(S.SENT, S.SKIPPED, S.PENDING), SLOT + 3 * GAP, steps.Send(3), id="skipped"),
        pytest.param(
            publication(S.PENDING, not_before=SLOT + D(minutes=5)), SLOT, steps.Wait(SLOT + D(minutes=5)),
            id="not before a rate limit ends",
        ),
        pytest.param(publication(S.SENT, S.SENT), SLOT, steps.Finish(), id="all out"),
        pytest.param(publication(S.SENT, S.SKIPPED), SLOT, steps.Finish(), id="out or skipped"),
        pytest.param(
            publication(S.IN_DOUBT), SLOT, steps.Reconcile(1, SLOT + D(minutes=30)), id="a head in doubt",
        ),
        pytest.param(
            publication(S.SENT, S.IN_DOUBT), SLOT, steps.Reconcile(2, SLOT + GAP + D(hours=2)),
            id="a reply in doubt",
        ),
        pytest.param(
            publication(S.SENT, S.IN_DOUBT), SLOT + D(hours=9), steps.Reconcile(2, SLOT + GAP + D(hours=2)),
            id="in doubt for long: what can be found out is found out",
        ),
        pytest.param(publication(S.SENT, S.REJECTED), SLOT, steps.Hold("post 2: because"), id="refused"),
        pytest.param(publication(S.SENT, S.HELD), SLOT, steps.Hold("post 2: because"), id="undecided"),
    ],
)  # fmt: skip
def test_the_next_step(known: Publication, now: datetime, expected: steps.Step) -> None:
    assert next_step(known, POLICY, now) == expected


def test_no_head_is_sent_after_grace() -> None:
    planned = publication(S.PENDING, state=PublicationState.PLANNED)
    missed = next_step(planned, POLICY, LATE)
    assert missed == steps.Miss("nothing can be sent within 30 minutes after the slot.", Cause.LATE)
    short = replace(POLICY, grace=D(minutes=1))
    assert next_step(planned, short, LATE) == steps.Miss(
        "nothing can be sent within 1 minute after the slot.", Cause.LATE
    )
    # A publication that began without success cannot become MISSED by the table: it is reported as HELD.
    assert isinstance(next_step(publication(S.PENDING), POLICY, LATE), steps.Hold)


def test_a_person_may_publish_after_grace() -> None:
    assert next_step(publication(S.PENDING), replace(POLICY, by_hand=True), LATE) == steps.Send(1)


def test_a_thread_under_way_is_finished_within_its_time_and_held_after_it() -> None:
    under_way = publication(S.SENT, S.PENDING)
    last_due = SLOT + GAP
    assert next_step(under_way, POLICY, last_due + D(hours=2)) == steps.Send(2)
    held = next_step(under_way, POLICY, last_due + D(hours=2, seconds=1))
    assert held == steps.Hold("the thread cannot be finished by Fri 2020-11-06 08:30.", Cause.LATE)


def test_a_wait_beyond_the_deadline_is_told_at_once() -> None:
    """A rate limit of a day is reported to an operator now, not tomorrow."""
    tomorrow: dict[str, Any] = {"not_before": SLOT + D(days=1), "reason": "X answered 429."}
    head = publication(S.PENDING, state=PublicationState.PLANNED, **tomorrow)
    until = "X takes no post of this account before Sat 2020-11-07 07:30"
    policy = replace(POLICY, zone="Europe/Paris")
    assert next_step(head, policy, SLOT) == steps.Miss(
        f"{until}: 1 of 1 posts remain to be sent. The last answer: X answered 429.", Cause.LIMIT
    )
    assert next_step(publication(S.SENT, S.PENDING, S.PENDING, **tomorrow), policy, SLOT) == steps.Hold(
        f"{until}: 2 of 3 posts remain to be sent. The last answer: X answered 429.", Cause.LIMIT
    )


def test_an_outage_that_lasts_to_the_deadline_is_no_limit() -> None:
    soon: dict[str, Any] = {"not_before": SLOT + D(hours=2, seconds=40), "reason": "X cannot be reached."}
    late = SLOT + D(hours=2)
    assert next_step(publication(S.SENT, S.PENDING, **soon), POLICY, late) == steps.Hold(
        "the thread cannot be finished by Fri 2020-11-06 08:30. The last answer: X cannot be reached.",
        Cause.LATE,
    )


def test_what_a_person_asked_for_ends_too() -> None:
    by_hand = replace(POLICY, by_hand=True)
    assert next_step(publication(S.PENDING), by_hand, SLOT + D(hours=2)) == steps.Send(1)
    held = next_step(publication(S.PENDING), by_hand, SLOT + D(hours=2, seconds=1))
    assert held == steps.Hold("nothing could be sent by Fri 2020-11-06 08:30.", Cause.LATE)


def test_a_hold_that_a_person_asked_for_comes_first() -> None:
    for one in (S.PENDING, S.SENDING, S.IN_DOUBT):
        asked = replace(publication(S.SENT, one), hold_asked="held by hand.")
        assert next_step(asked, POLICY, SLOT + GAP) == steps.Hold("held by hand.", Cause.PERSON)


def test_in_a_pause_nothing_is_sent_and_what_is_unknown_is_found_out() -> None:
    def step(given: Publication, now: datetime) -> steps.Step:
        return next_step(given, POLICY, now, paused="mourning")

    assert step(publication(S.PENDING), SLOT) == steps.Wait(SLOT + D(minutes=30) + steps.TICK)
    assert step(publication(S.SENT, S.PENDING), SLOT + GAP) == steps.Wait(
        SLOT + GAP + D(hours=2) + steps.TICK
    )
    assert isinstance(step(publication(S.IN_DOUBT), SLOT), steps.Reconcile)
    assert step(publication(S.SENT), SLOT) == steps.Finish()
    planned = publication(S.PENDING, state=PublicationState.PLANNED)
    assert step(planned, LATE) == steps.Miss(
        "nothing can be sent within 30 minutes after the slot. Publishing is paused: mourning.",
        Cause.LATE,
    )


UNVOUCHED = steps.Doubt(1, DeliveryEvent.UNVOUCHED)


@pytest.mark.parametrize(
    ("given", "vouched_since", "expected"),
    [
        pytest.param(publication(S.PENDING), SLOT - D(seconds=1), steps.Send(1), id="an older ledger"),
        pytest.param(publication(S.PENDING), SLOT + D(minutes=5), UNVOUCHED, id="a younger ledger"),
        pytest.param(
            publication(S.PENDING), SLOT + D(hours=3), steps.Send(1), id="long after any thread of this slot"
        ),
        pytest.param(
            publication(S.PENDING, doubt_since=SLOT + D(minutes=5)), SLOT + D(minutes=5), steps.Send(1),
            id="looked for already",
        ),
        pytest.param(
            publication(S.PENDING, intent_at=SLOT + D(minutes=5)), SLOT + D(minutes=5), steps.Send(1),
            id="attempted since",
        ),
        pytest.param(
            publication(S.PENDING, first_intent_at=SLOT, intent_at=SLOT), SLOT + D(minutes=5), UNVOUCHED,
            id="attempted before",
        ),
        pytest.param(
            publication(S.SENT, S.PENDING), SLOT + D(minutes=5), steps.Doubt(2, DeliveryEvent.UNVOUCHED),
            id="a reply to a post from before",
        ),
        pytest.param(
            publication(S.SENT, S.PENDING), SLOT - D(minutes=5), steps.Send(2),
            id="a reply to a post sent since",
        ),
    ],
)  # fmt: skip
def test_what_the_ledger_cannot_vouch_for_is_looked_for_first(
    given: Publication, vouched_since: datetime, expected: steps.Step
) -> None:
    now = SLOT + D(minutes=6)
    assert next_step(given, POLICY, now, vouched_since=vouched_since) == expected


def test_a_head_in_a_thread_without_replies_is_looked_for_too() -> None:
    standalone = replace(POLICY, chain=Chain.STANDALONE)
    step = next_step(publication(S.SENT, S.PENDING), standalone, LATE, vouched_since=SLOT + D(minutes=5))
    assert step == steps.Doubt(2, DeliveryEvent.UNVOUCHED)


@pytest.mark.parametrize(
    ("now", "allowed"),
    [(SLOT - D(seconds=1), False), (SLOT, True), (SLOT + D(minutes=30), True), (LATE, False)],
)
def test_when_a_head_may_leave(now: datetime, allowed: bool) -> None:
    assert steps.may_leave(publication(S.SENDING), 1, POLICY, now) is allowed


def test_a_post_that_a_clock_ahead_of_its_time_sent_keeps_nothing_waiting() -> None:
    given = publication(S.SENT, S.PENDING)
    ahead = replace(given.delivery(1), intent_at=SLOT + D(hours=3))
    given = replace(given, deliveries=(ahead, *given.deliveries[1:]))
    assert next_step(given, POLICY, SLOT + D(seconds=5)) == steps.Send(2)
    near = replace(ahead, intent_at=SLOT + D(seconds=6))
    given = replace(given, deliveries=(near, *given.deliveries[1:]))
    assert next_step(given, POLICY, SLOT + D(seconds=5)) == steps.Wait(SLOT + D(seconds=8))


def test_standalone_posts_have_no_parent() -> None:
    given = publication(S.SENT, S.PENDING)
    assert progress.parent_of(given, 2, POLICY) == given.delivery(1)
    assert progress.parent_of(given, 2, replace(POLICY, chain=Chain.STANDALONE)) is None


@pytest.mark.parametrize("state", ["PUBLISHED", "HELD", "MISSED", "CANCELLED"])
def test_what_rests_is_left_alone(state: str) -> None:
    given = publication(S.PENDING, state=PublicationState(state))
    assert next_step(given, POLICY, SLOT) == steps.Rest()


def test_what_was_missed_may_begin_until_its_grace_is_over() -> None:
    """Unless due, or allowed by X, only after it."""
    missed = publication(S.PENDING, state=PublicationState.MISSED)
    assert steps.may_begin(missed, POLICY.grace, SLOT - D(hours=1))
    assert steps.may_begin(missed, POLICY.grace, SLOT + POLICY.grace)
    assert not steps.may_begin(missed, POLICY.grace, SLOT + POLICY.grace + D(seconds=1))
    tomorrow = SLOT + D(days=1)
    for late in ({"not_before": tomorrow}, {"due_at": tomorrow}):
        beyond = publication(S.PENDING, state=PublicationState.MISSED, **late)
        assert not steps.may_begin(beyond, POLICY.grace, SLOT - D(hours=1))


def began_at(at: datetime) -> Publication:
    """Return a publication whose first post of two was sent `at`."""
    known = publication(S.SENT, S.PENDING)
    return replace(known, deliveries=(replace(known.delivery(1), intent_at=at), known.delivery(2)))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (publication(S.PENDING, S.PENDING), (1, D(minutes=5))),
        (publication(S.SENT, S.SKIPPED, S.IN_DOUBT), (3, D(minutes=5) - 2 * GAP)),
        (publication(S.PENDING, state=PublicationState.PLANNED, due_at=SLOT + D(hours=1)), None),
        (began_at(SLOT + D(minutes=5)), None),
        (began_at(SLOT + D(minutes=4)), (2, D(minutes=1) - GAP)),
        (began_at(SLOT + D(hours=1)), (2, D(minutes=5) - GAP)),
        (publication(S.SENT, S.SENT), None),
        (publication(S.SENT, S.HELD, state=PublicationState.HELD), None),
        (publication(S.PENDING, state=PublicationState.MISSED), None),
    ],
)
def test_what_is_overdue_of_what_goes_on_by_itself(
    known: Publication, expected: tuple[int, timedelta] | None
) -> None:
    found = progress.overdue(known, SLOT + D(minutes=5))
    assert (found and (found[0].position, found[1])) == expected


NEAR = st.integers(-90, 90).map(lambda minutes: SLOT + D(minutes=minutes))


@given(due_at=NEAR, not_before=st.none() | NEAR, now=NEAR, paused=st.none() | st.just("mourning"))
def test_what_is_planned_again_is_not_missed_at_once(
    due_at: datetime, not_before: datetime | None, now: datetime, paused: str | None
) -> None:
    """Otherwise it would alternate between states for as long as its grace lasts."""
    missed = publication(S.PENDING, state=PublicationState.MISSED, due_at=due_at, not_before=not_before)
    if steps.may_begin(missed, POLICY.grace, now):
        planned = states.apply(missed, states.move(missed, PublicationEvent.REPLAN))
        assert not isinstance(next_step(planned, POLICY, now, paused=paused), steps.Miss | steps.Rest)


def test_the_parent_is_the_nearest_earlier_post_that_is_out() -> None:
    given = publication(S.SENT, S.SENT, S.SKIPPED, S.PENDING)
    parents = [given.parent_of(position) for position in (1, 2, 3, 4)]
    assert [parent.post_id if parent else None for parent in parents] == [None, "101", "102", "102"]


def test_backoff_doubles_up_to_a_minute() -> None:
    waits = [policy.backoff(POLICY, attempts, SLOT) - SLOT for attempts in (1, 2, 3, 6, 50)]
    assert waits == [D(seconds=s) for s in (2, 4, 8, 60, 60)]


def test_applying_changes_leaves_the_original_as_it_was() -> None:
    before = publication(S.PENDING, S.PENDING, state=PublicationState.PLANNED)
    start = states.move(before, PublicationEvent.START)
    send = states.deliver(before.delivery(1), DeliveryEvent.SEND, intent_at=SLOT, attempts=1)
    after = states.apply(before, start, send)
    assert (before.state, before.delivery(1).state) == ("PLANNED", "PENDING")
    assert (after.state, after.delivery(1).state, after.delivery(2).state) == (
        "PUBLISHING",
        "SENDING",
        "PENDING",
    )
