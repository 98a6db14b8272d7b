"""When two texts are the same post: for X's duplicate rule, and for finding our own posts again."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.snowflake import created_at
from bot.core.text import entities, graphemes

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.model import Delivery, RemotePost

CLOCK_ALLOWANCE = timedelta(minutes=15)
"""How far X's clock may be behind ours when we look for a head; a reply is younger than its parent anyway."""

_LINK = "\ufffc"
"""Stands for a link: X rewrites links, and gives their originals back in forms of its own."""

_LONGER = 20
"""Times that a text of ours may grow at X, and 100 signs more: ``&`` becomes ``&amp;``, a link takes 23."""
_MOST_LINKS = 100
"""A post of ours has 12 links at most, of 23 signs each."""

_SPACES = re.compile(r"\s+")


def comparable(text: str) -> str:
    """`text` as X's duplicate rule seems to see it: NFC, links removed, white space and case folded.

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
    """The instant, on X's clock, from which on a post that an attempt at `delivery` made must be.

    Every attempt since the text was frozen counts: one whose post came into sight late is still ours.
    """
    if delivery.parent_id is not None:
        return created_at(int(delivery.parent_id))
    first = delivery.first_intent_at or delivery.intent_at
    if first is None:
        raise ValueError(f"post {delivery.position} was never sent")
    return first - CLOCK_ALLOWANCE


def is_ours(post: RemotePost, delivery: Delivery) -> bool:
    """Whether `post` is what an attempt at `delivery` created.

    Ours means: our text, under our parent, and not older than our first attempt. A head replies to nothing,
    so no reply is one.
    """
    return (
        post.replied_to == delivery.parent_id
        and post.created_at >= search_from(delivery)
        and is_text(post, delivery.text)
    )


def is_text(post: RemotePost, own: str) -> bool:
    """Equal in NFC, white space folded, HTML unescaped, links expanded; or equal but for the links.

    A post that cannot be `own`, by its length or its links, is not compared: links that expand into each
    other, or marks by the thousand, would keep us busy for hours.
    """
    if len(post.text) > _LONGER * (len(own) + 100) or len(post.expanded_urls) > _MOST_LINKS:
        return False
    told = html.unescape(post.text)
    originals = dict(post.expanded_urls)
    short = re.compile("|".join(map(re.escape, sorted(originals, key=len, reverse=True))) or r"(?!)")
    expanded = short.sub(lambda found: originals[found[0]], told)
    masked = short.sub(_LINK, told)
    return _folded(expanded) == _folded(own) or _folded(masked) == _folded(_masked(own))


def _masked(text: str) -> str:
    kept, at = [], 0
    for url in entities.urls(text):
        kept += [text[at : url.start], _LINK]
        at = url.end
    return "".join([*kept, text[at:]])


def _folded(text: str) -> str:
    return _SPACES.sub(" ", graphemes.nfc(text)).strip()
