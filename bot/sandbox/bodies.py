"""The JSON bodies of the API's writes, and the 400 for those that do not fit. Source: OpenAPI spec 2.167."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AliasPath, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from bot.sandbox import refusals
from bot.sandbox.schema import problems_in, words

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_ALT_TEXT = 1000
"""Source: X's docs, snapshot 2026-08-22."""
_UNSUPPORTED = {
    "card_uri",
    "community_id",
    "direct_message_deep_link",
    "edit_options",
    "geo",
    "poll",
    "share_with_followers",
}
"""Fields of a create that X has, but the sandbox does not support."""
_WORDS = {
    "extra_forbidden": "is not defined in the schema and the schema does not allow additional properties",
    "missing": "is missing but it is required",
    "string_pattern_mismatch": "does not match the regex pattern {pattern}",
    "literal_error": "does not have a value in the enumeration [{expected}]",
    "too_short": "there must be at least {min_length} items",
    "too_long": "there must be at most {max_length} items",
}
"""X's words by pydantic's type of problem. Those of the last two and of all others are unknown."""

Id = Annotated[str, Field(pattern="^[0-9]{1,19}$")]


class Body(BaseModel):
    """Base of all bodies: strictly typed, without unknown fields; a field may be absent, but not null."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @field_validator("*", mode="after")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("null", "null found")
        return value


class Reply(Body):
    in_reply_to_tweet_id: Id
    auto_populate_reply_metadata: bool = False
    exclude_reply_user_ids: list[str] = []


class Media(Body):
    media_ids: Annotated[list[Id], Field(min_length=1, max_length=4)]
    tagged_user_ids: Annotated[list[Id], Field(max_length=10)] = []


class Create(Body):
    """A new post. The sandbox checks all fields, but ignores those after `quote_tweet_id`."""

    text: str = ""
    reply: Reply | None = None
    media: Media | None = None
    quote_tweet_id: Id | None = None
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None
    nullcast: bool = False
    made_with_ai: bool = False
    paid_partnership: bool = False
    for_super_followers_only: bool = False


class Repost(Body):
    tweet_id: Id


class AltText(Body, extra="ignore"):
    """The alt text of an upload; X has more metadata, which the sandbox ignores."""

    id: Id
    text: str = Field(validation_alias=AliasPath("metadata", "alt_text", "text"), max_length=MAX_ALT_TEXT)


B = TypeVar("B", bound=Body)


def parse(schema: type[B], body: bytes) -> B:
    """Return `body` as a `schema`.

    Raises:
        Refusal: 400, with all problems.

    """
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        problems = problems_in(error)
    raise refusals.invalid_request(*map(_message, problems))


def _message(problem: ErrorDetails) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"])
    if _UNSUPPORTED.intersection(problem["loc"][:1]):
        return f"${path}: X has this field, but the sandbox does not support it"
    return f"${path}: {words(problem, _WORDS, otherwise=problem['msg'])}"
