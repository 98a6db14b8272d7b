"""Types for a document of texts, by a pydantic schema; its errors become findings with places."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.marks import Mark
from bot.errors import MAX_FINDINGS
from bot.yamldoc import unknown_keys
from bot.yamldoc.flow import QUOTE_REMEDY
from bot.yamldoc.invalid import Invalid
from bot.yamldoc.line_shapes import key_of, requoted
from bot.yamldoc.mended_lines import remedy_for
from bot.yamldoc.partial_checks import salvaged

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from bot.yamldoc.document import Document, Path

ROUNDS = 4
"""Maximum number of checks of a file, each without the errors of the last, as keys are nested."""

M = TypeVar("M", bound="Model")


class Model(BaseModel):
    """Base of all schemas: frozen, and without unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    synonyms: ClassVar[dict[str, str]] = {}
    """Words that people write for a key."""
    advice: ClassVar[dict[str, str]] = {}
    """What to do with a key that does not stand here, by the key that it is, or stands for."""


def typed(document: Document, schema: type[M], *, salvage: bool = False) -> M | None:
    """Return `document` as a `schema`; if it does not fit, report all reasons and return None.

    With `salvage`, return what fits, if it is enough for further checks, as the document has an error.
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
    """Return the location of the key that a misspelt one stands for, so it is not reported missing, too."""
    if problem["type"] != "extra_forbidden":
        return None
    *above, key = problem["loc"]
    place = _schema_at(schema, tuple(above))
    return (*above, unknown_keys.offered(str(key), problem["input"], place, schema) or "")


def _schema_at(schema: type[Model], path: tuple[int | str, ...]) -> type[Model]:
    """Return the schema of the value at `path`, which may contain tags of unions."""
    for part in path:
        field = schema.model_fields.get(str(part))
        inner = list(unknown_keys.schemas_in(field.annotation)) if field else []
        schema = inner[0] if inner else schema
        if field is None and not isinstance(part, int):
            continue
    return schema


def _report(document: Document, problem: ErrorDetails, schema: type[Model]) -> None:
    path: Path = ()
    for segment in problem["loc"]:  # it contains tags of unions, too, which have no place
        if (*path, segment) in document.places:
            path = (*path, segment)
    mark, key = document.place(path), document.quoting.named(path)
    kind, found = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        *above, name = problem["loc"]
        place = _schema_at(schema, tuple(above))
        close = unknown_keys.offered(str(name), found, place, schema)
        unknown_keys.report_unknown(document, path, str(name), close, place, schema)
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
    """Return the words of `error`, which a validator raised; those of other errors may quote anything."""
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
    """Report keys and values in place of a text: YAML made them of its colons."""
    mark, key = document.place(path), document.quoting.named(path)
    line = document.lines[mark.line - 1]
    if (
        path
        and (entry := _entry_at(schema, path))
        and any(unknown_keys.close_key(name, entry) for name in found)
    ):
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
        return  # the same line fixes both
    message = f"{key}: a colon or a brace made keys and values of this text."
    document.report("colon-mapping", mark, message, remedy)


def _entry_at(schema: type[Model], path: Path) -> type[Model] | None:
    """Return the schema of the entries of the list at `path`, or None if it cannot hold mappings."""
    field = _schema_at(schema, path[:-1]).model_fields.get(str(path[-1]))
    return next(unknown_keys.schemas_in(field.annotation), None) if field else None
