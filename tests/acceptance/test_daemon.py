"""The daemon as a process: on time, once, one per ledger, and no stray processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.host.processes import is_gone, this_process
from bot.wiring import SystemClock, open_ledger
from tests.processes import DAILY, SECONDS, assert_thread, until

if TYPE_CHECKING:
    from tests.processes import Project, SandboxProcess

pytestmark = pytest.mark.acceptance


def born_yesterday(path: Path) -> None:
    """Create a ledger dated yesterday, so that today's slots are not before its creation."""
    with open_ledger(path, SystemClock(-timedelta(days=1))):
        pass


def slot_a_minute_ago(project: Project) -> str:
    """Configure a series whose slot was a minute ago, far from midnight; return today's edition."""
    now = datetime.now(UTC)
    zone = f"Etc/GMT{now.hour - 12:+d}"  # a zone where it is about noon; POSIX counts west as positive
    local = now.astimezone(ZoneInfo(zone)) - timedelta(minutes=1)
    project.write(
        "config.yaml",
        f"timezone: {zone}\nsettle: 300ms\nseries:\n"
        f"  flashtweet: {{at: '{local:%H:%M}', weekdays: mon-sun, gap: 100ms, intro: Bonjour}}\n",
    )
    yesterday = now.timestamp() - 86400  # a file newer than its slot would rest for a minute
    os.utime(project.write(f"threads/{local:%Y-%m-%d}.yaml", DAILY), (yesterday, yesterday))
    project.env["FLASHTWEET_LEDGER"] = "sqlite:///ledger.db"
    born_yesterday(project.folder / "ledger.db")
    return f"flashtweet@{local:%Y-%m-%d}"


def test_a_slot_within_grace_is_published_and_a_stop_is_clean(
    project: Project, sandbox: SandboxProcess
) -> None:
    project.forked = False  # started as systemd does
    edition = slot_a_minute_ago(project)
    daemon = project.start("run")
    until(lambda: len(sandbox.posts()) == 11, "the thread is out")
    project.wait_for_line(daemon, "edition published")
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate()
    assert daemon.returncode == 0
    texts = [post["text"] for post in project.json("preview", edition)["editions"][0]["posts"]]
    assert_thread(sandbox.posts(), texts)
    [publication] = project.json("status")["publications"]
    assert (publication["edition"], publication["state"]) == (edition, "PUBLISHED")
    assert all(60_000 <= post["lateness_ms"] < 180_000 for post in publication["posts"])


def test_a_killed_daemon_is_taken_over_at_once_and_posts_nothing_twice(
    project: Project, sandbox: SandboxProcess
) -> None:
    edition = slot_a_minute_ago(project)
    first = project.start("run")
    until(lambda: len(sandbox.posts()) >= 4, "four posts are out")
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = project.start("run")
    until(lambda: len(sandbox.posts()) == 11, "the thread is out")
    project.wait_for_line(second, "edition published")
    texts = [post["text"] for post in project.json("preview", edition)["editions"][0]["posts"]]
    assert_thread(sandbox.posts(), texts)


def test_a_changed_configuration_is_read_by_the_running_daemon(
    project: Project, sandbox: SandboxProcess
) -> None:
    alone = project.run("reload")
    assert (alone.returncode, "no daemon runs on" in alone.stderr) == (2, True)
    slot_a_minute_ago(project)
    timely = (project.folder / "config.yaml").read_text("utf-8")
    project.write("config.yaml", re.sub(r"at: '[0-9:]+'", "at: '23:59'", timely))
    daemon = project.start("run")
    project.wait_for_line(daemon, "flashtweet started")
    asked = project.run("reload")
    assert (asked.returncode, f"Process {daemon.pid} reloads" in asked.stdout) == (0, True)
    project.wait_for_line(daemon, "configuration reloaded")
    assert sandbox.posts() == []
    project.write("config.yaml", timely)
    daemon.send_signal(signal.SIGHUP)  # as systemctl reload does
    until(lambda: len(sandbox.posts()) == 11, "the thread is out")
    project.write("config.yaml", "series: 7\n")
    assert project.run("reload").returncode == 2, "reported by the command, without a signal to the daemon"
    daemon.send_signal(signal.SIGHUP)
    project.wait_for_line(daemon, "reload failed; keeping the previous configuration")
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate()
    assert daemon.returncode == 0


