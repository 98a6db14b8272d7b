"""When two texts are the same post: for X's duplicate rule, and for finding our own posts again."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core import links

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.model import Delivery, RemotePost

CLOCK_ALLOWANCE = timedelta(seconds=30)
"""How far X's clock may lag behind ours when we ask whether a post is younger than our intent."""

_SPACES = re.compile(r"\s+")


def comparable(text: str) -> str:
    """`text` as X's duplicate rule seems to see it: NFC, links removed, white space and case folded.

    X documents neither the rule nor its window (unverified, gathered 2026-11-23); we assume the wider one.
    """
    text = unicodedata.normalize("NFC", text)
    kept, at = [], 0
    for url in links.urls(text):
        kept.append(text[at : url.start])
        at = url.end
    kept.append(text[at:])
    return _SPACES.sub(" ", " ".join(kept)).strip().casefold()


def readable(post: RemotePost) -> str:
    """The text of `post` as its author wrote it: links expanded, HTML unescaped, NFC, spaces folded."""
    text = post.text
    for short, original in post.expanded_urls:
        text = text.replace(short, original)
    return _folded(html.unescape(text))


def is_ours(post: RemotePost, delivery: Delivery, account_posts: frozenset[str] = frozenset()) -> bool:
    """Whether `post` is what an attempt at `delivery` created.

    Ours means: our text, under our parent, made after our intent, and not already the id of another of our
    posts (`account_posts`). A head must reply to nothing: a person's reply with the same text is not ours.
    """
    return (
        post.post_id not in account_posts
        and post.replied_to == delivery.parent_id
        and not _older(post, delivery.intent_at)
        and readable(post) == _folded(delivery.text)
    )


def _older(post: RemotePost, intent_at: datetime | None) -> bool:
    return intent_at is not None and post.created_at < intent_at - CLOCK_ALLOWANCE


def _folded(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
