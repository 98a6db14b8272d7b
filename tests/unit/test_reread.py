"""What a daemon that runs can take over of a changed configuration, and what takes a new start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import wiring
from bot.config import SECRETS, load
from bot.errors import RestartRequired, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.wiring import Newsroom

SERIES = "series:\n  flashtweet: {at: 07:30, weekdays: mon-fri}\n"
KEYS = dict.fromkeys(SECRETS, "1-x")


@pytest.fixture
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    """One that runs by the configuration as it was."""
    (tmp_path / "config.yaml").write_text(SERIES, "utf-8")
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    config = load(tmp_path / "config.yaml", KEYS, tmp_path)
    with wiring.newsroom(config, wiring.need_access(config), wiring.SystemClock(), config.ledger) as one:
        yield one


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("FLASHTWEET_LEDGER", "sqlite:///other.db", "another ledger"),
        ("X_ACCESS_TOKEN", "2-x", "another account"),
        ("X_API_BASE_URL", "https://x.example", "another X_API_BASE_URL"),
    ],
)
def test_another_ledger_or_account_takes_a_new_start(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, name: str, value: str, what: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(RestartRequired, match=f"^{what}: this requires a restart of the daemon"):
        wiring.reread(newsroom)


def test_credentials_that_are_missing_help_no_start(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("X_API_KEY")
    with pytest.raises(UsageError, match="X_API_KEY not set") as caught:
        wiring.reread(newsroom)
    assert not isinstance(caught.value, RestartRequired)


def test_other_keys_of_the_same_account_are_taken_over(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_ACCESS_TOKEN", "1-y")
    assert wiring.reread(newsroom).access.access_token == "1-y"
