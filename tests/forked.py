"""Commands as real processes, without the cost of their imports.

A server that has imported everything forks them: a start costs some milliseconds instead of most of a second.
They are real processes: each has a process id, a session, locks and connections, and SIGKILL ends it. Tests
that start commands the usual way (`tests.processes.Process`) also show that the imports are right.
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
_SERVER.set_forkserver_preload(["tests.failpoints.forks"])  # this imports everything the commands need


class Forked:
    """A running command, with the part of `subprocess.Popen` that tests use."""

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
        """The process id, which is also that of its group."""
        assert self._process.pid
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or the negative signal number; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once the command has ended.

        Raises:
            subprocess.TimeoutExpired: it has not, after `timeout` seconds.

        """
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return the rest of its stdout and stderr, up to its end.

        Raises:
            subprocess.TimeoutExpired: it has not ended after `timeout` seconds.

        """
        end = None if timeout is None else time.monotonic() + timeout
        output = ["", ""]

        def read(index: int, stream: IO[str]) -> None:
            if not stream.closed:
                output[index] = stream.read()
                stream.close()

        ears = [
            threading.Thread(target=read, args=pair, daemon=True)
            for pair in enumerate((self.stdout, self.stderr))
        ]
        for ear in ears:
            ear.start()
        for ear in ears:
            ear.join(None if end is None else end - time.monotonic())
        self.wait(None if end is None else max(0, end - time.monotonic()))
        return output[0], output[1]

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the command has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(self.pid, number)


def _text(pipe: Connection) -> IO[str]:
    stream = os.fdopen(os.dup(pipe.fileno()), encoding="utf-8")
    pipe.close()
    return stream


def _command(
    arguments: tuple[str, ...], folder: Path, env: Mapping[str, str], out: Connection, err: Connection
) -> None:
    """Run the command line without the server's streams, folder, environment and session."""
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
