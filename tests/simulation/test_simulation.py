"""Worlds in which nothing is posted twice, late or out of order; and proof that they would detect it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from bot.core.publishing import progress, states, steps
from bot.core.publishing.publication import DeliveryState
from bot.core.publishing.states import DeliveryEvent, PublicationEvent
from bot.errors import InDoubt
from bot.services.publish import PublishRun
from bot.services.reconcile import Reconciler
from tests.fakes.ledger import MemoryLedger
from tests.simulation.soak import Tally, play, trace_world
from tests.simulation.x import FAULTS

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change
    from bot.errors import PublishError
    from bot.ports import Claim

EDITIONS = {"memory": 600, "sql": 60}
SEEDS_TO_SEE = 300
"""Worlds within which every mutant is caught; most are within ten."""


def play_until(editions: int, ledger: str) -> Tally:
    total = Tally()
    while total.editions < editions:
        total.add(play(total.seeds, ledger))
    return total


@pytest.fixture(scope="module")
def memory() -> Tally:
    return play_until(EDITIONS["memory"], "memory")


def test_every_invariant_holds(memory: Tally) -> None:
    assert memory.broken == {}


def test_every_invariant_holds_with_the_sql_ledger() -> None:
    assert play_until(EDITIONS["sql"], "sql").broken == {}


def test_the_worlds_reach_every_state(memory: Tally) -> None:
    """A simulator that never reaches a state proves nothing about it."""
    wanted = [f"delivery {event}" for event in DeliveryEvent]
    wanted += [f"publication {event}" for event in PublicationEvent]
    wanted += [f"fault {fault}" for fault in FAULTS]
    wanted += [f"killed at {at}" for at in ("claim", "get", "in flight", "record", "timeline", "wait")]
    wanted += ["killed after record", "killed after claim", "killed between witness and commit"]
    wanted += ["arrived after its sender was killed", "disk record failed", "disk slow", "froze a process"]
    wanted += ["clock set forward", "clock set back", "stopped: daemon", "stopped: operator"]
    wanted += ["restored a ledger", "deleted the ledger", "X refused a duplicate", "our text by hand"]
    wanted += ["a post of ours deleted", "post looked up"]
    wanted += [
        "timeline failed on page 1",
        "timeline failed on page 2",
        "timeline failed after its last page",
    ]
    wanted += [
        "frozen in flight",
        "a worker met ClaimLost",
        "a worker met LedgerError",
        "a worker was interrupted",
    ]
    wanted += ["ended PUBLISHED", "ended MISSED", "ended CANCELLED"]
    assert [what for what in wanted if not memory.counts[what]] == []


def test_a_seed_reproduces_its_world() -> None:
    assert trace_world(11, "memory") == trace_world(11, "memory")


def test_both_ledgers_produce_the_same_world() -> None:
    assert trace_world(5, "memory") == trace_world(5, "sql")


# -- mutants: each breaks one promise, and is caught ---------------------------------------------------


def first_broken(run_type: type[PublishRun] = PublishRun) -> str:
    """Return the first broken invariant."""
    for seed in range(SEEDS_TO_SEE):
        broken = play(seed, run_type=run_type).broken
        if broken:
            return broken[seed]
    raise AssertionError(f"{SEEDS_TO_SEE} worlds break nothing")


class WithoutIntent(PublishRun):
    """A run that sends first and records afterwards."""

    def _commit(self, claim: Claim, publication: Publication, *changes: Change) -> Publication:
        if changes and getattr(changes[-1], "event", None) is DeliveryEvent.SEND:
            return states.apply(publication, *changes)
        return super()._commit(claim, publication, *changes)


class WithoutLookAtTheClaim(PublishRun):
    """A run that sends, however long the commit of the intent took."""

    def _objection(
        self,
        claim: Claim,
        publication: Publication,
        position: int,
        now: datetime,
        elapsed: float,
        since_last: timedelta | None,
    ) -> str | None:
        return super()._objection(claim, publication, position, now, min(elapsed, -math.inf), since_last)


class Sanguine(PublishRun):
    """A run that takes an unanswered request for failed."""

    def _outcome(
        self, publication: Publication, delivery: Delivery, error: PublishError
    ) -> tuple[Change, ...]:
        if type(error) is InDoubt:
            return (states.deliver(delivery, DeliveryEvent.NOT_CREATED, str(error)),)
        return super()._outcome(publication, delivery, error)


@pytest.mark.parametrize(
    ("mutant", "seen"),
    [
        (WithoutIntent, "the ledger has no intent"),
        (WithoutLookAtTheClaim, "a request after its claim"),
        (Sanguine, "on X"),
    ],
)
def test_a_run_that_cuts_a_corner_is_caught(mutant: type[PublishRun], seen: str) -> None:
    assert seen in first_broken(mutant)


def test_a_look_that_does_not_wait_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reconciler, "_is_settled", lambda *_: True)
    assert "it is on X" in first_broken()


def test_a_ledger_without_fences_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger does not compare either: comparing alone keeps late writers out of hundreds of worlds."""
    monkeypatch.setattr("tests.fakes.ledger._compare", lambda *_: None)
    monkeypatch.setattr(MemoryLedger, "_fenced", lambda self, claim: self._known(claim.key))
    assert first_broken()


def test_a_ledger_that_is_trusted_whatever_it_is_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_is_unvouched", lambda *_, **__: False)
    assert "twice on X" in first_broken()


def test_a_thread_under_its_head_alone_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_out(publication: Publication, *_: object) -> Delivery | None:
        return next((one for one in publication.deliveries if one.state is DeliveryState.SENT), None)

    monkeypatch.setattr(progress, "parent_of", first_out)
    assert "wrong parent" in first_broken()


def test_a_head_that_may_leave_at_any_time_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "may_leave", lambda *_: True)
    assert first_broken().endswith(
        ("before its slot", "after its grace", "before it was due", "after finish_within")
    )


def test_an_adoption_of_what_another_post_has_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.reconcile.is_ours", lambda post, _: post.post_id is not None)
    assert first_broken()
