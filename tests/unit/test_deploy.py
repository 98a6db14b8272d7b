"""What stands in deploy/: it is accepted by the tools that read it, and agrees with the program."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from bot.cli.main import cli
from bot.config import SECRETS
from bot.core.network import REQUEST_DEADLINE

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
PROGRAM = "/opt/flashtweet/bin/flashtweet"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not here: apt-get install --no-install-recommends systemd procps",
)


@pytest.fixture(params=UNITS, ids=lambda path: path.name)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit, as it is but for the program, which is not installed here."""
    original: Path = request.param
    copy = tmp_path / original.name
    copy.write_text(original.read_text("utf-8").replace(PROGRAM, sys.executable), "utf-8")
    return copy


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=30
    )


@needs_systemd
def test_systemd_accepts_the_unit(unit: Path) -> None:
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_systemd_rates_the_sandbox_ok(unit: Path) -> None:
    """The threshold is the rating times ten; "OK" ends at 5.0."""
    done = analyze("security", "--offline=true", "--threshold=20", str(unit))
    assert done.returncode == 0, done.stdout


def settings(unit: Path) -> dict[str, list[str]]:
    """The values of each setting, in their order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_agrees_with_the_program() -> None:
    told = settings(DEPLOY / "flashtweet.service")
    program, *arguments = shlex.split(told["ExecStart"][0])
    assert program == PROGRAM
    accepted = CliRunner().invoke(cli, [*arguments, "--help"])
    assert accepted.exit_code == 0, accepted.output
    assert [value.partition(":")[0] for value in told["LoadCredential"]] == list(SECRETS)
    assert float(told["TimeoutStopSec"][0].removesuffix("s")) > REQUEST_DEADLINE.total_seconds()


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


def test_the_containers_secrets_come_as_files() -> None:
    told = compose()
    daemon = told["services"]["daemon"]
    assert daemon["environment"] == {f"{name}_FILE": f"/run/secrets/{name}" for name in SECRETS}
    assert daemon["secrets"] == list(SECRETS)
    assert told["secrets"] == {name: {"file": f"./secrets/{name}"} for name in SECRETS}
    assert float(daemon["stop_grace_period"].removesuffix("s")) > REQUEST_DEADLINE.total_seconds()


def test_the_container_writes_its_ledger_only() -> None:
    daemon = compose()["services"]["daemon"]
    assert daemon["read_only"] is True
    writable = [volume for volume in daemon["volumes"] if not volume.endswith(":ro")]
    assert writable == ["ledger:/var/lib/flashtweet"]


def instructions() -> list[tuple[str, str]]:
    """Those of the Containerfile, with their arguments on one line."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines if line.strip()]


def test_the_containerfile_copies_what_is_there() -> None:
    copied = [
        value.split()[:-1] for name, value in instructions() if name == "COPY" and "--from" not in value
    ]
    assert copied == [
        ["pyproject.toml", "README.md", "LICENSE"],
        ["deploy/requirements.txt", "deploy/build-requirements.txt"],
        ["bot"],
        ["deploy/flashtweet"],
    ]
    assert all((ROOT / source).exists() for sources in copied for source in sources)


def test_the_image_runs_the_daemon_and_not_as_root() -> None:
    told = dict(instructions())
    assert told["USER"] == "10001:10001"
    assert told["ENTRYPOINT"] == '["/usr/local/bin/flashtweet"]'
    arguments = [argument.strip('[]",') for argument in told["CMD"].split()]
    assert CliRunner().invoke(cli, [*arguments, "--help"]).exit_code == 0


