"""``flashtweet doctor`` as a process against a sandbox process: its output and exit code."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox import Sandbox, SandboxServer
from tests.processes import DAILY, Project, SandboxProcess, until

pytestmark = pytest.mark.acceptance

EDITION = "flashtweet@2020-11-06"


def verdicts(done) -> dict[str, str]:
    """Return the verdicts of ``doctor --json`` by name."""
    return {check["name"]: check["verdict"] for check in json.loads(done.stdout)["checks"]}


def check(done, name: str) -> Any:
    return next(one for one in json.loads(done.stdout)["checks"] if one["name"] == name)


@pytest.fixture
def written(project: Project) -> Project:
    project.write("threads/2020-11-06.yaml", DAILY)
    return project


def test_all_is_well(written: Project, sandbox: SandboxProcess) -> None:
    written.write("threads/2020-11-06.yaml", "items: |\n  Un\n  Deux\n")
    done = written.run("doctor", EDITION, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert {name for name, verdict in verdicts(done).items() if verdict != "ok"} <= {"daemon", "ntp"}
    assert set(verdicts(done)) == {
        *("file", "findings", "folder", "file-system", "disk", "ledger", "ntp", "daemon"),
        *("credentials", "permission", "credits", "clock", "rate", "secrets", "places"),
    }
    document = json.loads(done.stdout)
    assert document["verdict"] == "warning"  # no daemon runs
    assert document["editions"] == [
        {"edition": EDITION, "slot_at": "2020-11-06T06:30:00Z", "local": "2020-11-06T07:30:00+01:00"}
    ]
    assert "@flashtweet_sandbox" in check(done, "credentials")["observed"]
    assert sandbox.posts() == []
    assert [one["kind"] for one in sandbox.get("requests")] == ["me"]
    assert list(written.folder.glob("*.db")) == []  # a ledger created by doctor would have a creation time


def test_the_text_output_has_one_line_per_check(written: Project, sandbox: SandboxProcess) -> None:
    sandbox.set(access_level="read")
    done = written.run("doctor", EDITION)
    lines = done.stdout.splitlines()
    assert done.returncode == 4
    assert len(lines) == 15 + 1
    assert lines[0].split()[:3] == ["ok", "file", f"{EDITION}:"]
    [permission] = [line for line in lines if "permission" in line]
    assert permission.startswith("failure ")
    assert " → Give the app read and write permission" in permission


def test_without_an_edition_it_is_the_next_of_each_series(project: Project, sandbox: SandboxProcess) -> None:
    done = project.run("doctor", "--json")
    assert sandbox.posts() == []
    found = [one["edition"].partition("@")[0] for one in json.loads(done.stdout)["editions"]]
    assert sorted(found) == ["flashtweet", "replay"]


@pytest.mark.usefixtures("sandbox")
def test_no_file(project: Project) -> None:
    done = project.run("doctor", EDITION, "--json")
    assert done.returncode == 3
    assert verdicts(done)["file"] == "failure"


@pytest.mark.usefixtures("sandbox")
def test_a_file_with_an_error(project: Project) -> None:
    project.write("threads/2020-11-06.yaml", "items: |\n  Un\n  Deux $BABA et $AAPL\n")
    done = project.run("doctor", EDITION, "--json")
    assert done.returncode == 3
    assert check(done, "findings")["observed"].startswith("threads/2020-11-06.yaml:3:")


@pytest.mark.usefixtures("sandbox")
def test_a_file_that_makes_no_edition(project: Project) -> None:
    project.write("threads/2020-11-06.yaml", "itms: |\n  Un\n")
    done = project.run("doctor", EDITION, "--json")
    assert done.returncode == 3
    own = "threads/2020-11-06.yaml"
    assert f"{own} has 1 error, the first: {own}:1:" in check(done, "file")["observed"]


def test_errors_that_no_editor_can_fix_take_precedence(project: Project, sandbox: SandboxProcess) -> None:
    sandbox.switch_on(fault="unauthorized", request="me")
    assert project.run("doctor", EDITION).returncode == 4


@pytest.mark.parametrize(
    ("fault", "name", "verdict", "code"),
    [
        ({"fault": "unauthorized"}, "credentials", "failure", 4),
        ({"fault": "credits"}, "credits", "failure", 4),
        ({"fault": "forbidden", "reason": "suspended"}, "credentials", "failure", 4),
        ({"fault": "unavailable", "form": "html"}, "x", "failure", 4),
        ({"fault": "rate-limit"}, "credentials", "warning", 0),
    ],
)
def test_what_x_may_answer(
    written: Project,
    sandbox: SandboxProcess,
    fault: dict[str, str],
    name: str,
    verdict: str,
    code: int,
) -> None:
    sandbox.switch_on(request="me", **fault)
    done = written.run("doctor", EDITION, "--json")
    assert (check(done, name)["verdict"], done.returncode) == (verdict, code)


def test_keys_of_another_sandbox(written: Project, sandbox: SandboxProcess) -> None:
    done = written.start("doctor", EDITION, "--json", X_ACCESS_TOKEN="1-token")
    out, _ = done.communicate(timeout=30)
    assert done.returncode == 4
    assert "X answered 401" in out
    assert sandbox.posts() == []


def test_x_is_out_of_reach(written: Project) -> None:
    written.env |= dict.fromkeys(("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN_SECRET"), "1-x")
    written.env |= {"X_ACCESS_TOKEN": "1-x", "X_API_BASE_URL": "http://127.0.0.1:9"}
    done = written.run("doctor", EDITION, "--json")
    assert (check(done, "x")["verdict"], done.returncode) == ("failure", 4)
    written.env.clear()  # "1-x" is not a secret: it is in file names


def test_without_credentials(written: Project) -> None:
    done = written.run("doctor", EDITION, "--json")
    assert (check(done, "credentials")["verdict"], done.returncode) == ("failure", 4)


@pytest.mark.parametrize(("seconds", "verdict", "code"), [(5, "warning", 0), (60, "failure", 4)])
def test_a_clock_that_is_wrong(written: Project, seconds: int, verdict: str, code: int) -> None:
    sandbox = Sandbox(
        now=lambda: datetime.now(UTC) + timedelta(seconds=seconds), real_now=lambda: datetime.now(UTC)
    )
    with SandboxServer(sandbox) as server:
        written.env |= sandbox.credentials.env(server.base_url)
        done = written.run("doctor", EDITION, "--json")
    found = check(done, "clock")
    assert (found["verdict"], done.returncode) == (verdict, code)
    assert "behind X's" in found["observed"]


def test_an_edition_without_a_slot(project: Project) -> None:
    done = project.run("doctor", "flashtweet@2020-11-07")
    assert done.returncode == 2
    assert "no file for this edition, and none is expected" in done.stderr


@pytest.mark.usefixtures("sandbox")
def test_a_pause_needs_no_file(project: Project) -> None:
    config = (project.folder / "config.yaml").read_text("utf-8")
    project.write("config.yaml", f"pauses: [2020-01-01..2199-12-31]\n{config}")
    done = project.run("doctor", "--json")
    assert (done.returncode, json.loads(done.stdout)["editions"]) == (0, [])


def test_a_ledger_that_is_there_is_written(written: Project, sandbox: SandboxProcess) -> None:
    assert written.run("publish", EDITION).returncode == 0
    done = written.run("doctor", EDITION, "--json")
    assert check(done, "ledger")["observed"].endswith(" was written just now.")
    assert check(done, "file")["observed"] == "already published."
    assert done.returncode == 0
    assert len(sandbox.posts()) == 12


@pytest.mark.usefixtures("sandbox")
def test_a_ledger_that_cannot_be_opened(written: Project) -> None:
    written.write("broken.db", "not a database at all, " * 50)
    written.env["FLASHTWEET_LEDGER"] = "sqlite:///broken.db"
    done = written.run("doctor", EDITION, "--live", "--yes", "--json")
    assert done.returncode == 4
    assert check(done, "ledger")["observed"].startswith(
        "broken.db: the ledger cannot be used: file is not a database"
    )
    assert check(done, "live")["observed"] == "nothing was posted, because of ledger."


def test_a_ledger_of_another_account_has_the_daemon_s_message(written: Project) -> None:
    """The daemon that cannot start names the command: flashtweet doctor."""
    written.env["FLASHTWEET_LEDGER"] = "sqlite:///ledger.db"
    written.sandbox()
    assert written.run("publish", EDITION).returncode == 0
    other = written.sandbox()
    done = written.run("doctor", "--live", "--yes", "--json")
    found = check(done, "ledger")
    assert (found["verdict"], done.returncode) == ("failure", 4)
    assert "this ledger serves account" in found["observed"]
    assert f"{found['observed']} {found['remedy']}" in written.run("run").stderr
    assert check(done, "live")["observed"] == "nothing was posted, because of ledger."
    assert [one["kind"] for one in other.get("requests")] == ["me"]


LIVE = ("doctor", EDITION, "--live", "--yes", "--json")


def measured(done) -> Any:
    return json.loads(done.stdout)["measured"]


def test_a_live_probe_leaves_nothing_but_what_it_found(written: Project, sandbox: SandboxProcess) -> None:
    sandbox.set(timeline_lag_seconds=2, user_posts_per_day=17)
    begin = time.monotonic()
    done = written.run(*LIVE)
    took_ms = (time.monotonic() - begin) * 1000
    assert (done.returncode, done.stderr) == (0, "")
    assert sandbox.posts() == []
    assert [one["kind"] for one in sandbox.get("requests") if one["kind"] in {"create", "delete"}] == [
        *("create", "create", "delete", "delete")
    ]
    assert sandbox.get("bill")["total"] == "0.060"  # its posts, and the one read of every doctor
    found = measured(done)
    assert (found["self_replies"], found["lag_was_seen"]) == (True, True)
    assert 2000 <= found["lag_ms"] < took_ms
    assert abs(found["clock_ahead_ms"]) <= found["round_trip_ms"] / 2 + 1
    assert {one["window"]: (one["limit"], one["remaining"]) for one in found["limits"]} == {
        "x-rate-limit": (100, 99),
        "x-user-limit-24hour": (17, 16),
        "x-app-limit-24hour": (10_000, 9_999),
    }
    assert "17 in 24 h" in check(written.run("doctor", EDITION, "--json"), "rate")["observed"]


def test_a_live_probe_asks_and_names_its_price(written: Project, sandbox: SandboxProcess) -> None:
    done = written.run("doctor", "--live", EDITION)
    assert done.returncode == 2
    assert "X bills $0.05 by its price list of 2026-04-16" in done.stderr
    assert "add --yes" in done.stderr
    assert sandbox.get("requests") == []


@pytest.mark.parametrize("answer", [(), ("--yes",)])
def test_a_live_probe_is_refused_in_a_pause_before_it_asks(
    written: Project, sandbox: SandboxProcess, answer: tuple[str, ...]
) -> None:
    assert written.run("pause", "--why", "deuil national", "--yes").returncode == 0
    done = written.run("doctor", "--live", EDITION, *answer)
    assert (done.returncode, done.stdout) == (4, "")
    assert "publishing is paused: deuil national. To resume, type: flashtweet resume" in done.stderr
    assert "X bills" not in done.stderr
    assert sandbox.get("requests") == []


def test_a_pause_that_begins_before_the_first_post_keeps_it_back(
    written: Project, sandbox: SandboxProcess
) -> None:
    sandbox.switch_on(fault="delay", seconds=8, when="before", request="me")
    probing = written.start("doctor", "--live", "--yes", EDITION)
    until(lambda: sandbox.get("requests"), "it asks who we are")
    assert written.run("pause", "--why", "deuil national", "--yes").returncode == 0
    _, output = probing.communicate(timeout=30)
    assert probing.returncode == 4
    assert "publishing is paused: deuil national." in output
    assert [one["kind"] for one in sandbox.get("requests")] == ["me"]


def test_an_account_that_may_not_reply_to_itself(written: Project, sandbox: SandboxProcess) -> None:
    sandbox.switch_on(fault="forbidden", reason="reply-not-allowed", request="create", after=1)
    done = written.run(*LIVE)
    assert (measured(done)["self_replies"], done.returncode) == (False, 4)
    assert "chain: standalone" in check(done, "self-replies")["remedy"]
    assert sandbox.posts() == []


@pytest.mark.parametrize("fault", ["answer-lost", "truncated"])
def test_a_lost_answer_leaves_no_post(written: Project, sandbox: SandboxProcess, fault: str) -> None:
    sandbox.switch_on(fault=fault, request="create", after=1)
    assert written.run(*LIVE).returncode == 0
    assert sandbox.posts() == []


def test_nothing_is_posted_where_x_refuses_us(written: Project, sandbox: SandboxProcess) -> None:
    sandbox.set(access_level="read")
    done = written.run(*LIVE)
    assert check(done, "live")["observed"] == "nothing was posted, because of permission."
    assert (done.returncode, measured(done)) == (4, None)
    assert {one["kind"] for one in sandbox.get("requests")} == {"me"}


def test_a_post_that_stays_is_reported_with_its_id(written: Project, sandbox: SandboxProcess) -> None:
    sandbox.switch_on(fault="unauthorized", request="delete", times=2)
    done = written.run(*LIVE)
    assert done.returncode == 4
    told = [one["observed"] for one in json.loads(done.stdout)["checks"] if one["name"] == "cleanup"]
    assert [post["id"] for post in reversed(sandbox.posts())] == [one.split()[1] for one in told]
    assert written.run(*LIVE).returncode == 0
    assert sandbox.posts() == []


def test_a_probe_that_is_killed_is_tidied_by_the_next(written: Project, sandbox: SandboxProcess) -> None:
    sandbox.set(timeline_lag_seconds=60)
    killed = written.start(*LIVE)
    until(lambda: "timeline" in [one["kind"] for one in sandbox.get("requests")], "it watches its post")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    [left] = sandbox.posts()
    sandbox.set(timeline_lag_seconds=0)
    done = written.run(*LIVE)
    assert check(done, "cleanup")["observed"] == f"post {left['id']}, left by an earlier run, is deleted."
    assert (done.returncode, sandbox.posts()) == (0, [])


def test_a_probe_that_is_stopped_deletes_what_is_out(written: Project, sandbox: SandboxProcess) -> None:
    sandbox.set(timeline_lag_seconds=60)
    stopped = written.start(*LIVE)
    until(lambda: "timeline" in [one["kind"] for one in sandbox.get("requests")], "it watches its post")
    stopped.send_signal(signal.SIGINT)
    assert stopped.wait(timeout=30) == 4
    assert sandbox.posts() == []
