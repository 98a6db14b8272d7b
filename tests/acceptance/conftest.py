"""A project folder and a sandbox process for each test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.processes import CONFIG, Project, SandboxProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Yield a configured folder without files, and check that a test has exposed no secret."""
    with Project(tmp_path, forked=True) as made:
        made.write("config.yaml", CONFIG)
        (tmp_path / "threads").mkdir()
        yield made
    assert made.leaks() == []


@pytest.fixture
def sandbox(project: Project) -> Iterator[SandboxProcess]:
    """Yield a running sandbox for the project's environment; its pages are checked for secrets, too."""
    made = project.sandbox()
    yield made
    project.output += [made.page(), json.dumps([made.get("requests"), made.get("posts")])]
