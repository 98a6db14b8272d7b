"""Kills, stops and network faults against the installed command; the matrix covers all instants."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.processes import DAILY, assert_thread, until

if TYPE_CHECKING:
    from tests.processes import Project, SandboxProcess

pytestmark = pytest.mark.acceptance

EDITION = "flashtweet@2020-11-06"
FAULTS = ("answer-lost", "dropped", "truncated", "unavailable")


def expected(project: Project) -> list[str]:
    return [post["text"] for post in project.json("preview", EDITION)["editions"][0]["posts"]]


def wait_for_posts(sandbox: SandboxProcess, count: int) -> None:
    until(lambda: len(sandbox.posts()) >= count, f"{count} posts are on X")


def test_publish_survives_one_kill_after_another(project: Project, sandbox: SandboxProcess) -> None:
    """Kill after post 1, during the answer to post 6, and after post 11; restart each time."""
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    assert len(texts) == 12
    sandbox.switch_on(fault="delay", after=5, seconds=5, when="after")
    for out in (1, 6, 11):
        process = project.start("publish", EDITION)
        wait_for_posts(sandbox, out)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert sandbox.texts() == texts[: len(sandbox.posts())]
    last = project.run("publish", EDITION)
    assert last.returncode == 0, last.stderr
    assert_thread(sandbox.posts(), texts)
    [publication] = project.json("status")["publications"]
    assert publication["state"] == "PUBLISHED"
    assert [post["id"] for post in publication["posts"]] == [post["id"] for post in sandbox.posts()]


def test_publish_survives_what_the_network_does(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    for after, fault in enumerate(FAULTS, 2):  # posts with links of every kind among them
        sandbox.switch_on(fault=fault, after=after)
    sandbox.switch_on(fault="refused", after=12, seconds=0.5)
    done = project.run("publish", EDITION)
    assert done.returncode == 0, done.stderr
    assert_thread(sandbox.posts(), texts)
    hit = {request["fault"] for request in sandbox.get("requests")}
    assert hit >= set(FAULTS)


def test_ctrl_c_leaves_a_thread_that_can_be_finished(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    process = project.start("publish", EDITION)
    until(lambda: len(sandbox.posts()) >= 3, "three posts are on X")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 4
    assert "flashtweet: stopped; run it again to resume." in err
    assert project.run("publish", EDITION).returncode == 0
    assert_thread(sandbox.posts(), texts)


def test_two_at_once_publish_one_thread(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    sandbox.switch_on(fault="delay", after=5, seconds=10)
    first = project.start("publish", EDITION)
    until(lambda: len(sandbox.posts()) == 5, "the first is waiting for the sixth answer")
    second = project.run("publish", EDITION)
    assert second.returncode == 4
    assert f"{EDITION} is being published by" in second.stderr
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert project.run("publish", EDITION).returncode == 0
    assert_thread(sandbox.posts(), texts)
