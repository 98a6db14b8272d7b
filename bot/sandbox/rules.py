"""X's rules for a new post, and the refusal for breaking each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.core.text import entities
from bot.core.text.matching import comparable
from bot.core.text.weight import weight
from bot.sandbox import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.sandbox.posts import Posts
    from bot.sandbox.settings import SandboxSettings

_ID = re.compile(r"[0-9]{1,19}")
_INVALID = re.compile("[\ufffe\ufeff\uffff]")
"""Characters that X rejects in posts. Source: twitter-text 3.1, invalidCharsGroup."""

_TYPES: dict[str, type] = {
    "text": str,
    "reply": dict,
    "media": dict,
    "reply_settings": str,
    "nullcast": bool,
    "made_with_ai": bool,
    "paid_partnership": bool,
    "for_super_followers_only": bool,
    "quote_tweet_id": str,
}
"""Fields of a create that the sandbox implements or ignores. Source: OpenAPI spec 2.167,
CreatePostsRequest."""
_UNPLAYED = {
    "card_uri",
    "community_id",
    "direct_message_deep_link",
    "edit_options",
    "geo",
    "poll",
    "share_with_followers",
}
_REPLY: dict[str, type] = {
    "in_reply_to_tweet_id": str,
    "auto_populate_reply_metadata": bool,
    "exclude_reply_user_ids": list,
}
_MEDIA: dict[str, type] = {"media_ids": list, "tagged_user_ids": list}
_LISTS = {"media_ids": (1, 4), "tagged_user_ids": (0, 10)}
"""Minimum and maximum number of ids in each of these lists."""
_REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified")
_ID_EXPECTED = "does not match the regex pattern ^[0-9]{1,19}$"


def check_create(body: object) -> dict[str, Any]:
    """Return `body` if it is a well-formed create.

    Raises:
        Refusal: 400, with all problems of form.

    """
    problems = [*_form_problems("", body, _TYPES)]
    if isinstance(body, dict):
        for name, allowed in (("reply", _REPLY), ("media", _MEDIA)):
            if name in body:
                problems += _form_problems(f"{name}.", body[name], allowed)
        if not problems:
            problems += _content_problems(body)
    if problems:
        raise refusals.invalid_request(*problems)
    assert isinstance(body, dict)  # noqa: S101 - for mypy; checked by _form_problems
    if "quote_tweet_id" in body:  # Enterprise only since 2026-04-20. Source: X's docs
        raise refusals.not_permitted()
    return body


def _form_problems(prefix: str, value: object, allowed: dict[str, type]) -> list[str]:
    if not isinstance(value, dict):
        return [f"$.{prefix.rstrip('.')}: {type(value).__name__} found, object expected"]
    problems = []
    for name, part in value.items():
        if not prefix and name in _UNPLAYED:
            problems.append(f"$.{name}: X has this field, but the sandbox does not support it")
        elif name not in allowed:
            problems.append(
                f"$.{prefix}{name}: is not defined in the schema and the schema does not allow "
                "additional properties"
            )
        elif not isinstance(part, allowed[name]):
            problems.append(
                f"$.{prefix}{name}: {type(part).__name__} found, {allowed[name].__name__} expected"
            )
    return problems


def _content_problems(body: dict[str, Any]) -> Iterator[str]:
    """Yield the problems of values whose types are right."""
    reply, media, text = body.get("reply", {}), body.get("media", {}), body.get("text", "")
    if "reply" in body and not _is_id(reply.get("in_reply_to_tweet_id")):
        yield f"$.reply.in_reply_to_tweet_id: {_ID_EXPECTED}"
    if not all(isinstance(user_id, str) for user_id in reply.get("exclude_reply_user_ids", ())):
        yield "$.reply.exclude_reply_user_ids: strings expected"
    if "media" in body and "media_ids" not in media:
        yield "$.media.media_ids: is missing but it is required"
    for name, (least, most) in _LISTS.items():
        if name in media and not (least <= len(media[name]) <= most and all(map(_is_id, media[name]))):
            yield f"$.media.{name}: there must be {least} to {most} items; an item {_ID_EXPECTED}"
    if "quote_tweet_id" in body and not _is_id(body["quote_tweet_id"]):
        yield f"$.quote_tweet_id: {_ID_EXPECTED}"
    if body.get("reply_settings", "verified") not in _REPLY_SETTINGS:
        yield f"$.reply_settings: does not have a value in the enumeration [{', '.join(_REPLY_SETTINGS)}]"
    if not text.strip() and "media" not in body:
        yield "$.text: a post needs a text or media"
    if _INVALID.search(text):
        yield "$.text: contains a character that X rejects (U+FEFF, U+FFFE or U+FFFF)"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


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
