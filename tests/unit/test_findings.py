"""Every finding that the source can make is documented, and shown by a test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKERS = {"report", "TextRemark", "BlockRemark", "Finding", "_finding", "_Diagnosis", "_error", "mend"}
CODE = re.compile(r"[a-z]+(-[a-z]+)*")
TESTS = ("unit", "acceptance")


def calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def codes_in_source() -> set[str]:
    """The kebab-case constants that are handed to what makes findings."""
    found = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for call in calls(path):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            constants = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
            texts = [value for value in constants if isinstance(value, str)]
            found |= {text for text in texts if name in MAKERS and CODE.fullmatch(text)}
    return found


def rows() -> list[tuple[str, str]]:
    """(code, severity) of each row of the page."""
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z-]+)`(?: ◊)? \| (error|warning) \|", text, re.MULTILINE)


def test_the_page_lists_exactly_the_codes_of_the_source():
    assert sorted({code for code, _ in rows()}) == sorted(codes_in_source())


def test_each_code_and_severity_has_one_row():
    assert len(rows()) == len(set(rows()))


def test_each_code_is_expected_by_a_test():
    """As a string of its own, in a test that is not this one."""
    files = [path for folder in TESTS for path in (ROOT / "tests" / folder).rglob("test_*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files if path != Path(__file__))
    assert sorted(code for code in codes_in_source() if f'"{code}"' not in text) == []
