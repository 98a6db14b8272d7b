"""Editions that the files of a folder produce, composed, as decisions and checks see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.model import Edition, EditionKey, Programme, Thread
    from bot.errors import Finding

Composed = tuple["Thread | None", tuple["Finding", ...]]
"""The thread of an edition, None if it must not be published, and all findings."""


class EditionSource(Protocol):
    """Editions with lookup by key, composed."""

    @property
    def programme(self) -> Programme: ...

    @property
    def editions(self) -> tuple[Edition, ...]:
        """The editions in order of their slots."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]: ...

    def find(self, key: EditionKey) -> Edition | None:
        """Return edition `key` if a file without errors produces it."""
        ...

    def composed(self, edition: Edition) -> Composed:
        """Return `edition` composed, and its findings. Never raises."""
        ...

    def texts(self, edition: Edition) -> frozenset[str]:
        """Return its exact texts, even if an earlier edition has them; none if it cannot be composed."""
        ...

    def changed_at(self, path: str) -> datetime | None:
        """Return the time of the last change of the file at `path`; None if no change was seen."""
        ...
