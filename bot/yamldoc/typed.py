"""Types for a document of texts, by a pydantic schema; its complaints become findings with places."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.model import Mark
from bot.errors import MAX_FINDINGS
from bot.yamldoc.invalid import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from bot.yamldoc.document import Document, Path

M = TypeVar("M", bound="Model")


class Model(BaseModel):
    """Base of all schemas: frozen, and no key that is not named."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    synonyms: ClassVar[dict[str, str]] = {}
    """Words that people write for a key."""


def typed(document: Document, schema: type[M]) -> M | None:
    """`document` as a `schema`; None where it does not fit, all reasons reported in the document."""
    if not isinstance(document.value, dict):
        document.report(
            "wrong-type",
            document.place(()),
            "the file must hold keys and values (KEY: VALUE).",
            "See docs/guide-redaction.md for the form of a file.",
        )
        return None
    if not document.value:
        document.report("empty", Mark(), "there is nothing in this file.", "Write something, or delete it.")
        return None
    try:
        return schema.model_validate(document.value)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        meant = {_meant(problem, schema) for problem in problems[:MAX_FINDINGS]}
        for problem in problems[:MAX_FINDINGS]:
            if not (problem["type"] == "missing" and problem["loc"] in meant):
                _report(document, problem, schema)
        return None


def _meant(problem: ErrorDetails, schema: type[Model]) -> tuple[int | str, ...] | None:
    """Where the key that a misspelt one stands for would be: then it is not missing as well."""
    if problem["type"] != "extra_forbidden":
        return None
    return (*problem["loc"][:-1], close_key(str(problem["loc"][-1]), schema) or "")


def _report(document: Document, problem: ErrorDetails, schema: type[Model]) -> None:
    path: Path = ()
    for segment in problem["loc"]:  # tags of unions stand in it too, and have no place
        if (*path, segment) in document.places:
            path = (*path, segment)
    mark, key = document.place(path), document.quoting.named(path)
    kind, found = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        _report_unknown_key(document, path, str(problem["loc"][-1]), schema)
    elif kind == "missing":
        name = problem["loc"][-1]
        where = f" under '{key}'" if key else ""
        document.report("missing-key", mark, f"'{name}' is missing{where}.", f"Add it: {name}: …")
    elif kind == "not_a_text" and isinstance(found, dict):
        document.report(
            "colon-mapping",
            mark,
            f"{key}: a colon or a brace made keys and values of this text.",
            'Put the whole text in double quotes ("…"), or on lines of its own after "|".',
        )
    elif kind == "value_error":
        error = problem["ctx"]["error"]
        document.report("wrong-value", mark, f"{key}: {_words(document, path, error)}.", _remedy(error))
    else:
        message, remedy = _type_mismatch(document, path, problem)
        document.report("wrong-type", mark, f"{key}: {message}.", remedy)


def _words(document: Document, path: Path, error: Exception) -> str:
    """Return the words of `error`, which a validator raised; those of others may quote anything."""
    if not isinstance(error, Invalid):
        return "this is not a value that stands here"
    found = "" if error.found is None else f"{document.quoting.quote(error.found, path)} "
    return f"{found}{error.what}"


def _remedy(error: Exception) -> str:
    return error.remedy if isinstance(error, Invalid) else "Correct the value."


def _type_mismatch(document: Document, path: Path, problem: ErrorDetails) -> tuple[str, str]:
    found = problem["input"]
    if isinstance(found, dict):
        observed = "keys and values stand"
    elif isinstance(found, list):
        observed = "a list stands"
    else:
        observed = f"{document.quoting.quote(str(found), path)} stands" if found else "nothing stands"
    if problem["type"] in ("not_a_text", "union_tag_invalid"):
        return f"{observed} where a text is expected", 'Put the whole text in double quotes ("…").'
    wanted = {"list_type": "a list", "tuple_type": "a list"}.get(problem["type"], "keys with values")
    remedy = {"a list": "Write it as a list: - …", "keys with values": "Write lines KEY: VALUE below it."}
    return f"{observed} where {wanted} should be", remedy[wanted]


def _report_unknown_key(document: Document, path: Path, key: str, schema: type[Model]) -> None:
    mark, shown, close = document.place(path), document.quoting.quote(key, path), close_key(key, schema)
    if key == close:
        document.report(
            "unknown-key",
            mark,
            f"{shown} has no place here.",
            f"In this kind of file stand: {', '.join(schema.model_fields)}.",
        )
        return
    remedy = f"Did you mean '{close}'?" if close else f"Known keys are: {', '.join(schema.model_fields)}."
    document.report("unknown-key", mark, f"{shown} is not a key that stands here.", remedy)


_KEY_LIKE = re.compile(r"[^\W\d]\w{0,15}", re.ASCII)


@lru_cache(maxsize=1024)
def close_key(key: str, schema: type[Model]) -> str | None:
    """The key of `schema` that `key` is, or was most likely meant to be."""
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode().strip().lower()
    if not _KEY_LIKE.fullmatch(plain):
        return None
    if plain in schema.synonyms:
        return schema.synonyms[plain]
    close = difflib.get_close_matches(plain, keys_of(schema), n=1, cutoff=0.6)
    return close[0] if close else None


def keys_of(schema: type[Model]) -> tuple[str, ...]:
    """Return the keys of `schema` and of all schemas in it."""
    return tuple(sorted(set(_keys(schema))))


def _keys(schema: type[Model]) -> Iterator[str]:
    for name, about in schema.model_fields.items():
        yield about.alias or name
        for inner in _schemas(about.annotation):
            yield from _keys(inner)


def _schemas(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _schemas(argument)
