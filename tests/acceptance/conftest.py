"""A project folder and a sandbox process for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.processes import CONFIG, Project, SandboxProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A configured folder without files."""
    with Project(tmp_path) as made:
        made.write("config.yaml", CONFIG)
        (tmp_path / "threads").mkdir()
        yield made


@pytest.fixture
def sandbox(project: Project) -> SandboxProcess:
    """A running sandbox; the project's environment points to it."""
    return project.sandbox()
