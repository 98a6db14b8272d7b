"""Deliberately broken bots: the matrix must detect each of them.

Each breaks one promise that no state table guards, and is killed where that shows. A harness that passes one
of them would pass any broken bot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import errors
from bot.adapters.sql_ledger import SqlLedger
from bot.core.publishing import error_policy, states
from bot.core.publishing.states import DeliveryEvent
from bot.services.reconcile import Reconciler
from tests.failpoints.matrix import LAYOUTS, Cell, play_all, settle_for
from tests.failpoints.points import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change
    from bot.ports import Claim

BY_HAND, PACED, DAEMON = LAYOUTS


@dataclass(frozen=True)
class Mutant:
    """A broken bot, its failpoint, and the failure expected there."""

    what: str
    cell: Cell
    symptom: str


def _intent_after_request() -> None:
    genuine, kept_back = SqlLedger.record, list["Change"]()

    def record(
        self: SqlLedger, claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
    ) -> Publication:
        changes = tuple(changes)
        intents = [one for one in changes if one.event is DeliveryEvent.SEND]
        others = [*kept_back, *(one for one in changes if one not in intents)]
        genuine(self, claim, publication, others, now)
        kept_back[:] = intents
        return states.apply(publication, *changes)

    SqlLedger.record = record  # type: ignore[method-assign]


def _silence_is_no() -> None:
    error_policy.REACTIONS = dict(error_policy.REACTIONS) | {errors.InDoubt: error_policy.Reaction.BACK_OFF}


def _one_look_is_enough() -> None:
    Reconciler._is_settled = lambda *_: True  # type: ignore[method-assign]


def _silence_is_yes() -> None:
    genuine = Reconciler.find

    def find(self: Reconciler, delivery: Delivery) -> str:
        return genuine(self, delivery) or str(int(delivery.parent_id or 0) + 1)

    Reconciler.find = find  # type: ignore[method-assign]


def _cell(breaks: Callable[[], object], point: str, position: int, lag: float = 0, layout: int = 0) -> Cell:
    return Cell(BY_NAME[point], position, LAYOUTS[layout], lag, settle_for(lag), breaks)


MUTANTS = (
    Mutant(
        "the intent is recorded after the request",
        _cell(_intent_after_request, "after-answer", 6, layout=1),
        "post 6 is out twice",
    ),
    Mutant(
        "a request without an answer is taken for one that failed",
        _cell(_silence_is_no, "after-read", 6),
        "post 6 is out twice",
    ),
    Mutant(
        "one look at the timeline is taken for proof",
        _cell(_one_look_is_enough, "answer-there", 6, lag=5),
        "post 6 is out twice",
    ),
    Mutant(
        "a request without an answer is taken for one that succeeded",
        _cell(_silence_is_yes, "after-intent", 12),
        "post 12 is lost",
    ),
)


def play_mutants(folder: Path, lanes: int) -> Iterator[tuple[Mutant, str]]:
    """Yield each mutant and the matrix's finding, which is "" for a missed mutant."""
    for verdict in play_all((mutant.cell for mutant in MUTANTS), folder, lanes):
        yield next(mutant for mutant in MUTANTS if mutant.cell is verdict.cell), verdict.problem