def test_the_health_check_is_a_program() -> None:
    """It ends with another code than 0 where nobody answers."""
    check = re.search(
        r'CMD \["/opt/flashtweet/bin/python", "-c", "(.*)"\]', dict(instructions())["HEALTHCHECK"]
    )
    assert check
    nobody = check[1].replace("9464", "9")
    done = subprocess.run([sys.executable, "-c", nobody], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Connection refused" in done.stderr


def test_the_operators_command_is_the_daemons(tmp_path: Path) -> None:
    """Configuration and credentials are the daemon's; what is typed comes through as it is."""
    program = tmp_path / "flashtweet"
    program.write_text('#!/bin/sh\nprintf "%s|" "$CREDENTIALS_DIRECTORY" "$@"\n', "utf-8")
    program.chmod(0o700)
    script = tmp_path / "wrapper"
    script.write_text((DEPLOY / "flashtweet").read_text("utf-8").replace(PROGRAM, str(program)), "utf-8")
    done = subprocess.run(
        ["sh", str(script), "hold", "a b", "--yes"], env={}, capture_output=True, text=True, check=True
    )
    assert done.stdout == ("/etc/flashtweet/credentials|--config|/etc/flashtweet/config.yaml|hold|a b|--yes|")


def setup_commands() -> str:
    """Those of docs/operators.md that make users, folders and credentials."""
    text = (ROOT / "docs" / "operators.md").read_text("utf-8")
    section = text.partition("### Install with systemd")[2].partition("From then on")[0]
    lines = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    other = ("python3 -m venv", "-m pip install", "flashtweet doctor", "systemctl", "/etc/systemd/")
    return "\n".join(line for line in lines if not any(word in line for word in other))


NEW_PLACES = """
set -e
umask 022
for place in etc srv usr/local/bin var/lib; do mkdir -p "$1/$place"; done
cp -a /etc/. "$1/etc"
for place in etc srv usr/local/bin var/lib; do mount --bind "$1/$place" "/$place"; done
sudo() {
  if [ "$1" = -u ]; then user=$2; shift 2; runuser -u "$user" -- "$@"; else "$@"; fi
}
"""
LOOK = """
stat -c '%n %a %U:%G' /etc/flashtweet /etc/flashtweet/credentials /etc/flashtweet/credentials/* \
  /srv/flashtweet /srv/flashtweet/threads /var/lib/flashtweet
useradd --no-create-home --groups flashtweet-editors editor
runuser -u editor -- sh -c 'umask 022; echo "items: x" > /srv/flashtweet/threads/2026-11-24.yaml'
runuser -u flashtweet -- cat /srv/flashtweet/threads/2026-11-24.yaml /etc/flashtweet/credentials/X_API_KEY
runuser -u editor -- cat /etc/flashtweet/credentials/X_API_KEY && echo LEAKED
runuser -u editor -- ls /etc/flashtweet/credentials /var/lib/flashtweet && echo LEAKED
grep -E '^(threads|ledger):' /etc/flashtweet/config.yaml
true
"""


@pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "runuser", "useradd", "groupadd"))),
    reason="makes users in a mount namespace of its own: root's business",
)
def test_the_setup_commands_give_editors_the_threads_folder_and_no_secret(tmp_path: Path) -> None:
    script = f"{NEW_PLACES}{setup_commands()}\n{LOOK}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path)],
        cwd=ROOT,
        input="key\nkey-secret\n1-token\ntoken-secret\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare failed" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    out = done.stdout.replace(": ", ":\n", len(SECRETS)).splitlines()
    credentials = "/etc/flashtweet/credentials"
    assert [line for line in out if line.startswith("/")] == [
        "/etc/flashtweet 755 root:root",
        f"{credentials} 700 flashtweet:flashtweet",
        *(f"{credentials}/{name} 600 flashtweet:flashtweet" for name in sorted(SECRETS)),
        "/srv/flashtweet 755 root:root",
        "/srv/flashtweet/threads 2775 root:flashtweet-editors",
        "/var/lib/flashtweet 700 flashtweet:flashtweet",
    ]
    assert {"items: x", "key", "threads: /srv/flashtweet/threads"} <= {
        line.partition("  ")[0] for line in out
    }
    assert "LEAKED" not in out


def pinned(path: Path) -> dict[str, str]:
    """The versions in a file of requirements, by their names as PyPI compares them."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub("[-_.]+", "-", name).lower(): version for name, version in found}


def test_the_hashed_requirements_are_those_of_the_constraints() -> None:
    locked, tested = pinned(DEPLOY / "requirements.txt"), pinned(ROOT / "constraints.txt")
    assert locked.items() <= tested.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["postgres"]]
    names = {re.split(r"[\[<>=~! ]", one)[0].lower() for one in wanted}
    assert names <= locked.keys()
    assert project["build-system"]["requires"] == [
        f"{name}=={version}" for name, version in pinned(DEPLOY / "build-requirements.txt").items()
    ]


@pytest.mark.parametrize("name", ["requirements.txt", "build-requirements.txt"])
def test_every_requirement_has_hashes_and_names_no_index(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    lines = [line for line in text.replace("\\\n", " ").splitlines() if not line.startswith("#")]
    assert all("--hash=sha256:" in line for line in lines if line.strip())
    assert not re.search("://|^ *--?(index|extra|find|i )", text, re.MULTILINE)


def test_what_is_secret_stays_out_of_the_build() -> None:
    """Everything is left out but what is named, and nothing that is named is a secret or a ledger."""
    told = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in told
    kept = {line[1:] for line in told if line.startswith("!")}
    copied = {
        source
        for name, value in instructions()
        if name == "COPY" and "--from" not in value
        for source in value.split()[:-1]
    }
    assert kept == copied


def test_memory_is_bounded() -> None:
    assert settings(DEPLOY / "flashtweet.service")["MemoryMax"] == ["1G"]
    assert compose()["services"]["daemon"]["mem_limit"] == "1g"
