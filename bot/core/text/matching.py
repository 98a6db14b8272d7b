"""Equality of posts: for X's duplicate rule, and for finding our own posts again."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.core.publishing.snowflake import created_at
from bot.core.text import entities, graphemes

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.publishing.publication import Delivery, RemotePost

CLOCK_ALLOWANCE = timedelta(minutes=15)
"""Maximum lag of X's clock behind ours in a search for a head; a reply is always younger than its parent."""

_LINK = "\ufffc"
"""Placeholder for a link: X rewrites links, and returns the originals in forms of its own."""

_LONGER = 20
"""Factor by which our text may grow at X, plus 100 characters: ``&`` becomes ``&amp;``, a link takes 23."""
_MOST_LINKS = 100
"""A post of ours has at most 12 links, of 23 characters each."""

_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=256)
def comparable(text: str) -> str:
    """Return `text` as X's duplicate rule seems to see it: NFC, links removed, white space and case folded.

    X documents neither the rule nor its window (unverified, gathered 2026-11-23); we assume the wider one.
    """
    text = graphemes.nfc(text)
    kept, at = [], 0
    for url in entities.urls(text):
        kept.append(text[at : url.start])
        at = url.end
    kept.append(text[at:])
    return _SPACES.sub(" ", " ".join(kept)).strip().casefold()


def search_from(delivery: Delivery) -> datetime:
    """Return the earliest instant, on X's clock, for a post created by an attempt at `delivery`.

    Every attempt since the freeze counts: a post that becomes visible late is still ours.
    """
    if delivery.parent_id is not None:
        return created_at(int(delivery.parent_id))
    first = delivery.first_intent_at or delivery.intent_at
    if first is None:
        raise ValueError(f"post {delivery.position} was never sent")
    return first - CLOCK_ALLOWANCE


def is_ours(post: RemotePost, delivery: Delivery) -> bool:
    """Return True if an attempt at `delivery` created `post`.

    The post must have our text and our parent, and not be older than our first attempt. A head replies to
    nothing, so no reply matches one.
    """
    return (
        post.replied_to == delivery.parent_id
        and post.created_at >= search_from(delivery)
        and is_text(post, delivery.text)
    )


def is_text(post: RemotePost, own: str) -> bool:
    """Return True if both are equal in NFC, white space folded, HTML unescaped, links expanded or ignored.

    A post whose length or links rule out `own` is not compared: links that expand into each other, or
    thousands of marks, would take hours.
    """
    if len(post.text) > _LONGER * (len(own) + 100) or len(post.expanded_urls) > _MOST_LINKS:
        return False
    unescaped = html.unescape(post.text)
    originals = dict(post.expanded_urls)
    short = re.compile("|".join(map(re.escape, sorted(originals, key=len, reverse=True))) or r"(?!)")
    expanded = short.sub(lambda found: originals[found[0]], unescaped)
    masked = short.sub(_LINK, unescaped)
    return _folded(expanded) == _folded(own) or _folded(masked) == _folded(_masked(own))


def _masked(text: str) -> str:
    kept, at = [], 0
    for url in entities.urls(text):
        kept += [text[at : url.start], _LINK]
        at = url.end
    return "".join([*kept, text[at:]])


def _folded(text: str) -> str:
    return _SPACES.sub(" ", graphemes.nfc(text)).strip()
