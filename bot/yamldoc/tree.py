"""Values from the events of a parser: texts, lists and mappings, each with its place."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import yaml

from bot.yamldoc import characters, invisible, plain
from bot.yamldoc.document import Scalar
from bot.yamldoc.marks import mark_of, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.marks import Mark
    from bot.yamldoc.document import Document, Path, Value


def build_value(document: Document, events: list[yaml.Event]) -> Value:
    """Return the value of `events`; an empty mapping if there are only comments."""
    rest = iter(events)
    for event in rest:
        if isinstance(event, yaml.NodeEvent):
            value = _value(document, event, rest, ())
            invisible.report_escapes(document)
            return value
    return {}


def _value(document: Document, event: yaml.Event, rest: Iterator[yaml.Event], path: Path) -> Value:
    """Return the value that begins with `event`, and take all of its events from `rest`."""
    if path not in document.places:
        document.places[path] = mark_of(event)
    if isinstance(event, yaml.ScalarEvent):
        return _text(document, event, path)
    if isinstance(event, yaml.SequenceStartEvent):
        return [_value(document, entry, rest, (*path, index)) for index, entry in enumerate(_entries(rest))]
    return _mapping(document, rest, path)


def _entries(rest: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    """Yield the first event of each entry of a list or mapping; the caller takes the rest of each entry."""
    return itertools.takewhile(lambda event: not isinstance(event, yaml.CollectionEndEvent), rest)


def _text(document: Document, event: yaml.ScalarEvent, path: Path) -> str:
    scalar = _scalar(document, event)
    document.scalars[path] = scalar
    if scalar.style == '"':
        return _quoted(document, event.value, scalar.mark)
    if scalar.style is None:
        plain.report_plain(document, event)
    return str(event.value)


def _quoted(document: Document, text: str, mark: Mark) -> str:
    """Return a text in double quotes without invisible characters, which only an escape can have made."""
    seen = invisible.without_escaped(document, text, mark)
    characters.report_control(document, seen, mark)
    return seen


def _scalar(document: Document, event: yaml.ScalarEvent) -> Scalar:
    style = event.style or None
    if style == "|":
        return Scalar(mark_of(event), style)
    start, end = span(event)
    first, last = (start.line + 1, end.line) if style == ">" else (start.line, end.line + 1)
    return Scalar(mark_of(event), style, document.lines_with_text(first, last))


def _mapping(document: Document, rest: Iterator[yaml.Event], path: Path) -> Value:
    mapping: dict[str, Value] = {}
    for key_event in _entries(rest):
        where = mark_of(key_event)
        if not isinstance(key_event, yaml.ScalarEvent):
            document.report(
                "yaml-syntax", where, "a list or a mapping cannot be a key.", 'Put the text in quotes ("…").'
            )
            _skip(key_event, rest)
            _skip(next(rest), rest)
            continue
        key = key_event.value
        if key_event.style == '"':
            key = _quoted(document, key, where)
        if key in mapping:
            first = document.places[(*path, key)].line
            document.report(
                "duplicate-key",
                where,
                f"{document.quoting.quote(key, (*path, key))} was already given on line {first}; "
                "one of the two would be lost.",
                "Keep one, or join their texts.",
            )
            _skip(next(rest), rest)
            continue
        document.places[(*path, key)] = where
        mapping[key] = _value(document, next(rest), rest, (*path, key))
    return mapping


def _skip(event: yaml.Event, rest: Iterator[yaml.Event]) -> None:
    """Take all events that belong to `event` from `rest`."""
    depth = int(isinstance(event, yaml.CollectionStartEvent))
    while depth:
        event = next(rest)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
