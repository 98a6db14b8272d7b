"""Operator commands with real processes: recover, hold, pause, and read the log."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.adapters.x_publisher import OAuthCredentials, XPublisher
from tests.acceptance.test_daemon import slot_a_minute_ago
from tests.processes import CONFIG, DAILY, assert_thread, until

if TYPE_CHECKING:
    from typing import Any

    from tests.processes import Project, SandboxProcess

pytestmark = pytest.mark.acceptance

EDITION = "flashtweet@2020-11-06"


def headline(project: Project) -> str:
    return project.run("status").stdout.splitlines()[0]


def publication(project: Project) -> Any:
    [one] = project.json("status")["publications"]
    return one


def expected(project: Project, edition: str = EDITION) -> list[str]:
    return [post["text"] for post in project.json("preview", edition)["editions"][0]["posts"]]


def test_a_thread_that_stopped_without_credits_resumes(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(fault="credits", after=4)
    assert project.run("publish", EDITION).returncode == 4
    shown = headline(project)
    assert shown.startswith(f"{EDITION} HELD, 4/12 posts out: post 5: X answered 402 ")
    assert shown.endswith(f"→ Once that is fixed, type: flashtweet publish {EDITION}")
    assert project.run("publish", EDITION).returncode == 0
    assert_thread(sandbox.posts(), expected(project))


def test_a_post_in_doubt_is_resolved_by_the_operator_if_configured(
    project: Project, sandbox: SandboxProcess
) -> None:
    project.write("config.yaml", f"on_unknown: hold\n{CONFIG}")
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(fault="dropped", after=4)  # the request does not arrive
    assert project.run("publish", EDITION).returncode == 4
    shown = headline(project)
    assert "post 5: X's answer was lost, and your timeline does not show the post." in shown
    assert f"flashtweet resolve {EDITION} --post 5 --posted ID" in shown
    refused = project.run("publish", EDITION)
    assert refused.returncode == 4
    assert "Look at your profile on X." in refused.stderr
    assert project.run("resolve", EDITION, "--resend", "--yes").returncode == 0
    assert project.run("publish", EDITION).returncode == 0
    assert_thread(sandbox.posts(), expected(project))


def person(sandbox: SandboxProcess, project: Project) -> XPublisher:
    """Return a publisher that stands for an editor who posts on X by hand."""
    env = project.env
    keys = OAuthCredentials(
        env["X_API_KEY"], env["X_API_KEY_SECRET"], env["X_ACCESS_TOKEN"], env["X_ACCESS_TOKEN_SECRET"]
    )
    return XPublisher(sandbox.base_url, keys.access_token.split("-")[0], keys, lambda: datetime.now(UTC))


def test_a_post_that_an_editor_sent_is_recorded_by_its_url(project: Project, sandbox: SandboxProcess) -> None:
    project.write("config.yaml", f"on_unknown: hold\n{CONFIG}")
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    sandbox.switch_on(fault="dropped", after=4)
    assert project.run("publish", EDITION).returncode == 4
    post_id = person(sandbox, project).create(texts[4], sandbox.posts()[3]["id"])
    address = f"https://x.com/flashtweet/status/{post_id}"
    resolved = project.run("resolve", EDITION, "--posted", address, "--yes")
    assert resolved.returncode == 0, resolved.stderr
    assert project.run("publish", EDITION).returncode == 0
    assert_thread(sandbox.posts(), texts)


def test_a_deleted_post_is_skipped_and_the_thread_resumes(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(fault="credits", after=4)
    assert project.run("publish", EDITION).returncode == 4
    fourth = sandbox.posts()[3]["id"]
    refused = project.run("resolve", EDITION, "--post", "4", "--skip", "--yes")
    assert refused.returncode == 4
    assert f"post 4 is on X, as {fourth}. Delete it there first" in refused.stderr
    sandbox.delete(fourth)
    resolved = project.run("resolve", EDITION, "--post", "4", "--skip", "--yes")
    assert resolved.returncode == 0, resolved.stderr
    assert project.run("publish", EDITION).returncode == 0
    texts = expected(project)
    assert_thread(sandbox.posts(), texts[:3] + texts[4:])
    status = project.run("status").stdout
    assert "PUBLISHED  11/12 posts, 1 deleted on X" in status
    post = publication(project)["posts"][3]
    assert (post["state"], post["id"], post["deleted"]) == ("SKIPPED", fourth, True)


def test_a_limit_of_a_day_says_when_it_ends_and_doctor_knows_it(
    project: Project, sandbox: SandboxProcess
) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(fault="rate-limit", window="user-24hour", reset_seconds=80000, after=4)
    assert project.run("publish", EDITION).returncode == 4
    shown = headline(project)
    assert ": X takes no post of this account before " in shown
    assert ": 8 of 12 posts remain to be sent. The last answer: X answered 429 " in shown
    assert shown.endswith(f"→ After that, type: flashtweet publish {EDITION}")
    doctor = project.run("doctor", EDITION).stdout
    assert "post 5 of 12 must wait until " in doctor
    refused = project.run("release", EDITION, "--yes")
    assert (refused.returncode, "released before, it would be held again" in refused.stderr) == (4, True)


def refused_at_7(project: Project, sandbox: SandboxProcess) -> list[str]:
    """Let X refuse post 7, which an editor has posted by hand; return the thread's texts."""
    texts = expected(project)
    person(sandbox, project).create(texts[6], None)
    assert project.run("publish", EDITION).returncode == 4
    shown = headline(project)
    assert f"{EDITION} HELD, 6/12 posts out: post 7: X answered 403 " in shown
    assert "Look at your profile on X first. If post 7 « 6️⃣ Info numéro 6 " in shown
    assert "if not, correct its text in threads/2020-11-06.yaml" in shown
    assert f"flashtweet resolve {EDITION} --post 7 --skip" in shown
    return texts


