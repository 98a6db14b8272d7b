"""SIGKILL at every failpoint around a post, also for bots that are broken on purpose.

The head and one reply: `make matrix` runs all posts. In a separate process, since only a process without
threads may fork.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.failpoints.mutants import MUTANTS
from tests.failpoints.points import POINTS

pytestmark = pytest.mark.acceptance


def matrix(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.failpoints", *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def test_a_kill_at_any_failpoint_loses_and_repeats_nothing() -> None:
    played = matrix("--posts", "1,6", "--lag", "0.3")
    assert played.returncode == 0, played.stdout + played.stderr
    assert f"{len(POINTS) * 2} kills, 0 failures" in played.stdout


def test_bots_that_are_broken_on_purpose_are_caught() -> None:
    """Otherwise the matrix would prove nothing."""
    played = matrix("--mutants")
    assert played.returncode == 0, played.stdout + played.stderr
    assert f"{len(MUTANTS)} mutants, 0 not caught" in played.stdout
    for symptom in ("is out twice", "is lost"):
        assert symptom in played.stdout
