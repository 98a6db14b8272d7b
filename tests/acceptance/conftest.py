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
    """A configured folder without files. Whatever a test does in it, no secret comes to light."""
    with Project(tmp_path, forked=True) as made:
        made.write("config.yaml", CONFIG)
        (tmp_path / "threads").mkdir()
        yield made
    assert made.leaks() == []


@pytest.fixture
def sandbox(project: Project) -> Iterator[SandboxProcess]:
    """A running sandbox; the project's environment points to it. Its pages show no secret either."""
    made = project.sandbox()
    yield made
    project.output += [made.page(), json.dumps([made.get("requests"), made.get("posts")])]
