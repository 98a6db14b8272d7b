"""Messages and exit codes of commands under errors."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from bot.config import SECRETS
from tests.fakes.service import Service
from tests.processes import CONFIG, DAILY, until

if TYPE_CHECKING:
    from tests.processes import Project, SandboxProcess

pytestmark = pytest.mark.acceptance

EDITION = "flashtweet@2020-11-06"


def test_a_held_thread_shows_the_command(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(fault="credits", after=4)
    held = project.run("publish", EDITION)
    assert held.returncode == 4
    assert "HELD  4/12 posts" in held.stdout
    assert "Buy credits in X's developer console." in held.stdout
    assert f"→ Once that is fixed, type: flashtweet publish {EDITION}" in held.stdout
    assert project.run("status").stdout.count("Buy credits") == 1
    assert project.run("publish", EDITION).returncode == 0
    assert len(sandbox.posts()) == 12


def test_a_published_edition_is_reported(project: Project, sandbox: SandboxProcess) -> None:
    path = project.write("threads/2020-11-06.yaml", DAILY)
    assert project.run("publish", EDITION).returncode == 0
    again = project.run("publish", EDITION)
    assert again.returncode == 0
    assert f"{EDITION} is already published: there is nothing to send.\n" in again.stderr
    path.write_text(DAILY.replace("numéro 1 ", "n° 1 "), "utf-8")
    changed = project.run("publish", EDITION, "--dry-run")
    assert "Its file has changed since; X keeps what was sent." in changed.stderr
    assert changed.stdout == ""
    assert len(sandbox.posts()) == 12


def test_ctrl_c_is_answered_at_once_and_sends_no_further_post(
    project: Project, sandbox: SandboxProcess
) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(fault="delay", after=2, seconds=2, when="after")
    process = project.start("publish", EDITION)
    until(lambda: len(sandbox.posts()) == 3, "the third post is created, its answer under way")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 4
    assert "stopping after the post in flight" in err
    assert len(sandbox.posts()) == 3
    [publication] = project.json("status")["publications"]
    assert (publication["state"], publication["reason"]) == ("HELD", "stopped by an operator.")


def test_a_mistyped_address_does_not_lock_the_ledger(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    right = project.env["X_API_BASE_URL"]
    project.env["X_API_BASE_URL"] = "http://127.0.0.1:1"
    wrong = project.start("publish", EDITION)
    assert wrong.stderr
    output = wrong.stderr.readline() + wrong.stderr.readline()
    assert "X cannot be reached at 127.0.0.1:1: Connection refused. Is 'flashtweet sandbox' running" in output
    wrong.send_signal(signal.SIGINT)
    wrong.communicate()
    project.env["X_API_BASE_URL"] = right
    assert project.run("publish", EDITION).returncode == 0
    assert len(sandbox.posts()) == 12


@pytest.mark.parametrize("command", [("run",), ("publish", EDITION)])
def test_a_ledger_that_cannot_be_made_is_no_traceback(
    project: Project, sandbox: SandboxProcess, command: tuple[str, ...]
) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    project.env["FLASHTWEET_LEDGER"] = "sqlite:///nowhere/ledger.db"
    done = project.run(*command)
    assert done.returncode == 4
    assert "No such file or directory" in done.stderr
    assert "FLASHTWEET_LEDGER" in done.stderr
    assert "Traceback" not in done.stderr
    assert sandbox.posts() == []


def test_an_impossible_file_name_is_not_a_bug(project: Project) -> None:
    """Use a name that the system rejects, as in a folder without permission."""
    done = project.run("preview", "a" * 5000)
    assert done.returncode == 2
    assert "there is no file aaa" in done.stderr


@pytest.mark.usefixtures("sandbox")
def test_a_failed_start_is_alerted_once_and_cleared_by_the_next_start(
    project: Project,
) -> None:
    """systemd restarts the daemon every ten seconds; the alert must not repeat each time."""
    ledger = project.folder / "ledger.db"
    project.env["FLASHTWEET_LEDGER"] = "sqlite:///ledger.db"
    ledger.write_bytes(b"SQLite format 3\0" + bytes(4000))
    with Service() as service:
        project.write("config.yaml", f"{CONFIG}alerts:\n  urls: ['json://{service.host}/']\n")
        for _ in range(2):
            assert project.run("run").returncode == 4
        assert service.titles == ["flashtweet rehearsal: START"]
        assert "ledger.db" in service.got[0][1]["message"]
        wrong = f"{CONFIG}alerts:\n  urls: ['json://{service.host}/']\nlegder: x\n"
        right = (project.folder / "config.yaml").read_text("utf-8")
        project.write("config.yaml", wrong)
        for _ in range(2):
            assert project.run("run").returncode == 2
        assert service.titles == ["flashtweet rehearsal: START"] * 2
        assert "Did you mean 'ledger'?" in service.got[1][1]["message"]
        project.write("config.yaml", right)
        ledger.unlink()
        daemon = project.start("run")
        project.wait_for_line(daemon, "flashtweet started")
        assert "another daemon" in project.run("run").stderr  # no alert: the other daemon works
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate()
        assert daemon.returncode == 0
        # At some hours of the day the daemon also has tomorrow's missing files to report.
        about_starts = [title for title in service.titles if "start" in title.casefold()]
        assert about_starts[2:] == ["flashtweet rehearsal: start is over"]


@pytest.mark.parametrize(
    ("lines", "env", "why"),
    [
        ("", {}, "GONE is not set"),
        (
            "",
            {"X_API_KEY": "", "X_API_KEY_FILE": "nowhere"},
            "environment: X_API_KEY_FILE: there is no file by this name",
        ),
        ("", {"X_API_BASE_URL": "nonsense"}, "this is not the address of a server"),
        ("", {"FLASHTWEET_LEDGER": "mysql://a"}, "a URL of 9 characters (mysql://…) is not a ledger"),
        ("ledger: mysql://a\n", {}, "a URL of 9 characters (mysql://…) is not a ledger"),
    ],
    ids=["an alert's address", "a key", "X's address", "the ledger", "the ledger in the file"],
)
def test_a_failed_start_is_alerted_as_far_as_addresses_can_be_read(
    project: Project, lines: str, env: dict[str, str], why: str
) -> None:
    """The alert is sent despite other errors: no daemon can start with a wrong configuration."""
    project.env |= {name: f"1-planted{name.lower().replace('_', '')}" for name in SECRETS} | env
    with Service() as service:
        project.env["CHAT"] = f"json://{service.host}/"
        project.write("config.yaml", f"{CONFIG}{lines}alerts:\n  urls: ['${{GONE}}', '${{CHAT}}']\n")
        done = project.run("run")
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
        assert service.titles == ["flashtweet: START"]
        assert why in service.got[0][1]["message"]


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["", "debug"])
@pytest.mark.parametrize(
    ("text", "more", "why"),
    [
        ("health: 0.0.0.0:9464\n" + CONFIG, (), "no credentials: X_API_KEY, "),
        ("legder: x\n" + CONFIG, (), "the configuration cannot be used:\nconfig.yaml:1:1: 'legder' is not"),
        (
            "legder: x\n" + CONFIG,
            ("--sandbox",),
            "the configuration cannot be used:\nconfig.yaml:1:1: 'legder'",
        ),
        ("", ("--config", "gone.yaml"), "the configuration cannot be used:\ngone.yaml: it cannot be read"),
        (CONFIG, ("--until", "2020-11-06 07:30"), "--start-at and --until shift the clock"),
    ],
    ids=["a warning", "a wrong file", "a rehearsal's", "no file", "a wrong command"],
)
def test_a_json_log_has_only_json_lines(
    project: Project, text: str, more: tuple[str, ...], why: str, debug: tuple[str, ...]
) -> None:
    """A line that is not JSON would break its reader, at the very line with the reason."""
    project.write("config.yaml", text)
    done = project.run("run", "--log", "json", *more, *debug)
    assert (done.returncode, done.stdout) == (2, "")
    *before, last = [json.loads(line) for line in done.stderr.splitlines()]
    assert (last["event"], last["level"], last["exit_code"]) == (
        "flashtweet ended with an error",
        "ERROR",
        2,
    )
    assert last["reason"].startswith(why)
    assert ("exception" in last) is bool(debug)
    warned = [one["code"] for one in before if one["level"] == "WARNING"]
    assert warned == (["open-health"] if text.startswith("health") else [])


def test_a_text_log_ends_with_the_error(project: Project) -> None:
    """The configuration's warnings are in the log, too."""
    project.write("config.yaml", "health: 0.0.0.0:9464\n" + CONFIG)
    done = project.run("run")
    assert done.returncode == 2
    assert " WARNING config.yaml:1:1: health: 0.0.0.0:9464 lets other machines read " in done.stderr
    assert "\nflashtweet: no credentials: X_API_KEY, " in done.stderr


