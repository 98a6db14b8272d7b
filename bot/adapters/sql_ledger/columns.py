"""Column types that validate values on read: a damaged page may yield text for a number, or half an instant.

SQLite stores any type in any column, so it detects little of this itself.
Source: https://www.sqlite.org/datatype3.html, 2026-11-29.
"""

from __future__ import annotations

import contextlib
import re
from abc import abstractmethod
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.model import SERIES_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum

    from sqlalchemy.engine import Dialect


class Damaged(Exception):
    """A stored value that flashtweet never writes; the message quotes it."""


DAMAGE = (Damaged, UnicodeDecodeError)
"""The exceptions that mean damage. SQLite's own message is not UTF-8 if it quotes such data."""


@contextlib.contextmanager
def converting(what: str) -> Iterator[None]:
    """Report conversion errors of rows as damage to `what`.

    Raises:
        Damaged: a conversion failed.
    """
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Damaged(f"{what} cannot be read ({type(error).__name__}: {error})") from error


class Checked(sa.TypeDecorator[Any]):
    """A column type that validates its values on read."""

    may_be_null = True
    """Set by the column."""

    def __init_subclass__(cls) -> None:
        cls.cache_ok = True  # SQLAlchemy looks it up in each class's own namespace

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        if value is None and self.may_be_null:
            return None
        with converting(f"{value!r:.60}, where {type(self).__name__} is expected,"):
            return self.read(value)

    @abstractmethod
    def read(self, value: Any) -> Any:
        """Return the value that the stored `value` represents.

        Raises:
            ValueError, TypeError: the stored value is invalid.
        """


def _need(value: object, kind: type) -> None:
    if type(value) is not kind:
        raise TypeError(f"not {kind.__name__}")


class TextColumn(Checked):
    """Any text."""

    impl = sa.String

    def read(self, value: Any) -> Any:
        _need(value, str)
        return value


class PostId(TextColumn):
    """An id on X: up to 19 digits.

    Source: https://docs.x.com/fundamentals/x-ids, 2026-11-29 (64 bits; 19 digits fit, signed).
    """

    def read(self, value: Any) -> Any:
        if not re.fullmatch("[0-9]{1,19}", value):
            raise ValueError("no id of a post")
        return value


class SeriesName(TextColumn):
    """The name of a series."""

    def read(self, value: Any) -> Any:
        if not SERIES_NAME.fullmatch(value):
            raise ValueError("no name of a series")
        return value


class Choice(TextColumn):
    """A member of a string enum, such as a state."""

    def __init__(self, states: type[StrEnum]) -> None:
        super().__init__()
        self.states = states

    def read(self, value: Any) -> Any:
        return self.states(value)


class DateColumn(Checked):
    """A date as ``YYYY-MM-DD``."""

    impl = sa.String(10)

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.isoformat()

    def read(self, value: Any) -> Any:
        return date.fromisoformat(value)


class Instant(Checked):
    """An aware UTC instant as RFC 3339 text of fixed width: sortable and readable."""

    impl = sa.String(27)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def read(self, value: Any) -> Any:
        return parse_instant(value)


class Whole(Checked):
    """An integer."""

    impl = sa.Integer

    def read(self, value: Any) -> Any:
        _need(value, int)
        return value


class Seconds(Checked):
    """Seconds as a float."""

    impl = sa.Float

    def read(self, value: Any) -> Any:
        if type(value) not in (int, float):
            raise TypeError("no number")
        return float(value)


class Truth(Checked):
    """A boolean."""

    impl = sa.Boolean

    def read(self, value: Any) -> Any:
        _need(value, bool)
        return value


def parse_instant(text: str) -> datetime:
    """Parse an aware instant.

    Raises:
        ValueError, TypeError: `text` is not an instant, or has no offset.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without an offset")
    return at
