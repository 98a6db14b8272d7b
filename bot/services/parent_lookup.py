"""Lookups of the parent of a refused reply."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import errors
from bot.core.network import REQUEST_DEADLINE
from bot.core.publishing.deletions import SHOWN_WITHIN, after_deletion, ancestors
from bot.ports import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.publishing.policy import Policy
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change
    from bot.ports import Clock, Finder


@dataclass(slots=True)
class Parents:
    """One run's lookups, to distinguish a deleted parent from one that X does not show yet."""

    finder: Finder
    clock: Clock
    policy: Policy
    age: Callable[[Delivery], timedelta]
    """Time since a post was sent."""
    refused: int | None = None
    """Position of a reply that X refused for its parent; reset by `look`."""

    def look(self, publication: Publication) -> tuple[Change, ...]:
        """Return the changes after the lookups; none if the parent exists or its fate is unknown yet.

        All lookups together take at most the deadline of one request, and a stop ends them. Posts known to be
        gone by then are recorded: the reply moves under the post before, and its next refusal looks further
        up.
        """
        position, self.refused = self.refused, None
        if position is None:
            return ()
        gone: list[Delivery] = []
        end = self.clock.elapsed() + REQUEST_DEADLINE.total_seconds()
        with contextlib.suppress(errors.PublishError, Interrupted):  # the next wait raises the latter again
            for one in ancestors(publication, position):
                self.clock.wait(self.clock.now())
                within = timedelta(seconds=end - self.clock.elapsed())
                if within <= timedelta(0) or self.age(one) < SHOWN_WITHIN or not self._is_gone(one, within):
                    break
                gone.append(one)
        return after_deletion(publication, position, gone, self.policy.on_deleted)

    def _is_gone(self, one: Delivery, within: timedelta) -> bool:
        return one.post_id is not None and self.finder.find(one.post_id, within) is None