def test_no_output_shows_a_secret(project: Project, sandbox: SandboxProcess) -> None:
    """Every test searches for secrets at its end; here every kind of error logs a traceback."""
    project.write("threads/2020-11-06.yaml", DAILY)
    assert len(project.secrets()) == 4
    faults: tuple[dict[str, object], ...] = (
        {"fault": "unauthorized"},
        {"fault": "credits"},
        {"fault": "odd", "form": "list", "status": 403},
        {"fault": "truncated"},
        {"fault": "rate-limit", "reset_seconds": 86_400},
    )
    for fault in faults:
        sandbox.switch_on(**fault)
        project.run("publish", EDITION, "--debug")
    for command in (("status",), ("check",), ("log", EDITION)):
        project.run(*command, "--debug")
    project.run("publish", EDITION, "--debug", X_API_BASE_URL="http://127.0.0.1:9")
    project.run("status", "--debug", X_API_BASE_URL="nonsense")
    assert "402" in "".join(project.output)


@pytest.mark.usefixtures("sandbox")
def test_a_leak_is_detected(project: Project) -> None:
    path = project.write("log.txt", f"Authorization: {project.env['X_ACCESS_TOKEN_SECRET']}")
    project.output.append(f"key {project.env['X_API_KEY']}")
    assert project.leaks() == [project.output[0], str(path)]
    path.unlink()
    project.output.clear()