def test_one_daemon_per_ledger(project: Project, sandbox: SandboxProcess) -> None:
    first = project.start("run")
    project.wait_for_line(first, "flashtweet started")
    second = project.run("run")
    assert second.returncode == 2
    assert f"another daemon (process {first.pid}) is running on this ledger" in second.stderr
    first.send_signal(signal.SIGKILL)
    first.wait()
    third = project.start("run")
    project.wait_for_line(third, "flashtweet started")
    assert sandbox.posts() == []


def test_one_rehearsal_per_ledger(project: Project) -> None:
    first = project.start("run", "--sandbox")
    project.wait_for_line(first, "flashtweet started")
    second = project.run("run", "--sandbox")
    assert second.returncode == 2
    assert "another daemon" in second.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_rehearsal_leaves_no_stray_process(project: Project, number: signal.Signals) -> None:
    project.forked = False  # started as systemd does
    process = project.start("run", "--sandbox")
    line = project.wait_for_line(process, "sandbox started")
    port = int(re.findall(r"http://127\.0\.0\.1:(\d+)/", line)[0])
    project.wait_for_line(process, "flashtweet started")
    process.send_signal(number)
    process.communicate()
    assert process.returncode == (-9 if number is signal.SIGKILL else 0)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)  # raises: the process group is gone
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def rehearse(project: Project) -> tuple[int, str]:
    """Rehearse from just before the slot until the edition is published; return exit code and log."""
    process = project.start("run", "--sandbox", "--start-at", "2020-11-06 07:29:58")
    logged = project.wait_for_line(process, "edition published")
    process.send_signal(signal.SIGTERM)
    return process.wait(SECONDS), logged + process.communicate()[1]


def test_a_rehearsal_publishes_at_its_slot_and_leaves_the_real_ledger_untouched(project: Project) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    real = project.folder / "flashtweet.db"
    born_yesterday(real)
    before = real.read_bytes()
    code, logged = rehearse(project)
    assert code == 0, logged
    assert logged.count("post sent edition=flashtweet@2020-11-06") == 12
    late = [int(number) for number in re.findall(r"late_ms=(-?\d+)", logged)]
    assert len(late) == 12
    assert min(late) >= 0
    assert re.search(r"^2020-11-06 07:3\d:\d\d\.\d{3}\+0100 INFO +edition published", logged, re.MULTILINE)
    assert real.read_bytes() == before


def test_a_rehearsal_ends_by_itself(project: Project) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    done = project.run("run", "--sandbox", "--start-at", "2020-11-06 07:00", "--until", "2020-11-06 07:00:01")
    assert done.returncode == 0, done.stderr
    assert "post sent" not in done.stderr


def test_the_commands_that_a_rehearsal_names_act_on_it(project: Project) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    process = project.start("run", "--sandbox", "--start-at", "2020-11-06 07:29:40")
    project.wait_for_line(process, "flashtweet started")
    paused = project.run("--rehearsal", "pause", "--why", "breaking news", "--yes")
    assert paused.returncode == 0, paused.stderr
    line = project.wait_for_line(process, "paused")
    command = re.findall(r'next="flashtweet ([^"]*)"', line)
    assert command == ["--rehearsal resume"]
    shown = project.run("status", "--rehearsal")
    assert "PAUSED since Fri 2020-11-06 07:29: breaking news" in shown.stdout
    resumed = project.run(*command[0].split(), "--yes")
    assert resumed.returncode == 0, resumed.stderr
    project.wait_for_line(process, "edition published")
    published = project.run("--rehearsal", "publish", "flashtweet@2020-11-06")
    assert "is already published: there is nothing to send." in published.stderr
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert {one.name for one in project.folder.glob("*.db*")} <= {
        f"flashtweet.sandbox.db{end}" for end in ("", ".lock", ".generation")
    }
    gone = project.run("status", "--rehearsal")
    assert gone.returncode == 2
    assert gone.stderr == ("flashtweet: no rehearsal runs here. Start one: flashtweet run --sandbox\n")


