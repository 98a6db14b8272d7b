"""Files of another user: whose they are, who needs them, and what to type."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from bot.config import load
from bot.config.environment import variables
from bot.config.file_permissions import advice, unreadable_file
from bot.errors import ConfigError
from tests.unit.adapters.test_machine import nobody

OF_ROOT = "sudo chown nobody {0} && sudo chmod 600 {0}"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of two users")


CHOWN = "Type: sudo chown {} '/etc/a b/.env' && sudo chmod 600 '/etc/a b/.env'"


@pytest.mark.parametrize(
    ("owner", "user", "expected"),
    [
        ("flashtweet", "flashtweet", "Type: chmod 600 '/etc/a b/.env'"),
        ("root", "flashtweet", CHOWN.format("flashtweet")),
        (
            "flashtweet",
            "anna",
            f"{CHOWN.format('anna')}; or, if flashtweet runs as flashtweet: sudo -u flashtweet flashtweet …",
        ),
    ],
)
def test_what_to_type(owner: str, user: str, expected: str):
    assert advice(owner, user, "/etc/a b/.env", "600") == expected


def test_another_error_is_no_matter_of_owners(tmp_path: Path):
    error = OSError(5, "Input/output error")
    told = ("cannot be read: Input/output error.", "Check its path and its disk.")
    assert unreadable_file(tmp_path, "x", error) == told


def test_a_folder_above_is_closed(tmp_path: Path):
    error = PermissionError(13, "Permission denied")
    assert unreadable_file(tmp_path / "gone", "a/b", error)[1].startswith("Type: namei -l a/b;")


@needs_root
def test_files_of_root():
    """``.env``, a file that it names, and config.yaml."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own folder is closed to others
        folder = Path(name)
        folder.chmod(0o755)
        for file, text in ((".env", "X_API_KEY=a\n"), ("key", "a"), ("config.yaml", "series: {}\n")):
            (folder / file).write_text(text)
            (folder / file).chmod(0o600)
        with nobody():
            named = variables(folder, folder, {"X_API_KEY_FILE": str(folder / "key")})
            assert named.get("X_API_KEY") is None
            with pytest.raises(ConfigError) as refused:
                load(folder / "config.yaml", {}, folder)
        why = "cannot be read: Permission denied. It belongs to root (mode 600), and nobody needs to read it."
        expected = [
            (".env", f"it {why}", OF_ROOT.format(".env")),
            ("key", f"the file of X_API_KEY_FILE {why}", OF_ROOT.format("key")),
            ("config.yaml", f"it {why}", "sudo chmod 644 config.yaml"),
        ]
        found = (*named.findings, *refused.value.findings)
        assert [(one.path, one.message, one.remedy) for one in found] == [
            (path, message, f"Type: {remedy}") for path, message, remedy in expected
        ]
