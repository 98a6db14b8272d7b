"""English of the source and the documentation: docstrings in the imperative, and no calques."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "bot").rglob("*.py"))
PAGES = [
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "README.md",
    ROOT / "config.yaml",
    ROOT / "SECURITY.md",
]
BANNED = re.compile(
    r"\b(?:of which|what is so|who (?:hears|asks|knows)|told|any more|no more\b(?! than)|goes on"
    r"|takes a start)\b",
    re.IGNORECASE,
)
WH_WORD = re.compile(r"(?:What|Whether|Where|When|Who|Whose|How|Which|Why)\b")
MOST_WH_WORDS = 0.02
"""Share of docstrings that may begin with one; in the projects that we learned from it is 0 to 2 %."""


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and value of each text in a module: messages, log lines and docstrings."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def docstrings(path: Path) -> Iterator[str]:
    """Yield the docstrings of a module, its classes, functions and attributes."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        for statement in getattr(node, "body", []) if isinstance(getattr(node, "body", None), list) else []:
            match statement:
                case ast.Expr(ast.Constant(str(text))):
                    yield text


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_in_the_source_has_a_banned_phrase(path: Path) -> None:
    assert [(line, found[0]) for line, text in strings(path) if (found := BANNED.search(text))] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_has_a_banned_phrase(path: Path) -> None:
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    assert [(n, found[0]) for n, line in lines if (found := BANNED.search(line))] == []


def test_docstrings_state_what_a_function_does() -> None:
    found = [text for path in SOURCES for text in docstrings(path)]
    asking = [text for text in found if WH_WORD.match(text)]
    assert len(asking) <= MOST_WH_WORDS * len(found), asking