def test_a_post_that_x_refuses_is_corrected(project: Project, sandbox: SandboxProcess) -> None:
    path = project.write("threads/2020-11-06.yaml", DAILY)
    refused_at_7(project, sandbox)
    path.write_text(DAILY.replace("numéro 6 ", "n° 6 "), "utf-8")
    assert project.run("publish", EDITION).returncode == 0
    assert_thread(sandbox.posts()[1:], expected(project))


def test_a_post_that_x_refuses_is_left_out_and_the_thread_holds(
    project: Project, sandbox: SandboxProcess
) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = refused_at_7(project, sandbox)
    assert project.run("resolve", EDITION, "--skip", "--yes").returncode == 0
    assert project.run("publish", EDITION).returncode == 0
    assert_thread(sandbox.posts()[1:], [*texts[:6], *texts[7:]])
    assert publication(project)["state"] == "PUBLISHED"


def test_an_account_that_may_not_reply_sends_posts_that_are_not_linked(
    project: Project, sandbox: SandboxProcess
) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    sandbox.switch_on(fault="forbidden", reason="reply-not-allowed", after=1)
    assert project.run("publish", EDITION).returncode == 4
    assert "set 'chain: standalone' for the series in config.yaml" in headline(project)
    project.write("config.yaml", CONFIG.replace("gap: 100ms", "gap: 100ms, chain: standalone"))
    assert project.run("publish", EDITION).returncode == 0
    assert sandbox.texts() == texts
    assert {post["replied_to"] for post in sandbox.posts()} == {None}


def test_a_daemon_under_way_is_held_and_released(project: Project, sandbox: SandboxProcess) -> None:
    edition = slot_a_minute_ago(project)
    sandbox.switch_on(fault="delay", after=3, seconds=10)
    daemon = project.start("run")
    until(lambda: len(sandbox.posts()) == 3, "the fourth post waits for its answer")
    held = project.run("hold", edition, "--yes", "--why", "a slip in post 5")
    assert held.returncode == 0, held.stderr
    assert "held by an operator: a slip in post 5." in held.stdout
    assert len(sandbox.posts()) == 4
    assert project.run("release", edition, "--yes").returncode == 0
    project.wait_for_line(daemon, "edition published")
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate()
    assert_thread(sandbox.posts(), expected(project, edition))


