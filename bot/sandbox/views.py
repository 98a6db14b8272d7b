"""Posts and users in X's JSON, with the old field names, which tweepy sends and reads.

The spec 2.167 has new names (``post.fields``, ``referenced_posts``, ``edit_history_post_ids``); X serves
both, the sandbox only the old ones. tests/contract holds the mapping.
"""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from bot.core.text import entities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.posts import SandboxPost

DISPLAY_NAME = "FlashTweet (sandbox)"
HANDLE = "flashtweet_sandbox"

TweetField = Literal[
    "attachments",
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "id",
    "in_reply_to_user_id",
    "lang",
    "possibly_sensitive",
    "public_metrics",
    "referenced_tweets",
    "reply_settings",
    "source",
    "text",
]
"""The values of ``tweet.fields`` that the sandbox accepts. Source: X's docs, snapshot 2026-08-22."""
UserField = Literal[
    "created_at", "description", "id", "name", "protected", "public_metrics", "username", "verified"
]
Expansion = Literal["author_id", "referenced_tweets.id"]


def short_link(url: str) -> str:
    """Return a t.co link of 23 characters, always the same for one `url`. It is never fetched."""
    digest = base64.b32encode(hashlib.sha256(url.encode()).digest()).decode()
    return f"https://t.co/{digest[:10]}"


@dataclass(frozen=True)
class Written:
    """A text as X returns it: links shortened, HTML escaped, with the positions of its entities."""

    text: str
    entities: dict[str, list[dict[str, Any]]]


def written(text: str) -> Written:
    """Return `text` as X returns it. Indices count code points of the returned text (unverified)."""
    parts: list[str] = []
    found: dict[str, list[dict[str, Any]]] = {}
    at = length = 0
    for entity in entities.extract(text):
        before = html.escape(text[at : entity.start], quote=False)
        shown = short_link(entity.text) if entity.kind == "url" else html.escape(entity.text, quote=False)
        start = length + len(before)
        length = start + len(shown)
        parts += (before, shown)
        at = entity.end
        name, details = _entity(str(entity.kind), entity.text)
        found.setdefault(name, []).append({"start": start, "end": length, **details})
    parts.append(html.escape(text[at:], quote=False))
    return Written("".join(parts), found)


def _entity(kind: str, text: str) -> tuple[str, dict[str, str]]:
    match kind:
        case "url":
            expanded = text if "://" in text else f"http://{text}"
            return "urls", {
                "url": short_link(text),
                "expanded_url": expanded,
                "display_url": display_url(text),
            }
        case "mention" | "list":
            return "mentions", {"username": text[1:].partition("/")[0]}
        case _:
            return f"{kind}s", {"tag": text[1:]}


def display_url(url: str) -> str:
    """Return `url` as followers see it: without scheme and ``www.``, cut after 30 characters."""
    bare = url.partition("://")[2] or url
    bare = bare.removeprefix("www.").removesuffix("/")
    return bare if len(bare) <= 30 else bare[:29] + "…"  # noqa: PLR2004


def x_timestamp(moment: datetime) -> str:
    """Return RFC 3339 in UTC with milliseconds and ``Z``, as X does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class PostView:
    """Serializer for posts of one author, with the requested fields."""

    def __init__(self, user_id: str, tweet_fields: Iterable[str] = ()) -> None:
        self._user_id = user_id
        self._fields = {"id", "text", "edit_history_tweet_ids", *tweet_fields}

    def __call__(self, post: SandboxPost) -> dict[str, Any]:
        text = written(post.text)
        everything = {
            "id": post.id,
            "text": text.text,
            "edit_history_tweet_ids": [post.id],
            "attachments": {"media_keys": [f"3_{one}" for one in post.media_ids]} if post.media_ids else None,
            "author_id": self._user_id,
            "conversation_id": post.conversation_id,
            "created_at": x_timestamp(post.created_at),
            "entities": text.entities or None,
            "in_reply_to_user_id": self._user_id if post.replied_to else None,
            "lang": "fr",
            "possibly_sensitive": False,
            "public_metrics": _NO_METRICS,
            "referenced_tweets": _references(post),
            "reply_settings": "everyone",
        }
        return {
            name: value for name, value in everything.items() if name in self._fields and value is not None
        }


def _references(post: SandboxPost) -> list[dict[str, str]] | None:
    if post.replied_to:
        return [{"type": "replied_to", "id": post.replied_to}]
    return [{"type": "retweeted", "id": post.repost_of}] if post.repost_of else None


_NO_METRICS = dict.fromkeys(
    ("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count"),
    0,
)


def user(user_id: str, born: datetime, posts: int, user_fields: Iterable[str]) -> dict[str, Any]:
    """Return the sandbox's one user; `posts` is its number of posts."""
    everything = {
        "id": user_id,
        "name": DISPLAY_NAME,
        "username": HANDLE,
        "created_at": x_timestamp(born),
        "description": "Une répétition : rien de ce qui est publié ici ne quitte cette machine.",
        "protected": False,
        "verified": False,
        "public_metrics": {
            "followers_count": 0,
            "following_count": 0,
            "tweet_count": posts,
            "listed_count": 0,
        },
    }
    wanted = {"id", "name", "username", *user_fields}
    return {name: value for name, value in everything.items() if name in wanted}
