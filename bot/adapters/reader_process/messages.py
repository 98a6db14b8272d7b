"""Messages between the daemon and its reader process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.publishing.publication import Publication
    from bot.services.catalog import Ask, Summary
    from bot.services.folder_events import Notice

CHUNK = 16
"""Editions per message, which takes a millisecond or two to read."""

LARGEST = 64 * 1024 * 1024
"""Maximum bytes of a message."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request for a look."""

    ask: Ask
    """The request without publications."""
    publications: tuple[Publication, ...] | None
    """The publications; None if they are those of the previous request."""


@dataclass(frozen=True, slots=True)
class LookResult:
    """The result of a look."""

    news: tuple[Notice, ...]
    summary: Summary | None = None
    """None if the catalog is unchanged. Otherwise `chunks` messages with its entries follow."""
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """The look failed."""

    reason: str
    is_bug: bool = False
    traceback: str = ""
