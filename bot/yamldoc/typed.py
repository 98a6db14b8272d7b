"""Types for a document of texts, by a pydantic schema; its complaints become findings with places."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.model import Mark
from bot.errors import MAX_FINDINGS
from bot.yamldoc.flow import QUOTE_REMEDY
from bot.yamldoc.invalid import Invalid
from bot.yamldoc.line_shapes import key_of, normalized, requoted
from bot.yamldoc.mended_lines import remedy_for
from bot.yamldoc.partial_checks import salvaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from bot.yamldoc.document import Document, Path

_ALIKE = 0.7
"""How alike two keys are of which one is a slip of the other: `iteme`, `items`, but not `auteur`, `date`."""
ROUNDS = 4
"""So often is a file checked again without what was wrong with it: keys stand in keys."""

M = TypeVar("M", bound="Model")


class Model(BaseModel):
    """Base of all schemas: frozen, and no key that is not named."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    synonyms: ClassVar[dict[str, str]] = {}
    """Words that people write for a key."""
    advice: ClassVar[dict[str, str]] = {}
    """What to do with a key that does not stand here, by the key that it is, or stands for."""


def typed(document: Document, schema: type[M], *, salvage: bool = False) -> M | None:
    """`document` as a `schema`; None where it does not fit, all reasons reported in the document.

    With `salvage` what fits, where enough does: for further checks, since the document has an error.
    """
    if not isinstance(document.value, dict):
        document.report(
            "wrong-type",
            document.place(()),
            "the file must hold keys and values (KEY: VALUE).",
            "See docs/guide-redaction.md for the form of a file.",
        )
        return None
    if not document.value and document.is_mended:
        return None
    if not document.value:
        document.report("empty", Mark(), "there is nothing in this file.", "Write something, or delete it.")
        return None
    value: dict[str, Any] | None = document.value
    rounds = ROUNDS if salvage else 1
    while value is not None and rounds:
        try:
            return schema.model_validate(value)
        except ValidationError as error:
            problems = error.errors(include_url=False)
        _report_all(document, problems, schema)
        rounds -= 1
        value = salvaged(document, value, problems, partial(_key_meant, schema=schema)) if rounds else None
    return None


def _report_all(document: Document, problems: list[ErrorDetails], schema: type[Model]) -> None:
    meant = {_meant(problem, schema) for problem in problems[:MAX_FINDINGS]}
    for problem in problems[:MAX_FINDINGS]:
        is_followed = document.is_mended or problem["loc"] in meant
        if not (problem["type"] == "missing" and is_followed):
            _report(document, problem, schema)


def _key_meant(problem: ErrorDetails, schema: type[Model]) -> str | None:
    found = _meant(problem, schema)
    return (str(found[-1]) or None) if found else None


def _meant(problem: ErrorDetails, schema: type[Model]) -> tuple[int | str, ...] | None:
    """Where the key that a misspelt one stands for would be: then it is not missing as well."""
    if problem["type"] != "extra_forbidden":
        return None
    *above, key = problem["loc"]
    place = _schema_at(schema, tuple(above))
    return (*above, _offered(str(key), problem["input"], place, schema) or "")


def _schema_at(schema: type[Model], path: tuple[int | str, ...]) -> type[Model]:
    """Return the schema of what stands at `path`, in which tags of unions may stand."""
    for part in path:
        field = schema.model_fields.get(str(part))
        inner = list(_schemas(field.annotation)) if field else []
        schema = inner[0] if inner else schema
        if field is None and not isinstance(part, int):
            continue
    return schema


def _report(document: Document, problem: ErrorDetails, schema: type[Model]) -> None:
    path: Path = ()
    for segment in problem["loc"]:  # tags of unions stand in it too, and have no place
        if (*path, segment) in document.places:
            path = (*path, segment)
    mark, key = document.place(path), document.quoting.named(path)
    kind, found = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        *above, name = problem["loc"]
        place = _schema_at(schema, tuple(above))
        close = _offered(str(name), found, place, schema)
        _report_unknown_key(document, path, str(name), close, place, schema)
    elif kind == "missing":
        name = problem["loc"][-1]
        where = f" under '{key}'" if key else ""
        document.report("missing-key", mark, f"'{name}' is missing{where}.", f"Add it: {name}: …")
    elif kind == "not_a_text" and isinstance(found, dict):
        _report_mapping(document, path, found, schema)
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


def _report_mapping(document: Document, path: Path, found: dict[str, Any], schema: type[Model]) -> None:
    """Report that keys and values stand where a text is expected: YAML made them of its colons."""
    mark, key = document.place(path), document.quoting.named(path)
    line = document.lines[mark.line - 1]
    if path and (entry := _entry_at(schema, path)) and any(close_key(name, entry) for name in found):
        first = document.place((*path, next(iter(found))))
        below, at = document.lines[first.line - 1], first.column - 1
        shown = document.quoting.corrected(f"{below[:at]}- {below[at:]}")
        remedy = "Write '- ' before it." if shown is None else remedy_for(shown)
        document.report("wrong-type", first, f"{key}: the dash of a list is missing before this key.", remedy)
        return
    lines = {document.place((*path, name)).line for name in found}
    if lines and min(lines) > mark.line:
        shown = document.quoting.corrected(f"{line.rstrip()} |")
        document.report(
            "lost-line-breaks",
            mark,
            f"'|' is missing after '{path[-1]}:'; without it the lines below are no text.",
            f"Write '|' after its colon: {path[-1]}: |" if shown is None else remedy_for(shown),
        )
        return
    at = mark.column - 1
    if not isinstance(path[-1], int) and (own := key_of(line[at:])):
        at += own.end
    shown = document.quoting.corrected(requoted(line, at)) if lines <= {mark.line} else None
    remedy = QUOTE_REMEDY if shown is None else remedy_for(shown)
    if any(
        one.line == mark.line and one.remedy.endswith(remedy.removeprefix("Write"))
        for one in document.findings
    ):
        return  # the same line cures both
    message = f"{key}: a colon or a brace made keys and values of this text."
    document.report("colon-mapping", mark, message, remedy)


def _entry_at(schema: type[Model], path: Path) -> type[Model] | None:
    """Return the schema of the entries of the list at `path`; None where no list of mappings may stand."""
    field = _schema_at(schema, path[:-1]).model_fields.get(str(path[-1]))
    return next(_schemas(field.annotation), None) if field else None


def _offered(key: str, found: object, schema: type[Model], whole: type[Model]) -> str | None:
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


def _report_unknown_key(
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
        if any(key in keys_of(inner) for inner in _schemas(about.annotation)):
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
        for inner in _schemas(about.annotation):
            yield from _keys(inner)


def _schemas(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _schemas(argument)
