"""A machine without data of time zones: the message says so, and nothing calls it a bug."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SERIES = "series:\n  flashtweet: {at: 07:30, weekdays: mon-fri}\n"
WITHOUT = "import sys; sys.modules['tzdata'] = None; from bot.cli import main; main()"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("zone", ["", "timezone: Europe/Paris\n", "timezone: Europe/Pari\n"])
@pytest.mark.parametrize("command", ["check", "run", "run --sandbox", "status", "doctor", "alert --test"])
def test_a_machine_without_time_zones(tmp_path: Path, zone: str, command: str):
    (tmp_path / "config.yaml").write_text(zone + SERIES)
    (tmp_path / "threads").mkdir()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("X_", "FLASHTWEET"))
    }
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *command.split()],
        cwd=tmp_path,
        env=environment | {"PYTHONTZPATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        "flashtweet: the configuration cannot be used:\n"
        "config.yaml:1:1: timezone: this machine has no time zone data: neither the system's nor the "
        "Python package tzdata is installed. Reinstall flashtweet, which includes tzdata, or run: "
        "apt-get install tzdata.\n"
    )
