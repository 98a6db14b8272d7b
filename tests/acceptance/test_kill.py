"""SIGKILL at any time: what is out stays out, and the next run goes on with the next post."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.processes import DAILY, assert_thread, until

if TYPE_CHECKING:
    from tests.processes import Project, SandboxProcess

pytestmark = pytest.mark.acceptance

EDITION = "flashtweet@2020-11-06"


def expected(project: Project) -> list[str]:
    return [post["text"] for post in project.json("preview", EDITION)["editions"][0]["posts"]]


def wait_for_posts(sandbox: SandboxProcess, count: int) -> None:
    until(lambda: len(sandbox.posts()) >= count, f"{count} posts are out")


def test_publish_survives_a_kill_between_any_two_posts(project: Project, sandbox: SandboxProcess) -> None:
    """Killed after post 1, started again, killed after post 2, … until the twelfth is out."""
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    assert len(texts) == 12
    for out in range(1, len(texts)):
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


@pytest.mark.parametrize("position", [0, 4, 11])
def test_publish_survives_a_kill_while_its_answer_is_under_way(
    project: Project, sandbox: SandboxProcess, position: int
) -> None:
    """The post is created, its answer is late, and the process dies before it comes."""
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    sandbox.switch_on(fault="delay", after=position, seconds=5, when="after")
    process = project.start("publish", EDITION)
    until(lambda: len(sandbox.posts()) == position + 1, f"post {position + 1} is created")
    process.send_signal(signal.SIGKILL)
    process.wait()
    last = project.run("publish", EDITION)
    assert last.returncode == 0, last.stderr
    assert_thread(sandbox.posts(), texts)


@pytest.mark.parametrize("fault", ["answer-lost", "dropped", "truncated", "unavailable", "refused"])
def test_publish_survives_what_the_network_does(
    project: Project, sandbox: SandboxProcess, fault: str
) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    if fault == "refused":
        sandbox.switch_on(fault=fault, after=3, seconds=0.5)
    else:
        for after in (2, 4, 5):  # posts with links of every kind among them
            sandbox.switch_on(fault=fault, after=after)
    done = project.run("publish", EDITION)
    assert done.returncode == 0, done.stderr
    assert_thread(sandbox.posts(), texts)


def test_ctrl_c_leaves_a_thread_that_can_be_finished(project: Project, sandbox: SandboxProcess) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    texts = expected(project)
    process = project.start("publish", EDITION)
    until(lambda: len(sandbox.posts()) >= 3, "three posts are out")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 4
    assert "flashtweet: stopped; run it again to go on." in err
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
