"""The posts of the sandbox's one account: creation, deletion and visibility at an instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from bot.core.publishing import snowflake
from bot.core.text import entities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta


@dataclass(frozen=True)
class SandboxPost:
    """One post as its author wrote it. Instants are aware UTC, on X's clock."""

    id: str
    text: str
    created_at: datetime
    """The time in the id, as on X: whole milliseconds."""
    replied_to: str | None
    urls: tuple[str, ...]
    """Links as written, in order."""
    conversation_id: str
    """The id of the thread's first post."""
    visible_from: datetime
    """Reads do not show the post before this instant."""
    media_ids: tuple[str, ...] = ()
    repost_of: str | None = None


@dataclass(frozen=True)
class Draft:
    """The content of a post before it has an id."""

    text: str
    replied_to: str | None = None
    media_ids: tuple[str, ...] = ()
    repost_of: str | None = None


@dataclass
class Posts:
    """All posts, in the order of their ids. Written on the event loop, read from any thread."""

    _alive: dict[str, SandboxPost] = field(default_factory=dict)
    last_id: int = 0
    """The highest id given so far."""
    deleted: int = 0
    """Number of deleted posts."""
    _lock: Lock = field(default_factory=Lock)

    def next_id(self, now: datetime) -> int:
        """Return a new id above all others; if the clock was moved back, in their last millisecond."""
        self.last_id = max(snowflake.first_id_at(now), self.last_id + 1)
        return self.last_id

    def create(self, draft: Draft, now: datetime, lag: timedelta) -> SandboxPost:
        """Create a post that reads do not show for `lag`."""
        number = self.next_id(now)
        post_id = str(number)
        parent = self._alive.get(draft.replied_to or "")
        created_at = snowflake.created_at(number)
        post = SandboxPost(
            id=post_id,
            text=draft.text,
            created_at=created_at,
            replied_to=draft.replied_to,
            urls=tuple(url.text for url in entities.urls(draft.text)),
            conversation_id=parent.conversation_id if parent else post_id,
            visible_from=created_at + lag,
            media_ids=draft.media_ids,
            repost_of=draft.repost_of,
        )
        with self._lock:
            self._alive[post_id] = post
        return post

    def delete(self, post_id: str) -> bool:
        """Delete a post and return True if it existed. Replies to it stay, as on X."""
        with self._lock:
            found = self._alive.pop(post_id, None) is not None
            self.deleted += found
        return found

    def unseen(self, now: datetime) -> int:
        """Return the number of posts not yet visible at `now`."""
        return sum(post.visible_from > now for post in self._alive.values())

    def all(self) -> tuple[SandboxPost, ...]:
        """Return all posts, visible or not, oldest first."""
        with self._lock:
            return tuple(self._alive.values())

    def get(self, post_id: str | None) -> SandboxPost | None:
        """Return the post, visible or not."""
        return self._alive.get(post_id or "")

    def seen(self, post_id: str, now: datetime) -> SandboxPost | None:
        """Return the post if it is visible at `now`."""
        post = self._alive.get(post_id)
        return post if post is not None and post.visible_from <= now else None

    def newest_first(self, now: datetime) -> Iterator[SandboxPost]:
        """Return the posts visible at `now`; consume it on the event loop before creating any post."""
        return (post for post in reversed(self._alive.values()) if post.visible_from <= now)
