"""Reader from bytes to a `Document`: decode, check for invisible characters, scan, compose."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, cast

import yaml
import yaml.composer

from bot.core.marks import Mark
from bot.core.text.invisible import may_hold_some
from bot.yamldoc import characters, invisible, syntax
from bot.yamldoc.binary import binary_kind
from bot.yamldoc.comments import report_lost_hashtags
from bot.yamldoc.document import Document, Quoting
from bot.yamldoc.marks import mark_of, span
from bot.yamldoc.mend import proofread
from bot.yamldoc.tree import build_value

if TYPE_CHECKING:
    from bot.yamldoc.line_shapes import KnownKeys

MAX_BYTES = 1024 * 1024
"""Maximum size of an editor's file."""

MAX_SIGNS = 50_000
"""Maximum number of keys, entries and texts in an editor's file; more would occupy the parser for long."""

MAX_DEPTH = 20
"""Maximum nesting in an editor's file; more would exhaust the parser's stack."""

_TAG_DIRECTIVE = re.compile(r"^%TAG\b", re.MULTILINE)
"""libyaml compares each with all before it, in one call: a megabyte of them takes minutes."""

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_BaseLoader: type[yaml.BaseLoader] = _Loader


MOST_ROUNDS = 20
"""Maximum number of errors after which a file is read on; any of them prevents its publication."""


def read(path: str, data: bytes, quoting: Quoting | None = None, keys: KnownKeys | None = None) -> Document:
    """Return the document in `data`, as text; never raise because of its content.

    Findings name the file `path`, and quote it by `quoting`. With `keys`, unreadable lines are mended and the
    rest is read, so that all errors are found at once; findings then show corrected lines as they are.
    """
    document = Document(path, quoting or Quoting())
    text = _decode(document, data)
    if text is None:
        return document
    document.text = text
    if may_hold_some(text):
        text = document.text = invisible.without_invisible(document, text)
        if characters.report_controls(document):
            return document
    characters.report_garbled(document)
    if "%TAG" in text and (directive := _TAG_DIRECTIVE.search(text)):
        _report_alias(document, document.mark_at(directive.start()))
        return document
    events = _read_on(document, keys) if keys else _read_once(document)
    if events is not None:
        document.value = build_value(document, events)
        report_lost_hashtags(document, events, holds_texts=keys is not None)
    return document


def _read_once(document: Document) -> list[yaml.Event] | None:
    """Return the events of `document`, or report the error and return None."""
    try:
        return _events(document, document.text)
    except (yaml.YAMLError, RecursionError) as error:
        syntax.report_syntax(document, _scanning(document.text) or error)
        return None


