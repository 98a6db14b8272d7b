"""Find out from our own timeline whether a post whose answer was lost exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.identity import is_ours, search_from

if TYPE_CHECKING:
    from bot.core.model import Delivery, RemotePost
    from bot.ports import Publisher


def look_for(delivery: Delivery, publisher: Publisher, known: frozenset[str]) -> RemotePost | None:
    """What an attempt at `delivery` created, as far as the timeline shows it now.

    `known` are the ids of our recorded posts: none of them is adopted a second time.

    Raises:
        PublishError: the timeline could not be read to its end; that proves nothing.
    """
    mine = [post for post in publisher.timeline(search_from(delivery)) if is_ours(post, delivery, known)]
    return min(mine, key=lambda post: int(post.post_id), default=None)
