"""A follower's view of the timeline: posts grouped into threads, texts cut into styled segments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.core.text import entities
from bot.core.text.weight import weight
from bot.sandbox.views import display_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.sandbox.media import Medium
    from bot.sandbox.posts import SandboxPost
    from bot.sandbox.state import World

SHOWN_POSTS = 200
"""Approximate number of posts on the page, newest threads first. Rendering more would block the event loop,
which also creates posts."""

_CONTROLS = re.compile("([\x00-\x08\x0b-\x1f\x7f-\x9f]+)")
"""Control characters, shown as escapes: a raw escape in a text must be visible, not active."""


@dataclass(frozen=True)
class Segment:
    """A run of text with one style; `kind` is ``text``, ``control`` or that of an entity."""

    kind: str
    text: str
    full: str
    """The whole link if `text` is shortened."""


@dataclass(frozen=True)
class ShownPost:
    """One post, ready for the template."""

    id: str
    segments: tuple[Segment, ...]
    created_at: datetime
    weight: int
    media: tuple[Medium, ...]
    repost: bool
    orphan: bool
    """True if it replies to a post that is deleted or not yet visible."""


@dataclass(frozen=True)
class ShownThread:
    """Posts of one conversation, in reading order."""

    posts: tuple[ShownPost, ...]

    @property
    def started(self) -> datetime:
        return self.posts[0].created_at


@dataclass(frozen=True)
class Timeline:
    """A follower's view at one instant, newest thread first."""

    threads: tuple[ShownThread, ...]
    posts: int
    """Number of visible posts, those left off the page included."""
    unseen: int
    """Number of posts not yet visible."""
    older: int
    """Number of visible posts left off the page."""


def timeline(world: World, now: datetime) -> Timeline:
    """Return the timeline at `now` on X's clock."""
    alive = world.posts.all()
    seen = {post.id: post for post in alive if post.visible_from <= now}
    conversations: dict[str, list[SandboxPost]] = {}
    for post in seen.values():
        conversations.setdefault(post.conversation_id, []).append(post)
    threads: list[ShownThread] = []
    shown = 0
    for conversation in sorted(conversations.values(), key=lambda posts: int(posts[0].id), reverse=True):
        if shown >= SHOWN_POSTS:
            break
        shown += len(conversation)
        threads.append(ShownThread(tuple(_shown(world, post, seen) for post in conversation)))
    return Timeline(tuple(threads), len(seen), len(alive) - len(seen), len(seen) - shown)


def _shown(world: World, post: SandboxPost, seen: dict[str, SandboxPost]) -> ShownPost:
    original = world.posts.get(post.repost_of) or post
    media = (world.media.get(media_id) for media_id in original.media_ids)
    return ShownPost(
        id=post.id,
        segments=segments(original.text),
        created_at=post.created_at,
        weight=_weight(original.text),
        media=tuple(medium for medium in media if medium is not None),
        repost=post.repost_of is not None,
        orphan=post.replied_to is not None and post.replied_to not in seen,
    )


@lru_cache(maxsize=2 * SHOWN_POSTS)
def _weight(text: str) -> int:
    return weight(text)


@lru_cache(maxsize=2 * SHOWN_POSTS)  # texts never change, and an open page polls every second
def segments(text: str) -> tuple[Segment, ...]:
    """Split `text` at its entities. Links are shortened; nothing else changes."""
    return tuple(_cut(text))


def _cut(text: str) -> Iterator[Segment]:
    at = 0
    for entity in entities.extract(text):
        if entity.start > at:
            yield from _plain(text[at : entity.start])
        is_url = entity.kind == entities.EntityKind.URL
        yield Segment(str(entity.kind), display_url(entity.text) if is_url else entity.text, entity.text)
        at = entity.end
    if at < len(text):
        yield from _plain(text[at:])


def _plain(text: str) -> Iterator[Segment]:
    for place, part in enumerate(_CONTROLS.split(text)):
        if place % 2:
            shown = "".join(f"\\x{ord(control):02x}" for control in part)
            yield Segment("control", shown, shown)
        elif part:
            yield Segment("text", part, part)