def _read_on(document: Document, keys: KnownKeys) -> list[yaml.Event] | None:
    """Return the events of `document`, mended if necessary, or None if that takes too long."""
    text = document.text
    try:
        events = _events(document, text)
    except (yaml.YAMLError, RecursionError):
        events = None
    refused = document.findings.pop() if document.has_errors() else None
    if refused and refused.code != "alias":  # the file is too large, or too deep
        document.findings.append(refused)
        return None
    if events is not None and not _may_be_misread(events):
        return events
    if not proofread(document, keys) and (events is not None or refused):
        document.findings.extend([refused] if refused else [])
        return events
    rounds = min(MOST_ROUNDS, MAX_BYTES // (len(text) + 1))
    for _ in range(rounds):
        try:
            return _events(document, document.text)
        except (yaml.YAMLError, RecursionError) as error:
            line = syntax.report_syntax(document, _scanning(document.text) or error)
            lines = document.lines
            if not lines[line]:
                return None
            document.rewrite("\n".join([*lines[:line], "", *lines[line + 1 :]]))
    return None if document.has_errors() else _read_once(document)


def _may_be_misread(events: list[yaml.Event]) -> bool:
    """Return True if lines are joined, perhaps by mistake: an unclosed quote may swallow keys."""
    for event in events:
        if isinstance(event, yaml.ScalarEvent) and event.style not in ("|", ">"):
            start, end = span(event)
            if start.line != end.line:
                return True
    return False


def _events(document: Document, text: str) -> list[yaml.Event] | None:
    """Return the events of `text`, or None after reporting one that stands for more than its text.

    A few lines of aliases can stand for gigabytes, and deep nesting takes the parser quadratic time: so the
    parser stops there, before anything is composed.
    """
    events: list[yaml.Event] = []
    depth, signs = 0, 0
    for event in iter(_BaseLoader(text).get_event, None):
        events.append(event)
        if isinstance(event, yaml.NodeEvent):
            if _stands_for_more(event):
                _report_alias(document, mark_of(event))
                return None
            is_scalar = isinstance(event, yaml.ScalarEvent)
            depth += not is_scalar
            signs += 2 if is_scalar else 1  # a dash, a colon or a key's mark goes with each text
            if depth > MAX_DEPTH:
                _report_depth(document, event)
                return None
            if signs > MAX_SIGNS:
                _report_size(document, f"more than {MAX_SIGNS:,} words and signs of YAML")
                return None
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            _refuse_a_second_document(events)
    return events


_OPENING = (
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


def _scanning(text: str) -> yaml.YAMLError | None:
    """Return the scanner's error in `text`, which the parser refused; it is often more precise."""
    depth = 0
    try:
        for token in itertools.islice(yaml.scan(text, Loader=_BaseLoader), MAX_SIGNS):
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if depth > MAX_DEPTH:
                return None
    except yaml.YAMLError as error:
        return error
    return None


def _stands_for_more(event: yaml.NodeEvent) -> bool:
    return event.anchor is not None or getattr(event, "tag", None) is not None


def _refuse_a_second_document(events: list[yaml.Event]) -> None:
    """Raise an error on a second document, as soon as it begins, as `yaml.compose` does."""
    starts = [event for event in events if isinstance(event, yaml.DocumentStartEvent)]
    if len(starts) > 1:
        places = [cast("yaml.Mark", event.start_mark) for event in starts]
        what = "expected a single document in the stream", places[0]
        raise yaml.composer.ComposerError(*what, "but found another document", places[1])


def _report_alias(document: Document, mark: Mark) -> None:
    document.report(
        "alias",
        mark,
        "YAML's anchors (&), aliases (*) and tags (!) are not read.",
        'If it is text, put it in double quotes ("…"); else write out what it stands for.',
    )


def _report_depth(document: Document, event: yaml.Event) -> None:
    document.report(
        "too-deep",
        mark_of(event),
        f"this is nested deeper than {MAX_DEPTH} levels.",
        'If it is text, put it in double quotes ("…").',
    )


def _report_size(document: Document, size: str) -> None:
    remedy = "Is it the right file? Split it if so."
    document.report("too-large", Mark(), f"the file has {size}.", remedy)


def _decode(document: Document, data: bytes) -> str | None:
    if kind := binary_kind(data):
        document.report(
            "not-a-text",
            Mark(),
            f"this is {kind}, whatever its name ends in.",
            "Save it as plain text in UTF-8, or copy its words into a file made with a text editor.",
        )
        return None
    if len(data) > MAX_BYTES:
        _report_size(document, f"more than {MAX_BYTES:,} bytes")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        document.text = data[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
        if error.reason == "unexpected end of data":
            message = "the file ends in the middle of a character: it is cut off, or not UTF-8."
            remedy = "Copy the whole file again; if it was whole, save it as UTF-8."
            document.report("encoding", document.mark_at(len(document.text)), message, remedy)
            return None
        document.report(
            "encoding",
            document.mark_at(len(document.text)),
            f"this is not UTF-8 text: byte 0x{error.object[error.start]:02x}.",
            "Save the file as UTF-8 (in most editors: Save as…, Encoding: UTF-8).",
        )
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
