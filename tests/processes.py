"""The real command line in real processes, against a real sandbox process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.forked import Forked

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 30.0
"""Time limit of any one condition; these machines are slow and noisy."""

FLASHTWEET = [sys.executable, "-m", "bot"]

CONFIG = """
settle: 300ms
series:
  flashtweet: {at: 07:30, weekdays: mon-fri, gap: 100ms, intro: "Bonjour du {date} !", outro: À demain !}
  replay: {at: 19:30, weekdays: mon-fri, replays: flashtweet, gap: 100ms, intro: Replay, outro: Bonne nuit}
"""

LINKS = {
    2: " https://example.com/?id=1&section=tech&copy=2",  # "&sect" and "&copy" are HTML to a careless parser
    5: " selon Booking.com & Cie",  # a link for X, a name for us
    7: " https://example.com/a https://example.com/été",
}
ITEMS = tuple(
    f"Info numéro {n} : l'État dévoile son {n}e appel à projets{LINKS.get(n, '')}" for n in range(1, 11)
)
DAILY = "items: |\n" + "".join(f"  {item}\n" for item in ITEMS)


def until(condition: Callable[[], Any], what: str) -> Any:
    """Return the first true value of `condition`, within the time limit."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.005)  # polling interval, not a wait for luck
    raise AssertionError(f"not within {SECONDS} s: {what}")


Process = Forked | subprocess.Popen[str]
"""A running command, however it was started."""


@dataclass
class Project:
    """An editor's folder with its configuration, and the processes started in it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    """Output of the processes, as far as it was read."""
    forked: bool = False
    """True to start commands by a fork, in milliseconds, instead of as users do."""

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def start(self, *arguments: str, **env: str) -> Process:
        """Start a command in its own process group, with pipes for stdout and stderr."""
        whole = self.environment() | env
        process = (
            Forked(arguments, self.folder, whole) if self.forked else _executed(arguments, self.folder, whole)
        )
        self.processes.append(process)
        return process

    def wait_for_line(self, process: Process, words: str) -> str:
        """Read stderr up to the first line that contains `words`; return all output so far.

        A process that does not print it in time is killed: the test fails instead of hanging.
        """
        assert process.stderr
        patience = threading.Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        patience.start()
        try:
            for line in process.stderr:
                self.output.append(line)
                if words in line:
                    return "".join(self.output)
        finally:
            patience.cancel()
        raise AssertionError(f"'{words}' never came; the output was:\n{''.join(self.output)}")

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=SECONDS)
        self.output += [out, err]
        assert process.returncode is not None
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def sandbox(self) -> SandboxProcess:
        """Start a sandbox; from now on the project's environment points to it."""
        process = self.start("sandbox", "--port", "0", "--json")
        assert process.stdout
        text = ""
        while not text or text.count("{") != text.count("}"):
            line = process.stdout.readline()
            assert line, "the sandbox did not start"
            text += line
        started = json.loads(text)
        self.env |= started["env"]
        return SandboxProcess(started["base_url"])

    def close(self) -> None:
        """End all processes started here."""
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            self.output += [text for text in process.communicate() if text]

    def secrets(self) -> list[str]:
        """Return the keys of the sandbox's account that the processes received."""
        return [
            value
            for name, value in self.env.items()
            if value and name.startswith(("X_API_KEY", "X_ACCESS")) and not name.endswith("_FILE")
        ]

    def leaks(self) -> list[str]:
        """Return the places where a secret can be read: in the output, or in a file created."""
        found = [text for text in self.output if any(secret in text for secret in self.secrets())]
        files = [(path, path.read_bytes()) for path in self.folder.rglob("*") if path.is_file()]
        return found + [
            str(path) for path, data in files if any(secret.encode() in data for secret in self.secrets())
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("X_", "FLASHTWEET"))}
        root = str(Path(__file__).parents[1])
        return own | {"PYTHONPATH": root, "PYTHONUNBUFFERED": "1"} | self.env


def _executed(arguments: tuple[str, ...], folder: Path, env: dict[str, str]) -> Process:
    return subprocess.Popen(
        [*FLASHTWEET, *arguments],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


@dataclass
class SandboxProcess:
    """A sandbox in its own process, seen through its control endpoint."""

    base_url: str

    def get(self, what: str) -> Any:
        return self._ask(urllib.request.Request(f"{self.base_url}/_sandbox/{what}"))

    def page(self) -> str:
        """Return the timeline page, as a browser receives it."""
        with urllib.request.urlopen(self.base_url, timeout=5) as opened:
            return str(opened.read().decode("utf-8"))

    def posts(self) -> list[dict[str, Any]]:
        """Return the posts, oldest first."""
        return list(self.get("posts"))

    def texts(self) -> list[str]:
        return [post["text"] for post in self.posts()]

    def switch_on(self, **fault: object) -> None:
        self._tell("faults", "POST", fault)

    def delete(self, post_id: str) -> None:
        """Delete a post by hand."""
        self._tell(f"posts/{post_id}", "DELETE", None)

    def set(self, **settings: object) -> None:
        """Change some of the sandbox's settings."""
        self._tell("settings", "PUT", settings)

    def _tell(self, what: str, method: str, body: object) -> None:
        self._ask(
            urllib.request.Request(
                f"{self.base_url}/_sandbox/{what}",
                data=json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
                method=method,
            )
        )

    def _ask(self, request: urllib.request.Request) -> Any:
        """Return the answer as JSON; retry while a fault keeps the port closed."""

        def answer() -> tuple[Any] | None:
            try:
                with urllib.request.urlopen(request, timeout=5) as opened:
                    return (json.loads(opened.read() or b"null"),)
            except urllib.error.URLError as error:
                if isinstance(error.reason, ConnectionRefusedError | ConnectionResetError):
                    return None
                raise
            except ConnectionError:  # closed while it answered
                return None

        return until(answer, f"{request.full_url} answers")[0]


def assert_thread(posts: list[dict[str, Any]], texts: list[str]) -> None:
    """Check that every text appears once, in order, each under the previous one."""
    assert [post["text"] for post in posts] == texts
    ids = [post["id"] for post in posts]
    assert [post["replied_to"] for post in posts] == [None, *ids[:-1]]
