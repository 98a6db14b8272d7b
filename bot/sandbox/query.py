"""Query strings of the API's reads, parsed strictly as on X, and the paging of timelines."""

from __future__ import annotations

import base64
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.sandbox.bodies import Id
from bot.sandbox.refusals import invalid_request
from bot.sandbox.schema import problems_in, words
from bot.sandbox.views import Expansion, TweetField, UserField

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic_core import ErrorDetails

    from bot.sandbox.posts import SandboxPost

_WORDS = {
    "literal_error": "is not one of [{expected}]",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
}

_Split = BeforeValidator(lambda text: text.split(","))
_Instant = Annotated[AwareDatetime, BeforeValidator(datetime.fromisoformat)]


def _token(direction: str, post_id: str) -> str:
    """Return an opaque base32hex token, as the spec requires; it holds the id at which the page begins."""
    return base64.b32hexencode(f"{direction}{post_id}".encode()).decode().rstrip("=").lower()


def _decoded(token: str) -> tuple[str, int]:
    text = base64.b32hexdecode(token + "=" * (-len(token) % 8), casefold=True).decode()
    if not text.startswith(("older", "newer")):
        raise ValueError(token)
    return text[:5], int(text[5:])


_Token = Annotated[tuple[str, int], BeforeValidator(_decoded)]


class Parameters(BaseModel):
    """Base of all query strings: without unknown parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tweet_fields: Annotated[frozenset[TweetField], _Split] = Field(frozenset(), alias="tweet.fields")
    user_fields: Annotated[frozenset[UserField], _Split] = Field(frozenset(), alias="user.fields")


class PostQuery(Parameters):
    """The parameters of every read of posts."""

    expansions: Annotated[frozenset[Expansion], _Split] = frozenset()


class LookupQuery(PostQuery):
    """The ids of the posts to look up. Source of the limits, also of ``max_results``: OpenAPI spec 2.167."""

    ids: Annotated[tuple[Id, ...], Field(max_length=100), _Split]


class TimelineQuery(PostQuery):
    """A page of a timeline. The ids and `end_time` are exclusive bounds, `start_time` is inclusive."""

    max_results: Annotated[int, Field(ge=5, le=100), BeforeValidator(int)] = 10
    pagination_token: _Token | None = None
    since_id: Id = "0"
    until_id: Id = str(2**63)
    start_time: _Instant | None = None
    end_time: _Instant | None = None
    exclude: Annotated[frozenset[Literal["replies", "retweets"]], _Split] = frozenset()

    def admits(self, post: SandboxPost) -> bool:
        """Return True if `post` belongs to the requested timeline."""
        return (
            int(self.since_id) < int(post.id) < int(self.until_id)
            and (self.start_time is None or post.created_at >= self.start_time)
            and (self.end_time is None or post.created_at < self.end_time)
            and not ("replies" in self.exclude and post.replied_to)
            and not ("retweets" in self.exclude and post.repost_of)
        )

    def cut(self, newest_first: Iterable[SandboxPost]) -> tuple[list[SandboxPost], str | None, str | None]:
        """Return the page's posts, the token of the next (older) page and of the previous (newer) page."""
        size = self.max_results
        direction, bound = self.pagination_token or ("older", 2**63)
        admitted = (post for post in newest_first if self.admits(post))
        if direction == "newer":
            newer = [post for post in admitted if int(post.id) > bound]
            posts, has_next, has_previous = newer[-size:], True, len(newer) > size
        else:
            below = list(islice((post for post in admitted if int(post.id) < bound), size + 1))
            posts, has_next, has_previous = below[:size], len(below) > size, self.pagination_token is not None
        next_token = _token("older", posts[-1].id) if posts and has_next else None
        previous_token = _token("newer", posts[0].id) if posts and has_previous else None
        return posts, next_token, previous_token


P = TypeVar("P", bound=Parameters)


def parse(schema: type[P], parameters: Mapping[str, str]) -> P:
    """Return the `parameters` of a request as a `schema`.

    Raises:
        Refusal: 400, with all problems, unknown parameters included.

    """
    try:
        return schema.model_validate(dict(parameters))
    except ValidationError as error:
        problems = problems_in(error)
    raise invalid_request(*(_message(problem, schema, parameters) for problem in problems))


def _message(problem: ErrorDetails, schema: type[Parameters], parameters: Mapping[str, str]) -> str:
    name, *inner = map(str, problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = sorted(field.alias or name for name, field in schema.model_fields.items())
        return f"The query parameter [{name}] is not one of [{','.join(known)}]"
    value = problem["input"] if inner else parameters.get(name, "")
    return f"The `{name}` query parameter value [{value}] {words(problem, _WORDS, otherwise='is not valid')}"