def test_a_shifted_clock_is_for_rehearsals_only(project: Project) -> None:
    for option in ("--start-at", "--until"):
        done = project.run("run", option, "2020-11-06 07:29:58")
        assert (done.returncode, done.stdout) == (2, "")
        assert "they work with --sandbox only" in done.stderr


@pytest.mark.parametrize("command", [("run",), ("publish", "flashtweet@2020-11-06")])
def test_missing_credentials_are_explained(project: Project, command: tuple[str, ...]) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    done = project.run(*command)
    assert done.returncode == 2
    assert "X_API_KEY, X_API_KEY_SECRET, X_ACCESS_TOKEN, X_ACCESS_TOKEN_SECRET not set" in done.stderr
    assert "https://developer.x.com" in done.stderr
    assert "flashtweet run --sandbox" in done.stderr
    assert not list(project.folder.glob("*.db"))


def test_a_fresh_ledger_with_ten_years_of_files_sends_and_misses_nothing(
    project: Project, sandbox: SandboxProcess
) -> None:
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=n) for n in range(1, 3653)]
    for day in days:
        if day.weekday() < 5:
            project.write(f"threads/{day.year}/{day}.yaml", f"items: [Le fait du {day}, Un autre]")
    daemon = project.start("run")
    project.wait_for_line(daemon, "flashtweet started")
    daemon.send_signal(signal.SIGTERM)
    out, err = daemon.communicate()
    assert (daemon.returncode, out) == (0, "")
    assert "missed" not in err
    assert sandbox.posts() == []
    assert {one["path"] for one in sandbox.get("requests")} <= {"/2/users/me"}
    assert project.json("status")["publications"] == []


def test_a_broken_file_does_not_block_the_others(project: Project) -> None:
    project.write("threads/2020-11-06.yaml", DAILY)
    project.write("threads/broken.yaml", "date: 2020-11-09\nitems: |\n  un\nitems: deux\n")
    project.write("threads/latin1.yaml", "x").write_bytes("intro: été".encode("latin-1"))
    code, logged = rehearse(project)
    assert code == 0, logged
    assert logged.count("post sent") == 12
    assert "threads/broken.yaml:4:1: 'items' was already given on line 2" in logged
    assert "threads/latin1.yaml:1:8: this is not UTF-8 text" in logged


def test_a_dead_process_is_detected(project: Project) -> None:
    assert not is_gone(this_process())
    process = project.start("run", "--sandbox")
    project.wait_for_line(process, "flashtweet started")
    host, _, _, boot_id = this_process().rsplit(":", 3)
    stat = Path(f"/proc/{process.pid}/stat").read_text("utf-8")
    owner = f"{host}:{process.pid}:{stat.rpartition(')')[2].split()[19]}:{boot_id}"
    assert not is_gone(owner)
    os.killpg(process.pid, signal.SIGKILL)
    until(lambda: is_gone(owner), "it is gone, its parent not having waited for it")
    assert is_gone(f"{host}:1:1:{boot_id}")
    assert not is_gone(f"elsewhere:{process.pid}:1:{boot_id}")


def test_a_preflight_that_waits_for_x_does_not_delay_the_exit(
    project: Project, sandbox: SandboxProcess
) -> None:
    """A restart shortly before a slot must be quick; a request takes up to 15 s."""
    sandbox.switch_on(fault="delay", seconds=60, when="before", request="me")
    daemon = project.start("run")
    project.wait_for_line(daemon, "flashtweet started")
    until(lambda: any("/users/me" in one["path"] for one in sandbox.get("requests")), "it asks who we are")
    begin = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate()
    assert time.monotonic() - begin < 8
    assert daemon.returncode == 0