def test_a_pause_survives_a_restart_of_the_daemon(project: Project, sandbox: SandboxProcess) -> None:
    edition = slot_a_minute_ago(project)
    assert project.run("pause", "--why", "Deuil national.", "--yes").returncode == 0
    daemon = project.start("run")
    project.wait_for_line(daemon, "edition frozen")
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate()
    assert daemon.returncode == 0
    assert project.json("status")["daemon"] is None
    refused = project.run("publish", edition)
    assert (refused.returncode, sandbox.posts()) == (4, [])
    assert "Deuil national. To resume, type: flashtweet resume" in refused.stderr
    daemon = project.start("run")
    project.wait_for_line(daemon, "publishing paused")
    assert f"; the daemon runs (process {daemon.pid})\n" in project.run("status").stdout
    waits = f"Deuil national; {edition} is at 0/11 posts"
    assert headline(project).endswith(f"{waits} → To resume, type: flashtweet resume")
    assert project.run("resume", "--yes").returncode == 0
    project.wait_for_line(daemon, "edition published")
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate()
    assert_thread(sandbox.posts(), expected(project, edition))


def test_without_a_terminal_nothing_is_changed(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(fault="credits", after=4)
    project.run("publish", EDITION)
    before = project.json("log", EDITION)
    for command in (
        ("hold", EDITION), ("release", EDITION), ("cancel", EDITION), ("pause",), ("resume",),
        ("resolve", EDITION, "--skip"),
    ):  # fmt: skip
        done = project.run(*command)
        assert (done.returncode, "add --yes. Nothing was changed." in done.stderr) == (2, True)
    assert project.json("log", EDITION) == before


def test_the_log_command_shows_the_journal(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(fault="answer-lost", after=1)
    assert project.run("publish", EDITION).returncode == 0
    ids = [post["id"] for post in sandbox.posts()]
    story = project.run("log", EDITION).stdout
    lines = [line[27:] for line in story.splitlines() if line.startswith("  20")]
    assert lines[:3] == [
        "text frozen from its file  PLANNED",
        "unsent posts given new times",
        "publishing started  PUBLISHING",
    ]
    assert f"post 1: sent as {ids[0]}  SENT" in lines
    assert f"post 2: found in the timeline as {ids[1]}  SENT" in lines
    assert lines[-1] == "every post sent  PUBLISHED"
    assert story.count("  process ") == 1
    entries = project.json("log", EDITION)["journal"]
    assert [entry["event"] for entry in entries][-1] == "finish"
    assert entries[0]["at"].endswith("Z")
    unknown = project.run("log", "flashtweet@2020-11-07")
    assert (unknown.returncode, "not in the ledger" in unknown.stderr) == (2, True)


@pytest.mark.usefixtures("sandbox")
def test_the_text_of_a_cancelled_edition_can_be_posted(project: Project) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    project.write("threads/soir.yaml", "at: 2020-11-06 18:00\ntext: Bonjour du vendredi 6 novembre !\n")
    assert project.run("check").returncode == 3  # X would refuse it on the same day
    assert project.run("cancel", EDITION, "--yes").returncode == 0
    assert project.run("check").returncode == 0


def test_without_credentials_and_ledger_none_is_made(project: Project) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    refused = project.run("hold", EDITION, "--yes")
    assert (refused.returncode, "but it does not exist" in refused.stderr) == (2, True)
    assert list(project.folder.glob("*.db")) == []


def test_an_invented_id_is_refused(project: Project, sandbox: SandboxProcess) -> None:
    project.write("config.yaml", f"on_unknown: hold\n{CONFIG}")
    project.write("threads/2020-11-06.yaml", DAILY)
    sandbox.switch_on(fault="dropped", after=4)
    assert project.run("publish", EDITION).returncode == 4
    invented = str(int(sandbox.posts()[3]["id"]) + 1)
    refused = project.run("resolve", EDITION, "--posted", invented, "--yes")
    assert refused.returncode == 2
    assert "as far as X shows: no post of your account has that id." in refused.stderr
