"""Reserve of posts in X's 15-minute window: specials leave enough for the series' editions due in it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bot.core.publishing.states import OPEN
from bot.core.schedule.account_checks import LENGTHS, Window
from bot.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication, RemotePost
    from bot.core.schedule.account_checks import Allowance
    from bot.ports import Publisher
    from bot.services.catalog import Catalog

Due = tuple["datetime", int]
"""The slot of a series' edition, and the number of its posts still to be sent."""


def due_soon(
    catalog: Catalog | None,
    publications: Mapping[EditionKey, Publication],
    is_special: Callable[[EditionKey], bool],
    now: datetime,
) -> Iterator[Due]:
    """Yield the series' editions that are under way, or due within one window from `now`."""
    until = now + LENGTHS[Window.QUARTER]
    for key, known in publications.items():
        if known.state in OPEN and known.slot_at <= until and not is_special(key):
            yield known.slot_at, sum(one.post_id is None for one in known.deliveries)
    if catalog is None:
        return
    for edition in catalog.editions:
        if now <= edition.slot_at <= until and edition.key not in publications:
            thread, _ = catalog.composed(edition)
            if thread is not None and not is_special(edition.key):
                yield edition.slot_at, len(thread.posts)


class Reserve:
    """Thread-safe count of the posts left in X's window."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: tuple[Due, ...] = ()
        self._left = 0
        self._reset_at: datetime | None = None
        """End of the window in which `_left` posts are left; None until X has answered."""

    def expect(self, due: Iterable[Due]) -> None:
        """Reserve posts for the series' editions in `due`."""
        self._due = tuple(due)

    def note(self, allowances: Iterable[Allowance]) -> None:
        """Update the count from X's answer to a post."""
        for one in allowances:
            if one.window is not Window.QUARTER or one.remaining is None or one.reset_at is None:
                continue
            with self._lock:
                is_new = self._reset_at is None or one.reset_at > self._reset_at
                self._left = one.remaining if is_new else min(self._left, one.remaining)
                self._reset_at = one.reset_at if is_new else self._reset_at

    def take(self, now: datetime) -> None:
        """Count one post of a special.

        Raises:
            RateLimited: the posts left are reserved for series' editions until the window ends.
        """
        with self._lock:
            if self._reset_at is None or now >= self._reset_at:
                return
            kept = sum(posts for slot_at, posts in self._due if slot_at < self._reset_at)
            if kept and self._left <= kept:
                reason = f"X's limit leaves {self._left}; {kept} kept for editions of series."
                raise RateLimited(reason, self._reset_at)
            self._left -= 1


class SparingPublisher:
    """Implementation of `bot.ports.Publisher` for a special: it does not use the series' reserve."""

    def __init__(self, publisher: Publisher, reserve: Reserve, now: Callable[[], datetime]) -> None:
        self._publisher, self._reserve, self._now = publisher, reserve, now

    def create(self, text: str, reply_to: str | None) -> str:
        self._reserve.take(self._now())
        try:
            return self._publisher.create(text, reply_to)
        finally:
            self._reserve.note(self._publisher.allowances())

    def warm_up(self, within: timedelta) -> None:
        self._publisher.warm_up(within)

    def find(self, post_id: str, within: timedelta | None = None) -> RemotePost | None:
        return self._publisher.find(post_id, within)

    def timeline(self, since: datetime) -> Iterator[RemotePost]:
        return self._publisher.timeline(since)

    def allowances(self) -> tuple[Allowance, ...]:
        return self._publisher.allowances()
