"""No regular expression takes more than linear time on a run of one sign, wherever it starts in it.

A quadratic one needs many seconds of the processor for these runs, a linear one some milliseconds: what is
stopped took hundreds of times what it may. `make hostile` measures the rest of the engine.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bot.adapters.issue_files
import bot.core
import bot.yamldoc
from tests.hostile.costs import at_most

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

RUN = 30_000
SIGNS = (
    "a", "A", "1", ".", "?", "-", ",", ":", "(", '"', "»", "/", "#", "@", "$", "{", "&", " ", "\u00a0", "\n",
    "é", "\u0301", "👍", "🇫", "\u200d",
)  # fmt: skip
SCANS = re.compile(r"\b(_?[A-Z][A-Z_]*)\.(?:search|finditer|findall|split|sub)\(")
"""A pattern that looks for its place itself; others are tried at one place."""


def modules() -> Iterator[ModuleType]:
    for package in (bot.core, bot.yamldoc, bot.adapters.issue_files):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            yield importlib.import_module(found.name)


def patterns() -> Iterator[tuple[str, re.Pattern[str], bool]]:
    """(name, pattern, whether it scans)"""
    for module in modules():
        scanning = set(SCANS.findall(Path(str(module.__file__)).read_text(encoding="utf-8")))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{module.__name__}.{name}", value, name in scanning


ALL = list(patterns())


def test_patterns_are_found():
    assert len(ALL) > 40
    assert sum(scans for _, _, scans in ALL) > 15


@pytest.mark.parametrize(("pattern", "scans"), [one[1:] for one in ALL], ids=[one[0] for one in ALL])
def test_a_run_takes_linear_time(pattern: re.Pattern[str], scans: bool):
    for sign in SIGNS:
        for text in (sign * RUN, f"a.{sign * RUN}x"):
            with at_most(3):
                pattern.match(text)
                pattern.fullmatch(text)
                for _ in pattern.finditer(text) if scans else ():
                    pass
