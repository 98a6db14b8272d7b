"""From bytes to a `Document`: decode, look for what cannot be seen, scan, compose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from bot.core.model import Mark
from bot.yamldoc import characters, plain, syntax
from bot.yamldoc.comments import report_lost_hashtags
from bot.yamldoc.document import Document, Scalar

if TYPE_CHECKING:
    from bot.yamldoc.document import Path, Value

MAX_BYTES = 1024 * 1024
"""A file larger than this is not an editor's file."""

MAX_TOKENS = 50_000
"""A file of more keys, entries and texts is not one either, and would keep the parser for long."""

MAX_DEPTH = 20
"""Nesting beyond this is not an editor's file either, and would exhaust the parser's stack."""

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_BaseLoader: type[yaml.BaseLoader] = _Loader


def read(path: str, data: bytes) -> Document:
    """The document in `data`, as text; never raises for what is in it. `path` is how findings call it."""
    document = Document(path)
    text = _decode(document, data)
    if text is None:
        return document
    document.text = text
    if characters.report(document):
        return document
    try:
        tokens = _tokens(document, text)
        if tokens is None:
            return document
        node = yaml.compose(text, Loader=_BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        syntax.report(document, error)
        return document
    document.value = {} if node is None else _value(document, node, ())
    report_lost_hashtags(document, tokens)
    return document


_OPENING = (
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


def _tokens(document: Document, text: str) -> list[yaml.Token] | None:
    """The tokens of `text`; None, reported, at the first that stands for more than its text.

    A few lines of aliases can stand for gigabytes, and deep nesting takes the parser quadratic time: so
    the scan stops there, before anything is composed.
    """
    tokens, depth = [], 0
    for token in yaml.scan(text, Loader=_BaseLoader):
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > MAX_DEPTH:
            document.report(
                "too-deep",
                syntax.mark(token.start_mark),
                f"this is nested deeper than {MAX_DEPTH} levels.",
                'If it is text, put it in double quotes ("…").',
            )
            return None
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
            document.report(
                "alias",
                syntax.mark(token.start_mark),
                "YAML's anchors (&), aliases (*) and tags (!) are not read.",
                'If it is text, put it in double quotes ("…"); else write out what it stands for.',
            )
            return None
        tokens.append(token)
        if len(tokens) > MAX_TOKENS:
            _report_size(document, f"more than {MAX_TOKENS:,} words and signs of YAML")
            return None
    return tokens


def _report_size(document: Document, size: str) -> None:
    remedy = "Is it the right file? Split it if so."
    document.report("too-large", Mark(), f"the file has {size}.", remedy)


def _decode(document: Document, data: bytes) -> str | None:
    if len(data) > MAX_BYTES:
        _report_size(document, f"more than {MAX_BYTES:,} bytes")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        document.text = data[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
        document.report(
            "encoding",
            document.mark_at(len(document.text)),
            f"this is not UTF-8 text: byte 0x{error.object[error.start]:02x}.",
            "Save the file as UTF-8 (in most editors: Save as…, Encoding: UTF-8).",
        )
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _value(document: Document, node: yaml.Node, path: Path) -> Value:
    document.places.setdefault(path, syntax.mark(node.start_mark))
    if isinstance(node, yaml.SequenceNode):
        return [_value(document, child, (*path, index)) for index, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(document, node, path)
    scalar = _scalar(document, node)
    document.scalars[path] = scalar
    characters.report_escaped(document, node.value, scalar.mark)
    if scalar.style is None:
        plain.report(document, node)
    return str(node.value)


def _scalar(document: Document, node: yaml.Node) -> Scalar:
    style = getattr(node, "style", None) or None
    if node.start_mark is None or node.end_mark is None:
        return Scalar(Mark(1, 1), style)
    first, last = node.start_mark.line, node.end_mark.line
    source = document.lines[first + 1 : last] if style in ("|", ">") else document.lines[first : last + 1]
    return Scalar(syntax.mark(node.start_mark), style, sum(1 for line in source if line.strip()))


def _mapping(document: Document, node: yaml.MappingNode, path: Path) -> Value:
    mapping: dict[str, Value] = {}
    for key_node, value_node in node.value:
        where = syntax.mark(key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            document.report(
                "yaml-syntax", where, "a list or a mapping cannot be a key.", 'Put the text in quotes ("…").'
            )
            continue
        key = key_node.value
        characters.report_escaped(document, key, where)
        if key in mapping:
            first = document.places[(*path, key)].line
            document.report(
                "duplicate-key",
                where,
                f"'{key}' was already given on line {first}; one of the two would be lost.",
                "Keep one, or join their texts.",
            )
            continue
        document.places[(*path, key)] = where
        mapping[key] = _value(document, value_node, (*path, key))
    return mapping
