"""Marks of Markdown that nothing takes out of a text: rules of tables, emphasis without its other end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_RULE = re.compile(r"\|(?:[ \t]*+:?-{2,}+:?[ \t]*+\|)++")
_HIGHLIGHT = re.compile(r"(?<![\w=])==(?=[^\s=])[^=\n]+(?<=\S)==(?![\w=])")
_ALONE = re.compile(r"(?<![^\s(«\"“])\*\*(?=[^\W_])[^\s*]++|[^\s*]{1,40}\*\*(?=[\s.,;:!?)»”]|\Z)(?<=\w\*\*)")


def table_rules(text: str) -> Iterator[re.Match[str]]:
    """Yield the rules between the head and the rows of tables: ``| --- | --- |``."""
    if "|" in text and "--" in text:
        yield from _RULE.finditer(text)


def open_emphasis(text: str, pairs: list[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Yield ``==emphasis==``, and stars without the other end, which are in none of the `pairs`."""
    if "==" in text:
        yield from _HIGHLIGHT.finditer(text)
    if text.count("**") % 2:
        spans = iter([*(match.span() for match in pairs), (len(text), len(text))])
        start, end = next(spans)
        for match in _ALONE.finditer(text):
            while end <= match.start() and end < len(text):
                start, end = next(spans)
            if match.end() <= start or match.start() >= end:
                yield match
                return
