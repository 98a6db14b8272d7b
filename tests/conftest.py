"""Settings of all tests, and the summary of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# The speed of a machine at one instant is not about the code: a stall once failed an unrelated test.
_ANY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The suite tries the same examples everywhere: whether a change lands must not depend on dice.
settings.register_profile("same", _ANY_MACHINE, derandomize=True)
settings.register_profile("explore", _ANY_MACHINE, print_blob=True)
settings.load_profile("same")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the number of X's conformance cases checked; workers cannot print it."""
    passed = terminalreporter.stats.get("passed", [])
    sections = [report for report in passed if "test_twitter_text.py::test_section" in report.nodeid]
    if sections:
        from tests.conformance.test_twitter_text import ALL  # noqa: PLC0415  (imported only if used)

        terminalreporter.write_line(
            f"twitter-text conformance: {len(ALL)} cases in {len(sections)} sections passed"
        )
