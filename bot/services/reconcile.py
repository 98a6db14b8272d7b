"""Find out from our own timeline whether a post whose answer was lost exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.identity import CLOCK_ALLOWANCE, is_ours

if TYPE_CHECKING:
    from bot.core.model import Delivery, RemotePost
    from bot.ports import Publisher


def look_for(delivery: Delivery, publisher: Publisher, known: frozenset[str]) -> RemotePost | None:
    """What an attempt at `delivery` created, as far as the timeline shows it now.

    `known` are the ids of our recorded posts: none of them is adopted a second time.

    Raises:
        PublishError: the timeline could not be read to its end; that proves nothing.
    """
    assert delivery.intent_at is not None  # noqa: S101  (only what was sent can be in doubt)
    since = delivery.intent_at - CLOCK_ALLOWANCE
    mine = [post for post in publisher.timeline(since) if is_ours(post, delivery, known)]
    return min(mine, key=lambda post: int(post.post_id), default=None)
