"""Types for a document of texts, by a pydantic schema; its complaints become findings with places."""

from __future__ import annotations

import difflib
import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum

    from pydantic_core import ErrorDetails

    from bot.core.model import Mark
    from bot.yamldoc.document import Document

M = TypeVar("M", bound="Model")


class Model(BaseModel):
    """Base of all schemas: frozen, and no key that is not named."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


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
    try:
        return schema.model_validate(document.value)
    except ValidationError as error:
        for problem in error.errors():
            _report(document, problem, schema)
        return None


def _report(document: Document, problem: ErrorDetails, schema: type[Model]) -> None:
    path: tuple[str | int, ...] = ()
    for segment in problem["loc"]:  # tags of unions stand in it too, and have no place
        if (*path, segment) in document.places:
            path = (*path, segment)
    mark, key = document.place(path), ".".join(map(str, path))
    kind, found = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        _report_unknown_key(document, mark, str(problem["loc"][-1]), schema)
    elif kind == "missing":
        name = problem["loc"][-1]
        where = f" under '{key}'" if key else ""
        document.report("missing-key", mark, f"'{name}' is missing{where}.", f"Add it: {name}: …")
    elif kind == "colon_mapping" or (kind == "not_a_text" and isinstance(found, dict)):
        document.report(
            "colon-mapping",
            mark,
            f"the colon made this text of '{key}' a key with a value.",
            'Put the whole text in double quotes ("…"), or on lines of its own after "|".',
        )
    elif kind == "value_error":
        document.report("wrong-value", mark, f"{key}: {problem['ctx']['error']}.", _remedy(problem))
    else:
        document.report("wrong-type", mark, f"{key}: {_type_message(problem)}.", "Correct the value.")


def _remedy(problem: ErrorDetails) -> str:
    return getattr(problem["ctx"]["error"], "remedy", "Correct the value.")


def _type_message(problem: ErrorDetails) -> str:
    found = problem["input"]
    if isinstance(found, dict):
        observed = "keys and values"
    else:
        observed = "a list" if isinstance(found, list) else f"'{found}'"
    wanted = {
        "not_a_text": "a text",
        "list_type": "a list",
        "dict_type": "keys and values",
        "model_type": "keys and values",
        "model_attributes_type": "keys and values",
    }.get(problem["type"], problem["msg"])
    return f"{observed} stands where {wanted} is expected"


def _report_unknown_key(document: Document, mark: Mark, key: str, schema: type[Model]) -> None:
    known = sorted(set(_keys(schema)))
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    remedy = f"Did you mean '{close[0]}'?" if close else f"Known keys are: {', '.join(schema.model_fields)}."
    document.report("unknown-key", mark, f"'{key}' is not a key that stands here.", remedy)


def _keys(schema: type[Model]) -> Iterator[str]:
    """The keys of `schema` and of all schemas in it."""
    for name, about in schema.model_fields.items():
        yield about.alias or name
        for inner in _schemas(about.annotation):
            yield from _keys(inner)


def _schemas(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _schemas(argument)


class Invalid(ValueError):
    """A value that does not read as its type; `remedy` says how it is written."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def text(value: object) -> str:
    """A scalar, as it was typed."""
    if not isinstance(value, str):
        raise PydanticCustomError("not_a_text", "not a text")
    return value


def _day(value: object) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", found := text(value)):
            return date.fromisoformat(found)
    except ValueError:
        pass
    raise Invalid(f"'{value}' is not a date", "Write it as year-month-day: 2020-11-06.")


def _wall_time(value: object) -> time:
    match = re.fullmatch(r"(\d{1,2})(?::|h)(\d\d)", text(value).strip())
    if match and int(match[1]) < 24 and int(match[2]) < 60:  # noqa: PLR2004  (a day has 24 hours of 60 minutes)
        return time(int(match[1]), int(match[2]))
    raise Invalid(f"'{value}' is not a time of day", "Write hours and minutes: 07:30.")


def _local(value: object) -> datetime:
    day, _, wall = text(value).strip().replace("T", " ").partition(" ")
    try:
        return datetime.combine(_day(day), _wall_time(wall.strip()))
    except Invalid:
        raise Invalid(f"'{value}' is not a date with a time", "Write both: 2020-11-08 18:00.") from None


_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}


def _duration(value: object) -> timedelta:
    match = re.fullmatch(r"(\d{1,6})\s*(ms|s|m|h)", text(value).strip())
    if match:
        return int(match[1]) * _UNITS[match[2]]
    raise Invalid(f"'{value}' is not a duration", "Write a number and its unit: 500ms, 2s, 30m or 2h.")


def _flag(value: object) -> bool:
    word = text(value).strip().lower()
    if word in ("true", "yes", "oui"):
        return True
    if word in ("false", "no", "non"):
        return False
    raise Invalid(f"'{value}' is neither true nor false", "Write true or false.")


def _count(value: object) -> int:
    word = text(value).strip()
    if word.isascii() and word.isdigit() and len(word) < 10:  # noqa: PLR2004  (no issue has ten digits)
        return int(word)
    raise Invalid(f"'{value}' is not a whole number", "Write digits only: 53.")


def one_of(choices: type[StrEnum]) -> BeforeValidator:
    """A validator for the names in `choices`."""

    def choose(value: object) -> StrEnum:
        try:
            return choices(text(value).strip())
        except ValueError:
            allowed = ", ".join(choices)
            close = difflib.get_close_matches(str(value), list(choices), n=1)
            hint = f"Did you mean '{close[0]}'?" if close else "Choose one of them."
            raise Invalid(f"'{value}' is not one of {allowed}", hint) from None

    return BeforeValidator(choose)


Text = Annotated[str, BeforeValidator(text)]
Day = Annotated[date, BeforeValidator(_day)]
WallTime = Annotated[time, BeforeValidator(_wall_time)]
LocalTime = Annotated[datetime, BeforeValidator(_local)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Count = Annotated[int, BeforeValidator(_count)]
