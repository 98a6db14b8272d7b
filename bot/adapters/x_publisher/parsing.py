"""X's JSON, read strictly: what is not as X documents it is unreadable, and nothing of it is used."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.core.model import RemotePost
from bot.core.publishing.snowflake import created_at
from bot.core.schedule.account_checks import Account


class Unreadable(ValueError):
    """An answer is not what was asked for; its text is a clause: "it holds no id of a post"."""


def document(body: bytes | str) -> dict[str, Any]:
    """Return the JSON object in `body`.

    Raises:
        Unreadable: there is none, or it holds what no document of X's does: a key twice, a number out of all
            bounds, half a character, brackets too deep to be read.
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
        raise ValueError("a key stands twice")
    return found


def mapping(value: object) -> dict[str, Any]:
    """Return `value`, which has to be an object."""
    if not isinstance(value, dict):
        raise Unreadable("it holds something else where an object belongs")
    return value


def mappings(value: object) -> list[dict[str, Any]]:
    """Return `value`, which has to be a list of objects; None is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable("it holds something else where a list belongs")
    return [mapping(entry) for entry in value]


def require_text(value: object) -> str:
    """Return `value`, which has to be text."""
    if not isinstance(value, str):
        raise Unreadable("it holds something else where text belongs")
    return value


_ID = re.compile(r"[0-9]{1,19}")
"""Source: X's OpenAPI spec 2.167, ``^[0-9]{1,19}$``, 2026-11-23."""
_END_OF_IDS = 1 << 63
"""Snowflakes are positive numbers of 64 bits; bot/core/publishing/snowflake.py names the source."""
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
"""X's names have 15 characters at most today, and those of some old accounts more."""
_LONGEST_URL = 4096
"""Characters of a link that X takes. Source: twitter-text 3.1, ``MAX_URL_LENGTH``, 2026-11-23."""


def identifier(value: object) -> str:
    """Return `value`, which has to be the id of a post or a user."""
    if not isinstance(value, str) or not _ID.fullmatch(value) or not 0 < int(value) < _END_OF_IDS:
        raise Unreadable("it holds no id where one belongs")
    return value


def created(answer: dict[str, Any]) -> str:
    """Return the id of the post that was created."""
    return identifier(mapping(answer.get("data")).get("id"))


def check_deleted(answer: dict[str, Any]) -> None:
    """Check that X speaks of a deletion; that there was nothing to delete is as good."""
    if not isinstance(mapping(answer.get("data")).get("deleted"), bool):
        raise Unreadable("it does not say whether the post was deleted")


def account(answer: dict[str, Any]) -> Account:
    """Return who X says we are."""
    user = mapping(answer.get("data"))
    handle = require_text(user.get("username"))
    if not _HANDLE.fullmatch(handle):
        raise Unreadable("it holds no name of an account")
    return Account(identifier(user.get("id")), handle)


def post_of(answer: dict[str, Any], user_id: str) -> RemotePost | None:
    """Return the post that was asked for; None where X says that there is none, or it is not `user_id`'s."""
    if "data" not in answer:
        kinds = [str(problem.get("type")) for problem in mappings(answer.get("errors"))]
        if any(kind.endswith("/resource-not-found") for kind in kinds):
            return None
    post = mapping(answer.get("data"))
    return remote(post) if identifier(post.get("author_id")) == user_id else None


def page_of(answer: dict[str, Any]) -> tuple[list[RemotePost], str | None]:
    """Return the posts of one page of a timeline, and the token of the next page, if there is one.

    A page says how many posts it holds: an answer without posts that does not say so is not an empty page.
    """
    meta, posts = mapping(answer.get("meta")), mappings(answer.get("data"))
    if "data" not in answer and meta.get("result_count") != 0:
        raise Unreadable("it holds no posts, and does not say that there are none")
    token = meta.get("next_token")
    return [remote(post) for post in posts], None if token is None else require_text(token)


def remote(post: dict[str, Any]) -> RemotePost:
    """Return `post` as a timeline shows it."""
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
    """Whether `link` stands for another one, as every link of ours does."""
    return (
        bool(require_text(link.get("url")))
        and 0 < len(require_text(link.get("expanded_url", ""))) <= _LONGEST_URL
    )
