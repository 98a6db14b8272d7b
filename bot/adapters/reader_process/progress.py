"""The file in progress in the reader process, read by its parent when the process hangs or dies."""

from __future__ import annotations

import os
from typing import NamedTuple

_LENGTH = 4
_MOST = 8192


class Job(NamedTuple):
    """A version of a file being parsed or composed."""

    path: str
    digest: str
    """The digest of the file's bytes."""


class Progress:
    """The current job, in an unnamed file that both processes have open."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._number = 0

    def begin(self, job: Job) -> None:
        """Record the start of `job`."""
        self._number += 1
        text = f"{self._number}\n{job.digest}\n{job.path}".encode("utf-8", "surrogatepass")[:_MOST]
        os.pwrite(self._handle, len(text).to_bytes(_LENGTH, "big") + text, 0)

    def end(self) -> None:
        """Record that no file is in progress."""
        os.pwrite(self._handle, bytes(_LENGTH), 0)

    def read(self) -> tuple[int, Job] | None:
        """Return the current job and its number; None between two jobs."""
        data = os.pread(self._handle, _LENGTH + _MOST, 0)
        length = int.from_bytes(data[:_LENGTH], "big")
        if not length:
            return None
        text = data[_LENGTH : _LENGTH + length].decode("utf-8", "surrogatepass")
        number, digest, path = text.split("\n", 2)
        return int(number), Job(path, digest)
