"""Observation of ledger, files and workers: the facts of a turn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.edition_problems import LASTING
from bot.core.model import EditionKey
from bot.core.problems import ProblemKind, by_identity
from bot.core.publishing.publication import PublicationState
from bot.core.schedule.slots import MISSED_HORIZON
from bot.core.turn import Facts
from bot.services.catalog import Ask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from bot.core.problems import Problem
    from bot.core.publishing.publication import Publication
    from bot.daemon.folder_reader import Folder
    from bot.daemon.preflight_worker import Rounds
    from bot.daemon.problem_board import ProblemBoard
    from bot.ports import Ledger
    from bot.services.catalog import Catalog
    from bot.wiring import Newsroom

LONGEST_READING = 60.0
"""Seconds that a preflight waits for all files to be read: unread files would be reported missing."""

_OF_EDITIONS = LASTING | {ProblemKind.EDITION_FAILED}
"""Problems of editions that are forgotten when nothing of them is near."""


def _date(one: Problem) -> date:
    return EditionKey.parse(one.subject).date


class Observer:
    """Collector of facts."""

    def __init__(
        self,
        folder: Folder,
        delays: Callable[[], Mapping[EditionKey, str]],
        rounds: Rounds,
        board: ProblemBoard,
        lead: timedelta,
        started_at: datetime,
    ) -> None:
        """`lead` and `started_at` as in `Facts`, `delays` returns those."""
        self._folder, self._delays, self._rounds, self._board = folder, delays, rounds, board
        self._lead, self._started_at = lead, started_at
        self._whole_at: float | None = None
        """Time of the last complete catalog, on `Clock.elapsed`; initially that of the first catalog."""

    def facts(self, newsroom: Newsroom) -> Facts:
        """Return the present facts; if the folder does not answer, the files as last read count.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        ledger, programme, now = newsroom.ledger, newsroom.config.programme, newsroom.clock.now()
        pause = ledger.paused()
        publications = {p.key: p for p in ledger.open_or_since(now - MISSED_HORIZON - timedelta(days=1))}
        publications |= self._held_before(ledger, publications)
        long_ago = now.date() - MISSED_HORIZON - timedelta(days=2)
        self._board.drop(lambda one: one.kind in _OF_EDITIONS and _date(one) < long_ago)
        catalog = self._folder.look(Ask(programme, tuple(publications.values()), now))
        return Facts(
            programme,
            catalog,
            publications,
            ledger.born_at,
            self._started_at,
            ledger.has_predecessor,
            pause.reason if pause else None,
            self._lead,
            self._delays(),
            self._rounds.checked if self._is_read(catalog, newsroom.clock.elapsed()) else None,
            by_identity(self._board.all()),
        )

    def _held_before(
        self, ledger: Ledger, publications: Mapping[EditionKey, Publication]
    ) -> dict[EditionKey, Publication]:
        """Return the held editions of the last turn that are too old for `publications`."""
        held = (EditionKey.parse(one.subject) for one in self._board.of(ProblemKind.HELD))
        known = (ledger.get(key) for key in held if key not in publications)
        return {one.key: one for one in known if one and one.state is PublicationState.HELD}

    def _is_read(self, catalog: Catalog | None, elapsed: float) -> bool:
        """Return True if all files were read, or could not be read for a long time."""
        if catalog is None:
            return False
        if catalog.summary.is_whole or self._whole_at is None:
            self._whole_at = elapsed
        return catalog.summary.is_whole or elapsed - self._whole_at >= LONGEST_READING
