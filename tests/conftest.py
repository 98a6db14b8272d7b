"""What holds for all tests, and what a run of them says at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# How fast a machine is at an instant says nothing about the code: a stall made a test of another thing fail.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many of X's conformance cases were checked; workers cannot print it."""
    passed = terminalreporter.stats.get("passed", [])
    sections = [report for report in passed if "test_twitter_text.py::test_section" in report.nodeid]
    if sections:
        from tests.conformance.test_twitter_text import ALL  # noqa: PLC0415  (read only where it was used)

        terminalreporter.write_line(
            f"twitter-text conformance: {len(ALL)} cases in {len(sections)} sections passed"
        )
