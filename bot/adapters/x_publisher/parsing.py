"""Strict parsing of X's JSON: an answer that deviates from X's documentation is rejected as a whole."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.core.publishing.publication import RemotePost
from bot.core.publishing.snowflake import created_at
from bot.core.schedule.account_checks import Account


class Unreadable(ValueError):
    """An unexpected answer; the message is a clause such as "it has no valid id"."""


def document(body: bytes | str) -> dict[str, Any]:
    """Return the JSON object in `body`.

    Raises:
        Unreadable: there is none, or it has content that X never sends: a duplicate key, a number out of
            range, a lone surrogate, too deep nesting.
    """
    try:
        found = json.loads(body if isinstance(body, str) else body.decode(), object_pairs_hook=_object)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is not JSON") from error
    return mapping(found)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def mapping(value: object) -> dict[str, Any]:
    """Return `value`, which must be an object."""
    if not isinstance(value, dict):
        raise Unreadable("it has another type where an object is expected")
    return value


def mappings(value: object) -> list[dict[str, Any]]:
    """Return `value`, which must be a list of objects or None (empty)."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable("it has another type where a list is expected")
    return [mapping(entry) for entry in value]


def require_text(value: object) -> str:
    """Return `value`, which must be text."""
    if not isinstance(value, str):
        raise Unreadable("it has another type where text is expected")
    return value


_ID = re.compile(r"[0-9]{1,19}")
"""Source: X's OpenAPI spec 2.167, ``^[0-9]{1,19}$``, 2026-11-23."""
_END_OF_IDS = 1 << 63
"""Snowflakes are positive signed 64-bit integers; see bot/core/publishing/snowflake.py for the source."""
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
"""Handles have at most 15 characters today; those of some old accounts have more."""
_LONGEST_URL = 4096
"""Maximum characters of a link. Source: twitter-text 3.1, ``MAX_URL_LENGTH``, 2026-11-23."""


def identifier(value: object) -> str:
    """Return `value`, which must be the id of a post or a user."""
    if not isinstance(value, str) or not _ID.fullmatch(value) or not 0 < int(value) < _END_OF_IDS:
        raise Unreadable("it has no valid id where an id is expected")
    return value


def created(answer: dict[str, Any]) -> str:
    """Return the id of the created post."""
    return identifier(mapping(answer.get("data")).get("id"))


def check_deleted(answer: dict[str, Any]) -> None:
    """Check that the answer is about a deletion; "nothing to delete" is a success, too."""
    if not isinstance(mapping(answer.get("data")).get("deleted"), bool):
        raise Unreadable("it does not state if the post was deleted")


def account(answer: dict[str, Any]) -> Account:
    """Return the account that X reports for our credentials."""
    user = mapping(answer.get("data"))
    handle = require_text(user.get("username"))
    if not _HANDLE.fullmatch(handle):
        raise Unreadable("it has no valid account name")
    return Account(identifier(user.get("id")), handle)


def post_of(answer: dict[str, Any], user_id: str) -> RemotePost | None:
    """Return the requested post; None if X reports that it does not exist, or it is not `user_id`'s."""
    if "data" not in answer:
        kinds = [str(problem.get("type")) for problem in mappings(answer.get("errors"))]
        if any(kind.endswith("/resource-not-found") for kind in kinds):
            return None
    post = mapping(answer.get("data"))
    return remote(post) if identifier(post.get("author_id")) == user_id else None


def page_of(answer: dict[str, Any]) -> tuple[list[RemotePost], str | None]:
    """Return the posts of one timeline page, and the token of the next page, if any.

    A page states its number of posts: an answer without posts that does not state 0 is not an empty page.
    """
    meta, posts = mapping(answer.get("meta")), mappings(answer.get("data"))
    if "data" not in answer and meta.get("result_count") != 0:
        raise Unreadable("it has no posts, but does not state that there are none")
    token = meta.get("next_token")
    return [remote(post) for post in posts], None if token is None else require_text(token)


def remote(post: dict[str, Any]) -> RemotePost:
    """Parse a post of the timeline."""
    post_id = identifier(post.get("id"))
    references = mappings(post.get("referenced_tweets"))
    parents = [one for one in references if require_text(one.get("type")) == "replied_to"]
    links = mappings(mapping(post.get("entities") or {}).get("urls"))
    return RemotePost(
        post_id=post_id,
        text=require_text(post.get("text")),
        created_at=created_at(int(post_id)),
        replied_to=identifier(parents[0].get("id")) if parents else None,
        expanded_urls=tuple(_link(link) for link in links if _is_expanded(link)),
    )


def _link(link: dict[str, Any]) -> tuple[str, str]:
    return require_text(link["url"]), require_text(link["expanded_url"])


def _is_expanded(link: dict[str, Any]) -> bool:
    """Return True if `link` has an expanded URL, as every link of ours does."""
    return (
        bool(require_text(link.get("url")))
        and 0 < len(require_text(link.get("expanded_url", ""))) <= _LONGEST_URL
    )
