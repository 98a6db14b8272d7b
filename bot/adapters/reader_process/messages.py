"""Messages between the daemon and its reader process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.model import Publication
    from bot.services.catalog import Ask, Summary
    from bot.services.folder_events import Notice

CHUNK = 16
"""Editions in one message: read in a millisecond or two."""

LARGEST = 64 * 1024 * 1024
"""Bytes of one message."""


@dataclass(frozen=True, slots=True)
class Question:
    """One look to be taken."""

    ask: Ask
    """Without publications."""
    publications: tuple[Publication, ...] | None
    """None: as in the question before."""


@dataclass(frozen=True, slots=True)
class LookResult:
    """One look."""

    news: tuple[Notice, ...]
    summary: Summary | None = None
    """None: the catalog is the one before. Else `chunks` messages with its entries follow."""
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """The look failed."""

    reason: str
    is_bug: bool = False
    traceback: str = ""
