"""Texts of the ledger's editions: another edition with the same ones must not be posted.

A special is named after its file, so a copied or renamed file makes another edition. Frozen texts are
compared: they survive a restart and changes of the original file.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bot.core.publishing.progress import is_untouched
from bot.core.publishing.publication import PublicationState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from bot.core.model import Edition, EditionKey
    from bot.core.publishing.publication import Publication


class Twin(NamedTuple):
    """An edition of the ledger, or one to be frozen now."""

    key: EditionKey
    slot_at: datetime
    state: PublicationState
    is_unposted: bool = False
    """True if it has no post and, unless an operator acts, never will."""


class KnownTexts:
    """Editions by their texts."""

    def __init__(self, publications: Mapping[EditionKey, Publication], window: timedelta) -> None:
        """X refuses the same text within `window`."""
        self._publications, self._window = publications, window
        self._found: dict[frozenset[str], list[Twin]] | None = None

    def add(self, edition: Edition, texts: frozenset[str]) -> None:
        """Add an edition that is to be frozen."""
        self._by_text()[texts].append(Twin(edition.key, edition.slot_at, PublicationState.PLANNED))

    def twin_of(self, edition: Edition, texts: frozenset[str]) -> Twin | None:
        """Return the edition that has `texts`, those of `edition`, which is not in the ledger.

        With the same slot, its state does not matter: a cancelled or missed text is so under every name.
        With another slot, it must be posted or still possible, and less than the window away.
        """
        for one in self._by_text().get(texts, ()) if texts else ():
            apart = abs(one.slot_at - edition.slot_at)
            if not apart or (apart < self._window and not one.is_unposted):
                return one
        return None

    def _by_text(self) -> dict[frozenset[str], list[Twin]]:
        if self._found is None:
            self._found = defaultdict(list)
            for key, one in self._publications.items():
                over = one.state in (PublicationState.MISSED, PublicationState.CANCELLED)
                twin = Twin(key, one.slot_at, one.state, over and is_untouched(one))
                self._found[frozenset(delivery.text for delivery in one.deliveries)].append(twin)
        return self._found
