"""Commands as real processes, without the time that their imports take.

A server that has imported everything forks them: a start costs some milliseconds instead of most of a second.
Each is as real as any: it has a process id, a session, locks and connections of its own, and SIGKILL ends it.
What starts the ordinary way beside them (`tests.processes.Process`) shows that the imports are right, too.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping
    from multiprocessing.connection import Connection
    from pathlib import Path

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.failpoints.forks"])  # with it, all that the commands need


class Forked:
    """A command that runs, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, env: Mapping[str, str]) -> None:
        out, out_end = _SERVER.Pipe(duplex=False)
        err, err_end = _SERVER.Pipe(duplex=False)
        self.arguments = arguments
        self._process = _SERVER.Process(
            target=_command, args=(arguments, folder, dict(env), out_end, err_end), daemon=True
        )
        self._process.start()
        for end in (out_end, err_end):
            end.close()
        self.stdout, self.stderr = _text(out), _text(err)

    @property
    def pid(self) -> int:
        """Its process id, which is that of its group as well."""
        assert self._process.pid
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or the negative number of the signal that ended it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not, after `timeout` seconds.
        """
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it says to its end on stdout and stderr, as far as it was not read before.

        Raises:
            subprocess.TimeoutExpired: it has not ended after `timeout` seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        heard = ["", ""]

        def hear(index: int, stream: IO[str]) -> None:
            if not stream.closed:
                heard[index] = stream.read()
                stream.close()

        ears = [
            threading.Thread(target=hear, args=pair, daemon=True)
            for pair in enumerate((self.stdout, self.stderr))
        ]
        for ear in ears:
            ear.start()
        for ear in ears:
            ear.join(None if end is None else end - time.monotonic())
        self.wait(None if end is None else max(0, end - time.monotonic()))
        return heard[0], heard[1]

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ended just now
                os.kill(self.pid, number)


def _text(pipe: Connection) -> IO[str]:
    stream = os.fdopen(os.dup(pipe.fileno()), encoding="utf-8")
    pipe.close()
    return stream


def _command(
    arguments: tuple[str, ...], folder: Path, env: Mapping[str, str], out: Connection, err: Connection
) -> None:
    """The command line, with nothing of what the server had: streams, folder, environment, session."""
    from tests.failpoints.forks import flashtweet  # noqa: PLC0415  (imported by the server, not by a test)

    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (out.fileno(), 1), (err.fileno(), 2)):
        os.dup2(source, target)
    os.close(nothing)
    out.close()
    err.close()
    sys.stdout = open(1, "w", 1, encoding="utf-8", closefd=False)  # noqa: SIM115  (until it ends)
    sys.stderr = open(2, "w", 1, encoding="utf-8", closefd=False)  # noqa: SIM115
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    flashtweet(*arguments)
