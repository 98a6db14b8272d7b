"""X's rules for a new post, and the refusal for breaking each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.core.text import entities
from bot.core.text.matching import comparable
from bot.core.text.weight import weight
from bot.sandbox import refusals

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.bodies import Create
    from bot.sandbox.posts import Posts
    from bot.sandbox.settings import SandboxSettings

_INVALID = re.compile("[\ufffe\ufeff\uffff]")
"""Characters that X rejects in posts. Source: twitter-text 3.1, invalidCharsGroup."""


def check_content(post: Create) -> None:
    """Raise `Refusal` if `post` has no content, or content that X rejects whatever the settings."""
    if not post.text.strip() and post.media is None:
        raise refusals.invalid_request("$.text: a post needs a text or media")
    if _INVALID.search(post.text):
        raise refusals.invalid_request(
            "$.text: contains a character that X rejects (U+FEFF, U+FFFE or U+FFFF)"
        )
    if post.quote_tweet_id is not None:  # Enterprise only since 2026-04-20. Source: X's docs
        raise refusals.not_permitted()


def check_text(text: str, settings: SandboxSettings) -> None:
    """Raise `Refusal` if `text` is too long or has too many cashtags."""
    if weight(text) > settings.text_limit:
        raise refusals.too_long()
    if sum(entity.kind == "cashtag" for entity in entities.extract(text)) > settings.max_cashtags:
        raise refusals.too_many_cashtags()


class Duplicates:
    """Memory of recent texts, for X's duplicate rule. For the event loop only.

    Deleted posts count too: X's behaviour is unknown, and this is the stricter guess.
    """

    def __init__(self) -> None:
        self._made: dict[str, datetime] = {}

    def check(self, text: str, settings: SandboxSettings, now: datetime) -> None:
        """Raise `Refusal` if the same text was posted less than a duplicate window before `now`."""
        made = self._made.get(self._key(text))
        if text and made is not None and abs(now - made) < settings.duplicate_window:
            raise refusals.duplicate()

    def remember(self, text: str, now: datetime) -> None:
        """Record that `text` was posted at `now`."""
        self._made[self._key(text)] = now

    @staticmethod
    def _key(text: str) -> str:
        return comparable(text) or text  # for a post with only links, the links themselves


def check_parent(replied_to: str | None, posts: Posts) -> None:
    """Raise `Refusal` if the post replied to does not exist or has been deleted."""
    if replied_to is not None and posts.get(replied_to) is None:
        raise refusals.parent_not_visible()
