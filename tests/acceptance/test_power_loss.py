"""The intent is on disk before a request is sent, as the system calls of a real run show.

The order for each post: its SENDING is written to the ledger file, that file is synced, the
rollback journal is unlinked and the folder synced (this is SQLite's commit with ``synchronous=EXTRA``), and
only then are the request's bytes sent. Source: https://www.sqlite.org/atomiccommit.html, 2026-11-23.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.processes import CONFIG, DAILY, FLASHTWEET, assert_thread

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Project, SandboxProcess

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace: apt-get install strace"),
]

EDITION = "flashtweet@2020-11-06"
LEDGER = "ledger.db"


def trace(project: Project) -> str:
    """Return one letter for each relevant system call of a run, in order.

    W: SENDING is written to the ledger; S: the ledger is synced; U: its journal is unlinked; D: the folder
    is synced; P: a request that creates a post is sent.
    """
    log: Path = project.folder / "trace.txt"
    wanted = "trace=fsync,fdatasync,pwrite64,unlink,unlinkat,sendto,write"
    done = subprocess.run(
        ["strace", "-f", "-y", "-s", "5000", "-e", wanted, "-o", log, *FLASHTWEET, "publish", EDITION],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "ptrace" in done.stderr.lower():
        pytest.skip(f"strace may not trace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    calls = log.read_text("utf-8", errors="replace").splitlines()
    log.unlink()  # it contains the requests with their keys
    return "".join(map(letter, calls))


def letter(call: str) -> str:
    name = re.match(r"\d+ +(\w+)", call)
    what = name[1] if name else ""
    if what == "pwrite64" and f"/{LEDGER}>" in call:
        return "W" if "SENDING" in call else ""
    if what in {"fsync", "fdatasync"}:
        return "S" if f"/{LEDGER}>" in call else "" if "-journal>" in call else "D"
    if what.startswith("unlink"):
        return "U" if f"{LEDGER}-journal" in call else ""
    return "P" if what in {"sendto", "write"} and "POST /2/tweets" in call else ""


@pytest.mark.parametrize("gap", ["0ms", "50ms"])
def test_the_intent_is_synced_before_the_request_leaves(
    project: Project, sandbox: SandboxProcess, gap: str
) -> None:
    project.write("config.yaml", CONFIG.replace("gap: 100ms", f"gap: {gap}"))
    project.write("threads/2020-11-06.yaml", DAILY)
    project.env["FLASHTWEET_LEDGER"] = f"sqlite:///{LEDGER}"
    texts = [post["text"] for post in project.json("preview", EDITION)["editions"][0]["posts"]]
    calls = trace(project)
    assert_thread(sandbox.posts(), texts)
    assert calls.count("P") == len(texts)
    requests = calls.split("P")[:-1]
    assert [before for before in requests if not re.search(r"W+SUD$", before)] == []
