"""Lookups of the post that a refused reply was to go under."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bot import errors
from bot.core.deletions import SHOWN_WITHIN, ancestors, deleted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from bot.core.model import Delivery, Publication
    from bot.core.publication import Change, Policy
    from bot.ports import Finder


MOST = 3
"""Posts that are looked up at one time. Each may take as long as a request may; between two refusals the
claim is renewed, and a stop is obeyed. Where all of them are gone, the next refusal looks further up."""


@dataclass(slots=True)
class Parents:
    """Tells a parent that a person deleted from one that X does not show yet. For one run."""

    finder: Finder
    policy: Policy
    age: Callable[[Delivery], timedelta]
    """How long ago a post that is out was sent."""
    refused: int | None = None
    """The position of a reply that X refused for its parent, until `look`."""

    def look(self, publication: Publication) -> tuple[Change, ...]:
        """Return what the lookups change; nothing where the parent is there, or nobody can tell yet."""
        position, self.refused = self.refused, None
        if position is None:
            return ()
        gone: list[Delivery] = []
        try:
            for one in islice(ancestors(publication, position), MOST):
                if self.age(one) < SHOWN_WITHIN or not self._is_gone(one):
                    break
                gone.append(one)
        except errors.PublishError:
            return ()  # the reply is tried again, and then its parent is looked up again
        return deleted(publication, position, gone, self.policy.on_deleted)

    def _is_gone(self, one: Delivery) -> bool:
        return one.post_id is not None and self.finder.find(one.post_id) is None
