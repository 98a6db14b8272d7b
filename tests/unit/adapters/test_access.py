"""Modes and groups of real files."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.host import file_access
from bot.adapters.host.file_access import accesses
from bot.config import load
from bot.wiring import exposure

if TYPE_CHECKING:
    import pytest


def test_what_is_there_is_looked_at(tmp_path: Path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "a").chmod(0o640)
    os.chown(tmp_path / "a", -1, 54321) if os.geteuid() == 0 else None
    [found] = accesses([tmp_path / "a", tmp_path / "gone"], lambda path: path.name)
    assert (found.shown, found.mode & 0o777, found.owner) == ("a", 0o640, os.geteuid())
    if os.geteuid() == 0:
        assert (found.group, found.group_name, found.is_shared) == (54321, "", True)


def test_a_file_server_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(file_access, "ACCESS_TIMEOUT", 0.0)
    never = threading.Event()

    class Hanging(type(tmp_path)):  # type: ignore[misc]
        def stat(self, **_: object) -> os.stat_result:
            never.wait()
            raise OSError

    assert accesses([Hanging(tmp_path)], str) == ()
    never.set()


def test_all_files_with_secrets_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "credentials").mkdir()
    for name in ("of-environment", "of-dotenv", "credentials/X_ACCESS_TOKEN", "chat"):
        (tmp_path / name).write_text("1-a\n")
        (tmp_path / name).chmod(0o604)
    (tmp_path / ".env").write_text("X_API_KEY_SECRET_FILE=of-dotenv\nCHAT_FILE=chat\n")
    (tmp_path / ".env").chmod(0o600)
    (tmp_path / "config.yaml").write_text(
        "series:\n  flashtweet: {at: 07:30, weekdays: mon-fri}\nalerts:\n  urls: json://localhost/${CHAT}\n"
    )
    (tmp_path / "config.yaml").chmod(0o666)
    config = load(
        Path("config.yaml"),
        {"X_API_KEY_FILE": "of-environment", "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")},
        tmp_path,
    )
    found = exposure(config)
    told = [one.observed for one in found if one.verdict == "warning"]
    assert told == [
        *(
            f"{name} can be read by every user (mode 604)."
            for name in ("of-environment", "of-dotenv", "credentials/X_ACCESS_TOKEN", "chat")
        ),
        "config.yaml can be written by every user (mode 666): write access decides what is posted.",
    ]
