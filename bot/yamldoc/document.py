"""A YAML file as text: every scalar stays what was typed, every node knows its line and column.

YAML's own types are hostile to prose: ``7:30`` would be 450, ``053`` 43, ``no`` false, an unquoted
`` #FlashTweet`` a comment, ``Réseaux sociaux : Jack Dorsey`` a mapping, and a repeated key would win.
So nothing is typed here, and each of these is a `Finding` with a place and a remedy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from bot.core.model import Mark
from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 1024 * 1024
"""A file larger than this is not an editor's file."""

MAX_DEPTH = 20
"""Nesting beyond this is not an editor's file either, and would exhaust the parser's stack."""

MAX_REPORTS = 100
"""More findings of one kind than this help nobody."""

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_BaseLoader: type[yaml.BaseLoader] = _Loader

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f]")
"""C0 and C1 controls other than tab, line ends and NEL."""

Value = str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Scalar:
    """Where a scalar stands, and where its own lines begin."""

    mark: Mark
    is_block: bool
    """Written after ``|`` or ``>``: its text starts on the line after its mark."""


@dataclass(slots=True)
class Document:
    """A parsed file; `value` is None where it could not be parsed, and `findings` say why."""

    path: str
    text: str = ""
    value: Value | None = None
    findings: list[Finding] = field(default_factory=list)
    places: dict[Path, Mark] = field(default_factory=dict)
    """Where each value starts, by its path; the place of a mapping's entry is that of its key."""
    scalars: dict[Path, Scalar] = field(default_factory=dict)

    def place(self, path: Path) -> Mark:
        """Where the value at `path` stands, or the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Mark(1, 1))

    def line_of(self, path: Path, offset: int) -> Mark:
        """Where line `offset`, from 0, of the scalar at `path` stands."""
        scalar = self.scalars.get(path)
        if scalar is None or not scalar.is_block:
            return scalar.mark if scalar else self.place(path)
        line = scalar.mark.line + 1 + offset
        lines = self.text.splitlines()
        source = lines[line - 1] if line <= len(lines) else ""
        return Mark(line, len(source) - len(source.lstrip()) + 1)

    def report(
        self, code: str, mark: Mark, message: str, remedy: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Add a finding about this file."""
        self.findings.append(Finding(self.path, mark.line, mark.column, severity, code, message, remedy))

    def has_errors(self) -> bool:
        """Whether something was found that keeps the file from being published."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def read(path: str, data: bytes) -> Document:
    """The document in `data`, as text; never raises for what is in it. `path` is how findings call it."""
    document = Document(path)
    text = _decode(document, data)
    if text is None:
        return document
    document.text = text
    for match in _CONTROL.finditer(text):
        _report_control(document, match[0], _mark_at(text, match.start()))
        return document
    try:
        tokens = _tokens(document, text)
        if tokens is None:
            return document
        node = yaml.compose(text, Loader=_BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        _report_syntax(document, error)
        return document
    document.value = {} if node is None else _plain(document, node, ())
    _report_lost_hashtags(document, tokens)
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
                "yaml-syntax",
                _mark(token.start_mark),
                f"this is nested deeper than {MAX_DEPTH} levels.",
                'If it is text, put it in double quotes ("…").',
            )
            return None
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
            document.report(
                "alias",
                _mark(token.start_mark),
                "YAML's anchors (&), aliases (*) and tags (!) are not read.",
                'If it is text, put it in double quotes ("…"); else write out what it stands for.',
            )
            return None
        tokens.append(token)
    return tokens


def _decode(document: Document, data: bytes) -> str | None:
    if len(data) > MAX_BYTES:
        document.report(
            "too-large",
            Mark(),
            f"the file has {len(data):,} bytes, {MAX_BYTES:,} are allowed.",
            "Is it the right file? Split it if so.",
        )
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        document.report(
            "encoding",
            _mark_at(before, len(before)),
            f"this is not UTF-8 text: byte 0x{data[error.start]:02x}.",
            "Save the file as UTF-8 (in most editors: Save as…, Encoding: UTF-8).",
        )
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _report_control(document: Document, character: str, mark: Mark) -> None:
    document.report(
        "control-character",
        mark,
        f"the invisible control character U+{ord(character):04X} stands here.",
        "Delete it, and type the text again where it cannot be seen.",
    )


def _mark_at(text: str, offset: int) -> Mark:
    line = text.count("\n", 0, offset) + 1
    return Mark(line, offset - (text.rfind("\n", 0, offset) + 1) + 1)


def _mark(mark: yaml.Mark | None) -> Mark:
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)


def _report_syntax(document: Document, error: yaml.YAMLError | RecursionError) -> None:
    problem = getattr(error, "problem", None) or str(error)
    mark = _mark(getattr(error, "problem_mark", None))
    if "mapping values are not allowed" in problem:
        document.report(
            "colon-mapping",
            mark,
            "the colon in this text reads as a new key.",
            'Put the whole text in double quotes ("…"), or on lines of its own after "|".',
        )
        return
    document.report(
        "yaml-syntax",
        mark,
        f"this is not valid YAML: {problem}.",
        'Check quotes, indentation (no tabs) and colons; put the text in double quotes ("…") or after "|".',
    )


def _plain(document: Document, node: yaml.Node, path: Path) -> Value:
    document.places.setdefault(path, _mark(node.start_mark))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(document, child, (*path, index)) for index, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(document, node, path)
    document.scalars[path] = Scalar(_mark(node.start_mark), getattr(node, "style", None) in ("|", ">"))
    for match in _CONTROL.finditer(node.value):  # from an escape in double quotes
        _report_control(document, match[0], _mark(node.start_mark))
    return str(node.value)


def _plain_mapping(document: Document, node: yaml.MappingNode, path: Path) -> Value:
    mapping: dict[str, Value] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            document.report(
                "yaml-syntax",
                _mark(key_node.start_mark),
                "a key must be a word.",
                "Quote the text, or remove '?'.",
            )
            continue
        key = key_node.value
        if key in mapping:
            first = document.places[(*path, key)].line
            document.report(
                "duplicate-key",
                _mark(key_node.start_mark),
                f"'{key}' was already given on line {first}; one of the two would be lost.",
                "Keep one, or join their texts.",
            )
            continue
        document.places[(*path, key)] = _mark(key_node.start_mark)
        mapping[key] = _plain(document, value_node, (*path, key))
    return mapping


def _report_lost_hashtags(document: Document, tokens: list[yaml.Token]) -> None:
    """A ``#word`` outside quotes and blocks reads as a comment: text that would silently not be posted."""
    reported = 0
    for offset in _comments(document.text, tokens):
        following = document.text[offset + 1 : offset + 2]
        if not (following.isalnum() or following == "_"):
            continue
        mark = _mark_at(document.text, offset)
        word = re.split(r"\s", document.text[offset : offset + 40], maxsplit=1)[0]
        document.report(
            "lost-hashtag",
            mark,
            f"'{word}' and what follows it on this line read as a comment and would be lost.",
            'Put the text in double quotes ("…") or after "|"; for a comment, put a space after "#".',
            # At the very left it is more often an item that someone commented out.
            Severity.WARNING if mark.column == 1 else Severity.ERROR,
        )
        reported += 1
        if reported == MAX_REPORTS:
            return


def _comments(text: str, tokens: list[yaml.Token]) -> Iterator[int]:
    """Offsets at which comments start: each ``#`` between tokens, the first of its line."""
    lines = [0]
    for line in text.split("\n"):
        lines.append(lines[-1] + len(line) + 1)
    end = 0
    for token in tokens:
        start = lines[token.start_mark.line] + token.start_mark.column
        yield from _hashes(text, end, start)
        end = max(end, lines[token.end_mark.line] + token.end_mark.column)
    yield from _hashes(text, end, len(text))


def _hashes(text: str, start: int, end: int) -> Iterator[int]:
    offset = start
    for line in text[start:end].split("\n"):
        at = line.find("#")
        if at >= 0:
            yield offset + at
        offset += len(line) + 1
