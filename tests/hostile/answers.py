"""Hostile answers of X to a whole `flashtweet publish`: memory, SIGTERM, and the ledger afterwards.

``python -m tests.hostile.answers [--only WORDS]`` prints a table, and exits 1 if a command grew beyond
`MEMORY`, did not end within `STOPPED` of SIGTERM, ended in a bug, or took a post for sent.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.contract.test_hostile_x import HOSTILE, IDS, ODD, answer
from tests.contract.test_request_deadline import NO_POSTS, Wire, answering

if TYPE_CHECKING:
    from tests.contract.test_request_deadline import Behaviours

MEMORY = 200
"""MiB. The libraries take some 90."""
STOPPED = 3.0
"""Seconds from SIGTERM to the end of the process."""
CONNECTIONS = 200
CONFIG = "settle: 300ms\nseries:\n  flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour, outro: ''}\n"
KEYS = {
    "X_API_KEY": "a-key-of-the-app",
    "X_API_KEY_SECRET": "secret-of-the-app",
    "X_ACCESS_TOKEN": "7-token",
    "X_ACCESS_TOKEN_SECRET": "secret-of-the-token",
}
PAGES = {
    f"HTML with {status}": answering(answer(b"<html><title>Log in</title></html>", status=f"{status} No"))
    for status in (302, 403, 404, 409, 451, 502)
}


FIRST = "1324617389283635200"
REPEATED: dict[str, Behaviours] = {
    "the id of the first post for every post": {
        "POST": answering(answer(json.dumps({"data": {"id": FIRST}}).encode(), status="201 Created")),
        "GET": answering(NO_POSTS),
    }
}
"""Answers valid by themselves: the first post is posted, the second needs an operator."""


@dataclass
class Seen:
    """The results of one command."""

    peak: int = 0
    """MiB."""
    stopped: float = 0.0
    requests: int = 0
    """Requests to create a post."""
    states: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def judge(self, output: str, *, is_repeated: bool) -> None:
        """Record the problems; `output` is the command's output."""
        if not self.requests:
            self.wrong.append("no post was sent to X")
        if is_repeated and (self.states, self.requests) != (["SENT", "HELD"], 3):
            self.wrong.append(f"{self.requests} requests")
        if "SENT" in self.states and not is_repeated:
            self.wrong.append("a post is taken for sent")
        if self.peak > MEMORY:
            self.wrong.append(f"{self.peak} MiB")
        if self.stopped > STOPPED:
            self.wrong.append("SIGTERM was not obeyed in time")
        if "Traceback" in output or re.search(r"\bbug\b", output):
            self.wrong.append("a bug: " + output.strip().splitlines()[-1])


def publish(behave: Behaviours) -> Seen:
    """Publish to an X that answers every request with `behave`; stop it after some seconds.

    With ids in `REPEATED`, the command ends by itself, with a post for an operator.
    """
    seen, is_repeated = Seen(), behave in REPEATED.values()
    with tempfile.TemporaryDirectory() as name, Wire(b"", [behave] * CONNECTIONS) as wire:
        folder = Path(name)
        (folder / "threads").mkdir()
        (folder / "config.yaml").write_text(CONFIG, "utf-8")
        (folder / "threads" / "2020-11-06.yaml").write_text("items: |\n  Une info\n", "utf-8")
        env = (
            os.environ
            | KEYS
            | {
                "X_API_BASE_URL": f"http://{wire.address}",
                "PYTHONPATH": str(Path(__file__).parents[2]),
            }
        )
        command = [sys.executable, "-m", "bot"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, "publish", "flashtweet@2020-11-06"], cwd=folder, env=env, stdout=log, stderr=log
            )
        end = time.monotonic() + (60 if is_repeated else 6)
        while time.monotonic() < end and process.poll() is None:
            seen.peak = max(seen.peak, _peak(process.pid))
            time.sleep(0.1)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        seen.stopped = time.monotonic() - begun
        output = (folder / "log").read_text("utf-8", "replace")
        status = subprocess.run(
            [*command, "status", "--json"], cwd=folder, env=env, capture_output=True, text=True, check=False
        )
        story = subprocess.run(
            [*command, "log", "flashtweet@2020-11-06", "--json"],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
    seen.requests = [one["event"] for one in json.loads(story.stdout)["journal"]].count("send")
    for publication in json.loads(status.stdout)["publications"]:
        seen.states = [one["state"] for one in publication["posts"]]
    seen.judge(output, is_repeated=is_repeated)
    return seen


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) // 1024 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    odd = {f"JSON: {name}": answering(answer(body, status="201 Created")) for name, body in ODD.items()}
    ids = {
        f"the id {value!r:.30}": answering(answer(json.dumps({"data": {"id": value}}).encode()))
        for value in IDS
    }
    rows = {name: make() for name, make in HOSTILE.items() if options.only in name} | {
        name: behave for name, behave in (PAGES | odd | ids | REPEATED).items() if options.only in name
    }
    print("| answer | peak, MiB | SIGTERM obeyed in | posts are |")
    print("|---|---|---|---|")
    wrong = 0
    with ThreadPoolExecutor(4) as pool:
        for name, seen in zip(rows, pool.map(publish, rows.values()), strict=True):
            states = ", ".join(dict.fromkeys(seen.states))
            print(
                f"| {name} | {seen.peak} | {seen.stopped:.1f} s | {states} |"
                + (f" **{'; '.join(seen.wrong)}**" if seen.wrong else ""),
                flush=True,
            )
            wrong += bool(seen.wrong)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
