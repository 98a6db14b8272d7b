"""Tests that commands in texts get the options by which they reach the ledger in question."""

from __future__ import annotations

import pytest

from bot.cli.main import COMMANDS
from bot.core.typed_commands import ON_A_LEDGER, ON_NONE, GlobalOptions

REHEARSAL = GlobalOptions(rehearsal=True)
ELSEWHERE = GlobalOptions("/srv/à Paris/config.yaml")


@pytest.mark.parametrize(
    ("options", "text", "typed"),
    [
        (GlobalOptions(), "type: flashtweet release a@2026-11-29", None),
        (
            REHEARSAL,
            "type: flashtweet release a@2026-11-29 (or, at once: flashtweet publish a@2026-11-29)",
            (
                "type: flashtweet --rehearsal release a@2026-11-29 "
                "(or, at once: flashtweet --rehearsal publish a@2026-11-29)"
            ),
        ),
        (REHEARSAL, "Start one: flashtweet run --sandbox", None),
        (REHEARSAL, "flashtweet runs; flashtweet --rehearsal status; flashtweet@2026-11-29 log", None),
        (
            ELSEWHERE,
            "Type: flashtweet run",
            "Type: flashtweet --config '/srv/à Paris/config.yaml' run",
        ),
        (
            GlobalOptions("other.yaml", rehearsal=True),
            "'flashtweet status' shows it",
            "'flashtweet --config other.yaml --rehearsal status' shows it",
        ),
    ],
)
def test_options_are_put_in(options: GlobalOptions, text: str, typed: str | None) -> None:
    assert options.put_into(text) == (typed or text)
    assert "".join(options.pieces(text)[::2]) == text


def test_every_command_is_known() -> None:
    assert {name for names in COMMANDS.values() for name in names} == ON_A_LEDGER | ON_NONE
