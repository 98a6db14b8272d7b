"""Unknown and misplaced keys: what they were meant to be, and what else to do with them."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ValidationError

from bot.yamldoc.line_shapes import normalized
from bot.yamldoc.mended_lines import remedy_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.marks import Mark
    from bot.yamldoc.document import Document, Path
    from bot.yamldoc.typed import Model

_ALIKE = 0.7
"""Least similarity of a misspelled key to the one that was meant: `iteme`, `items`, not `auteur`, `date`."""


def offered(key: str, found: object, schema: type[Model], whole: type[Model]) -> str | None:
    """Return the key of `schema`, a part of `whole`, that `key` with the value `found` stands for.

    One that is only spelt alike must take the value, and `key` must be none of another place.
    """
    close, word = close_key(key, schema), normalized(key)
    if close is None or schema.synonyms.get(word, word) == close:
        return close
    return close if close_key(key, whole, is_exact=True) is None and _takes(schema, close, found) else None


def _takes(schema: type[Model], key: str, found: object) -> bool:
    """Return whether `found`, if it is a text, is a value for `key`; lists and mappings are checked later."""
    try:
        schema.model_validate({key: found})
    except ValidationError as error:
        return not isinstance(found, str) or all(
            one["loc"][0] != key for one in error.errors(include_url=False)
        )
    return True


def report_unknown(
    document: Document, path: Path, key: str, close: str | None, schema: type[Model], whole: type[Model]
) -> None:
    """Report that `key` is none of `schema`, which is a part of `whole`; `close`: the key that was meant."""
    mark, shown, word = document.place(path), document.quoting.quote(key, path), normalized(key)
    here = ", ".join(schema.model_fields)
    message = f"{shown} is not a key that stands here."
    if close and (*path[:-1], close) in document.places:
        line = document.written(document.places[(*path[:-1], close)]).line
        remedy = f"Remove it, or join it with '{close}' on line {line}."
        document.report("unknown-key", mark, message, remedy)
        return
    if close:
        remedy = f"Did you mean '{close}'?"
        if corrected := _with_key(document, mark, key, close):
            remedy = remedy_for(corrected, f"{remedy} Write")
        document.report("unknown-key", mark, message, remedy)
        return
    if advice := schema.advice.get(schema.synonyms.get(word, word)):
        document.report("unknown-key", mark, message, advice)
        return
    elsewhere = close_key(key, whole, is_exact=True)
    if elsewhere:
        under = _parent_of(elsewhere, whole)
        where = f"'{elsewhere}' stands under '{under}'; here" if under else "In this kind of file"
        message = f"{shown} has no place here."
        document.report("unknown-key", mark, message, f"{where} stand: {here}.")
        return
    document.report(
        "unknown-key", mark, f"{shown} is not a key that stands here.", f"Known keys are: {here}."
    )


def _with_key(document: Document, mark: Mark, key: str, other: str) -> str | None:
    """Return the line at `mark` with the `other` key in place of `key`; None where it must not be shown."""
    line, at = document.lines[mark.line - 1], mark.column - 1
    if not line.startswith(key, at):
        return None
    return document.quoting.corrected(f"{line[:at]}{other}{line[at + len(key) :]}")


def _parent_of(key: str, schema: type[Model]) -> str | None:
    """Return the key of `schema` under which `key` stands, at any depth; None for one of its own."""
    if key in schema.model_fields:
        return None
    for name, about in schema.model_fields.items():
        if any(key in keys_of(inner) for inner in schemas_in(about.annotation)):
            return name
    return None


_KEY_LIKE = re.compile(r"[^\W\d]\w{0,15}", re.ASCII)


@lru_cache(maxsize=1024)
def close_key(key: str, schema: type[Model], *, is_exact: bool = False) -> str | None:
    """Return the key of `schema` that `key` is, or was most likely meant to be.

    With `is_exact` only one that it is, or is a synonym of, at any depth.
    """
    word = normalized(key)
    own = (
        keys_of(schema)
        if is_exact
        else tuple(about.alias or name for name, about in schema.model_fields.items())
    )
    meant = schema.synonyms.get(word, word)
    if meant in own:
        return meant
    if is_exact or not _KEY_LIKE.fullmatch(word) or word in schema.synonyms:
        return None
    close = difflib.get_close_matches(word, own, n=1, cutoff=_ALIKE)
    return close[0] if close else None


def keys_of(schema: type[Model]) -> tuple[str, ...]:
    """Return the keys of `schema` and of all schemas in it."""
    return tuple(sorted(set(_keys(schema))))


def _keys(schema: type[Model]) -> Iterator[str]:
    for name, about in schema.model_fields.items():
        yield about.alias or name
        for inner in schemas_in(about.annotation):
            yield from _keys(inner)


def schemas_in(annotation: Any) -> Iterator[type[Model]]:
    """Yield the schemas that the type of a field is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield cast("type[Model]", annotation)
    for argument in getattr(annotation, "__args__", ()):
        yield from schemas_in(argument)
